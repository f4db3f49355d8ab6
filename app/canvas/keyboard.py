"""The canvas by keyboard: arrows walk along wires, Tab adds, Enter edits, Esc cancels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.commands import Direction, neighbour

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Keys = Qt.Key
ARROWS: dict[int, Direction] = {
    Keys.Key_Left: "left", Keys.Key_Right: "right", Keys.Key_Up: "up", Keys.Key_Down: "down",
}  # fmt: skip


class Keyboard:
    """Knows which keys are held, and whether the next drag is to be a lasso."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.space_held = self.knife_held = self.lasso_next = False
        self._runs: dict[int, Callable[[], object]] = {
            Keys.Key_Tab: view.quick_add,
            Keys.Key_Delete: view.delete_selection,
            Keys.Key_Backspace: self._back,
            Keys.Key_Return: view.edit_current,
            Keys.Key_Enter: view.edit_current,
            Keys.Key_C: view.connect_selected,
            Keys.Key_N: view.add_note,
        }

    @property
    def awaits_drag(self) -> bool:
        """Whether the next drag will pan, cut or draw a lasso, whatever it begins on."""
        return self.space_held or self.knife_held or self.lasso_next

    def press(self, event: QKeyEvent) -> bool:
        """Does what a key stands for; whether it stands for something."""
        key, mods = event.key(), event.modifiers()
        plain = not mods & (
            Qt.KeyboardModifier.ControlModifier
            | Qt.KeyboardModifier.AltModifier
            | Qt.KeyboardModifier.MetaModifier
        )
        shift = bool(mods & Qt.KeyboardModifier.ShiftModifier)
        if key == Keys.Key_Escape:
            self._escape()
        elif key in ARROWS and plain:
            self._walk(ARROWS[key], add=shift)
        elif key in (Keys.Key_Space, Keys.Key_Y) and plain and not shift:
            if not event.isAutoRepeat():
                self._hold(key)
        elif key in self._runs and plain and not shift:
            self._runs[key]()
        else:
            return False
        return True

    def release(self, event: QKeyEvent) -> None:
        """Space and Y are let go."""
        if not event.isAutoRepeat() and event.key() in (Keys.Key_Space, Keys.Key_Y):
            self.let_go()

    def let_go(self) -> None:
        """No key is held any more."""
        if self.awaits_drag:
            self.space_held = self.knife_held = self.lasso_next = False
            self._view.viewport().setCursor(self._view.tool.cursor)

    def expect_lasso(self) -> None:
        """Makes the next drag draw around what is to be selected."""
        self.lasso_next = True
        self._view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def _hold(self, key: int) -> None:
        self.space_held, self.knife_held = key == Keys.Key_Space, key == Keys.Key_Y
        hand, cross = Qt.CursorShape.OpenHandCursor, Qt.CursorShape.CrossCursor
        self._view.viewport().setCursor(hand if self.space_held else cross)

    def _escape(self) -> None:
        view = self._view
        view.pointer_hint.hide()
        if not view.tool.is_idle:
            view.cancel()
        elif self.lasso_next:
            self.let_go()
        else:
            view.deselect()

    def _walk(self, way: Direction, *, add: bool) -> None:
        selection, graph = self._view.document.selection, self._view.document.graph
        current = selection.current
        if current:
            name = neighbour(self._view.canvas, current, way)
        else:
            name = next(iter(graph.in_order()), "")
        if name:
            (selection.add if add else selection.set)([name])
            self._view.keep_in_view(name)

    def _back(self) -> None:
        if self._view.document.selection.names or self._view.canvas.chosen_annotations:
            self._view.delete_selection()
        else:
            self._view.leave_block()

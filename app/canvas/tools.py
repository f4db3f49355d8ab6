"""Gestures as objects: a tool gets the mouse until it is done, and Esc cancels it without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QMouseEvent, QPainterPath, QPen

from app.canvas.overview import faint

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Button = Qt.MouseButton
Key = Qt.KeyboardModifier
START = 4.0


class Tool:
    """One gesture. ``move`` and ``release`` get the events after the press that began it."""

    cursor = Qt.CursorShape.ArrowCursor
    is_idle = False

    def __init__(self, view: CanvasView) -> None:
        self.view, self.canvas = view, view.canvas

    def press(self, event: QMouseEvent) -> None:
        """Another button went down."""

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""

    def release(self, event: QMouseEvent) -> None:
        """A button went up."""

    def cancel(self) -> None:
        """Takes back what was shown; nothing has happened."""


class Pan(Tool):
    """Moves the view; a right click that does not move opens the menu. Goes back to ``before``."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, event: QMouseEvent, before: Tool) -> None:
        super().__init__(view)
        self.before, self.button = before, event.button()
        self._last = self._start = event.position()
        self._moved = False

    def move(self, event: QMouseEvent) -> None:
        """The drawing follows the hand."""
        if not self._moved and (event.position() - self._start).manhattanLength() < START:
            return
        self._moved = True
        by = event.position() - self._last
        self._last = event.position()
        self.view.scroll_by(by.x(), by.y())

    def release(self, event: QMouseEvent) -> None:
        """Ends where the button that began it goes up."""
        if event.button() != self.button:
            return
        self.view.begin(self.before)
        if self.button == Button.RightButton and not self._moved and self.before.is_idle:
            self.view.open_menu(event.position())

    def cancel(self) -> None:
        """Cancels what went on meanwhile as well."""
        self.before.cancel()


class SelectArea(Tool):
    """A rectangle selects what it touches; with Shift as well, with Ctrl the other way round."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, event: QMouseEvent) -> None:
        super().__init__(view)
        self._start = view.scene_point(event.position())
        self._before = view.document.selection.names
        self._notes = set(self.canvas.chosen_annotations)
        self._mode = event.modifiers()
        ground = view.theme.color("accent")
        pen = QPen(ground, 1.0)
        pen.setCosmetic(True)
        self._band = self.canvas.sketch(pen, QBrush(faint(ground, 0.12)))
        if not self._mode & (Key.ShiftModifier | Key.ControlModifier):
            view.document.selection.clear()
            self.canvas.choose_annotations(())

    def move(self, event: QMouseEvent) -> None:
        """Selects what the rectangle touches now."""
        view, canvas = self.view, self.canvas
        view.scroll_at_edge(event.position())
        rect = QRectF(self._start, view.scene_point(event.position())).normalized()
        path = QPainterPath()
        path.addRect(rect)
        self._band.setPath(path)
        names = [item.name for item in canvas.nodes_in(rect)]
        names.sort(key=view.document.graph.order.position.__getitem__)
        notes = {k for k, i in canvas.annotations.items() if rect.contains(i.sceneBoundingRect())}
        if self._mode & Key.ControlModifier:
            hit = set(names)
            kept = [name for name in self._before if name not in hit]
            names = kept + [name for name in names if name not in self._before]
            notes = self._notes ^ notes
        elif self._mode & Key.ShiftModifier:
            names = [*(name for name in self._before if name not in set(names)), *names]
            notes |= self._notes
        view.document.selection.set(names)
        canvas.choose_annotations(notes)
        view.refresh_far()

    def release(self, event: QMouseEvent) -> None:
        """Keeps what is selected."""
        self.canvas.erase(self._band)
        self.view.rest()
        self.view.refresh_far()

    def cancel(self) -> None:
        """Selects what was selected before."""
        self.canvas.erase(self._band)
        there = self.view.document.graph.nodes
        self.view.document.selection.set(name for name in self._before if name in there)
        self.canvas.choose_annotations(self._notes & self.canvas.annotations.keys())

"""Gestures as objects: a tool gets the mouse until it is done, and Esc cancels it without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

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
    """Moves the view, and goes back to ``before``. A click that does not move it opens the menu with the
    right button, and selects nothing with the left."""

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
        if not self.before.is_idle:
            self.before.move(event)
        if self._moved or not self.before.is_idle:
            return
        if self.button == Button.RightButton:
            self.view.open_menu(event.position())
        elif self.button == Button.LeftButton:
            self.view.deselect()

    def cancel(self) -> None:
        """Cancels what went on meanwhile as well."""
        self.before.cancel()

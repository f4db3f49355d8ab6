"""While a gesture holds the pointer at the edge of the view, the view goes on scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer
from PySide6.QtGui import QMouseEvent

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

EDGE, STEP, PAUSE = 24, 14, 16


class EdgeScroll(QObject):
    """Repeats the last move of the pointer after each step."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._last: QMouseEvent | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._scroll)

    def remember(self, event: QMouseEvent) -> None:
        """Keeps a move of the pointer to repeat it."""
        self._last = event.clone()

    def way_to(self, event: QMouseEvent) -> QPointF:
        """How far the pointer has moved since the move that was kept."""
        return event.position() - self._last.position() if self._last is not None else QPointF()

    def repeat(self) -> None:
        """The drawing moved below the pointer: the gesture, if there is one, looks again."""
        if self._last is not None and not self._view.tool.is_idle:
            self._view.tool.move(self._last)

    def look(self, point: QPointF) -> None:
        """Begins or ends, depending on where the pointer is."""
        if self._inside().contains(point):
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Ends."""
        self._timer.stop()
        self._last = None

    def _inside(self) -> QRectF:
        return QRectF(self._view.viewport().rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)

    def _scroll(self) -> None:
        event = self._last
        if event is None or self._view.tool.is_idle:
            self.stop()
            return
        area, at = self._inside(), event.position()
        across = (at.x() < area.left()) - (at.x() > area.right())
        down = (at.y() < area.top()) - (at.y() > area.bottom())
        self._view.scroll_by(across * STEP, down * STEP)
        self._view.tool.move(event)

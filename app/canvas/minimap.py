"""The whole drawing in a corner, with the part in view; a drag in it moves the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.overview import faint
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SIZE = QSize(176, 112)
INSET, PAUSE = 12, 120


class Minimap(QWidget):
    """Hides itself while everything is in view. The boxes are drawn anew a moment after an edit."""

    def __init__(self, view: CanvasView, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self._picture: QPixmap | None = None
        self._scale = QTransform()
        self._drawing = QRectF()
        self.is_wanted = True
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the drawing")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.renew)
        self._look_timer = QTimer(self)
        self._look_timer.setSingleShot(True)
        self._look_timer.setInterval(30)
        self._look_timer.timeout.connect(self._looked)
        self.hide()

    def later(self, _: object = None) -> None:
        """Draws the boxes anew in a moment."""
        if not self._timer.isActive():
            self._timer.start()

    def renew(self) -> None:
        """Draws the boxes anew."""
        self._timer.stop()
        self._picture = None
        self._drawing = self._view.canvas.drawing_rect()
        self._looked()

    def look(self) -> None:
        """Follows the view, at most some thirty times a second."""
        if not self._look_timer.isActive():
            self._look_timer.start()

    def _looked(self) -> None:
        drawing = self._drawing
        whole = self._view.seen().contains(drawing)
        self.setVisible(self.is_wanted and not whole and not drawing.isNull())
        area = self._view.rect()
        self.move(area.right() - SIZE.width() - INSET, area.bottom() - SIZE.height() - INSET)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Boxes, and the part in view."""
        if self._picture is None:
            self._picture = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        seen = self._scale.mapRect(self._view.seen()).intersected(QRectF(self.rect()))
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.setBrush(faint(self._theme.color("accent"), 0.12))
        painter.drawRect(seen.adjusted(1, 1, -1, -1))
        painter.end()

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(SIZE * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = faint(self._theme.color("panel"), 0.92)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        self._scale = self._fitted()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setWorldTransform(self._scale, True)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects in self._view.canvas.overview.boxes():
            painter.setBrush(color)
            painter.drawRects(rects)
        painter.end()
        return picture

    def _fitted(self) -> QTransform:
        drawing = self._drawing.adjusted(-200, -200, 200, 200)
        wide, high = SIZE.width() - 12, SIZE.height() - 12
        scale = min(wide / max(drawing.width(), 1), high / max(drawing.height(), 1))
        left = (SIZE.width() - drawing.width() * scale) / 2
        top = (SIZE.height() - drawing.height() * scale) / 2
        return QTransform(
            scale, 0, 0, scale, left - drawing.left() * scale, top - drawing.top() * scale
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes there."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follows the hand."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, point: QPointF) -> None:
        at = self._scale.inverted()[0].map(point)
        now = self._view.viewportTransform().map(at)
        middle = QRectF(self._view.viewport().rect()).center()
        self._view.scroll_by(middle.x() - now.x(), middle.y() - now.y())
        self.update()

"""The whole drawing in a corner, with the part in view; a drag in it moves the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.overview import faint
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SIZE, SMALL = QSize(176, 112), QSize(112, 72)
LARGE, LEAST = QSize(760, 520), QSize(360, 200)
"""The canvas from which the map is large, and below which it would only be in the way."""
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
        self.resize(SIZE)
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

    @property
    def place(self) -> QRect:
        """Where it is, or would be as soon as a part of the drawing is out of view; empty where there is
        no room for it, or no wish."""
        area = self._view.rect()
        if not self.is_wanted or not fits(LEAST, area.size()):
            return QRect()
        place = QRect(QPoint(), SIZE if fits(LARGE, area.size()) else SMALL)
        place.moveBottomRight(area.bottomRight() - QPoint(INSET, INSET))
        return place

    def _looked(self) -> None:
        drawing, place = self._drawing, self.place
        whole = self._view.seen().contains(drawing)
        if place.size() != self.size():
            self._picture = None
        self.setGeometry(place)
        self.setVisible(not place.isEmpty() and not whole and not drawing.isNull())
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
        picture = QPixmap(self.size() * ratio)
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
        wide, high = self.width() - 12, self.height() - 12
        scale = min(wide / max(drawing.width(), 1), high / max(drawing.height(), 1))
        left = (self.width() - drawing.width() * scale) / 2
        top = (self.height() - drawing.height() * scale) / 2
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


def fits(size: QSize, room: QSize) -> bool:
    """Whether a room is at least that large."""
    return size.width() <= room.width() and size.height() <= room.height()

"""The whole drawing in a corner, with the part in view; a drag in it moves the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.overview import faint
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SIZE, SMALL = QSize(176, 112), QSize(112, 72)
LARGE, LEAST = QSize(760, 520), QSize(360, 200)
"""The canvas from which the map is large, and below which it would only be in the way."""
INSET, PAUSE, REST = 12, 120, 250
"""Pixels to the edge; milliseconds until an edit is drawn, and until a view counts as resting."""

CORNERS = (
    Qt.Corner.BottomRightCorner,
    Qt.Corner.BottomLeftCorner,
    Qt.Corner.TopRightCorner,
    Qt.Corner.TopLeftCorner,
)
"""The first is where it is looked for."""


class Minimap(QWidget):
    """Hides itself while everything is in view, and goes to another corner from over nodes, once the
    view rests; where each has some, it leaves a small canvas to them. The boxes are drawn anew a moment
    after an edit."""

    def __init__(self, view: CanvasView, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self._picture: QPixmap | None = None
        self._scale = QTransform()
        self._drawing = QRectF()
        self.is_wanted = True
        self._corner, self._is_crowded = CORNERS[0], False
        self.resize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the drawing")
        self._timer = self._made_timer(PAUSE, self.renew)
        self._look_timer = self._made_timer(30, self._looked)
        self._rest_timer = self._made_timer(REST, self._rest)
        self.hide()

    def _made_timer(self, interval: int, do: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(do)
        return timer

    def later(self, _: object = None) -> None:
        """Draws the boxes anew in a moment."""
        if not self._timer.isActive():
            self._timer.start()

    def renew(self) -> None:
        """Draws the boxes anew."""
        self._timer.stop()
        self._picture = None
        self._drawing = self._view.canvas.drawing_rect()
        self._choose()
        self._looked()

    def look(self) -> None:
        """Follows the view, at most some thirty times a second."""
        if not self._look_timer.isActive():
            self._look_timer.start()
        self._rest_timer.start()

    @property
    def place(self) -> QRect:
        """Where it is, or would be as soon as a part of the drawing is out of view; empty where there is
        no room for it, or no wish."""
        area = self._view.rect()
        if not self.is_wanted or not fits(LEAST, area.size()):
            return QRect()
        return self._in(self._corner)

    def _in(self, corner: Qt.Corner) -> QRect:
        area = self._view.rect().adjusted(INSET, INSET, -INSET, -INSET)
        place = QRect(area.topLeft(), SIZE if fits(LARGE, self._view.rect().size()) else SMALL)
        if corner in (Qt.Corner.BottomRightCorner, Qt.Corner.TopRightCorner):
            place.moveRight(area.right())
        if corner in (Qt.Corner.BottomRightCorner, Qt.Corner.BottomLeftCorner):
            place.moveBottom(area.bottom())
        return place

    def _rest(self) -> None:
        """The view came to rest, unless it is moved here."""
        if self.underMouse() and self.isVisible():
            return
        self._choose()
        self._looked()

    def _choose(self) -> None:
        """Stays in its corner while that is free, else takes the first that is."""
        taken = {corner: self._is_taken(self._in(corner)) for corner in (self._corner, *CORNERS)}
        free = [corner for corner, is_taken in taken.items() if not is_taken]
        self._corner = free[0] if free else CORNERS[0]
        self._is_crowded = not free and not fits(LARGE, self._view.rect().size())

    def _is_taken(self, place: QRect) -> bool:
        """Whether nodes, or other things that float over the canvas, lie there."""
        others = (self._view.legend, self._view.finder)
        if any(each.isVisible() and each.geometry().intersects(place) for each in others):
            return True
        part = self._view.viewportTransform().inverted()[0].mapRect(QRectF(place))
        boxes = self._view.canvas.overview.boxes()
        return any(box.intersects(part) for _, family in boxes for box in family)

    def _looked(self) -> None:
        drawing, place = self._drawing, self.place
        whole = self._view.seen().contains(drawing)
        if place.size() != self.size():
            self._picture = None
        self.setGeometry(place)
        is_of_use = not place.isEmpty() and not whole and not drawing.isNull()
        self.setVisible(is_of_use and not self._is_crowded)
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

"""One picture of many tiles that a hand can zoom and move; each entry under the pointer is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.tiles import LARGEST_SCALE, Grid, Hit, arranged, composed

WHEEL = 1.0015
CLOSEST = 40.0
STEP = 40.0
DRAGGED = 4.0
LEAST_LEAD, LARGEST_LEAD = 20.0, 96.0


class Mosaic(QWidget):
    """Tiles of bytes in the colours of a map, or of pixels in their own.

    ``pointed`` carries the ``Hit`` under the pointer or None, ``clicked`` the number of a tile. Double
    click shows everything again.
    """

    pointed = Signal(object)
    clicked = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._tiles: NDArray[np.uint8 | np.uint32] = np.empty((0, 1, 1), np.uint8)
        self._colors = np.zeros(256, np.uint32)
        self._leads: tuple[QImage, ...] = ()
        self._columns, self._stretches = 0, False
        self._pixels = np.empty((0, 0), np.uint32)
        self._image = QImage()
        self._pressed: QPointF | None = None
        self._moved = False
        self._hit: Hit | None = None
        self._zoom, self._offset = 1.0, QPointF()
        self.grid = Grid(0, 1, 1, 1)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 80)
        self.setAccessibleName(name)
        self.setToolTip("Wheel: zoom. Drag: move. Double click: show everything.")
        theme.changed.connect(self._compose)

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    # What is drawn -------------------------------------------------------------------------------

    @property
    def tiles(self) -> NDArray[np.uint8 | np.uint32]:
        """What is drawn: (tiles, rows, columns)."""
        return self._tiles

    @property
    def pixels(self) -> NDArray[np.uint32]:
        """The colours of the whole picture."""
        return self._pixels

    def draw(
        self,
        tiles: NDArray[np.uint8 | np.uint32],
        colors: NDArray[np.uint32],
        columns: int = 0,
        stretches: bool = False,
        leads: Sequence[QImage] = (),
    ) -> None:
        """Draws (tiles, rows, columns) of bytes, or of 0xffRRGGBB; ``leads`` stand before the rows."""
        asked = (tiles.shape, columns, stretches, len(leads))
        if asked != (self._tiles.shape, self._columns, self._stretches, len(self._leads)):
            self._home()
        self._tiles, self._colors, self._leads = tiles, colors, tuple(leads)
        self._columns, self._stretches = columns, stretches
        self._compose()

    def clear(self) -> None:
        """Draws nothing."""
        self.draw(np.empty((0, 1, 1), np.uint8), self._colors)

    def _compose(self) -> None:
        """Makes the picture for the size of the widget."""
        if not len(self._tiles):
            self._image = QImage()
            self.update()
            return
        ratio = self.devicePixelRatioF()
        wide = max(16.0, self.width() - 2 * SIZES.near - self._lead())
        high = max(16.0, self.height() - SIZES.near)
        count, rows, columns = self._tiles.shape
        self.grid = arranged(
            (count, rows, columns), (wide * ratio, high * ratio), self._columns, self._stretches
        )
        ground = self._theme.color("panel").rgb()
        self._pixels = composed(self._tiles, self.grid, self._colors, ground)
        down, across = self._pixels.shape
        kind = QImage.Format.Format_RGB32
        self._image = QImage(self._pixels.data, across, down, 4 * across, kind)
        self.update()

    def _lead(self) -> float:
        """The width of what stands before the rows."""
        if not self._leads:
            return 0.0
        each = (self.height() - SIZES.near) / len(self._leads)
        return min(LARGEST_LEAD, max(LEAST_LEAD, each)) + SIZES.near

    def _fit(self) -> float:
        """Widget pixels for a pixel of the picture, before a hand zooms."""
        ratio = self.devicePixelRatioF()
        wide = max(16.0, self.width() - 2 * SIZES.near - self._lead())
        high = max(16.0, self.height() - SIZES.near)
        largest = LARGEST_SCALE / min(self.grid.tall, self.grid.broad) / ratio
        return min(largest, wide / max(1, self.grid.width), high / max(1, self.grid.height))

    # Where it is seen ----------------------------------------------------------------------------

    def _origin(self) -> QPointF:
        return QPointF(SIZES.near + self._lead() * self._zoom, 4.0) + self._offset

    def _scale(self) -> float:
        return self._fit() * self._zoom

    def hit(self, at: QPointF) -> Hit | None:
        """The entry at a point of the widget."""
        if not len(self._tiles):
            return None
        inside = (at - self._origin()) / self._scale()
        return self.grid.at(inside.x(), inside.y())

    def place(self, tile: int) -> QRectF:
        """Where a tile stands in the widget."""
        left, top, wide, high = self.grid.place(tile)
        scale, origin = self._scale(), self._origin()
        return QRectF(
            origin.x() + left * scale, origin.y() + top * scale, wide * scale, high * scale
        )

    def zoom(self, factor: float, around: QPointF) -> None:
        """Zooms; what is at the point stays there."""
        zoom = min(CLOSEST, max(1.0, self._zoom * factor))
        if zoom == 1.0:
            self._home()
        else:
            still = QPointF(SIZES.near, 4.0)
            grown = zoom / self._zoom
            self._offset = around - still - (around - still - self._offset) * grown
            self._zoom = zoom
        self.update()

    def _home(self) -> None:
        self._zoom, self._offset = 1.0, QPointF()

    # Painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws picture, leads and what the pointer is on."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        if not self._image.isNull():
            self._paint(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        origin, scale = self._origin(), self._scale()
        shrinks = scale * self.devicePixelRatioF() < 0.99
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
        size = QPointF(self.grid.width * scale, self.grid.height * scale)
        painter.drawImage(QRectF(origin, origin + size), self._image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for row, lead in enumerate(self._leads):
            tile = self.place(min(row * self.grid.columns, max(0, self.grid.count - 1)))
            room = (self._lead() - SIZES.near) * self._zoom
            side = min(room, tile.height())
            at = QRectF(origin.x() - side - SIZES.near * self._zoom, tile.top(), side, side)
            painter.drawImage(at, lead)
        if self._hit is not None:
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRect(self.place(self._hit.tile).adjusted(-1, -1, 0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Makes the picture anew."""
        self._home()
        self._compose()

    # Hands ---------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms about the pointer."""
        self.zoom(WHEEL ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins to move, or to click."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves the picture, or tells what the pointer is on."""
        at = event.position()
        if self._pressed is None:
            self._point(self.hit(at))
            return
        away = at - self._pressed
        if self._moved or max(abs(away.x()), abs(away.y())) > DRAGGED:
            self._moved = True
            if self._zoom > 1.0:
                self._offset += away
            self._pressed = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Was a click, unless it moved."""
        pressed, self._pressed = self._pressed, None
        found = self.hit(event.position())
        if pressed is not None and not self._moved and found is not None:
            self.clicked.emit(found.tile)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Shows everything."""
        self._pressed = None
        self._home()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, arrows move, Home shows everything."""
        zoom = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}
        move = {
            Qt.Key.Key_Left: QPointF(STEP, 0), Qt.Key.Key_Right: QPointF(-STEP, 0),
            Qt.Key.Key_Up: QPointF(0, STEP), Qt.Key.Key_Down: QPointF(0, -STEP),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Home:
            self._home()
        elif key in zoom:
            self.zoom(zoom[key], QPointF(self.rect().center()))
        elif key in move and self._zoom > 1.0:
            self._offset += move[key]
        else:
            event.ignore()
            return
        self.update()

    def _point(self, hit: Hit | None) -> None:
        if hit != self._hit:
            self._hit = hit
            self.pointed.emit(hit)
            self.update()

"""What a plot draws of data, each with a typed face: pyqtgraph's curve, and picture, bars and dots.

Places are those of the axes: logarithms on a logarithmic axis. Long curves are one pixel wide, for wide
ones cost many times as much.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.training.hues import Lookup

Array = NDArray[np.float64]

MOST_WIDE = 600
"""Points up to which a curve can be wider than a pixel."""

MOST_DASHED = 120
"""Points up to which the pen makes the dashes; of more, some lines are left out."""

MOST_SMOOTH = 6000
"""Points up to which a curve is drawn without steps."""

WIDE = 1.5


class _Line(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve that is told where it is: to find out costs more than to draw it."""

    bounds = QRectF()

    def boundingRect(self) -> QRectF:
        return self.bounds


class Curve:
    """A line through points; not drawn at NaN."""

    def __init__(self, box: Any, widget: QWidget, above: float = 0.0) -> None:
        self._widget = widget
        self._item = _Line(skipFiniteCheck=True)
        self._is_empty = True
        self._item.setZValue(above)
        self._pen = QPen(Qt.PenStyle.NoPen)
        box.addItem(self._item, ignoreBounds=True)

    def draw(
        self,
        x: Array,
        y: Array,
        color: QColor,
        *,
        dashed: bool = False,
        wide: bool = False,
        smooth: bool = True,
        joined: NDArray[np.int32] | None = None,
    ) -> None:
        """Draws it anew.

        ``smooth`` lines have no steps. ``joined`` says for each point whether a line leads to the next
        (1 or 0).
        """
        short = dashed and len(x) <= MOST_DASHED
        style = Qt.PenStyle.CustomDashLine if short else Qt.PenStyle.SolidLine
        width = WIDE * self._widget.devicePixelRatio() if wide and len(x) <= MOST_WIDE else 1.0
        pen = (color, style, width)
        is_same_pen = (self._pen.color(), self._pen.style(), self._pen.widthF()) == pen
        if is_same_pen and self._is_drawn(x, y) and joined is None:
            return
        if not is_same_pen:
            self._pen = line(*pen)
            # Lines one by one cost a tenth of a long path, but dashes would begin anew at each.
            self._item.setSegmentedLineMode("off" if short else "on")
        connect: Any = dashes(y) if dashed and not short else joined
        if connect is None:
            connect = "all" if np.isfinite(y).all() else "finite"
        self._show(x, y, connect, smooth=smooth and len(x) <= MOST_SMOOTH)

    def _show(self, x: Array, y: Array, connect: Any, *, smooth: bool) -> None:
        """Shows copies, for what is given may be a part of a curve that grows or is cut."""
        self._is_empty = False
        self._item.prepareGeometryChange()
        self._item.bounds = around(x, y)
        self._item.setData(
            x.copy(),
            y.copy(),
            pen=self._pen,
            connect=connect,
            antialias=smooth,
            skipFiniteCheck=True,
        )

    def _is_drawn(self, x: Array, y: Array) -> bool:
        """Whether these points are drawn already, so that nothing needs to be painted."""
        known = self.points
        return np.array_equal(known[0], x) and np.array_equal(known[1], y, equal_nan=True)

    @property
    def points(self) -> tuple[Array, Array]:
        """What is drawn."""
        x, y = self._item.getData()
        return (np.empty(0), np.empty(0)) if x is None else (np.asarray(x), np.asarray(y))

    def clear(self) -> None:
        """Draws nothing."""
        if not self._is_empty:
            self._is_empty = True
            self._item.setData([], [])

    def remove(self, box: Any) -> None:
        """Takes it out of the plot."""
        box.removeItem(self._item)


class Picture(QGraphicsItem):
    """Numbers from 0 to 255 as colours of a map, stretched over a rectangle."""

    def __init__(self, box: Any, above: float = -10.0) -> None:
        super().__init__()
        self.values = np.empty((0, 0), np.uint8)
        self._area, self._image, self._pixels = QRectF(), QImage(), b""
        self.setZValue(above)
        box.addItem(self, ignoreBounds=True)

    def draw(self, values: NDArray[np.uint8], area: QRectF, lookup: Lookup) -> None:
        """Draws (rows, columns); the first row lies lowest, as y grows upwards."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self.values = values
        high, wide = values.shape
        self._pixels = np.take(argb(lookup), values[::-1]).tobytes()
        kind = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(self._pixels, wide, high, 4 * wide, kind) if values.size else QImage()
        self.update()

    def clear(self) -> None:
        """Draws nothing."""
        self._image = QImage()
        self.update()

    def boundingRect(self) -> QRectF:
        """Where it is."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws it, in pixels of the widget: Qt stretches what stands upright many times as fast."""
        place = painter.worldTransform().mapRect(self._area)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(place, self._image)
        painter.restore()


def argb(lookup: Lookup) -> NDArray[np.uint32]:
    """A map's rows of red, green, blue, alpha as Qt's pixels; alpha is all or nothing."""
    wide = lookup.astype(np.uint32)
    return np.asarray(wide[:, 3] << 24 | wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2], np.uint32)


class Bars(QGraphicsItem):
    """Rectangles, each in its colour."""

    def __init__(self, box: Any, above: float = 0.0) -> None:
        super().__init__()
        self._bars: list[tuple[QRectF, QColor]] = []
        self._area = QRectF()
        self.setZValue(above)
        box.addItem(self, ignoreBounds=True)

    def draw(self, bars: list[tuple[QRectF, QColor]], area: QRectF) -> None:
        """Draws them anew; ``area`` holds all of them."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self._bars = bars
        self.update()

    @property
    def bars(self) -> list[tuple[QRectF, QColor]]:
        """What is drawn."""
        return self._bars

    def boundingRect(self) -> QRectF:
        """Where they are."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for bar, color in self._bars:
            painter.fillRect(bar, color)


class Dots(QGraphicsItem):
    """Round points of one colour; ``width`` in pixels."""

    def __init__(self, box: Any, width: float = 6.0, above: float = 1.0) -> None:
        super().__init__()
        self._groups: list[tuple[QColor, QPolygonF]] = []
        self._area = QRectF()
        self._width = width
        self.setZValue(above)
        box.addItem(self, ignoreBounds=True)

    def draw(self, groups: list[tuple[QColor, Array, Array]], area: QRectF) -> None:
        """Draws them anew: points of one colour after those of another; ``area`` holds all of them."""
        made = [
            (color, QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
            for color, x, y in groups
        ]
        if made == self._groups and area == self._area:
            return
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self._groups = made
        self.update()

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is drawn."""
        return [(p.x(), p.y()) for _, polygon in self._groups for p in polygon.toList()]

    def boundingRect(self) -> QRectF:
        """Where they are."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, polygon in self._groups:
            pen = QPen(color, self._width * painter.device().devicePixelRatio())
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPoints(polygon)


def around(x: Array, y: Array) -> QRectF:
    """A rectangle around points, as far as they are finite."""
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if not (len(x) and len(y)):
        return QRectF()
    left, low = float(x.min()), float(y.min())
    wide, high = float(x.max()) - left, float(y.max()) - low
    edge_x, edge_y = wide * 0.02 + abs(left) * 1e-6 + 1e-9, high * 0.02 + abs(low) * 1e-6 + 1e-9
    return QRectF(left, low, wide, high).adjusted(-edge_x, -edge_y, edge_x, edge_y)


def dashes(y: Array) -> NDArray[np.int32]:
    """For each point whether a line leads to the next, so that there are about forty dashes."""
    on = max(2, len(y) // 65)
    joined = (np.arange(len(y)) % (on + max(1, on // 2)) < on) & np.isfinite(y)
    joined[:-1] &= np.isfinite(y[1:])
    return joined.astype(np.int32)


def line(color: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine, width: float = 1.0) -> QPen:
    """A pen that is so many pixels wide however far the plot is zoomed."""
    pen = QPen(color, width, style)
    if style is Qt.PenStyle.CustomDashLine:
        pen.setDashPattern([6.0, 4.0])
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen

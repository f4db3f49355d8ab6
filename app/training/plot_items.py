"""What a plot draws of data, each one item of pyqtgraph's with a typed face: curve, picture, bars, dots.

Places are those of the axes: logarithms on a logarithmic axis. Long curves are one pixel wide, for wide
ones cost many times as much.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.training.hues import Lookup

Array = NDArray[np.float64]

MOST_WIDE = 1000
"""Points up to which a curve can be wider than a pixel."""

MOST_DASHED = 400
"""Points up to which a dashed curve can be."""

MOST_SMOOTH = 6000
"""Points up to which a curve is drawn without steps."""

WIDE = 1.5


class Curve:
    """A line through points; not drawn at NaN."""

    def __init__(self, box: Any, above: float = 0.0) -> None:
        self._item = pg.PlotCurveItem(skipFiniteCheck=True)
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
        joined: NDArray[np.int32] | None = None,
    ) -> None:
        """Draws it anew. ``joined`` says for each point whether a line leads to the next (1 or 0)."""
        dashed = dashed and len(x) <= MOST_DASHED
        style = Qt.PenStyle.CustomDashLine if dashed else Qt.PenStyle.SolidLine
        width = WIDE if wide and len(x) <= MOST_WIDE else 1.0
        if (self._pen.color(), self._pen.style(), self._pen.widthF()) != (color, style, width):
            self._pen = line(color, style, width)
            self._item.setSegmentedLineMode("off" if dashed else "auto")
        connect: Any = joined
        if joined is None:
            connect = "all" if np.isfinite(y).all() else "finite"
        smooth = len(x) <= MOST_SMOOTH
        self._item.setData(
            x, y, pen=self._pen, connect=connect, antialias=smooth, skipFiniteCheck=True
        )

    @property
    def points(self) -> tuple[Array, Array]:
        """What is drawn."""
        x, y = self._item.getData()
        return (np.empty(0), np.empty(0)) if x is None else (np.asarray(x), np.asarray(y))

    def clear(self) -> None:
        """Draws nothing."""
        self._item.setData([], [])

    def remove(self, box: Any) -> None:
        """Takes it out of the plot."""
        box.removeItem(self._item)


class Picture:
    """Numbers from 0 to 255 as colours of a map, stretched over a rectangle."""

    def __init__(self, box: Any, above: float = -10.0) -> None:
        self._item = pg.ImageItem(axisOrder="row-major")
        self._item.setZValue(above)
        self._lookup: Lookup | None = None
        box.addItem(self._item, ignoreBounds=True)

    def draw(self, values: NDArray[np.uint8], area: QRectF, lookup: Lookup) -> None:
        """Draws (rows, columns); the first row lies lowest, as y grows upwards."""
        if lookup is not self._lookup:
            self._lookup = lookup
            self._item.setLookupTable(lookup, update=False)
        self._item.setImage(values, autoLevels=False, levels=(0, 255))
        self._item.setRect(area)

    @property
    def values(self) -> NDArray[np.uint8]:
        """What is drawn."""
        image = self._item.image
        return np.empty((0, 0), np.uint8) if image is None else np.asarray(image)

    def clear(self) -> None:
        """Draws nothing."""
        self._item.clear()


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
            painter.fillRect(bar, QBrush(color))


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
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self._groups = [
            (color, QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
            for color, x, y in groups
        ]
        self.update()

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is drawn."""
        return [(p.x(), p.y()) for _, polygon in self._groups for p in polygon]

    def boundingRect(self) -> QRectF:
        """Where they are."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, polygon in self._groups:
            pen = QPen(color, self._width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPoints(polygon)


def line(color: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine, width: float = 1.0) -> QPen:
    """A pen that is so many pixels wide however far the plot is zoomed."""
    pen = QPen(color, width, style)
    if style is Qt.PenStyle.CustomDashLine:
        pen.setDashPattern([6.0, 4.0])
    pen.setCosmetic(True)
    return pen

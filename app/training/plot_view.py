"""Which part of the plane a plot shows and where in its widget: values ↔ pixels, zooming, moving."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF

from app.training.scales import Range

LEAST_SPAN = 1e-9


@dataclass(frozen=True, slots=True)
class View:
    """``x`` and ``y`` are the ranges seen, as logarithms to the base of ten on a logarithmic axis.

    ``box`` is where they are seen, in pixels of the widget.
    """

    box: QRectF
    x: Range = (0.0, 1.0)
    y: Range = (0.0, 1.0)
    log_x: bool = False
    log_y: bool = False

    def across(self, value: float) -> float:
        """The pixel of a value of x; NaN where a logarithmic axis has no place for it."""
        return self.across_axis(_inside(value, self.log_x))

    def down(self, value: float) -> float:
        """The pixel of a value of y."""
        return self.down_axis(_inside(value, self.log_y))

    def across_axis(self, at: float) -> float:
        """The pixel of a place on the x axis, which is a logarithm where the axis is."""
        return self.box.left() + (at - self.x[0]) / (self.x[1] - self.x[0]) * self.box.width()

    def down_axis(self, at: float) -> float:
        """The pixel of a place on the y axis."""
        return self.box.bottom() - (at - self.y[0]) / (self.y[1] - self.y[0]) * self.box.height()

    def value_at(self, point: QPointF) -> tuple[float, float]:
        """The values at a pixel."""
        x, y = self.axis_at(point)
        return _outside(x, self.log_x), _outside(y, self.log_y)

    def axis_at(self, point: QPointF) -> tuple[float, float]:
        """The places on the axes at a pixel."""
        share_x = (point.x() - self.box.left()) / max(1.0, self.box.width())
        share_y = (self.box.bottom() - point.y()) / max(1.0, self.box.height())
        return (
            self.x[0] + share_x * (self.x[1] - self.x[0]),
            self.y[0] + share_y * (self.y[1] - self.y[0]),
        )

    def zoomed(self, around: QPointF, across: float, down: float) -> View:
        """The view with spans multiplied by these factors; what is under the pointer stays there."""
        x, y = self.axis_at(around)
        return replace(self, x=_scaled(self.x, x, across), y=_scaled(self.y, y, down))

    def moved(self, by: QPointF) -> View:
        """The view when what is seen is drawn by so many pixels."""
        dx = by.x() / max(1.0, self.box.width()) * (self.x[1] - self.x[0])
        dy = by.y() / max(1.0, self.box.height()) * (self.y[1] - self.y[0])
        return replace(self, x=(self.x[0] - dx, self.x[1] - dx), y=(self.y[0] + dy, self.y[1] + dy))

    def within(self, rect: QRectF, across: bool, down: bool) -> View:
        """The view that shows what a rectangle of pixels shows now, along the axes asked for."""
        left, top = self.axis_at(rect.topLeft())
        right, bottom = self.axis_at(rect.bottomRight())
        return replace(
            self, x=(left, right) if across else self.x, y=(bottom, top) if down else self.y
        )

    def values_x(self) -> Range:
        """The smallest and largest value of x that are seen."""
        return _outside(self.x[0], self.log_x), _outside(self.x[1], self.log_x)

    def values_y(self) -> Range:
        """The smallest and largest value of y that are seen."""
        return _outside(self.y[0], self.log_y), _outside(self.y[1], self.log_y)


def axis_range(values: Range, log: bool) -> Range:
    """A range of values as places on an axis; a logarithmic one is given a floor, and none is empty."""
    low, high = values
    if log:
        high = high if high > 0 else 1.0
        low = low if 0 < low < high else high * 1e-3
        low, high = math.log10(low), math.log10(high)
    if not (math.isfinite(low) and math.isfinite(high)):
        return (0.0, 1.0)
    return (low, high) if high - low > LEAST_SPAN * max(1.0, abs(low)) else (low, low + 1.0)


def _inside(value: float, log: bool) -> float:
    if not log:
        return value
    return math.log10(value) if value > 0 else math.nan


def _outside(at: float, log: bool) -> float:
    return float(10 ** min(at, 300.0)) if log else at


def _scaled(span: Range, around: float, factor: float) -> Range:
    low, high = around + (span[0] - around) * factor, around + (span[1] - around) * factor
    return (low, high) if high - low > LEAST_SPAN * max(1.0, abs(around)) else span

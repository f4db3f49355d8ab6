"""The plots beside one another over the same rows: magnitudes as bars, update ratios as points.

Both have logarithmic x axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from app.theme import Theme
from app.training.gradient_words import HEALTHY
from app.training.heat import log_of
from app.training.hues import faded
from app.training.plot import Plot
from app.training.plot_axes import Axis, Band, Ground, Rule
from app.training.scales import Range
from graph_engine.training.thresholds import FAST, SLOW

Values = NDArray[np.floating]

THICK = 0.62
"""Of a row's height that its bar fills."""

RATIO_SPAN: Range = (-5.0, -1.0)
ROOM = 0.05
"""Of the span beyond either end, so that points there are whole."""


class Magnitudes:
    """A bar a row; where clipping shortened gradients, a faint one before it and a solid one after."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        ground = Ground(heading="Gradient now", x=Axis(log=True), y=Axis(kind="rows"))
        self.plot = Plot(theme, ground, axes="")
        self.bars = self.plot.bars()
        self._span: Range = (0.0, 0.0)

    def draw(
        self, values: Values, clipped: Values | None, faulty: NDArray[np.bool_], y: Range
    ) -> None:
        """Draws them between two rows' edges."""
        logs = log_of(values)
        found = span_of(logs if clipped is None else np.concatenate([logs, log_of(clipped)]))
        low, high = self._span = held(found, self._span)
        self.plot.show_range((10.0**low, 10.0**high), y)
        area = QRectF(low, -len(values), high - low, len(values))
        fine, ill = self._theme.color("accent"), self._theme.color("warning")
        colors = [ill if each else fine for each in faulty]
        bars = _bars(logs, low, [faded(c, 0.35) for c in colors] if clipped is not None else colors)
        if clipped is not None:
            bars += _bars(log_of(clipped), low, colors)
        self.bars.draw(bars, area)


class Ratios:
    """A point a row: by how much of itself a weight changes in a step."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        ground = Ground(
            heading="Update ÷ weight",
            unit="healthy: 1e-4 to 1e-2",
            x=Axis(log=True),
            y=Axis(kind="rows"),
            bands=(Band(SLOW, FAST, "good", across=True),),
            rules=(Rule(HEALTHY, "good", across=True),),
        )
        self.plot = Plot(theme, ground, axes="")
        self.dots = self.plot.dots(7.0)

    def draw(self, values: Values, y: Range) -> None:
        """Draws them between two rows' edges."""
        logs = log_of(values)
        found = span_of(logs)
        low, high = min(RATIO_SPAN[0], found[0]), max(RATIO_SPAN[1], found[1])
        low, high = low - ROOM * (high - low), high + ROOM * (high - low)
        self.plot.show_range((10.0**low, 10.0**high), y)
        rows = -np.arange(len(values), dtype=np.float64) - 0.5
        with np.errstate(invalid="ignore"):
            groups = (("accent", values < SLOW), ("error", values > FAST))
            healthy = (values >= SLOW) & (values <= FAST)
        area = QRectF(low, -len(values), high - low, len(values))
        there = np.isfinite(logs)
        self.dots.draw(
            [
                (self._theme.color(token), logs[where & there], rows[where & there])
                for token, where in (*groups, ("good", healthy))
            ],
            area,
        )


def held(found: Range, before: Range) -> Range:
    """The range before, while it is at most a power of ten too wide, so that bars do not jump."""
    fits = before[0] <= found[0] and found[1] <= before[1]
    too_wide = (before[1] - before[0]) - (found[1] - found[0])
    return before if fits and too_wide <= 1.0 else found


def span_of(logs: NDArray[np.float64]) -> Range:
    """Whole powers of ten around them, with room so that the smallest can be seen."""
    known = logs[np.isfinite(logs)]
    if not len(known):
        return (-4.0, 0.0)
    low, high = float(np.floor(known.min() - 0.2)), float(np.ceil(known.max() + 0.02))
    return (min(low, high - 2.0), high)


def _bars(
    logs: NDArray[np.float64], low: float, colors: Sequence[QColor]
) -> list[tuple[QRectF, QColor]]:
    edge = (1.0 - THICK) / 2
    return [
        (QRectF(low, -row - 1 + edge, float(at) - low, THICK), colors[row])
        for row, at in enumerate(logs)
        if np.isfinite(at)
    ]

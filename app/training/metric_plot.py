"""One quantity of all runs shown: training solid, validation dashed, a run in its hue.

Of a curve with a point each step, the raw values lie faint behind the smoothed ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from app.theme import Theme
from app.training.curve_data import (
    LEARNING_RATE,
    Across,
    Strand,
    figures,
    is_lower_better,
    placed,
    steps_between,
    title_of,
)
from app.training.hues import mixed
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.plot_items import Curve, Dots
from app.training.plot_marks import End
from app.training.scales import Range, number, padded, plain
from app.training.series import Series
from app.training.smoothing import Smoothed

Array = NDArray[np.float64]

AXES: Mapping[Across, Axis] = {
    "steps": Axis("steps", kind="count"),
    "epochs": Axis("epochs"),
    "time": Axis("time", kind="clock"),
}
FAINT = 0.35
FAINTER = 0.18
MOST_DOTS = 80
NAME = 18


@dataclass(slots=True)
class Hand:
    """What draws one curve."""

    raw: Curve
    main: Curve
    dots: Dots


@dataclass(frozen=True, slots=True)
class Points:
    """What is drawn of one curve: steps and values within the window."""

    steps: Array
    values: Array


class MetricPlot:
    """The plot of one quantity, and what draws in it."""

    def __init__(self, theme: Theme, quantity: str) -> None:
        self._theme, self.quantity = theme, quantity
        ground = Ground(heading=title_of(quantity), x=AXES["steps"])
        self.plot = Plot(theme, ground)
        self.plot.menu.name = quantity
        self.plot.menu.rows = self.figures
        self._hands: dict[tuple[str, str], Hand] = {}
        self._shown: tuple[Strand, ...] = ()
        self._y: Range = (0.0, 1.0)

    def set_log(self, is_log: bool) -> None:
        """Makes the y axis logarithmic or not, and shows everything.

        What ends near 1, such as accuracy, stays as it is.
        """
        self.plot.is_free = False
        self._y = (1.0, 1.0)
        falls = self.quantity == LEARNING_RATE or is_lower_better(self.quantity)
        self.plot.set_ground(y=Axis(log=is_log and falls))

    def figures(self) -> Iterable[Sequence[str | float]]:
        """Every point of the curves shown, not thinned, as rows of a table."""
        return figures(self._shown)

    def draw(
        self,
        shown: Sequence[Strand],
        smoothed: Mapping[str, Smoothed],
        x: Range,
        across: Across,
        colors: Mapping[str, QColor],
    ) -> None:
        """Draws the curves between two places of the x axis."""
        self._shown = tuple(shown)
        self._keep({(each.run.name, each.name) for each in shown})
        self.plot.set_ground(x=AXES[across])
        if self.plot.is_free:
            x = self.plot.view.values_x()
        spans = []
        for each in shown:
            spans.append(self._strand(each, smoothed.get(each.run.name), x, across, colors))
        if not self.plot.is_free:
            self._y = self._range(spans)
            self.plot.show_range(x, self._y)

    def end_values(
        self,
        shown: Sequence[Strand],
        smoothed: Mapping[str, Smoothed],
        steps: Mapping[str, float],
        colors: Mapping[str, QColor],
    ) -> None:
        """Words beside the ends: the values at a step of each run."""
        several = len({each.run.name for each in shown}) > 1
        ends = []
        for each in shown:
            if not each.is_line:
                continue
            series = line_of(each, smoothed.get(each.run.name))
            at = series.at(steps[each.run.name])
            ends.append(
                End(
                    name=_name(each, several),
                    value=self._words(at) if len(series) else "–",
                    at=self._last_drawn(each),
                    color=colors[each.run.name],
                    dashed=each.split == "validation",
                )
            )
        self.plot.set_ends(ends)

    def drawn(self, each: Strand) -> tuple[Array, Array]:
        """The points of a curve's line, as places on the axes."""
        return self._hands[each.run.name, each.name].main.points

    # ---------------------------------------------------------------------------------------------

    def _keep(self, wanted: set[tuple[str, str]]) -> None:
        for key in [key for key in self._hands if key not in wanted]:
            hand = self._hands.pop(key)
            self.plot.remove([hand.raw, hand.main])
            hand.dots.draw([], QRectF())
        for key in wanted - self._hands.keys():
            plot = self.plot
            self._hands[key] = Hand(plot.curve(0.0), plot.curve(2.0), plot.dots(4.0))

    def _strand(
        self,
        each: Strand,
        smoothed: Smoothed | None,
        x: Range,
        across: Across,
        colors: Mapping[str, QColor],
    ) -> tuple[Array, Array]:
        """Draws one; gives the values of its line, and those of its faint curve."""
        hand, color = self._hands[each.run.name, each.name], colors[each.run.name]
        low, high = steps_between(each.run, *x, across)
        columns, faint = self.plot.columns, np.empty(0)
        if each.by_step and smoothed is not None and each.name == "loss":
            raw = Points(*each.series.window(low, high, columns))
            self._line(
                hand.raw,
                each,
                raw,
                across,
                self._faint(color, len(colors) > 1),
                wide=False,
            )
            faint = raw.values
            columns //= 2
        else:
            hand.raw.clear()
        points = Points(*line_of(each, smoothed).window(low, high, columns))
        if each.is_line:
            self._line(hand.main, each, points, across, color, wide=True)
        self._dots(hand.dots, each, points, across, color)
        return points.values, faint

    def _faint(self, color: QColor, several: bool) -> QColor:
        return mixed(self._theme.color("panel"), color, FAINTER if several else FAINT)

    def _line(
        self, curve: Curve, each: Strand, points: Points, across: Across, color: QColor, wide: bool
    ) -> None:
        x = placed(each.run, points.steps, across)
        dashed = each.split == "validation"
        curve.draw(x, self._on_axis(points.values), color, dashed=dashed, wide=wide, smooth=wide)

    def _dots(
        self, dots: Dots, each: Strand, points: Points, across: Across, color: QColor
    ) -> None:
        shows = each.is_line and not each.by_step
        if not shows or not 0 < len(points.steps) <= MOST_DOTS:
            dots.draw([], QRectF())
            return
        x, y = placed(each.run, points.steps, across), self._on_axis(points.values)
        there = np.isfinite(y)
        area = QRectF(x[0], -1e9, x[-1] - x[0] + 1e-9, 2e9)
        dots.draw([(color, x[there], y[there])], area)

    def _on_axis(self, values: Array) -> Array:
        if not self.plot.view.log_y:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, np.log10(values), np.nan)

    def _range(self, spans: Sequence[tuple[Array, Array]]) -> Range:
        """All of the lines, and of the faint curves what is not far out."""
        values = [line for line, _ in spans] + [_most_of(faint) for _, faint in spans]
        merged = np.concatenate(values) if values else np.empty(0)
        log = self.plot.view.log_y
        merged = merged[np.isfinite(merged) & ((merged > 0) | (not log))]
        if not len(merged):
            return self._y
        low, high = float(merged.min()), float(merged.max())
        wanted = (low / 1.1, high * 1.1) if log else _grounded(low, high)
        fits = self._y[0] <= low and high <= self._y[1]
        if fits and not log and high - low >= 0.6 * (self._y[1] - self._y[0]):
            return self._y
        return wanted

    def _words(self, value: float) -> str:
        return plain(value) if self.quantity == LEARNING_RATE else number(value)

    def _last_drawn(self, each: Strand) -> float:
        """Where its line ends; NaN for one that is not drawn yet, as of a run that has just begun."""
        hand = self._hands.get((each.run.name, each.name))
        if hand is None:
            return float("nan")
        x, y = hand.main.points
        inside = np.isfinite(y) & (x <= self.plot.view.x[1])
        if not inside.any():
            return float("nan")
        at = float(y[inside][-1])
        return float(10**at) if self.plot.view.log_y else at


def line_of(each: Strand, smoothed: Smoothed | None) -> Series:
    """The values that a curve's line shows."""
    is_smoothed = smoothed is not None and each.name == "loss"
    return smoothed.series if smoothed is not None and is_smoothed else each.series


def _grounded(low: float, high: float) -> Range:
    """With a margin; from zero on where the values are not far from it."""
    wanted = padded(low, high)
    return (0.0, wanted[1]) if 0 <= low < 0.3 * high else wanted


def _most_of(values: Array) -> Array:
    """Without the outermost values of a long noisy curve, which would press the rest flat."""
    values = values[np.isfinite(values)]
    if len(values) < 100:
        return values
    return np.percentile(values, (3, 97))


def _name(each: Strand, several: bool) -> str:
    if not several:
        return each.split or "rate"
    short = each.run.name if len(each.run.name) <= NAME else each.run.name[: NAME - 1] + "…"
    return f"{short} {'val.' if each.split == 'validation' else ''}".strip()

"""Histograms over time as a ridge: one line a moment, the oldest farthest back. All are one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.theme import Theme
from app.training.hues import mixed
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.scales import Range, padded
from app.training.tracks import Track

Array = NDArray[np.float64]

MOST = 22
"""Moments shown."""

LEAST, TALLEST = 1.5, 4.0
"""Distances of two moments that the highest peak rises: of few moments, and of many."""

COLUMNS = 200
"""Places across at which a line has points."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Where the bins' middles are, and the density in each (its integral is 1); at one step."""

    step: int
    at: Array
    density: Array

    @classmethod
    def of(cls, step: int, row: NDArray[np.floating]) -> Histogram | None:
        """From a row of low, high and counts; None where it does not apply."""
        low, high, counts = float(row[0]), float(row[1]), np.asarray(row[2:], np.float64)
        total = counts.sum()
        if not np.isfinite(row).all() or high < low or total <= 0:
            return None
        if high == low:
            high, low = low + 1e-6 + abs(low) * 1e-3, low - 1e-6 - abs(low) * 1e-3
        width = (high - low) / len(counts)
        at = low + width * (np.arange(len(counts), dtype=np.float64) + 0.5)
        return cls(step, at, np.asarray(counts / (total * width), np.float64))

    def polygon(self) -> tuple[Array, Array]:
        """The same down to the ground at both ends, a bin beyond the outermost."""
        width = (self.at[-1] - self.at[0]) / max(len(self.at) - 1, 1)
        at = np.concatenate([[self.at[0] - width], self.at, [self.at[-1] + width]])
        return at, np.concatenate([[0.0], self.density, [0.0]])


def histograms(track: Track, row: int, most: int = MOST) -> list[Histogram]:
    """Of one row of a track's tables at moments evenly over the run, and the newest last.

    The moments stay while the run goes on, until there are too many and every second goes.
    """
    last = len(track) - 1
    apart = 1
    while last // apart >= most - 1:
        apart *= 2
    found = []
    for place in [*range(0, last, apart), last] if last >= 0 else []:
        step = track.steps[place]
        table = track.array(step)
        if table is not None and table.ndim == 2 and row < len(table):
            found.append(Histogram.of(step, table[row]))
    return [each for each in found if each is not None]


class Ridge:
    """The plot."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.plot = Plot(theme, Ground(heading=" ", y=Axis(kind="rows")), axes="x")
        self.lines = self.plot.curve(0.0)
        self.chosen = self.plot.curve(1.0)
        self._x: Range = (0.0, 0.0)

    def draw(self, shown: Sequence[Histogram], step: int | None, heading: str, unit: str) -> None:
        """Draws them; that of the moment shown (None: the newest) stands out."""
        names = (*(f"{each.step:,}" for each in shown[:-1]), "newest")[-len(shown) :]
        self.plot.set_ground(heading=heading, unit=unit, y=Axis(kind="rows", names=names))
        if not shown:
            self.lines.clear()
            self.chosen.clear()
            return
        self.plot.show_range(self._seen(shown), (-float(len(shown)), tall(len(shown)) - 0.4))
        grid = np.linspace(*self.plot.view.x, COLUMNS)
        heights = standing(shown, grid)
        self.lines.draw(
            np.tile(np.append(grid, np.nan), len(shown)),
            np.append(in_front(heights), np.full((len(shown), 1), np.nan), axis=1).ravel(),
            mixed(self._theme.color("panel"), self._theme.color("second"), 0.75),
        )
        last = _last_up_to(shown, step)
        self.chosen.draw(grid, heights[last], self._theme.color("accent"), wide=True)

    def _seen(self, shown: Sequence[Histogram]) -> Range:
        low, high = min(float(h.at[0]) for h in shown), max(float(h.at[-1]) for h in shown)
        held = self._x[0] <= low and high <= self._x[1]
        if not held or high - low < 0.7 * (self._x[1] - self._x[0]):
            self._x = padded(low, high, 0.08)
        return self._x


def standing(shown: Sequence[Histogram], grid: Array) -> Array:
    """A line a row over the grid, each on its own ground; NaN where a histogram has no bins."""
    peak = max(float(each.density.max()) for each in shown)
    lines = [np.interp(grid, *h.polygon(), left=np.nan, right=np.nan) for h in shown]
    return np.stack(lines) * (tall(len(shown)) / peak) - np.arange(0.5, len(shown))[:, None]


def tall(count: int) -> float:
    """Distances of two moments that the highest peak of so many rises."""
    return min(TALLEST, max(LEAST, count / 4))


def in_front(heights: Array) -> Array:
    """The lines without what lies behind a newer one."""
    made, front = heights.copy(), np.full(heights.shape[1], -np.inf)
    for line in made[::-1]:
        hidden = line < front
        front = np.fmax(front, line)
        line[hidden] = np.nan
    return made


def _last_up_to(shown: Sequence[Histogram], step: int | None) -> int:
    if step is None:
        return len(shown) - 1
    return max(0, sum(each.step <= step for each in shown) - 1)

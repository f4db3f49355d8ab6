"""A curve that grows while it is drawn: its points, and as few of them as a plot has columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GROUP = 64
"""Points of one level of the pyramid that the next level's smallest and largest value stand for."""


class Growing:
    """A float64 array to whose end values are added; ``size`` of its places are used."""

    def __init__(self) -> None:
        self._room = np.empty(1024)
        self.size = 0

    @property
    def values(self) -> Array:
        """The values so far, not copied."""
        return self._room[: self.size]

    def extend(self, values: Sequence[float] | NDArray[Any]) -> None:
        """Adds values at the end; the room doubles when it is used up."""
        needed = self.size + len(values)
        if needed > len(self._room):
            room = np.empty(max(needed, 2 * len(self._room)))
            room[: self.size] = self.values
            self._room = room
        self._room[self.size : needed] = values
        self.size = needed

    def cut(self, size: int) -> None:
        """Keeps the first so many."""
        self.size = min(self.size, size)


class Level:
    """The smallest and the largest of each full ``span`` of points."""

    def __init__(self, span: int) -> None:
        self.span = span
        self.low, self.high = Growing(), Growing()

    def follow(self, low: Array, high: Array) -> None:
        """Takes in groups of the level below that have become full."""
        first = self.low.size * GROUP
        full = (len(low) - first) // GROUP
        if full > 0:
            part = slice(first, first + full * GROUP)
            self.low.extend(np.fmin.reduce(low[part].reshape(full, GROUP), axis=1))
            self.high.extend(np.fmax.reduce(high[part].reshape(full, GROUP), axis=1))


class Series:
    """Values over rising positions (steps or epochs); NaN where a value was not finite.

    ``window`` costs no more for a million points than for some thousands, because a pyramid of smallest
    and largest values is kept up beside them.
    """

    def __init__(self) -> None:
        self._at, self._values = Growing(), Growing()
        self._levels: list[Level] = []

    def __len__(self) -> int:
        return self._at.size

    @property
    def positions(self) -> Array:
        """Where the values stand, rising."""
        return self._at.values

    @property
    def values(self) -> Array:
        """The values, not copied."""
        return self._values.values

    def extend(
        self,
        positions: Sequence[float] | NDArray[Any],
        values: Sequence[float] | NDArray[Any],
    ) -> None:
        """Adds points at the end, beyond all positions so far."""
        self._at.extend(positions)
        self._values.extend(values)
        low = high = self._values.values
        for number in range(len(self._levels) + 1):
            if number == len(self._levels):
                if len(low) < GROUP:
                    return
                self._levels.append(Level(GROUP ** (number + 1)))
            self._levels[number].follow(low, high)
            low, high = self._levels[number].low.values, self._levels[number].high.values

    def cut(self, position: float) -> None:
        """Forgets what lies beyond a position, as where a run goes on from an earlier checkpoint."""
        size = int(np.searchsorted(self.positions, position, "right"))
        if size < len(self):
            self._at.cut(size)
            self._values.cut(size)
            for level in self._levels:
                level.low.cut(size // level.span)
                level.high.cut(size // level.span)

    def at(self, position: float) -> float:
        """The value at the last point that is not beyond a position; NaN where there is none."""
        index = int(np.searchsorted(self.positions, position, "right")) - 1
        return float(self.values[index]) if index >= 0 else float("nan")

    def window(self, low: float, high: float, columns: int) -> tuple[Array, Array]:
        """What a plot of so many columns needs to draw of the points between two positions.

        Where there are more than two points a column, the smallest and the largest of each column stand
        for it. One point to either side is included, so that the line leaves the plot.
        """
        at = self.positions
        first = max(0, int(np.searchsorted(at, low, "left")) - 1)
        last = min(len(at), int(np.searchsorted(at, high, "right")) + 1)
        if last - first <= 2 * columns:
            return at[first:last], self.values[first:last]
        return self._extremes(first, last, columns)

    def _extremes(self, first: int, last: int, columns: int) -> tuple[Array, Array]:
        span, low, high = 1, self.values, self.values
        for level in self._levels:
            if level.span * 2 * columns <= last - first:
                span, low, high = level.span, level.low.values, level.high.values
        starts = np.linspace(first // span, last // span, columns, endpoint=False).astype(np.intp)
        end = min(len(low), -(-last // span))
        starts = np.unique(starts[starts < end])
        pairs = np.empty((len(starts), 2))
        pairs[:, 0] = np.fmin.reduceat(low[:end], starts)
        pairs[:, 1] = np.fmax.reduceat(high[:end], starts)
        x = np.repeat(self.positions[starts * span], 2)
        rest = slice(end * span, last)
        tail_at, tail = self.positions[rest], self.values[rest]
        return np.concatenate([x, tail_at]), np.concatenate([pairs.ravel(), tail])

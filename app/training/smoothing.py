"""A curve without its noise: an exponential moving average that grows with the curve. No Qt.

Each new point is met once, whatever the length of the curve; after a change of the window the whole is
done again in parts.
"""

from __future__ import annotations

import math
from itertools import accumulate, repeat

import numpy as np
from numpy.typing import NDArray

from app.training.series import Series

Array = NDArray[np.float64]

MOST = 100_000
"""Points taken in at once, about two milliseconds."""

LARGEST_SCALE = 1e6
"""By which values within a block are scaled against one another; costs as many digits."""


class Smoothed:
    """``source`` averaged over about ``window`` points; the first ones over those there are.

    y_t = Σ a^(t−i) x_i / Σ a^(t−i) with a = 1 − 1/window over the finite x_i up to t (Kingma and Ba
    2015 correct the bias of a young average alike).
    """

    def __init__(self, source: Series, window: float) -> None:
        self.source, self._keep = source, 1.0 - 1.0 / max(1.0, window)
        self._restart()

    def _restart(self) -> None:
        self.series = Series()
        self._sum = self._weight = 0.0
        self._last = (math.nan, math.nan)

    def follow(self, most: int = MOST) -> bool:
        """Takes in new points, at most so many; returns whether that was all."""
        taken, source = len(self.series), self.source
        if taken and (len(source) < taken or not self._is_as_before(taken)):
            self._restart()
            taken = 0
        new = slice(taken, min(len(source), taken + most))
        values = source.values[new]
        if len(values):
            self.series.extend(source.positions[new], self._next(values))
            self._last = (float(source.positions[new][-1]), float(values[-1]))
        return len(self.series) == len(source)

    def _is_as_before(self, taken: int) -> bool:
        """Whether the newest point known is still there: a run that went on again has others."""
        now = (self.source.positions[taken - 1], self.source.values[taken - 1])
        return bool(np.array_equal(now, self._last, equal_nan=True))

    def _next(self, values: Array) -> Array:
        finite = np.isfinite(values)
        sums = decayed(np.where(finite, values, 0.0), self._keep, self._sum)
        weights = decayed(finite.astype(np.float64), self._keep, self._weight)
        self._sum, self._weight = float(sums[-1]), float(weights[-1])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums / weights)


def decayed(values: Array, keep: float, before: float) -> Array:
    """y_t = keep · y_(t−1) + x_t for all t, with y_(−1) = ``before``.

    In blocks: within one, y is a cumulated sum of values scaled by keep^(−t), as far as floats reach.
    """
    if keep <= 0.0:
        return values.copy()
    block = int(min(4096, max(1, math.log(LARGEST_SCALE) / -math.log(keep)), len(values)))
    rows = -(-len(values) // block)
    padded = np.zeros(rows * block)
    padded[: len(values)] = values
    powers = keep ** np.arange(block)
    own = np.cumsum(padded.reshape(rows, block) / powers, axis=1) * powers
    ends = own[:, -1].tolist()
    through = powers[-1] * keep
    carried = list(
        accumulate(ends[:-1], lambda held, end: held * through + end, initial=before)
        if rows > 1
        else repeat(before, 1)
    )
    own += np.asarray(carried)[:, None] * (powers * keep)
    return np.asarray(own.reshape(-1)[: len(values)])

"""Seeded randomness for generators, the same on every machine and with every version of numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph_engine.data import counters

Arrays = Mapping[str, NDArray[Any]]
Generator = Callable[[int, "Dice", float], Arrays]
"""Makes so many samples with that much noise, as arrays named like those of an .npz source."""

Item = TypeVar("Item")


class Dice:
    """A stream of random numbers that follows from a seed alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.throws = 0

    def uniform(self, *shape: int) -> NDArray[np.float64]:
        """Numbers with 0 ≤ u < 1."""
        return self._thrown(counters.uniform, shape)

    def normal(self, *shape: int) -> NDArray[np.float64]:
        """Numbers with mean 0 and spread 1."""
        return self._thrown(counters.normal, shape)

    def integers(self, low: int, high: int, *shape: int) -> NDArray[np.int64]:
        """Whole numbers with low ≤ n < high."""
        return (low + np.floor(self.uniform(*shape) * (high - low))).astype(np.int64)

    def integer(self, low: int, high: int) -> int:
        """One of them."""
        return int(self.integers(low, high, 1)[0])

    def one_of(self, items: Sequence[Item]) -> Item:
        """One item, each with the same chance."""
        return items[self.integer(0, len(items))]

    def _thrown(
        self, draw: Callable[..., NDArray[np.float64]], shape: tuple[int, ...]
    ) -> NDArray[np.float64]:
        self.throws += 1
        places = np.arange(int(np.prod(shape)), dtype=np.int64)
        return draw(counters.GENERATED, self.seed, self.throws, places).reshape(shape)

"""Randomness keyed by counters: the same seed, epoch and sample give the same numbers on every
machine, in every order and in every process, which is what makes an interrupted run repeatable.

The mixing function is splitmix64 (Steele, Lea and Flood, 2014; constants of Stafford's variant 13),
so that nothing depends on the version of a library's generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counter = int | NDArray[np.integer]

SPLIT, ORDER, SHIFT_DOWN, SHIFT_RIGHT, FLIP, NOISE, GENERATED, TURN, ZOOM, SLANT = range(1, 11)
"""Purposes: the first counter of each use, so that no two uses share their numbers."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mix(*counters: Counter) -> NDArray[np.uint64]:
    """64 random bits for each combination of counters; arrays broadcast, at least one dimension."""
    state = np.full(1, _STEP)
    for index, counter in enumerate(counters):
        state = _finish((state + _STEP if index else state) + _bits(counter))
    return state


def uniform(*counters: Counter) -> NDArray[np.float64]:
    """Evenly spread numbers with 0 ≤ u < 1, from the upper 53 bits."""
    return (mix(*counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(*counters: Counter) -> NDArray[np.float64]:
    """Bell-shaped numbers with mean 0 and spread 1 (Box and Muller, 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(*counters, 0)))
    angle = 2.0 * np.pi * uniform(*counters, 1)
    return np.asarray(radius * np.cos(angle))


def permutation(count: int, *counters: int) -> NDArray[np.int64]:
    """The numbers 0 … count-1 in a random order."""
    keys = mix(*counters, np.arange(count, dtype=np.int64))
    return np.argsort(keys, kind="stable").astype(np.int64)


def _bits(counter: Counter) -> NDArray[np.uint64]:
    if isinstance(counter, np.ndarray):
        return counter.astype(np.uint64)
    return np.full(1, counter & (2**64 - 1), dtype=np.uint64)


def _finish(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))

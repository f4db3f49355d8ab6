"""A smoothed curve is the exponential moving average of all its points, however they came in."""

from __future__ import annotations

import numpy as np
import pytest

from app.training.series import Series
from app.training.smoothing import Smoothed


def by_hand(values: np.ndarray, window: float) -> np.ndarray:
    """The definition, one point after the other."""
    keep, total, weight, made = 1 - 1 / window, 0.0, 0.0, []
    for value in values:
        there = bool(np.isfinite(value))
        total = keep * total + (value if there else 0.0)
        weight = keep * weight + there
        made.append(total / weight if weight else np.nan)
    return np.array(made)


@pytest.mark.parametrize("window", [2, 10, 100, 10_000])
def test_smoothing_in_parts_is_smoothing_at_once(window: int) -> None:
    # Given a noisy curve with two values that are not finite
    values = np.random.default_rng(1).normal(3.0, 1.0, 5000)
    values[[0, 700]] = np.nan
    source = Series()
    smoothed = Smoothed(source, window)

    # When it comes in parts and is followed in smaller ones
    for first in range(0, len(values), 777):
        part = values[first : first + 777]
        source.extend(np.arange(first, first + len(part)) + 1.0, part)
        smoothed.follow(500)
    while not smoothed.follow(500):
        pass

    # Then each value is that of the definition
    np.testing.assert_allclose(smoothed.series.values, by_hand(values, window), rtol=1e-9)
    assert (smoothed.series.positions == source.positions).all()


def test_a_run_that_went_on_from_a_checkpoint_is_smoothed_anew() -> None:
    # Given a smoothed curve of a run that is then cut and goes on with other values
    source = Series()
    source.extend(np.arange(1.0, 1001.0), np.ones(1000))
    smoothed = Smoothed(source, 50)
    assert smoothed.follow()
    source.cut(400)
    source.extend(np.arange(401.0, 1201.0), np.full(800, 2.0))

    # When it is followed
    assert smoothed.follow()

    # Then nothing of the old end is in it
    np.testing.assert_allclose(
        smoothed.series.values, by_hand(np.repeat([1.0, 2.0], [400, 800]), 50), rtol=1e-9
    )

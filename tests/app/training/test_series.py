"""Curves of any length cost a plot the same, and lose no peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.series import Series


def series(values: list[float], parts: int = 1) -> Series:
    made = Series()
    for part in np.array_split(np.arange(len(values)), parts):
        made.extend(part + 1.0, [values[n] for n in part])
    return made


@given(st.integers(1, 30_000), st.integers(1, 7), st.integers(2, 50), st.randoms())
def test_a_window_keeps_the_extremes_and_few_points(
    count: int, parts: int, columns: int, random: np.random.Generator
) -> None:
    # Given a curve that came in parts, and a window of it
    values = np.random.default_rng(count).normal(size=count)
    made = series(list(values), parts)
    low, high = sorted((random.uniform(0, count + 1), random.uniform(0, count + 1)))

    # When a plot asks for it
    at, shown = made.window(low, high, columns)

    # Then there are few points, in order, and the inner extremes are among them
    inside = values[(made.positions >= low) & (made.positions <= high)]
    assert len(at) == len(shown) <= max(2 * columns + 2 * 64 + 2, 2 * columns)
    assert (np.diff(at) >= 0).all()
    if len(inside):
        assert shown.max() >= inside.max()
        assert shown.min() <= inside.min()


def test_what_is_not_a_number_leaves_its_neighbours_visible() -> None:
    # Given a curve with gaps, when it is drawn in few columns, then peaks beside gaps are there
    values = [float("nan")] * 5000 + [7.0] + [float("nan")] * 4999
    _, shown = series(values).window(0, 10_000, 20)
    assert np.nanmax(shown) == 7.0


def test_cutting_forgets_what_lies_beyond() -> None:
    # Given a long curve, when it is cut and goes on with other values
    made = series([float(n) for n in range(10_000)])
    made.cut(5000)
    made.extend(range(5001, 10_001), [-1.0] * 5000)

    # Then nothing of the old end is left, in detail or from afar
    assert made.at(5000) == 4999.0
    assert made.at(9999) == -1.0
    assert np.nanmax(made.window(5100, 10_000, 10)[1]) == -1.0


def test_values_between_points() -> None:
    made = series([3.0, 5.0])
    assert made.at(1.5) == 3.0
    assert np.isnan(made.at(0.5))
    assert made.at(99) == 5.0


@pytest.mark.parametrize("count", [0, 1])
def test_short_curves(count: int) -> None:
    at, _ = series([1.0] * count).window(0, 10, 100)
    assert len(at) == count

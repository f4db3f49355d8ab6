"""Scaling: scikit-learn's figures, fitted to the training part alone, and back from JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from graph_engine.data import scaling as scaling_module
from graph_engine.data.dataset import Field, InMemory
from graph_engine.data.scaling import Scaling, Transform, fit
from graph_engine.errors import DatasetError

eighths = st.integers(-(10**7), 10**7).map(lambda number: number / 8)
tables = arrays(np.float64, st.tuples(st.integers(2, 40), st.integers(1, 6)), elements=eighths)


def numbers(array: NDArray[Any]) -> Field:
    return Field("x", InMemory(array), "continuous")


def everything(array: NDArray[Any]) -> NDArray[np.int64]:
    return np.arange(len(array))


@given(table=tables)
def test_minmax_equals_scikit_learn(table: NDArray[np.float64]) -> None:
    made = fit(Scaling(method="minmax"), numbers(table), everything(table))

    expected = MinMaxScaler().fit_transform(table)

    np.testing.assert_allclose(made.apply(table, False), expected, atol=1e-6)


def test_standardize_equals_scikit_learn_over_several_pieces() -> None:
    chance = np.random.default_rng(0)
    rows = scaling_module.CHUNK_BYTES // (8 * 400) * 2 + 17
    table = chance.normal(1.6e9, 3.0, (rows, 400))
    table[:, 1] = 0.1

    made = fit(Scaling(), numbers(table), everything(table))

    oracle = StandardScaler().fit(table)
    np.testing.assert_allclose(made.shift, oracle.mean_, rtol=1e-12)
    np.testing.assert_allclose(made.scale, oracle.scale_, rtol=1e-6)
    assert made.scale[1] == 1.0


def test_only_the_training_part_is_looked_at() -> None:
    table = np.array([[1.0], [3.0], [1000.0], [-1000.0]])

    made = fit(Scaling(), numbers(table), np.array([0, 1]))

    assert made.shift.tolist() == [2.0]
    assert made.scale.tolist() == [1.0]


def test_images_are_scaled_by_channel_and_sequences_by_column() -> None:
    pictures = np.zeros((4, 2, 3, 3), dtype=np.uint8)
    pictures[:, 1] = 10
    pictures[::2, 1] = 30
    series = np.arange(24.0).reshape(2, 4, 3)

    of_pictures = fit(Scaling(), Field("x", InMemory(pictures), "image"), np.arange(4))
    of_series = fit(Scaling(method="minmax"), numbers(series), np.arange(2))

    assert of_pictures.shift.tolist() == [0.0, 20.0]
    assert of_pictures.scale.tolist() == [1.0, 10.0]
    assert of_pictures.apply(pictures, True)[0, 1, 0, 0] == 1.0
    assert of_series.shift.tolist() == [0.0, 1.0, 2.0]
    assert of_series.scale.tolist() == [21.0, 21.0, 21.0]


def test_dividing_and_leaving_alone() -> None:
    table = np.array([[16.0], [8.0]])

    divided = fit(Scaling(method="divide", divisor=16.0), numbers(table), np.arange(2))
    left = fit(None, numbers(table), np.arange(2))

    assert divided.apply(table, False).tolist() == [[1.0], [0.5]]
    assert left.apply(table, False).tolist() == [[16.0], [8.0]]
    assert left.apply(table, False).dtype == np.float32


def test_missing_numbers_become_the_mean_of_training() -> None:
    table = np.array([[1.0], [np.nan], [3.0], [100.0]])

    made = fit(Scaling(method="minmax"), numbers(table), np.array([0, 1, 2]))

    assert made.apply(table, False)[1, 0] == 0.5
    with pytest.raises(DatasetError, match="“x” has no number in the training part"):
        fit(None, numbers(table), np.array([1]))


@given(table=tables, method=st.sampled_from(["none", "standardize", "minmax", "divide"]))
def test_undo_gives_the_units_of_the_data_back(table: NDArray[np.float64], method: Any) -> None:
    made = fit(Scaling(method=method, divisor=4.0), numbers(table), everything(table))

    back = made.undo(made.apply(table, False), False)

    tolerance = 1e-6 * (1 + np.abs(table).max() + made.scale.max())
    np.testing.assert_allclose(back, table, atol=tolerance)


@given(table=tables)
def test_json_keeps_every_bit(table: NDArray[np.float64]) -> None:
    made = fit(Scaling(), numbers(table), everything(table))

    read = Transform.read(json.loads(json.dumps(made.saved())), table.shape[1])

    np.testing.assert_array_equal(read.apply(table, False), made.apply(table, False))


GOOD = {"fill": [0.0], "shift": [0], "scale": [1.0]}


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (None, "fill, shift and scale"),
        ({"fill": [0.0]}, "fill, shift and scale"),
        (GOOD | {"more": 1}, "fill, shift and scale"),
        (GOOD | {"scale": [0.0]}, "divides by zero"),
        (GOOD | {"scale": [1.0, 1.0]}, "needs 1 numbers"),
        (GOOD | {"shift": ["1"]}, "needs 1 numbers"),
        (GOOD | {"shift": [True]}, "needs 1 numbers"),
        (GOOD | {"shift": 1.0}, "needs 1 numbers"),
        (GOOD | {"shift": [float("nan")]}, "not finite"),
        (GOOD | {"shift": [10**400]}, "not finite"),
    ],
)
def test_other_saved_forms_are_refused(saved: object, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        Transform.read(saved, 1)


def test_numbers_beyond_float32_are_refused() -> None:
    huge = np.array([[1e300], [-1e300]])
    largest = np.array([[1.7e308], [-1.7e308]])

    with pytest.raises(DatasetError, match="too large for float32"):
        fit(None, numbers(huge), np.arange(2)).apply(huge, False)
    with pytest.raises(DatasetError, match="too large to be scaled"):
        fit(Scaling(method="minmax"), numbers(largest), np.arange(2))

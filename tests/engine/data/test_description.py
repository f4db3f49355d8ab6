"""Data sets are described in plain data: fields, sizes, and what is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graph_engine.data.choice import DataChoice, load
from graph_engine.data.dataset import Dataset, Field, InMemory, named, sizes
from graph_engine.data.description import describe
from graph_engine.data.sources import Builtin

IRIS = DataChoice(source=Builtin(name="iris"))


def test_sizes_are_written_with_crosses() -> None:
    assert sizes((16, 14, 14)) == "16×14×14"
    assert sizes(()) == "a single value"


def test_a_description_is_plain_data() -> None:
    told = describe(load(IRIS))

    read = json.loads(json.dumps(told.as_json()))

    assert read["samples"] == 150
    assert read["target"] == "species"
    features, species = read["fields"]
    assert features["low"] == pytest.approx(0.1)
    assert features["high"] == pytest.approx(7.9)
    assert features["shape"] == [4]
    assert features["missing"] == 0
    assert species["counts"] == {"setosa": 50, "versicolor": 50, "virginica": 50}


def test_a_description_counts_what_is_missing() -> None:
    values = np.array([[1.0, np.nan], [np.nan, 3.0]])
    codes = np.array([[0, 5], [1, 2]])
    fields = [
        Field("x", InMemory(values), "continuous"),
        Field("token", InMemory(codes), "categorical"),
        Field("note", InMemory(np.array(["a", "b"], dtype=object)), "text"),
        Field("empty", InMemory(np.full(2, np.nan)), "continuous"),
    ]

    x, token, note, empty = describe(Dataset("made", named(fields))).fields

    assert (x.low, x.high, x.mean, x.missing) == (1.0, 3.0, 2.0, 2)
    assert token.counts == {}
    assert (note.dtype, note.low) == ("text", None)
    assert (empty.low, empty.missing) == (None, 2)

"""Series and texts are cut into windows that know what came next, and only from the past."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.text import Text
from graph_engine.data.time_series import TimeSeries
from graph_engine.errors import DatasetError


def test_windows_of_the_sunspots() -> None:
    # Given the shipped series
    made = TimeSeries(window=10, horizon=2).load(None)

    # Then each window goes on with what the next windows begin with
    past, ahead = made["past"].take(range(len(made))), made["next"].take(range(len(made)))
    assert past.shape == (309 - 10 - 2 + 1, 10, 1)
    np.testing.assert_array_equal(past[0, :4, 0], [5, 11, 16, 23])
    np.testing.assert_array_equal(ahead[:-2, 0], past[2:, -2, 0])
    assert "domain" in made.licence


def test_a_series_of_several_columns(tmp_path: Path) -> None:
    (tmp_path / "weather.csv").write_text("day,rain,wind\n1,0.5,3\n2,0.25,4\n3,0,5\n4,1,6\n")
    made = TimeSeries(path="weather.csv", columns=("wind", "rain"), window=2).load(tmp_path)
    assert made["past"].take([1]).tolist() == [[[4, 0.25], [5, 0]]]
    assert made["next"].take([1]).tolist() == [[6]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("day,rain\n1,wet\n2,1\n3,1\n", "Row 2 .*wet"),
        ("day,rain\n1,1\n", "need 3 rows"),
        ("day\n", "row of names"),
        ("day,rain\n1\n2,1\n3,1\n", "Row 2"),
    ],
)
def test_series_that_cannot_be_read(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "rain.csv").write_text(text)
    with pytest.raises(DatasetError, match=told):
        TimeSeries(path="rain.csv", window=2).load(tmp_path)


def test_an_unknown_column(tmp_path: Path) -> None:
    (tmp_path / "rain.csv").write_text("day,rain\n1,1\n2,1\n3,1\n")
    with pytest.raises(DatasetError, match="rain"):
        TimeSeries(path="rain.csv", columns=("rian",), window=1).load(tmp_path)


def test_text_goes_on_one_place(tmp_path: Path) -> None:
    (tmp_path / "song.txt").write_text("la la li")
    made = Text(path="song.txt", length=3).load(tmp_path)
    letters = made["text"].classes
    assert letters == (" ", "a", "i", "l")
    assert "".join(letters[code] for code in made["text"].take([1])[0]) == "la "
    assert "".join(letters[code] for code in made["next"].take([1])[0]) == "a l"


def test_the_shipped_text_is_prose() -> None:
    made = Text(length=200).load(None)
    assert len(made) > 1000
    assert set("etaoin shrdlu").issubset(made["text"].classes)
    assert "Python Software Foundation" in made.licence


def test_in_order_the_future_is_not_learned_from() -> None:
    # Given a series divided in order
    choice = DataChoice(source=TimeSeries(window=5), division="in order", validation=0.1, test=0.2)
    data = prepare(choice, None, ["past"])

    # Then training comes before validation, and validation before the test
    assert data.train.indices.max() < data.validation.indices.min()
    assert data.validation.indices.max() < data.test.indices.min()


def test_a_limit_keeps_classes_in_their_share_and_the_rest_apart() -> None:
    data = prepare(DataChoice(limit=50), None, ["image"])
    _, labels = data.train.batch(np.arange(50))
    assert len(data.train) == 50
    assert np.bincount(labels, minlength=10).tolist() == [5] * 10
    whole = np.concatenate(
        [part.indices for part in (data.train, data.validation, data.test, data.rest)]
    )
    assert sorted(whole) == list(range(1797))


def test_some_classes_are_numbered_anew() -> None:
    data = prepare(DataChoice(classes=("7", "3")), None, ["image"])
    _, labels = data.train.batch(np.arange(len(data.train)))
    assert set(labels) == {0, 1}
    assert data.preprocessing.target.classes == ("7", "3")
    with pytest.raises(DatasetError, match="class"):
        prepare(DataChoice(classes=("11",)), None, ["image"])

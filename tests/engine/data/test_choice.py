"""The choice of data: saved strictly, fed by name or by order, and kept for inputs that are new."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_engine.data.augmentation import Augmentation
from graph_engine.data.choice import DataChoice, feeding_fields, prepare, target_field
from graph_engine.data.dataset import Dataset, Field, InMemory, named
from graph_engine.data.encoding import Encoding, Preprocessing
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import SOURCES, Builtin, Csv, ImageFolder, Npz, Source
from graph_engine.errors import DatasetError, ParameterError

IRIS = DataChoice(source=Builtin(name="iris"))


# Saving ------------------------------------------------------------------------------------------


def test_defaults_are_not_written() -> None:
    assert DataChoice().saved() == {}
    assert DataChoice(test=0.2).saved() == {"test": 0.2}
    assert IRIS.saved() == {"source": {"source": "builtin", "name": "iris"}}


sources = st.one_of(
    st.builds(Builtin, name=st.sampled_from(["digits", "iris", "wine"])),
    st.builds(
        Csv,
        path=st.text("ab/.", max_size=5),
        delimiter=st.sampled_from([",", ";", "tab"]),
        columns=st.dictionaries(st.text("abc", max_size=3), st.sampled_from(["number", "text"])),
    ),
    st.builds(Npz, path=st.just("a.npz"), kinds=st.dictionaries(st.text("ab"), st.just("image"))),
    st.builds(ImageFolder, size=st.tuples(st.integers(1, 99), st.integers(1, 99))),
)
choices = st.builds(
    DataChoice,
    source=sources,
    inputs=st.dictionaries(st.text("xyz", min_size=1), st.text("abc")),
    target=st.text("abc"),
    validation=st.floats(0, 0.4),
    test=st.floats(0, 0.5),
    seed=st.integers(0, 2**40),
    scaling=st.lists(
        st.builds(
            Scaling,
            field=st.text("abc", max_size=2),
            method=st.sampled_from(["none", "standardize", "minmax", "divide"]),
            divisor=st.floats(0.1, 300),
        ),
        unique_by=lambda scaling: scaling.field,
        max_size=3,
    ),
    augmentation=st.builds(
        Augmentation, shift=st.integers(0, 4), flip=st.booleans(), noise=st.floats(0, 1)
    ),
)


@given(choice=choices)
def test_what_is_saved_is_read(choice: DataChoice) -> None:
    text = json.dumps(choice.saved())

    assert DataChoice.read(json.loads(text)) == choice


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (None, "saved as values by name"),
        ([], "saved as values by name"),
        ({"sourse": "iris"}, "no parameter 'sourse'"),
        ({"self": 1}, "no parameter 'self'"),
        ({"test": "0.2"}, "`test` takes a number between 0 and 0.9"),
        ({"test": 0.6, "validation": 0.5}, "add up to less than 1"),
        ({"source": "sklearn"}, "no kind of source 'sklearn'"),
        ({"source": {"source": "cvs"}}, "Did you mean “csv”"),
        ({"source": {"source": ["csv"]}}, "no kind of source"),
        ({"source": {"source": "csv", "file": "x"}}, "Csv has no parameter 'file'"),
        ({"source": {"source": "builtin", "name": "mnist"}}, "`name` takes one of 'digits'"),
        ({"source": 3}, "`source` takes one of the Source kinds, not 3"),
        ({"inputs": {"x": 3}}, "Input “x” is fed by a field's name, not 3"),
        ({"scaling": [{"method": "log"}]}, "`method` takes one of"),
        ({"scaling": [{}, {}]}, "two scalings of “”"),
        ({"scaling": {"method": "none"}}, "`scaling` takes a list"),
        ({"augmentation": {"blur": 1}}, "no parameter 'blur'"),
    ],
)
def test_other_saved_forms_are_refused(saved: object, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        DataChoice.read(saved)


def test_sources_are_registered_and_explain_themselves() -> None:
    assert set(SOURCES) >= {"builtin", "csv", "npz", "image_folder"}
    for key, source in SOURCES.items():
        assert source.key == key
        assert source.help()
        assert all(parameter.help for parameter in source.parameters().values())
    assert Source.read("builtin") == Builtin()
    with pytest.raises(NotImplementedError):
        Source().load(None)


def test_a_choice_is_checked_when_made() -> None:
    with pytest.raises(ParameterError, match="add up to less than 1"):
        DataChoice(validation=0.5, test=0.5)


# Who feeds whom ----------------------------------------------------------------------------------


def made(*names: str, target: str = "", texts: tuple[str, ...] = ()) -> Dataset:
    def column(name: str) -> Field:
        if name in texts:
            return Field(name, InMemory(np.array(["a"] * 10, dtype=object)), "text")
        return Field(name, InMemory(np.zeros((10, 2))), "continuous")

    return Dataset("made", named([column(name) for name in names]), target)


def fed(choice: DataChoice, dataset: Dataset, *inputs: str) -> list[str]:
    return [field.name for field in feeding_fields(choice, dataset, inputs).values()]


def test_inputs_are_fed_by_name_and_else_in_order() -> None:
    dataset = made("a", "b", "c", "y", target="y")

    assert fed(DataChoice(), dataset, "p", "q", "r") == ["a", "b", "c"]
    assert fed(DataChoice(), dataset, "p", "a") == ["b", "a"]
    assert fed(DataChoice(inputs={"p": "c"}), dataset, "p", "q") == ["c", "a"]
    assert fed(DataChoice(inputs={"p": "a", "q": "a"}), dataset, "p", "q") == ["a", "a"]
    assert fed(DataChoice(inputs={"p": ""}), dataset, "p") == ["a"]
    assert fed(DataChoice(target="a"), dataset, "p") == ["b"]


def test_texts_never_feed_unasked() -> None:
    dataset = made("note", "a", "y", target="y", texts=("note",))

    assert fed(DataChoice(), dataset, "p") == ["a"]


def test_an_autoencoder_may_have_its_input_as_target() -> None:
    dataset = made("image", "label", target="label")

    assert fed(DataChoice(target="image"), dataset, "x") == ["image"]
    assert target_field(DataChoice(target="image"), dataset).name == "image"
    assert target_field(DataChoice(), dataset).name == "label"


def test_what_cannot_be_fed_is_refused_in_words() -> None:
    dataset = made("a", "y", target="y")

    with pytest.raises(DatasetError, match="No field of made is left for the input “q”"):
        fed(DataChoice(), dataset, "p", "q")
    with pytest.raises(DatasetError, match=r"no input 'image' in the network.*mean “images”"):
        fed(DataChoice(inputs={"image": "a"}), dataset, "images")
    with pytest.raises(DatasetError, match="no field 'b' in made"):
        fed(DataChoice(inputs={"p": "b"}), dataset, "p")
    with pytest.raises(DatasetError, match="Choose which field of made to predict"):
        target_field(DataChoice(), made("a"))
    with pytest.raises(DatasetError, match="no field 'z'"):
        target_field(DataChoice(target="z"), dataset)


def test_fields_of_one_name_are_refused() -> None:
    with pytest.raises(DatasetError, match="Two fields are called “a”"):
        made("a", "a")


# New inputs --------------------------------------------------------------------------------------


def test_preprocessing_goes_through_json_and_treats_new_inputs_alike() -> None:
    data = prepare(IRIS.replace(scaling=(Scaling(),)), None, ["x"])

    read = Preprocessing.read(json.loads(json.dumps(data.preprocessing.saved())))

    raw = data.dataset["features"].take(data.test.indices)
    expected = data.test.batch(np.arange(len(data.test)))[0][0]
    np.testing.assert_array_equal(read.apply({"x": raw})["x"], expected)
    assert read.target.classes == ("setosa", "versicolor", "virginica")
    assert read.inputs["x"].columns[0] == "sepal length (cm)"
    assert read.target.undo(np.array([1, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "no input 'x' in what was given"),
        ({"x": np.zeros((2, 3))}, "expects samples of shape 4.*received 2×3"),
        ({"x": np.zeros(4)}, "expects samples of shape 4"),
        ({"x": 3.0}, "received a single value"),
        ({"x": np.array([["a"] * 4])}, "expects numbers"),
    ],
)
def test_unlike_inputs_are_refused(values: dict[str, Any], words: str) -> None:
    data = prepare(IRIS, None, ["x"])

    with pytest.raises(DatasetError, match=words):
        data.preprocessing.apply(values)


def test_classes_are_checked() -> None:
    species = Encoding("species", "categorical", (), ("a", "b"))

    assert species.apply(np.array([0.0, 1.0])).tolist() == [0, 1]
    assert species.dtype == "int64"
    with pytest.raises(DatasetError, match="classes from 0 to 1, and received 0 to 2"):
        species.apply(np.array([0, 2]))
    with pytest.raises(DatasetError, match="whole numbers"):
        species.apply(np.array([0.5]))


GOOD = Encoding("f", "categorical", (), ("a",)).saved()


@pytest.mark.parametrize(
    "saved",
    [
        None,
        {},
        GOOD | {"more": 1},
        GOOD | {"kind": "text"},
        GOOD | {"kind": "image", "shape": [3]},
        GOOD | {"kind": "continuous"},
        GOOD | {"kind": "continuous", "shape": [3]},
        GOOD | {"shape": 3},
        GOOD | {"shape": [0]},
        GOOD | {"shape": [True]},
        GOOD | {"classes": "ab"},
        GOOD | {"classes": [1]},
        GOOD | {"field": None},
    ],
)
def test_other_saved_encodings_are_refused(saved: object) -> None:
    with pytest.raises(DatasetError):
        Encoding.read(saved)
    with pytest.raises(DatasetError):
        Preprocessing.read({"inputs": {"x": saved}, "target": GOOD})


@pytest.mark.parametrize("saved", [None, {"inputs": {}}, {"inputs": [], "target": GOOD}])
def test_other_saved_preprocessings_are_refused(saved: object) -> None:
    with pytest.raises(DatasetError, match="inputs and a target"):
        Preprocessing.read(saved)

"""The shipped data sets are those of scikit-learn, attributed, and safe to read."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets

from graph_engine.data.builtin import Builtin
from graph_engine.data.dataset import Dataset
from graph_engine.data.description import describe

NAMES = ("digits", "iris", "wine", "breast_cancer", "diabetes")
FOLDER = Path(str(resources.files("resources").joinpath("datasets")))


@pytest.fixture(params=NAMES)
def shipped(request: pytest.FixtureRequest) -> tuple[str, Dataset]:
    return request.param, Builtin(name=request.param).load()


def test_values_equal_those_of_scikit_learn(shipped: tuple[str, Dataset]) -> None:
    name, dataset = shipped

    options = {"scaled": False} if name == "diabetes" else {}
    oracle = getattr(datasets, f"load_{name}")(**options)

    everything = np.arange(len(dataset))
    inputs, target = (field.take(everything) for field in dataset)
    assert inputs.dtype == np.float32
    np.testing.assert_array_equal(inputs.reshape(len(dataset), -1), oracle.data.astype(np.float32))
    np.testing.assert_array_equal(target, oracle.target.astype(target.dtype))
    assert list(dataset.fields)[1] == dataset.target


def test_classes_and_columns_have_their_names(shipped: tuple[str, Dataset]) -> None:
    name, dataset = shipped
    oracle = getattr(datasets, f"load_{name}")()

    classes = dataset[dataset.target].classes
    columns = next(iter(dataset)).columns

    expected = () if name == "diabetes" else tuple(str(each) for each in oracle.target_names)
    assert classes == expected
    assert columns == (() if name == "digits" else tuple(oracle.feature_names))


def test_each_names_source_authors_citation_and_licence(shipped: tuple[str, Dataset]) -> None:
    _, dataset = shipped

    assert dataset.description
    assert "http" in dataset.source
    assert dataset.licence
    assert dataset.notes["Authors"]
    assert "https://doi.org/" in dataset.notes["Citation"]


def test_digits_are_raw_images_of_one_channel() -> None:
    digits = Builtin().load()

    assert digits["image"].kind == "image"
    assert digits["image"].shape == (1, 8, 8)
    assert describe(digits).fields[0].high == 16.0
    assert len(digits) == 1797


def test_photographs_are_those_of_scikit_learn_made_smaller() -> None:
    # Given the shipped photographs, and those that they were made from
    shipped = Builtin(name="photographs").load()
    images = shipped["image"].take([0, 1, 2]).astype(np.float64)
    assert shipped["image"].kind == "image"
    assert shipped["image"].shape == (3, 128, 192)
    assert shipped[shipped.target].classes == ("china", "flower", "petals")

    for image, name in zip(images, ("china", "flower"), strict=False):
        whole = datasets.load_sample_image(f"{name}.jpg").astype(np.float64)
        # When both are taken apart into 4×6 regions
        own = image.reshape(3, 4, 32, 6, 32).mean(axis=(2, 4))
        theirs = whole[:424, :636].reshape(4, 106, 6, 106, 3).mean(axis=(1, 3)).transpose(2, 0, 1)

        # Then each region has the same mean colour
        np.testing.assert_allclose(own, theirs, atol=8)

    # And whose they are is told
    assert "CC BY 2.0" in shipped.licence
    assert "flickr.com" in shipped.source
    assert "smaller" in shipped.notes["Changes"]


def test_the_script_that_made_them_makes_the_same_bytes(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); import build, pathlib;"
    made = f"build.build(pathlib.Path({str(tmp_path)!r}))"

    subprocess.run([sys.executable, "-c", code + made], check=True, timeout=120)

    for name in (*NAMES, "photographs"):
        built, kept = (np.load(place / f"{name}.npz") for place in (tmp_path, FOLDER))
        assert built.files == kept.files
        for array in built.files:
            np.testing.assert_array_equal(built[array], kept[array])


def test_reading_data_imports_neither_torch_nor_pandas_nor_scikit_learn() -> None:
    code = (
        "import sys, graph_engine.data.choice, graph_engine.data.description, "
        "graph_engine.data.new_inputs; "
        "print(sorted({'torch', 'pandas', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )

    assert result.stdout.strip() == "[]"

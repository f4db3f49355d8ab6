"""Batches have the same bits whoever loads them, and from wherever an epoch is taken up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from graph_engine.data.augmentation import Augmentation
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.loading import Batches, TensorBatch
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import Builtin, ImageFolder
from graph_engine.errors import DatasetError

pytestmark = pytest.mark.torch

WILD = Augmentation(shift=1, flip=True, noise=0.2)


@pytest.fixture(scope="module")
def digits() -> PreparedData:
    choice = DataChoice(scaling=(Scaling(method="divide", divisor=16.0),), augmentation=WILD)
    return prepare(choice, None, ["x"])


@pytest.fixture(scope="module")
def iris() -> PreparedData:
    return prepare(DataChoice(source=Builtin(name="iris")), None, ["x"])


def equal(first: list[TensorBatch], second: list[TensorBatch]) -> bool:
    return len(first) == len(second) and all(
        torch.equal(a[1], b[1]) and all(map(torch.equal, a[0], b[0]))
        for a, b in zip(first, second, strict=True)
    )


def test_tensors_have_the_agreed_types_and_shapes(digits: PreparedData) -> None:
    (images,), labels = next(iter(Batches(digits.train, 32)))

    assert images.dtype == torch.float32
    assert images.shape == (32, 1, 8, 8)
    assert labels.dtype == torch.int64
    assert labels.shape == (32,)


def test_regression_has_one_column_for_each_number() -> None:
    data = prepare(DataChoice(source=Builtin(name="diabetes")), None, ["x"])

    (features,), target = next(iter(Batches(data.train, 16)))

    assert features.shape == (16, 10)
    assert target.shape == (16, 1)
    assert target.dtype == torch.float32


def test_loader_processes_change_no_bit(digits: PreparedData) -> None:
    alone = list(Batches(digits.train, 64, seed=3, epoch=2))
    helped = list(Batches(digits.train, 64, seed=3, epoch=2, workers=2))

    assert len(alone) == 20
    assert equal(alone, helped)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_goes_on_where_it_stopped(digits: PreparedData, workers: int) -> None:
    whole = list(Batches(digits.train, 64, seed=3, epoch=2))

    rest = list(Batches(digits.train, 64, seed=3, epoch=2, start_step=13, workers=workers))

    assert equal(whole[13:], rest)


def test_loading_leaves_the_global_generators_alone(digits: PreparedData) -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # type: ignore[index]

    for workers in (0, 1):
        list(Batches(digits.validation, 128, workers=workers))

    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # type: ignore[index]


@settings(max_examples=60)
@given(
    size=st.integers(1, 130),
    seed=st.integers(0, 2**40),
    epoch=st.integers(0, 99),
    start=st.integers(0, 12),
    drop=st.booleans(),
    shuffle=st.booleans(),
)
def test_every_sample_is_met_once_and_lengths_are_true(
    iris: PreparedData, size: int, seed: int, epoch: int, start: int, drop: bool, shuffle: bool
) -> None:
    whole = Batches(iris.train, size, seed, epoch, drop_last=drop, shuffle=shuffle)
    rest = Batches(iris.train, size, seed, epoch, start_step=start, drop_last=drop, shuffle=shuffle)

    batches = list(whole)

    assert len(batches) == len(whole) == whole.steps == rest.steps
    assert equal(batches[start:], list(rest))
    assert len(rest) == max(0, whole.steps - start)
    met = sum(len(target) for _, target in batches)
    assert met == (whole.steps * size if drop else len(iris.train))
    order = whole.order()
    assert sorted(order.tolist()) == list(range(len(iris.train)))
    expected = iris.train.batch(order[:met])[0][0]
    if met:
        np.testing.assert_array_equal(torch.cat([x for (x,), _ in batches]), expected)


def test_epochs_and_seeds_have_their_own_order(iris: PreparedData) -> None:
    first = Batches(iris.train, 10, seed=1, epoch=1).order().tolist()

    assert first == Batches(iris.train, 10, seed=1, epoch=1).order().tolist()
    assert first != Batches(iris.train, 10, seed=1, epoch=2).order().tolist()
    assert first != Batches(iris.train, 10, seed=2, epoch=1).order().tolist()
    assert Batches(iris.train, 10, shuffle=False).order().tolist() == list(range(len(iris.train)))


def test_a_part_without_samples_has_no_batches() -> None:
    data = prepare(DataChoice(source=Builtin(name="iris"), validation=0.0), None, ["x"])

    assert list(Batches(data.validation, 8)) == []
    assert list(Batches(data.validation, 8, workers=1)) == []


def test_changing_a_batch_does_not_change_the_data(iris: PreparedData) -> None:
    batches = Batches(iris.train, 10)
    (features,), target = next(iter(batches))
    kept = features.clone()

    features.zero_()
    target.zero_()

    assert torch.equal(next(iter(batches))[0][0], kept)


@pytest.mark.parametrize(
    "wrong",
    [{"batch_size": 0}, {"batch_size": 1, "start_step": -1}, {"batch_size": 1, "workers": -1}],
)
def test_senseless_numbers_are_refused(iris: PreparedData, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match="Batches need a size"):
        Batches(iris.train, **wrong)


def test_a_bad_file_is_named_even_from_a_loader_process(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        (tmp_path / "animals" / name).mkdir(parents=True)
        for number in range(260):
            Image.new("L", (4, 4), number % 256).save(tmp_path / "animals" / name / f"{number}.png")
    source = ImageFolder(path="animals", size=(512, 512), channels=1)
    data = prepare(DataChoice(source=source), tmp_path, ["x"])
    assert data.train.inputs["x"].ready is None
    for path in (tmp_path / "animals" / "bee").iterdir():
        path.write_bytes(b"broken")

    with pytest.raises(DatasetError, match=r"bee/\d+\.png cannot be read"):
        list(Batches(data.test, 8, workers=2))

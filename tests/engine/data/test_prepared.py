"""Samples as a network gets them: encoded, scaled and filled by what the training part tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph_engine.data.choice import DataChoice, load, prepare
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import Builtin, Csv, Npz
from graph_engine.errors import DatasetError

IRIS = DataChoice(source=Builtin(name="iris"))


def test_digits_come_as_images_and_classes() -> None:
    data = prepare(DataChoice(), None, ["x"])

    inputs, target = data.train.sample(5)
    raw = data.dataset["image"].take([data.train.indices[5]])[0]
    assert (len(data.train), len(data.validation), len(data.test)) == (1257, 270, 270)
    assert inputs["x"].dtype == np.float32
    assert inputs["x"].shape == (1, 8, 8)
    np.testing.assert_array_equal(inputs["x"], raw)
    assert target.dtype == np.int64
    assert target.shape == ()
    assert data.preprocessing.target.classes == tuple("0123456789")


def test_regression_targets_are_columns() -> None:
    data = prepare(DataChoice(source=Builtin(name="diabetes")), None, ["features"])

    inputs, target = data.test.batch(np.arange(7))

    assert inputs[0].shape == (7, 10)
    assert target.shape == (7, 1)
    assert target.dtype == np.float32


def test_statistics_come_from_the_training_part_alone() -> None:
    data = prepare(IRIS.replace(scaling=(Scaling(),)), None, ["x"])

    everything = [part.batch(np.arange(len(part)))[0][0] for part in (data.train, data.test)]

    np.testing.assert_allclose(everything[0].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(everything[0].std(axis=0), 1, atol=1e-6)
    assert np.abs(everything[1].mean(axis=0)).max() > 1e-3


def test_a_general_scaling_is_for_inputs_and_a_named_one_for_its_field() -> None:
    diabetes = DataChoice(source=Builtin(name="diabetes"))

    general = prepare(diabetes.replace(scaling=(Scaling(),)), None, ["x"])
    both = prepare(diabetes.replace(scaling=(Scaling(), Scaling(field="progression"))), None, ["x"])

    assert general.train.batch(np.arange(100))[1].max() > 100
    scaled = both.train.batch(np.arange(len(both.train)))[1]
    assert abs(scaled.mean()) < 1e-6
    back = both.preprocessing.target.undo(scaled)
    raw = both.dataset["progression"].take(both.train.indices)
    np.testing.assert_allclose(back[:, 0], raw, rtol=1e-5)


def test_an_autoencoder_aims_at_what_it_is_given() -> None:
    choice = DataChoice(target="image", scaling=(Scaling(method="divide", divisor=16.0),))

    data = prepare(choice, None, ["x"])

    inputs, target = data.validation.batch(np.arange(9))
    np.testing.assert_array_equal(inputs[0], target)
    assert target.max() == 1.0


def test_scalings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(DatasetError, match="“species” is categorical and has no numbers"):
        prepare(IRIS.replace(scaling=(Scaling(field="species"),)), None, ["x"])
    with pytest.raises(DatasetError, match=r"no field 'feature' in iris.*Did you mean “features”"):
        prepare(IRIS.replace(scaling=(Scaling(field="feature"),)), None, ["x"])


def test_texts_cannot_feed_a_network(tmp_path: Path) -> None:
    rows = "".join(f"note {n},{n}.5,{n}.25\n" for n in range(20))
    (tmp_path / "t.csv").write_text("note,x,y\n" + rows)
    choice = DataChoice(source=Csv(path="t.csv"), inputs={"x": "note"})

    with pytest.raises(DatasetError, match="“note” holds texts, which a network cannot take"):
        prepare(choice, tmp_path, ["x"])


def test_missing_numbers_are_filled_from_the_training_part(tmp_path: Path) -> None:
    rows = [f"{n % 5}.5,{n}.25" for n in range(40)]
    rows[7] = ",7.25"
    (tmp_path / "t.csv").write_text("x,y\n" + "\n".join(rows))
    data = prepare(DataChoice(source=Csv(path="t.csv", missing="fill")), tmp_path, ["x"])

    known = data.dataset["features"].take(data.train.indices)
    part = next(p for p in (data.train, data.validation, data.test) if 7 in p.indices)
    filled = part.batch(np.flatnonzero(part.indices == 7))[0][0]

    assert filled[0, 0] == np.float32(np.nanmean(known))


def test_class_targets_are_spread_evenly_and_numbers_are_not_refused() -> None:
    data = prepare(IRIS, None, ["x"])

    labels = [
        part.batch(np.arange(len(part)))[1] for part in (data.train, data.validation, data.test)
    ]

    for part in labels:
        counts = np.bincount(part, minlength=3)
        assert counts.max() - counts.min() <= 1


def test_fields_too_large_for_memory_are_encoded_on_demand(tmp_path: Path) -> None:
    count = 1500
    big = np.zeros((count, 1, 300, 300), dtype=np.uint8)  # 540 MB as float32
    big[:, 0, 0, 0] = np.arange(count) % 251
    np.savez_compressed(tmp_path / "big.npz", image=big, label=np.arange(count) % 2)
    choice = DataChoice(
        source=Npz(path="big.npz"), scaling=(Scaling(method="divide", divisor=2.0),)
    )

    data = prepare(choice, tmp_path, ["x"])

    feed = data.train.inputs["x"]
    assert feed.ready is None
    inputs, _ = data.train.batch(np.array([3, 0]))
    expected = data.train.indices[[3, 0]] % 251 / 2
    np.testing.assert_array_equal(inputs[0][:, 0, 0, 0], expected)
    assert inputs[0].dtype == np.float32


def test_the_folder_reaches_the_source(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,0.5\n2,1.5\n")

    assert len(load(DataChoice(source=Csv(path="t.csv")), tmp_path)) == 2

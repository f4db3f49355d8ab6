"""What a trained network answers: classes with probabilities, numbers in the data's own units."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.errors import DatasetError, TrainingError
from graph_engine.training.events import Event, Finished
from graph_engine.training.folder import RunFolder
from graph_engine.training.prediction import interpreted, predict, predict_from_files
from graph_engine.training.recipe import Recipe
from graph_engine.training.worker import Worker

from .runs import CNN, run_folder
from .small import data

pytestmark = pytest.mark.torch

LINE = """\
from torch import Tensor, nn


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(30, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)
"""


def finished(folder: RunFolder) -> Finished:
    told: list[Event] = []
    Worker(SimpleNamespace(send=told.append)).run(folder)  # type: ignore[arg-type]
    last = told[-1]
    assert isinstance(last, Finished), last
    return last


def samples_file(
    path: Path, choice: dict[str, Any], field: str
) -> tuple[Path, np.ndarray[Any, Any]]:
    """The raw test samples of a choice as an .npz file, and their targets."""
    prepared = prepare(DataChoice.read(choice), None, ["x"])
    raw = prepared.dataset[field].take(prepared.test.indices)
    arrays: dict[str, Any] = {field: raw}
    np.savez(path / "new.npz", **arrays)
    targets = prepared.dataset[prepared.dataset.target].take(prepared.test.indices)
    return path / "new.npz", targets


def test_a_classifier_names_classes_with_their_probabilities(tmp_path: Path) -> None:
    # Given a run on the digits, and the raw test samples in a file
    recipe = Recipe(epochs=4, batch_size=32, threads=1, optimizer={"name": "Adam", "lr": 0.005})
    choice = {"source": {"source": "builtin", "name": "digits"}}
    folder = run_folder(tmp_path / "net.runs" / "run-001", recipe, CNN, data=choice)
    last = finished(folder)
    path, targets = samples_file(tmp_path, choice, "image")

    # When the network answers
    prediction = predict_from_files(folder, [path])

    # Then it is right as often as the run's test said, and probabilities belong to the names
    right = np.mean([label == str(y) for label, y in zip(prediction.labels, targets, strict=True)])
    assert right == pytest.approx(last.metrics["test_accuracy"])
    np.testing.assert_allclose(prediction.values.sum(axis=1), 1.0, rtol=1e-5)
    assert prediction.classes == tuple("0123456789")
    row = json.loads(json.dumps(prediction.to_json()))[0]
    assert max(row["probabilities"], key=row["probabilities"].get) == row["class"]

    # And the last weights can be asked instead of the best
    assert predict_from_files(folder, [path], best=False).values.shape == prediction.values.shape


def test_numbers_come_back_in_the_units_of_the_data(tmp_path: Path) -> None:
    # Given a regression on scaled features and a scaled target
    recipe = Recipe(epochs=60, batch_size=32, threads=1, optimizer={"name": "Adam", "lr": 0.05})
    choice = {
        "source": {"source": "builtin", "name": "diabetes"},
        "scaling": [{}, {"field": "progression", "method": "standardize"}],
    }
    prepared = prepare(DataChoice.read(choice), None, ["x"])
    source = LINE.replace("30", "10")
    folder = run_folder(tmp_path / "net.runs" / "run-001", recipe, source, "Line", ("x",), choice)
    last = finished(folder)
    feature = prepared.preprocessing.inputs["x"].field
    path, targets = samples_file(tmp_path, choice, feature)

    # When the network answers to raw samples
    prediction = predict_from_files(folder, [path])

    # Then the answers are in the target's units, and as good as the run's test said
    y = targets.reshape(-1).astype(float)
    error = ((prediction.values.reshape(-1) - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert 1 - error == pytest.approx(last.metrics["test_r2"], abs=1e-3)
    assert last.metrics["test_r2"] > 0.3
    assert set(prediction.to_json()[0]) == {"value"}


def test_yes_or_no_has_two_names(tmp_path: Path) -> None:
    # Given a network with one score for two classes
    recipe = Recipe(epochs=8, batch_size=32, threads=1, optimizer={"name": "Adam", "lr": 0.02})
    choice = {"source": {"source": "builtin", "name": "breast_cancer"}, "scaling": [{}]}
    folder = run_folder(tmp_path / "net.runs" / "run-001", recipe, LINE, "Line", ("x",), choice)
    last = finished(folder)
    prepared = prepare(DataChoice.read(choice), None, ["x"])
    path, targets = samples_file(tmp_path, choice, prepared.preprocessing.inputs["x"].field)

    # When it answers, then with the names of the classes, as often right as the test said
    prediction = predict_from_files(folder, [path])
    names = prepared.preprocessing.target.classes
    assert prediction.classes == names
    right = [label == names[int(y)] for label, y in zip(prediction.labels, targets, strict=True)]
    assert np.mean(right) == pytest.approx(last.metrics["test_accuracy"])
    assert last.metrics["test_accuracy"] > 0.9


def test_a_large_input_is_answered_in_parts_alike() -> None:
    # Given a network that would answer otherwise in training, and many samples
    torch.manual_seed(0)
    module = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    samples = np.random.default_rng(0).normal(size=(1000, 4)).astype(np.float32)

    # When it answers in parts and at once, then the answers are the same
    (parts,) = predict(module.train(), [samples], batch_size=64)
    (whole,) = predict(module.train(), [samples], batch_size=1000)
    torch.testing.assert_close(parts, whole)
    assert parts.shape == (1000, 2)


class Twice(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x.sum(1)


def test_all_outputs_are_kept() -> None:
    # Given a network with two outputs, when it answers, then both are there
    outputs = predict(Twice(), [np.ones((5, 3), np.float32)], batch_size=2)
    prediction = interpreted(outputs, "regression", None, data("iris").preprocessing)
    assert [each.shape for each in prediction.outputs] == [(5, 3), (5,)]


def test_a_reconstruction_is_in_the_units_of_the_input() -> None:
    # Given standardised inputs, when a network that gives back its input answers
    samples = data("wine")
    (x,), _ = samples.test.batch(np.arange(5))
    prediction = interpreted((torch.as_tensor(x),), "reconstruction", None, samples.preprocessing)

    # Then the answer is the raw input
    field = samples.dataset[samples.preprocessing.inputs["x"].field]
    np.testing.assert_allclose(prediction.values, field.take(samples.test.indices[:5]), rtol=1e-3)


def test_classes_at_many_places_stay_probabilities() -> None:
    # Given scores of three classes at 2×2 places, when they are read, then nothing is invented
    outputs = (torch.randn(5, 3, 2, 2),)
    prediction = interpreted(outputs, "classification", None, data("iris").preprocessing)
    assert prediction.labels == ()
    np.testing.assert_allclose(prediction.values.sum(axis=1), 1.0, rtol=1e-5)


def test_what_cannot_be_answered_is_a_sentence(tmp_path: Path) -> None:
    # Given a run that never began, one of a task from the future, and one without weights
    folder = run_folder(tmp_path / "run-001", Recipe(threads=1, epochs=1))
    with pytest.raises(TrainingError, match=r"fitted\.json"):
        predict_from_files(folder, [])
    with pytest.raises(TrainingError, match="task is 'telepathy'"):
        interpreted((torch.ones(1, 1),), "telepathy", None, data("iris").preprocessing)
    preprocessing = prepare(DataChoice(), None, ["image"]).preprocessing
    folder.write_fitted("classification", preprocessing.saved())
    np.savez(tmp_path / "x.npz", image=np.zeros((1, 1, 8, 8)))
    with pytest.raises(TrainingError, match="has no weights yet"):
        predict_from_files(folder, [tmp_path / "x.npz"])

    # And files that do not fit
    with pytest.raises(DatasetError, match="Name at least one file"):
        predict_from_files(folder, [])

"""Runs that begin with the weights of another run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from graph_engine import templates
from graph_engine.errors import TrainingError
from graph_engine.project import Project
from graph_engine.training import launch, weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import Event, Failed, Finished, Started, Steered
from graph_engine.training.folder import RunFolder
from graph_engine.training.worker import Worker

from .runs import of_kind

pytestmark = pytest.mark.torch


class Told:
    """Stands at the worker's end of the pipe."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def send(self, event: Event) -> None:
        self.events.append(event)


def trained(folder: RunFolder, *wishes: object) -> list[Event]:
    """A run to its end, in this process; what is asked comes before the first step."""
    told = Told()
    worker = Worker(told)  # type: ignore[arg-type]
    for wish in wishes:
        worker.wishes.ask(wish)  # type: ignore[arg-type]
    worker.run(folder)
    return told.events


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = templates.new("mlp-wine")
    found.save(tmp_path / "wine.netloom")
    return found


def new(project: Project, begin_from: RunFolder | None = None, epochs: int = 2) -> RunFolder:
    graph = next(iter(project.networks.values()))
    recipe = project.training_recipe().replace(epochs=epochs, threads=1)
    return launch.new_run(project, graph, recipe, begin_from)


def test_a_run_begins_with_the_weights_of_another_that_may_be_gone(project: Project) -> None:
    # Given a run that is finished
    first = new(project)
    before = of_kind(trained(first), Finished)[0]
    result = weights.read(first.weights)

    # When another begins with its weights, and it is deleted before that
    second = new(project, begin_from=first)
    shutil.rmtree(first.path)
    assert second.snapshot().begun_from == "run-001"
    from graph_engine.training.commands import SaveCheckpoint, Stop

    events = trained(second, SaveCheckpoint(), Stop())

    # Then it says so, and its first checkpoint has exactly those weights
    started = of_kind(events, Started)[0]
    assert started.step == 0
    assert started.note.startswith("Begins with the weights of run-001: all ")
    checkpoint, _ = CheckpointStore(second.path).load()
    assert checkpoint is not None
    assert all(torch.equal(checkpoint.weights[name], result[name]) for name in result)

    # And where it goes on, it goes on from its own checkpoint
    rest = trained(second)
    assert "Begins" not in of_kind(rest, Started)[0].note
    assert of_kind(rest, Finished)[0].metrics["train_loss"] < before.metrics["train_loss"]


def test_a_run_without_a_result_gives_its_newest_checkpoint(project: Project) -> None:
    # Given a run that was interrupted after its first epoch
    first = new(project)
    trained(first)
    first.weights.unlink()
    checkpoint, _ = CheckpointStore(first.path).load()
    assert checkpoint is not None
    assert checkpoint.best is not None

    # When another begins with its weights, then those are the best of the checkpoint
    begun = weights.read(new(project, begin_from=first).initial)
    assert all(torch.equal(begun[name], checkpoint.best[name]) for name in begun)


def test_a_run_that_has_learned_nothing_has_nothing_to_give(project: Project) -> None:
    # Given a run that was never started, when another should begin with its weights
    first = new(project)
    with pytest.raises(TrainingError, match="run-001 has no weights yet"):
        new(project, begin_from=first)

    # Then it is refused, and no folder is left of it
    assert launch.history_of(project).names() == ["run-001"]


def test_a_strangers_weights_fail_in_words(project: Project) -> None:
    # Given a run whose first weights are those of another network
    run = new(project)
    run.initial.write_bytes(weights.to_bytes(torch.nn.LSTM(3, 3).state_dict()))

    # When it is started, then it fails before its first step and says why
    (failed,) = of_kind(trained(run), Failed)
    assert failed.message.startswith("None of these weights has the name and the size")


def test_a_reset_gives_the_first_weights_of_the_seed(project: Project) -> None:
    # Given a run, and one like it that is reset before its first step, in a worker
    from graph_engine.training.commands import ResetWeights

    first, second = new(project), new(project)
    alone, reset = trained(first), trained(second, ResetWeights())

    # Then the second is told and learns the same, to the bit
    (steered,) = of_kind(reset, Steered)
    assert steered.message == "Began again with the first weights of seed 0."
    assert of_kind(reset, Finished)[0].metrics == of_kind(alone, Finished)[0].metrics
    own, other = weights.read(first.weights), weights.read(second.weights)
    assert all(torch.equal(own[name], other[name]) for name in own)

"""A run that is killed and goes on ends with the very bits of one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from graph_engine.training import weights
from graph_engine.training.events import Checkpointed, Event, Finished, Started, Stepped
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session

from .runs import CNN, all_events, of_kind, run_folder

pytestmark = pytest.mark.torch

RECIPE = Recipe(
    optimizer={"name": "Adam", "lr": 0.004},
    scheduler={"name": "CosineAnnealingLR"},
    schedule_each="step",
    epochs=6,
    batch_size=64,
    patience=3,
    seed=11,
    threads=1,
    checkpoint_steps=7,
)
STEPS = 6 * 20


def killed_at(folder: RunFolder, step: int) -> list[Event]:
    """Starts the run's worker and kills it without warning when it has told of that step."""
    session = Session.start(folder)
    events: list[Event] = []
    children: list[int] = []
    for event in session:
        events.append(event)
        reached = isinstance(event, Stepped | Checkpointed) and event.step >= step
        if reached and session.is_running:
            children = loader_processes(session.process_number)
            session.kill()
    for child in children:
        wait_for_end(child)
    return events


def loader_processes(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(each) for each in found.read_text().split()] if found.exists() else []


def wait_for_end(process: int) -> None:
    """Loader processes notice within seconds that their parent is gone."""
    try:
        os.kill(process, signal.SIGKILL)
        while True:
            os.kill(process, 0)
            time.sleep(0.01)
    except ProcessLookupError:
        return


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = run_folder(tmp_path_factory.mktemp("a") / "net.runs" / "run-001", RECIPE)
    (finished,) = of_kind(all_events(folder), Finished)
    assert finished.step == STEPS
    return folder


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("workers", [0, 2])
def test_kills_at_random_steps_change_no_bit(
    undisturbed: RunFolder, tmp_path: Path, workers: int
) -> None:
    # Given the same run in another folder, with loader processes or without, and moments to kill it
    recipe = RECIPE.replace(workers=workers)
    folder = run_folder(tmp_path / "net.runs" / "run-001", recipe)
    kills = sorted(random.SystemRandom().sample(range(8, STEPS - 10), 2))

    # When it is killed there, and each time goes on
    lives = [killed_at(folder, step) for step in kills]
    lives.append(all_events(folder))

    # Then it did go on, and weights and every loss of every step are those of the undisturbed run
    starts = [of_kind(life, Started)[0].step for life in lives]
    assert starts[0] == 0
    assert starts[1] > 0, kills
    ours, theirs = (weights.read(each.weights) for each in (folder, undisturbed))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs), kills
    mine, other = (History(each.path.parent).scalars("run-001") for each in (folder, undisturbed))
    mine.pop("learning_rate"), other.pop("learning_rate")  # told by time, not at every step
    assert mine == other, kills


def test_the_undisturbed_run_has_learned(undisturbed: RunFolder) -> None:
    # Given the run above, when its record is read, then the comparison was of something real
    (record,) = History(undisturbed.path.parent).runs()
    assert record.status == "completed"
    assert record.metrics["test_accuracy"] > 0.9
    assert "Dropout" in CNN
    assert "BatchNorm" in CNN

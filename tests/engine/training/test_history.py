"""The history of runs follows their folders, whatever befell the index or the workers. No torch."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from graph_engine.errors import TrainingError
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Reason,
    Started,
    Stepped,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot


def snapshot(**values: Any) -> Snapshot:
    usual: dict[str, Any] = {
        "network": "main",
        "class_name": "Network",
        "source": "class Network: ...\n",
        "inputs": ("image",),
        "recipe": Recipe(epochs=3),
        "data": {"source": {"source": "builtin"}},
    }
    return Snapshot(**{**usual, **values})


def started(step: int = 0) -> Started:
    return Started(
        run="run-001", task="classification", device="cpu", precision="float32", threads=1, seed=0,
        epochs=3, steps_per_epoch=2, parameters=7, train=4, validation=2, test=2, step=step,
        epoch=step // 2,
    )  # fmt: skip


def epoch(number: int, loss: float, best: bool = False) -> list[Event]:
    step = 2 * number
    losses = (loss + 0.1, loss)
    metrics = {"train_loss": loss, "validation_accuracy": number / 10}
    return [
        Stepped(
            epoch=number - 1, step=step, loss=loss, losses=losses, learning_rate=0.1,
            steps_per_second=9.0,
        ),
        EpochEnded(
            epoch=number, step=step, metrics=metrics, learning_rate=0.1, seconds=1.0, best=best
        ),
    ]  # fmt: skip


def finished(reason: Reason = "completed", step: int = 6) -> Finished:
    metrics = {"train_loss": 9.0, "test_accuracy": 0.9}
    return Finished(
        reason=reason, epoch=step // 2, step=step, metrics=metrics, best_epoch=2, seconds=5.0
    )


def tell(folder: RunFolder, *events: Event) -> None:
    for event in events:
        folder.append(event)


def whole_run(folder: RunFolder) -> None:
    tell(folder, started(), *epoch(1, 3.0, best=True), *epoch(2, 1.0, best=True))
    tell(folder, *epoch(3, 2.0), finished())


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History.of(tmp_path / "digits.netloom")


# What a history tells ----------------------------------------------------------------------------


def test_a_run_is_listed_with_its_best_metrics(history: History) -> None:
    # Given a run that was best in its second of three epochs
    folder = history.create(snapshot(network="classifier"))
    whole_run(folder)

    # When the runs are listed
    (record,) = history.runs()

    # Then the metrics are those of the best epoch and of the test
    assert (record.name, record.status, record.network) == ("run-001", "completed", "classifier")
    assert (record.epoch, record.epochs, record.step, record.best_epoch) == (3, 3, 6, 2)
    assert record.metrics["train_loss"] == 1.0
    assert record.metrics["test_accuracy"] == 0.9
    assert (record.seconds, record.device) == (5.0, "cpu")
    assert time.time() - record.created < 60
    assert folder.path == history.folder / "run-001"
    assert history.folder.name == "digits.runs"


def test_what_is_no_number_is_null_in_json(history: History) -> None:
    # Given a run with a metric that is undefined
    undefined = replace(finished(), metrics={"test_r2": math.nan})
    tell(history.create(snapshot()), started(), undefined)

    # When it is listed as JSON, then the metric is null, and not a number in Python
    (record,) = history.runs()
    plain = json.loads(json.dumps(record.to_json(), allow_nan=False))
    assert plain["metrics"] == {"test_r2": None}
    assert math.isnan(record.metrics["test_r2"])
    assert math.isnan(history.scalars("run-001")["test_r2"][0][1])


def test_every_number_of_a_run_can_be_read(history: History) -> None:
    # Given a finished run, when its numbers are read
    whole_run(history.create(snapshot()))
    series = history.scalars("run-001")

    # Then each step's loss is there, and each epoch's metrics at its last step
    assert [step for step, _ in series["loss"]] == [1, 2, 3, 4, 5, 6]
    assert [value for _, value in series["loss"]] == [3.1, 3.0, 1.1, 1.0, 2.1, 2.0]
    assert series["validation_accuracy"] == [(2, 0.1), (4, 0.2), (6, 0.3)]
    assert series["train_loss"] == [(2, 3.0), (4, 1.0), (6, 2.0)]
    assert series["test_accuracy"] == [(6, 0.9)]


def test_a_run_that_goes_on_replaces_what_came_after_its_checkpoint(history: History) -> None:
    # Given a run that was killed in its third epoch, and goes on from step 2
    folder = history.create(snapshot())
    tell(folder, started(), *epoch(1, 3.0, best=True), *epoch(2, 1.0))
    assert history.runs()[0].status == "interrupted"
    tell(folder, started(step=2), *epoch(2, 0.5, best=True))

    # Then the numbers are those of the run as it went on
    assert history.scalars("run-001")["loss"] == [(1, 3.1), (2, 3.0), (3, 0.6), (4, 0.5)]
    assert history.runs()[0].metrics["train_loss"] == 0.5


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "new"),
        ([started()], "interrupted"),
        ([started(), finished()], "completed"),
        ([started(), finished("stopped")], "stopped"),
        ([started(), finished("early_stopping")], "early_stopping"),
        ([started(), Failed(message="no memory")], "failed"),
        ([Failed(message="no such file")], "failed"),
        ([started(), finished("stopped"), started(step=2)], "interrupted"),
    ],
)
def test_the_status_follows_from_the_last_event(
    history: History, events: list[Event], status: str
) -> None:
    # Given a run whose worker told this and is gone, when it is listed, then its status says so
    tell(history.create(snapshot()), *events)
    (record,) = history.runs()
    assert record.status == status
    failed = [event.message for event in events if isinstance(event, Failed)]
    assert record.message == "".join(failed)


@pytest.mark.skipif(os.name != "posix", reason="process numbers")
def test_a_run_is_running_while_its_heart_beats(history: History) -> None:
    # Given a run whose worker beats its heart
    folder = history.create(snapshot())
    tell(folder, started())
    folder.beat(os.getpid())
    assert history.runs()[0].status == "running"

    # When it is silent for long, or its process is gone, then it was interrupted
    old = time.time() - 60
    os.utime(folder.heartbeat, (old, old))
    assert history.runs()[0].status == "interrupted"
    process = get_context("spawn").Process(target=int)
    process.start()
    process.join()
    folder.heartbeat.write_text(str(process.pid))
    assert history.runs()[0].status == "interrupted"
    folder.heartbeat.write_text("1")  # another user's process
    assert history.runs()[0].status == "running"
    folder.rest()
    assert history.runs()[0].status == "interrupted"


# Names and deletion ------------------------------------------------------------------------------


def test_runs_are_found_by_name_number_and_last(history: History) -> None:
    # Given three runs
    folders = [history.create(snapshot()) for _ in range(3)]

    # Then each is found by what a person may write
    assert history.find("run-002") == history.find("2") == folders[1]
    assert history.find("last") == folders[2]
    for wish in ("run-009", "9", "first", "../etc", "9" * 5000):
        with pytest.raises(TrainingError, match="There is no run"):
            history.find(wish)
    assert [record.name for record in history.runs()] == ["run-003", "run-002", "run-001"]


def test_a_deleted_run_is_gone_and_its_number_is_not_given_again(history: History) -> None:
    # Given two runs with numbers in the index
    folders = [history.create(snapshot()) for _ in range(2)]
    whole_run(folders[1])
    history.runs()

    # When the second is deleted
    history.delete("2")

    # Then its folder and its numbers are gone, and the next is the third
    assert not folders[1].path.exists()
    assert history.scalars("run-002") == {}
    assert [record.name for record in history.runs()] == ["run-001"]
    assert history.create(snapshot()).name == "run-003"


def test_a_running_run_is_not_deleted(history: History) -> None:
    # Given a run whose worker lives, when it should be deleted, then a sentence says to stop it
    folder = history.create(snapshot())
    folder.beat(os.getpid())
    with pytest.raises(TrainingError, match="stop it before deleting"):
        history.delete("last")
    assert folder.path.exists()


def test_notes_are_kept_with_the_run(history: History) -> None:
    # Given a run, when a person writes about it, then the words are listed with it
    history.create(snapshot())
    history.annotate("1", "mit größerem Netz ✓")
    assert history.runs()[0].notes == "mit größerem Netz ✓"


def test_runs_removed_or_brought_by_hand_are_followed(history: History, tmp_path: Path) -> None:
    # Given two runs, one of which is removed by hand, and one that is brought from elsewhere
    folders = [history.create(snapshot()) for _ in range(2)]
    whole_run(folders[0])
    history.runs()
    shutil.copytree(folders[0].path, history.folder / "run-007")
    shutil.rmtree(folders[1].path)

    # Then the list is what is there, with numbers
    assert [record.name for record in history.runs()] == ["run-007", "run-001"]
    assert history.scalars("run-007") == history.scalars("run-001")
    assert history.create(snapshot()).name == "run-008"


# The index ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["garbage", "gone", "older", "cut"])
def test_a_damaged_index_is_made_anew(history: History, damage: str) -> None:
    # Given a history whose index is damaged, gone or another version's
    whole_run(history.create(snapshot()))
    before = history.runs(), history.scalars("run-001")
    path = history.folder / "runs.sqlite"
    if damage == "garbage":
        path.write_bytes(b"garbage" * 1000)
    elif damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * 900)
    else:
        index = sqlite3.connect(path)
        index.execute("PRAGMA user_version = 99")
        index.close()

    # When it is asked again, then it tells the same
    assert (history.runs(), history.scalars("run-001")) == before
    assert history.create(snapshot()).name == "run-002"


def test_only_what_is_new_is_read(history: History) -> None:
    # Given an indexed run, when a line that was read is made unreadable and another is added
    folder = history.create(snapshot())
    tell(folder, started(), *epoch(1, 3.0, best=True))
    history.runs()
    lines = folder.events.read_bytes()
    folder.events.write_bytes(b"#" * (len(lines) - 1) + b"\n")
    tell(folder, *epoch(2, 1.0))

    # Then the old numbers are still known, and the new ones too
    assert [value for _, value in history.scalars("run-001")["loss"]] == [3.1, 3.0, 1.1, 1.0]


def test_a_line_that_is_being_written_waits_and_a_torn_one_is_passed_over(history: History) -> None:
    # Given half a line at the end of the events
    folder = history.create(snapshot())
    tell(folder, started())
    with folder.events.open("ab") as file:
        file.write(b'{"event": "epo')
    assert history.runs()[0].epoch == 0

    # When a worker that goes on writes behind it, then what comes is read
    with folder.events.open("ab") as file:
        file.write(b"\n")
    tell(folder, *epoch(1, 3.0, best=True))
    assert history.runs()[0].epoch == 1


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    # Given a file where the folder of the runs should be, when a run is made, then a sentence says so
    (tmp_path / "digits.runs").write_text("")
    with pytest.raises(TrainingError, match=r"digits\.runs cannot be read"):
        History.of(tmp_path / "digits.netloom").create(snapshot())
    assert History(tmp_path / "none.runs").runs() == []
    assert not (tmp_path / "none.runs").exists()


def make_runs(folder: str) -> None:
    history = History(Path(folder))
    for _ in range(5):
        history.create(snapshot())


def test_runs_made_at_the_same_time_have_different_numbers(tmp_path: Path) -> None:
    # Given three processes that make five runs each
    context = get_context("spawn")
    processes = [context.Process(target=make_runs, args=(str(tmp_path),)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    # Then all fifteen are there
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(History(tmp_path).runs()) == 15

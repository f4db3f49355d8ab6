"""Workers of a run: ready ahead, killed, hanging, silent; the window tells of it and goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.training import progress
from app.training.run import TrainingRun
from graph_engine.project import Project
from graph_engine.training.events import Failed
from tests.app.training.small_project import PATIENCE, project


def test_a_killed_worker_is_told_within_a_second_and_the_run_goes_on(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project(epochs=100_000))
    run.start()
    qtbot.waitUntil(
        lambda: run.recording is not None and run.recording.checkpoint is not None, timeout=PATIENCE
    )
    recording, session = run.recording, run._session
    assert recording is not None
    assert session is not None

    os.kill(session.process_number, signal.SIGKILL)
    killed = time.monotonic()
    qtbot.waitUntil(lambda: run.state == "failed", timeout=PATIENCE)

    assert time.monotonic() - killed < 1.0
    assert isinstance(recording.ending, Failed)
    assert "SIGKILL" in run.message
    assert run.can_go_on

    before = recording.checkpoint
    run.go_on()
    assert progress.ending_words(recording) == "", "it has failed no more while its worker starts"
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    assert run.recording is recording, "it is the same run"
    assert before is not None
    assert recording.started is not None
    assert recording.started.step >= before.step
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_a_warm_worker_that_dies_with_its_run_is_replaced_without_a_word(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project())
    run.keep_warm(True)
    run.warm_up()
    states: list[str] = []
    run.changed.connect(lambda: states.append(run.state))

    run.start()
    session = run._session
    assert session is not None
    os.kill(session.process_number, signal.SIGKILL)
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)

    assert list(dict.fromkeys(states)) == ["starting", "running", "finished"]
    assert not run.message
    run.keep_warm(False)


def test_a_worker_that_hangs_before_it_begins_is_told_of(
    qtbot: QtBot,
    open_run: Callable[[Project], TrainingRun],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.training.silence.SILENCE", 0.5)
    run = open_run(project())
    run.start()
    session = run._session
    assert session is not None

    os.kill(session.process_number, signal.SIGSTOP)
    qtbot.waitUntil(lambda: "still loading" in run.message, timeout=PATIENCE)
    assert run.state == "starting"
    run.stop()
    qtbot.waitUntil(lambda: "once more" in run.message, timeout=PATIENCE)
    run.stop()
    qtbot.waitUntil(lambda: run.state == "failed", timeout=PATIENCE)

    assert "ended at once" in run.message
    assert "train again" in run.message


def test_a_warm_worker_begins_sooner(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project())
    run.keep_warm(True)
    run.warm_up()
    warm = run._warm
    assert warm is not None
    qtbot.waitUntil(lambda: warm.is_ready, timeout=PATIENCE)

    begun = time.monotonic()
    run.start()
    qtbot.waitUntil(lambda: run.state in ("running", "finished"), timeout=PATIENCE)

    assert time.monotonic() - begun < 3.0
    run.keep_warm(False)
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_a_worker_that_falls_silent_is_told_of(
    qtbot: QtBot,
    open_run: Callable[[Project], TrainingRun],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.training.silence.SILENCE", 2.5)
    run = open_run(project(epochs=100_000))
    run.start()
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    session = run._session
    assert session is not None

    os.kill(session.process_number, signal.SIGSTOP)
    qtbot.waitUntil(lambda: "does not answer" in run.message, timeout=PATIENCE)
    os.kill(session.process_number, signal.SIGCONT)
    qtbot.waitUntil(lambda: not run.message, timeout=PATIENCE)

    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)

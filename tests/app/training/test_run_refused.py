"""Runs that do not begin: refused in words, and the window stays ready for another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.training.recording import Recording
from app.training.run import TrainingRun
from graph_engine import edits
from graph_engine.project import Project
from graph_engine.training.folder import RunFolder
from tests.app.training.small_project import PATIENCE, project


def test_a_drawing_with_errors_is_refused_in_words(
    open_run: Callable[[Project], TrainingRun],
) -> None:
    run = open_run(project())
    document = run.document
    wire = next(iter(document.graph.wires))
    document.do("Cut", edits.disconnect(document.graph, wire))
    said: list[tuple[str, str]] = []
    run.messages.said.connect(lambda *words: said.append(words))

    run.start()

    assert run.state == "idle"
    assert said
    assert said[0][1] == "refused"


def test_a_second_run_is_refused_in_words_while_one_goes_on(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project(epochs=100_000))
    run.start()
    recording = run.recording
    assert recording is not None

    for ask in (run.start, run.go_on):
        with qtbot.waitSignal(run.refused):
            ask()
        assert run.refusal == "run-001 is being trained. Stop it before another run begins."
        assert run.recording is recording

    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)
    run.start()
    assert not run.refusal, "it has begun"
    assert run.state == "starting"


def test_a_run_that_can_be_kept_nowhere_is_refused_in_words_until_something_changes(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    of = project()
    of.save(tmp_path / "iris.netloom")
    (tmp_path / "iris.runs").write_text("in the way")
    run = open_run(of)

    with qtbot.waitSignal(run.refused):
        run.start()

    assert run.state == "idle"
    assert "iris.runs" in run.refusal
    run.document.settle("Set epochs", recipe={**of.recipe, "epochs": 3})
    assert not run.refusal


def test_a_process_that_cannot_be_started_leaves_the_window_ready_for_another(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    run = open_run(project())

    with qtbot.waitSignal(run.refused):
        begun = run.begin(RunFolder(tmp_path / "gone" / "run-001"), Recording("run-001", run))

    assert not begun
    assert "could not be started" in run.refusal
    assert run.state == "idle"
    run.start()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_going_on_without_a_checkpoint_is_refused_in_words(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project(epochs=100_000))
    run.start()
    qtbot.waitUntil(lambda: run.state == "running" and run.recording.step > 0, timeout=PATIENCE)  # type: ignore[union-attr]
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished" and run.can_go_on, timeout=PATIENCE)
    assert run.folder is not None
    shutil.rmtree(run.folder.checkpoints)

    with qtbot.waitSignal(run.refused):
        run.go_on()

    assert "no checkpoint" in run.refusal
    assert run.state == "finished"

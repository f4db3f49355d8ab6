"""A window's run with a real worker: started, paused, steered, stopped, moved, reopened."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.training.loading import INTERRUPTED, load
from app.training.run import TrainingRun
from graph_engine import edits
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.events import Checkpointed, Finished
from graph_engine.training.session import Session
from tests.app.training.small_project import PATIENCE, project


def test_a_run_of_an_unsaved_project_trains_to_its_end(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project())
    states: list[str] = []
    run.changed.connect(lambda: states.append(run.state))

    run.start()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)

    assert list(dict.fromkeys(states)) == ["starting", "running", "finished"]
    recording = run.runs.current
    assert recording is run.recording
    assert recording is not None
    assert isinstance(recording.ending, Finished)
    assert recording.ending.reason == "completed"
    assert recording.step == len(recording.series["loss"])
    assert run.document.is_modified, "closing without saving would lose the run"
    assert not run.can_go_on


def test_a_run_pauses_steps_and_takes_another_learning_rate(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project(epochs=100_000, scheduler=None))
    run.start()
    qtbot.waitUntil(lambda: run.state == "running" and run.recording.step > 0, timeout=PATIENCE)  # type: ignore[union-attr]
    recording = run.recording
    assert recording is not None

    run.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=PATIENCE)
    paused_at = recording.step
    run.advance()
    qtbot.waitUntil(lambda: recording.step == paused_at + 1, timeout=PATIENCE)
    qtbot.waitUntil(lambda: run.state == "paused", timeout=PATIENCE)
    run.set_learning_rate(0.25)
    run.start()
    qtbot.waitUntil(lambda: recording.step > paused_at + 1, timeout=PATIENCE)
    assert recording.newest is not None
    qtbot.waitUntil(lambda: recording.newest.learning_rate == 0.25, timeout=PATIENCE)  # type: ignore[union-attr]
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)

    assert isinstance(recording.ending, Finished)
    assert recording.ending.reason == "stopped"
    assert run.can_go_on


def test_editing_goes_on_and_the_run_keeps_its_drawing(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun]
) -> None:
    run = open_run(project(epochs=100_000))
    run.start()
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    document = run.document
    name = next(
        n for n, node in document.graph.nodes.items() if "out_features" in node.layer.values()
    )

    document.do("Move", edits.move(document.graph, [name], (40.0, 8.0)))
    qtbot.wait(400)
    assert not run.moved_on, "where a layer stands is nothing to the run"
    document.do("Set", edits.set_parameter(document.graph, name, "bias", False))
    qtbot.waitUntil(lambda: run.moved_on, timeout=PATIENCE)
    document.undo.undo()
    qtbot.waitUntil(lambda: not run.moved_on, timeout=PATIENCE)
    document.settle("Set epochs", recipe={"epochs": 3})
    qtbot.waitUntil(lambda: run.moved_on, timeout=PATIENCE)
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_closing_waits_for_nothing_and_leaves_a_checkpoint(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    of = project(epochs=100_000)
    of.save(tmp_path / "iris.netloom")
    run = open_run(of)
    run.start()
    qtbot.waitUntil(lambda: run.state == "running" and run.recording.step > 0, timeout=PATIENCE)  # type: ignore[union-attr]
    folder = run.folder
    assert folder is not None

    begun = time.monotonic()
    run.close()
    assert time.monotonic() - begun < 0.5

    qtbot.waitUntil(lambda: not folder.is_alive(), timeout=PATIENCE)
    assert any(folder.checkpoints.iterdir())
    again = load(folder)
    assert isinstance(again.ending, Finished)
    assert again.ending.reason == "stopped"


def test_a_run_moves_beside_the_file_with_the_first_save_and_is_there_when_opened_again(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    run = open_run(project())
    run.start()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)
    live = run.recording
    assert live is not None

    run.document.save(tmp_path / "iris.netloom")
    home = tmp_path / "iris.runs" / "run-001"
    qtbot.waitUntil(lambda: run.folder is not None and run.folder.path == home, timeout=PATIENCE)

    again = load(launch.history_of(Project.load(tmp_path / "iris.netloom")).find("last"))
    assert again.started == live.started
    assert again.ending == live.ending
    assert again.series["loss"].values.tolist() == live.series["loss"].values.tolist()
    assert {title: track.steps for title, track in again.tracks.items()}.keys() >= set()


def test_runs_move_onto_another_disk_while_the_window_goes_on_and_can_be_gone_through(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    # Given a run of an unsaved project that was read from its folder, which takes long to copy
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("There is no other disk.")
    run = open_run(project())
    run.start()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)
    assert run.folder is not None
    run.look_at(run.folder, load(run.folder))
    (run.folder.path / "large.bin").write_bytes(bytes(150_000_000))
    said: list[str] = []
    run.messages.said.connect(lambda text, kind: said.append(text))

    # When it is saved to another disk, then the window does not wait, and a run does not go on meanwhile
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        begun = time.monotonic()
        run.document.save(Path(folder) / "iris.netloom")
        assert time.monotonic() - begun < 0.5
        assert run.homecoming.is_under_way
        run.go_on()
        assert "being moved" in run.refusal

        # And when it has moved, it says so if that took its time, and its pictures are read there
        home = Path(folder) / "iris.runs" / "run-001"
        qtbot.waitUntil(lambda: not run.homecoming.is_under_way, timeout=PATIENCE)
        assert run.folder.path == home
        assert (home / "large.bin").stat().st_size == 150_000_000
        assert not said or "moved" in said[0]
        track = next(iter(run.recording.tracks.values()))  # type: ignore[union-attr]
        assert track.frame(None) is not None


def test_a_run_that_was_broken_off_with_the_program_is_shown_and_goes_on(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    of = project(epochs=100_000)
    of.save(tmp_path / "iris.netloom")
    graph = of.networks["main"]
    folder = launch.new_run(of, graph, of.training_recipe())
    with Session.start(folder) as session:
        while not isinstance(next(session), Checkpointed):
            pass
        session.kill()
    qtbot.waitUntil(lambda: not folder.is_alive(), timeout=PATIENCE)

    run = open_run(Project.load(tmp_path / "iris.netloom"))
    recording = load(folder)
    run.show_past(folder, recording)

    assert run.state == "failed"
    assert run.message == INTERRUPTED
    assert run.can_go_on
    losses = len(recording.series["loss"])
    assert losses == recording.step > 0
    run.go_on()
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    assert recording.started is not None
    assert 0 < recording.started.step <= losses
    qtbot.waitUntil(lambda: recording.step > losses, timeout=PATIENCE)
    assert len(recording.series["loss"]) == recording.step, "no step is there twice"
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_a_run_that_was_saved_while_it_went_on_moves_when_it_ends(
    qtbot: QtBot, open_run: Callable[[Project], TrainingRun], tmp_path: Path
) -> None:
    run = open_run(project(epochs=100_000))
    run.start()
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    before = run.folder
    assert before is not None

    run.document.save(tmp_path / "iris.netloom")
    assert run.folder == before, "its worker writes there"
    run.stop()
    qtbot.waitUntil(lambda: run.folder != before, timeout=PATIENCE)

    assert run.folder is not None
    assert run.folder.path == tmp_path / "iris.runs" / "run-001"
    assert run.can_go_on

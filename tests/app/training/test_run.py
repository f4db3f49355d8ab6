"""A window's run with a real worker: started, paused, steered, stopped, killed, reopened."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.messages import Messages
from app.training import progress
from app.training.loading import INTERRUPTED, load
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from graph_engine import edits, templates
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.events import Checkpointed, Failed, Finished
from graph_engine.training.folder import RunFolder
from graph_engine.training.session import Session

PATIENCE = 60_000
"""Milliseconds: a worker loads torch first, and machines that run tests are busy."""


def project(epochs: int = 2, **changes: object) -> Project:
    """The perceptron on Iris: a step takes a fraction of a millisecond."""
    made = templates.new("perceptron-iris")
    recipe = made.training_recipe().replace(epochs=epochs, threads=1, **changes)
    made.set_training_recipe(recipe)
    return made


@pytest.fixture
def open_run(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[Project], TrainingRun]]:
    made: list[TrainingRun] = []

    def open_one(of: Project) -> TrainingRun:
        document = Document(of)
        messages = Messages(document)
        made.append(TrainingRun(document, ShownRuns(document), messages, document))
        return made[-1]

    yield open_one
    for run in made:
        run.close()
        run.document.deleteLater()


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


# What does not begin ----------------------------------------------------------------------------


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
    assert time.monotonic() - begun < 0.1

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

"""Runs in a process of their own: told, stopped, killed, orphaned, broken, and always accounted for."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest

from graph_engine.errors import TrainingError
from graph_engine.training import weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.commands import Stop
from graph_engine.training.events import (
    Event,
    Failed,
    Finished,
    Frame,
    Layers,
    Started,
    Stepped,
    Usage,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session
from graph_engine.training.worker import FAILED, ORPHANED, Worker, main

from .runs import CNN, DIABETES, REGRESSION, all_events, of_kind, run_folder

pytestmark = pytest.mark.torch

RECIPE = Recipe(epochs=2, batch_size=64, threads=1, seed=3)
LONG = RECIPE.replace(epochs=10_000)

WORK = """\
        for _ in range(COUNT if self.training else 0):
            image = image.detach()
        return"""
SLOW = CNN.replace("        return", WORK.replace("COUNT", "20_000"))
STUBBORN = CNN.replace("        return", WORK.replace("COUNT", "10**12"))
WRONG = CNN.replace("nn.Linear(128, 10)", "nn.Linear(100, 10)")


def first(session: Session, kind: type[Event]) -> Event:
    return next(event for event in session if isinstance(event, kind))


def lasting(events: Iterable[Event]) -> list[Event]:
    """Those that a run's folder keeps, without what was measured."""
    return [event for event in events if not isinstance(event, Usage | Frame | Layers)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.runs" / "run-001"


# Runs that end -----------------------------------------------------------------------------------


def test_a_run_tells_its_story_and_leaves_its_weights(path: Path) -> None:
    # Given a run, when its worker runs to the end
    folder = run_folder(path, RECIPE)
    with Session.start(folder) as session:
        events = list(session)

    # Then the events are whole and in order, those of the folder too
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert lasting(event for event, _ in folder.read_events()) == lasting(events)
    assert session.exit_status == 0

    # And the weights are those of the network, and the run is in the history
    assert folder.weights.is_file()
    assert "body.0.weight" in weights.read(folder.weights)
    assert History(path.parent).runs()[0].status == "completed"


def test_a_window_takes_what_has_come_without_waiting(path: Path) -> None:
    # Given a run, when what has come is taken now and then, as a window's timer does
    session = Session.start(run_folder(path, RECIPE))
    events: list[Event] = []
    longest = 0.0
    while session.is_running or not events or not isinstance(events[-1], Finished):
        begun = time.perf_counter()
        events += session.waiting()
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(0.01)
    session.end()

    # Then everything has come, and nobody waited but for the very end
    assert lasting(event for event, _ in session.folder.read_events()) == lasting(events)
    assert longest < 0.2
    assert session.waiting() == []


def test_a_stop_ends_with_a_checkpoint_and_the_run_goes_on(path: Path) -> None:
    # Given a long run that has begun
    folder = run_folder(path, LONG)
    with Session.start(folder) as session:
        assert folder.is_alive()
        first(session, Stepped)
        with pytest.raises(TrainingError, match="run-001 is being trained already"):
            Session.start(folder)

        # When it is asked to stop
        session.stop()
        finished = list(session)[-1]

    # Then it finished as stopped, and its checkpoint is that of its last step
    assert isinstance(finished, Finished)
    assert finished.reason == "stopped"
    assert session.exit_status == 0
    assert not folder.is_alive()
    checkpoint, _ = CheckpointStore(path).load()
    assert checkpoint is not None
    assert checkpoint.step == finished.step

    # And it goes on from there to a nearer end
    folder.write_recipe(LONG.going_on(LONG.replace(epochs=checkpoint.epoch + 1)))
    events = all_events(folder)
    assert isinstance(events[0], Started)
    assert events[0].step == finished.step
    assert of_kind(events, Finished)[0].reason == "completed"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_leaves_a_resumable_checkpoint(path: Path) -> None:
    # Given a long run with loader processes, which a terminal's Ctrl-C reaches as well
    folder = run_folder(path, LONG.replace(workers=1))
    with Session.start(folder) as session:
        first(session, Stepped)
        children = Path(f"/proc/{session.process_number}/task/{session.process_number}/children")
        loaders = [int(each) for each in children.read_text().split()]

        # When all of them get the signal
        for number in (session.process_number, *loaders):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGINT)
        finished = list(session)[-1]

    # Then the run has stopped with a checkpoint
    assert isinstance(finished, Finished), finished
    assert finished.reason == "stopped"
    checkpoint, _ = CheckpointStore(path).load()
    assert checkpoint is not None
    assert checkpoint.step == finished.step > 0


# Runs that break ---------------------------------------------------------------------------------


def test_a_failing_layer_is_named_with_its_node(path: Path) -> None:
    # Given a network whose layers do not fit, and the way from its lines to the drawing
    line = next(n for n, text in enumerate(WRONG.splitlines(), 1) if "return" in text)
    folder = run_folder(path, RECIPE, WRONG, lines={line: ("main", "body")})

    # When it is trained
    with Session.start(folder) as session:
        (failed,) = lasting(session)

    # Then the failure names node and cause, and the history says so
    assert isinstance(failed, Failed)
    assert failed.node.startswith("body")
    assert failed.message.startswith(f"`{failed.node}` failed: RuntimeError: mat1 and mat2")
    assert "return self.body(image)" in failed.traceback
    assert session.exit_status == FAILED
    assert History(path.parent).runs()[0].message == failed.message


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_crash_is_told_with_its_cause_and_last_words(path: Path) -> None:
    # Given a run in its network's hands, when its process crashes
    with Session.start(run_folder(path, RECIPE, STUBBORN)) as session:
        first(session, Started)
        os.kill(session.process_number, signal.SIGABRT)
        (failed,) = lasting(session)

    # Then the last event says by what, and shows what Python could still say
    assert isinstance(failed, Failed)
    assert failed.message.startswith("The training process was ended by SIGABRT.")
    assert failed.exit_status == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in failed.traceback


def test_what_is_printed_does_not_mix_with_events() -> None:
    # Given a process that has taken its streams as the worker does, when something prints
    code = (
        "from graph_engine.training.worker import _own_streams; import os, sys; "
        "commands, output = _own_streams(); print('hello', flush=True); os.system('echo there'); "
        "output.write(b'event'); output.flush(); print(sys.stdin.read() + 'nothing', flush=True); "
        "output.write(commands.readline())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], input="stop\n", capture_output=True, text=True, check=True
    )

    # Then standard output has the events alone, and commands come by their own way
    assert told.stdout == "eventstop\n"
    assert told.stderr == "hello\nthere\nnothing\n"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_worker_that_does_not_listen_is_ended_by_force(path: Path) -> None:
    # Given a network that does not come to an end
    session = Session.start(run_folder(path, RECIPE, STUBBORN))
    first(session, Started)
    time.sleep(0.5)  # it is in its first step now

    # When the session is ended with little patience
    begun = time.monotonic()
    status = session.end(patience=0.3)

    # Then it is over soon, and the last event says how
    assert status == -signal.SIGKILL
    assert time.monotonic() - begun < 10.0
    (failed,) = lasting(session)
    assert isinstance(failed, Failed)
    assert "SIGKILL, perhaps because memory ran out" in failed.message


def test_another_python_that_cannot_start_is_told(path: Path) -> None:
    # Given a Python that ends at once, when it should train, then its status is told
    with Session.start(run_folder(path, RECIPE), python="false") as session:
        (failed,) = lasting(session)
    assert isinstance(failed, Failed)
    assert failed.exit_status == 1
    assert "ended with status 1" in failed.message


PARENT = """
import sys, time
from pathlib import Path
from graph_engine.training.folder import RunFolder
from graph_engine.training.session import Session
session = Session.start(RunFolder(Path(sys.argv[1])))
for event in session:
    print(session.process_number, event.name, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("source", "leaves_checkpoint"), [(SLOW, True), (STUBBORN, False)])
def test_an_orphan_ends_within_a_second_or_so(
    path: Path, source: str, leaves_checkpoint: bool
) -> None:
    # Given a run, quick or deaf, whose starter is killed when it is at work
    folder = run_folder(path, LONG.replace(checkpoint_epochs=0, checkpoint_seconds=0), source)
    command = [sys.executable, "-c", PARENT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        awaited = "epoch" if leaves_checkpoint else "started"
        while awaited not in parent.stdout.readline():
            pass
        time.sleep(0.5)  # it is in its first step now, if not further
        worker = int(folder.heartbeat.read_text())
        parent.kill()

    # When time goes by, then the worker ends by itself, if it can with a checkpoint
    begun = time.monotonic()
    while is_there(worker):
        assert time.monotonic() - begun < 10
        time.sleep(0.02)
    assert time.monotonic() - begun < 10.0
    checkpoint, _ = CheckpointStore(path).load()
    assert (checkpoint is not None) == leaves_checkpoint


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


# The worker in this process ----------------------------------------------------------------------


def in_this_process(folder: RunFolder) -> tuple[int, list[Event]]:
    """Runs a worker here, with a list in place of its pipe."""
    told: list[Event] = []
    status = Worker(SimpleNamespace(send=told.append)).run(folder)  # type: ignore[arg-type]
    return status, lasting(told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"source": {"source": "elsewhere"}}}, "elsewhere"),
        ({"class_name": "Missing"}, "Missing"),
        ({"source": "import os\n"}, "no drawing leads to"),
        ({"data": DIABETES}, "RuntimeError: Expected 3D .* input of size: .2, 10."),
        ({"inputs": ("a", "b", "c")}, "No field of digits is left for the input"),
    ],
)
def test_what_cannot_begin_is_an_event_in_words(
    path: Path, change: dict[str, object], words: str
) -> None:
    # Given a snapshot with something wrong, when the worker runs
    status, told = in_this_process(run_folder(path, RECIPE, **change))  # type: ignore[arg-type]

    # Then it fails with a sentence and the traceback, and its heart has stopped
    assert status == FAILED
    (failed,) = told
    assert isinstance(failed, Failed)
    assert re.search(words, failed.message + failed.traceback)
    assert "Traceback" in failed.traceback
    assert not RunFolder(path).is_alive()


def test_a_failure_in_the_middle_names_the_step(path: Path) -> None:
    # Given a rate at which the loss becomes infinite
    recipe = Recipe(
        epochs=50,
        batch_size=64,
        threads=1,
        optimizer={"name": "SGD", "lr": 1e6},
        checkpoint_steps=1,
    )
    folder = run_folder(path, recipe, REGRESSION, "Line", ("features",), DIABETES)

    # When the worker runs, then it says in which step, and the heart has beaten until then
    status, told = in_this_process(folder)
    failed = told[-1]
    assert status == FAILED
    assert isinstance(failed, Failed)
    assert failed.step > 1
    assert "after step" in failed.message or "loss of step" in failed.message


def test_a_run_that_goes_on_elsewhere_says_what_differs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a finished run, and a machine with another torch
    folder = run_folder(path, RECIPE)
    assert in_this_process(folder)[0] == 0
    from graph_engine.training import fitting, worker

    here = fitting.versions()
    monkeypatch.setattr(worker, "versions", lambda: {**here, "torch": "9.9"})

    # When it goes on there, then its first event says what may change the last digits
    folder.write_recipe(RECIPE.replace(epochs=3))
    _, told = in_this_process(folder)
    assert isinstance(told[0], Started)
    assert f"torch was {here['torch']} and is 9.9" in told[0].note


def test_the_end_of_commands_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker whose starter goes away after words that are no command
    from graph_engine.training import worker as module

    left: list[int] = []
    monkeypatch.setattr(module, "leave", left.append)
    monkeypatch.setattr(module, "GRACE", 0.01)
    worker = Worker(SimpleNamespace())  # type: ignore[arg-type]
    worker.listen(iter([b"sing\n"]))

    # Then it is asked to stop, and ends the process when it does not end by itself
    assert isinstance(worker.wishes.next(), TrainingError)
    assert worker.wishes.next() == Stop()
    assert left == [ORPHANED]

    # But one that has ended by itself may take its time to leave
    other = Worker(SimpleNamespace())  # type: ignore[arg-type]
    other.ended.set()
    other.listen(iter([]))
    assert other.wishes.next() == Stop()
    assert left == [ORPHANED]

    # And Ctrl-C asks the same
    other.interrupt(signal.SIGINT, None)
    assert other.wishes.next() == Stop()


def test_the_command_needs_one_folder() -> None:
    # Given no folder, when the module is run, then it says how it is called
    with pytest.raises(TrainingError, match="Give one run folder"):
        main([])

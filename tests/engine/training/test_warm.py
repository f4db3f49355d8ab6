"""Workers that are started ahead, steered, killed and stopped: in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph_engine.training import weights
from graph_engine.training.commands import (
    Advance,
    Look,
    Pause,
    Resume,
    SaveCheckpoint,
    SetLearningRate,
)
from graph_engine.training.events import (
    Checkpointed,
    Event,
    Failed,
    Finished,
    Frame,
    Started,
    Steered,
    Stepped,
    Usage,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session
from graph_engine.training.warm import WarmWorker

from .runs import CNN, E, of_kind, run_folder
from .test_session import is_there

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

RECIPE = Recipe(epochs=3, batch_size=64, threads=2, seed=3, checkpoint_steps=20)
LONG = RECIPE.replace(epochs=10_000, checkpoint_steps=0)
SLOW = CNN.replace(
    "        return",
    """\
        for _ in range(10_000 if self.training else 0):
            image = image.detach()
        return""",
)


@dataclass(frozen=True)
class Story:
    """What a run came to, to the bit."""

    losses: dict[int, float]
    weights: dict[str, list[float]]

    @classmethod
    def of(cls, folder: RunFolder) -> Story:
        """From the run's folder; a run that went on tells some steps again."""
        losses: dict[int, float] = {}
        for event, _ in folder.read_events():
            if isinstance(event, Stepped):
                first = event.step - len(event.losses) + 1
                losses |= {first + n: loss for n, loss in enumerate(event.losses)}
        found = weights.read(folder.weights)
        return cls(losses, {name: each.flatten().tolist() for name, each in found.items()})


def until(is_so: Callable[[], bool], patience: float = 30.0) -> float:
    """Waits, and answers for how long."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience
        time.sleep(0.005)
    return time.monotonic() - begun


def next_of(session: Session, kind: type[E]) -> E:
    for event in session:
        assert not isinstance(event, Failed), event.traceback
        if isinstance(event, kind):
            return event
    raise AssertionError(kind)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A run by a worker that was started for it, and left alone."""
    folder = run_folder(tmp_path_factory.mktemp("cold") / "run-001", RECIPE)
    with Session.start(folder) as session:
        assert isinstance(list(session)[-1], Finished)
    return Story.of(folder)


# Starting ahead ----------------------------------------------------------------------------------


def test_a_warm_worker_begins_at_once_and_goes_on_after_a_kill_to_the_same_bits(
    tmp_path: Path, undisturbed: Story
) -> None:
    # Given a worker that has loaded everything
    folder = run_folder(tmp_path / "run-001", RECIPE)
    warm = WarmWorker.start()
    until(lambda: warm.is_ready)

    # When a run is given to it
    begun = time.monotonic()
    session = Session.start(folder, warm=warm)
    assert time.monotonic() - begun < 0.5, "nothing is loaded by then"
    next_of(session, Stepped)
    assert time.monotonic() - begun < 1.5
    assert not warm.is_running

    # And it is killed after its first checkpoint
    next_of(session, Checkpointed)
    os.kill(session.process_number, signal.SIGKILL)
    begun = time.monotonic()
    until(lambda: not session.is_running)
    failed = list(session)[-1]
    assert time.monotonic() - begun < 1.0
    assert isinstance(failed, Failed)
    assert failed.exit_status == -signal.SIGKILL
    assert "The run can go on from its checkpoint." in failed.message
    session.end()

    # And it goes on in another one that need not have loaded everything
    with Session.start(folder, warm=WarmWorker.start()) as session:
        events = list(session)
    assert of_kind(events, Started)[0].step > 0
    assert isinstance(events[-1], Finished)

    # Then losses and weights have the same bits as in a run that was neither warm nor killed
    assert Story.of(folder) == undisturbed


def test_a_worker_that_died_waiting_is_replaced(tmp_path: Path, undisturbed: Story) -> None:
    # Given a warm worker that was closed, when a run is started with it
    folder = run_folder(tmp_path / "run-001", RECIPE)
    warm = WarmWorker.start()
    warm.close()
    warm.close()
    assert not warm.is_running
    assert not warm.is_ready
    with Session.start(folder, warm=warm) as session:
        events = list(session)

    # Then the run has a worker of its own
    assert isinstance(events[-1], Finished)
    assert Story.of(folder) == undisturbed


def test_one_that_dies_with_its_run_before_a_word_is_replaced(
    tmp_path: Path, undisturbed: Story
) -> None:
    # Given a run that was given to a worker which is still loading
    folder = run_folder(tmp_path / "run-001", RECIPE)
    session = Session.start(folder, warm=WarmWorker.start())
    first = session.process_number

    # When that one dies, then another one trains the run, and nothing is told of a failure
    os.kill(first, signal.SIGKILL)
    events: list[Event] = []
    until(lambda: not session.is_running)
    while not events or not isinstance(events[-1], Finished | Failed):
        events += session.waiting()
        time.sleep(0.01)
    session.end()
    assert not of_kind(events, Failed)
    assert session.process_number != first
    assert Story.of(folder) == undisturbed


def test_what_cannot_load_is_replaced_once_and_then_told_with_its_reason(tmp_path: Path) -> None:
    # Given a Python that cannot load what training needs, warm as well as cold
    broken = tmp_path / "python"
    broken.write_text('#!/bin/sh\nsleep 0.3\necho "ImportError: no such part" >&2\nexit 1\n')
    broken.chmod(0o755)
    folder = run_folder(tmp_path / "run-001", RECIPE)
    folder.log.write_text("Words of long ago\n")

    # When a run is given to it, then both attempts are made, and the reason is told
    warm = WarmWorker.start(str(broken))
    with Session.start(folder, str(broken), warm) as session:
        [failed] = session
    assert isinstance(failed, Failed)
    assert "ended with status 1" in failed.message
    assert "ImportError: no such part" in failed.message
    assert "long ago" not in failed.traceback
    assert "no checkpoint" in failed.message


def test_one_that_is_stopped_before_it_has_begun_is_not_replaced(tmp_path: Path) -> None:
    # Given a run that was given to a worker which is still loading
    folder = run_folder(tmp_path / "run-001", RECIPE)
    session = Session.start(folder, warm=WarmWorker.start())

    # When it is ended by hand, then that is what is told
    session.stop()
    session.kill()
    [failed] = session
    assert isinstance(failed, Failed)
    assert "was ended at once" in failed.message
    assert not session.is_running


def test_one_that_speaks_another_language_is_stopped_and_told_of(tmp_path: Path) -> None:
    # Given a worker that says what this version does not know, and ends when it is asked to
    strange = tmp_path / "python"
    strange.write_text('#!/bin/sh\necho \'{"event": "sings"}\'\nread wish\nread wish\nexit 0\n')
    strange.chmod(0o755)
    folder = run_folder(tmp_path / "run-001", RECIPE)

    # When a run is given to it, then it does not train on unheard
    session = Session.start(folder, "false", WarmWorker.start(str(strange)))
    session._again = None
    [failed] = session
    assert isinstance(failed, Failed)
    assert "does not understand" in failed.message
    session.end()


def test_the_silence_of_a_worker_that_waited_for_long_begins_with_its_run(tmp_path: Path) -> None:
    # Given a worker that was ready some time ago
    warm = WarmWorker.start()
    until(lambda: warm.is_ready)
    time.sleep(0.5)

    # When a run is given to it, then it has not been silent since
    with Session.start(run_folder(tmp_path / "run-001", RECIPE), warm=warm) as session:
        assert session.silence < 0.4


PARENT = """
import time
from graph_engine.training.warm import WarmWorker
warm = WarmWorker.start()
while not warm.is_ready:
    time.sleep(0.01)
print(warm._process.number, flush=True)
time.sleep(1000)
"""


def test_a_warm_worker_does_not_outlive_who_started_it() -> None:
    # Given a process that has a warm worker
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_there(worker)

        # When it is killed, then the worker ends by itself
        parent.kill()
    until(lambda: not is_there(worker), patience=10.0)


# Steering ----------------------------------------------------------------------------------------


def rests(session: Session, folder: RunFolder) -> None:
    """A paused run learns nothing and works little, but can be seen to live."""
    usage = next_of(session, Usage)
    beat = folder.heartbeat.stat().st_mtime
    assert usage.memory > 50e6
    again = next(event for event in session if not isinstance(event, Stepped))
    assert isinstance(again, Usage)
    assert again.processor < 0.5
    assert session.silence < 1.0
    assert folder.heartbeat.stat().st_mtime > beat
    assert folder.is_alive()


def answers_every_wish(session: Session, step: int) -> None:
    """A run that is paused at this step answers commands in their order."""
    session._process._process.stdin.write(b"sing\n[[[\n")  # type: ignore[union-attr]
    for command in (Advance(3), SetLearningRate(0.5), SaveCheckpoint(), Resume()):
        session.send(command)
        if command == Advance(3):
            assert sum(len(each.losses) for each in through(session, "pause", Stepped)) == 3
    answers = [*through(session, "resume", Steered)]
    assert [each.action for each in answers] == ["learning_rate", "checkpoint", "resume"]
    assert answers[-1].learning_rate == pytest.approx(0.5)
    assert answers[-1].step == step + 3


def test_a_run_is_steered_from_outside(tmp_path: Path) -> None:
    # Given a long run in a worker that was started ahead
    folder = run_folder(tmp_path / "run-001", LONG, SLOW)
    session = Session.start(folder, warm=WarmWorker.start())
    next_of(session, Stepped)

    # When it is paused
    begun = time.monotonic()
    assert session.send(Pause())
    paused = next_of(session, Steered)
    assert time.monotonic() - begun < 1.0
    assert paused.action == "pause"

    # Then nothing is learned, but its heart beats
    rests(session, folder)

    # And who looks at something else sees it at once
    begun = time.monotonic()
    session.send(Look(nodes=("elsewhere",), split="train"))
    seen = next_of(session, Frame)
    assert time.monotonic() - begun < 2.0
    assert seen.step == paused.step

    # And every wish is answered, those that make no sense too
    answers_every_wish(session, paused.step)

    # And it ends when told to, with all that it said in its folder
    session.stop()
    assert isinstance([event for event in session if not isinstance(event, Usage)][-1], Finished)
    assert session.end() == 0
    kept = [event for event, _ in folder.read_events() if isinstance(event, Steered)]
    assert [each.action for each in kept][:5] == ["pause", "look", "", "", "advance"]
    assert not [event for event, _ in folder.read_events() if isinstance(event, Usage)]
    assert not session.send(Pause())


def through(session: Session, action: str, kind: type[E]) -> list[E]:
    """The events of a kind until a command was answered."""
    found: list[E] = []
    for event in session:
        found += [event] if isinstance(event, kind) else []
        if isinstance(event, Steered) and event.action == action:
            return found
    raise AssertionError(action)


def test_a_worker_that_hangs_falls_silent_and_one_that_crashes_does_not(tmp_path: Path) -> None:
    # Given a run whose process the system holds
    folder = run_folder(tmp_path / "run-001", LONG)
    session = Session.start(folder, warm=WarmWorker.start())
    next_of(session, Usage)
    assert session.silence < 1.0
    os.kill(session.process_number, signal.SIGSTOP)

    # When time goes by, then it is there, and silent
    time.sleep(1.5)
    session.waiting()
    assert session.is_running
    assert session.silence > 1.4

    # And where it is let go, it speaks again
    os.kill(session.process_number, signal.SIGCONT)
    next_of(session, Usage)
    assert session.silence < 1.0

    # And where it crashes, it says so with its last words
    os.kill(session.process_number, signal.SIGABRT)
    failed = list(session)[-1]
    assert isinstance(failed, Failed)
    assert "ended by SIGABRT" in failed.message
    assert "Fatal Python error: Aborted" in failed.traceback
    session.end()

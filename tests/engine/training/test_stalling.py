"""A window that does not move holds no step up, and misses no loss."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import graph_engine
from graph_engine.training.commands import Command, Look, Stop
from graph_engine.training.events import EpochEnded, Event, Finished, Frame, Stepped, read_events
from graph_engine.training.recipe import Recipe

from .runs import of_kind, run_folder

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(sys.platform != "linux", reason="the size of pipes"),
]

STALL = 1.5
PAGE = 4096


def tell(worker: subprocess.Popen[bytes], command: Command) -> None:
    assert worker.stdin is not None
    worker.stdin.write(command.to_json().encode() + b"\n")
    worker.stdin.flush()


def read_on(events: Iterator[Event], enough: Callable[[Event], bool]) -> list[Event]:
    """Reads until one is told that is enough."""
    found = [next(events)]
    while not enough(found[-1]):
        found.append(next(events))
    return found


def numbers(steps: list[Stepped]) -> list[int]:
    """The steps that each of these tells of, from the first loss to the last."""
    return [n for each in steps for n in range(each.step - len(each.losses) + 1, each.step + 1)]


def losses(steps: list[Stepped]) -> list[float]:
    return [loss for each in steps for loss in each.losses]


def test_a_stalled_reader_delays_no_step_and_misses_no_loss(tmp_path: Path) -> None:
    # Given a run whose pipe holds a single page, and that sends pictures
    import fcntl

    folder = run_folder(tmp_path / "run-001", Recipe(epochs=10_000, batch_size=64, threads=1))
    command = [sys.executable, "-P", "-m", "graph_engine.training.worker", str(folder.path)]
    home = {"PYTHONPATH": str(Path(graph_engine.__file__).parent.parent)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=os.environ | home) as worker:
        assert worker.stdout is not None
        fcntl.fcntl(worker.stdout, fcntl.F_SETPIPE_SZ, PAGE)
        tell(worker, Look(nodes=("body",)))
        events = read_events(worker.stdout)
        found = read_on(events, lambda event: isinstance(event, EpochEnded))

        # When nobody reads for a while
        stalled_at = time.time()
        time.sleep(STALL)
        woken_at = time.time()

        # And everything is read that was said meanwhile
        found += read_on(events, lambda event: event.time >= woken_at + 0.5)
        tell(worker, Stop())
        found += list(events)

    # Then every loss has come, once and in order
    (finished,) = of_kind(found, Finished)
    steps = of_kind(found, Stepped)
    kept = [event for event, _ in folder.read_events() if isinstance(event, Stepped)]
    assert numbers(steps) == list(range(1, finished.step + 1))
    assert losses(steps) == losses(kept)

    # And was computed without a gap
    moments = [each.time for each in kept if stalled_at < each.time < woken_at]
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert len(moments) > 10
    assert max(gaps) < 0.5 * STALL
    assert [frame for frame in of_kind(found, Frame) if frame.time > woken_at]

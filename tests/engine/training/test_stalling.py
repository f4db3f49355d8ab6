"""A window that does not move holds no step up, and misses no loss."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import graph_engine
from graph_engine.training.commands import Look
from graph_engine.training.events import EpochEnded, Finished, Frame, Stepped, read_events
from graph_engine.training.recipe import Recipe

from .runs import of_kind, run_folder

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(sys.platform != "linux", reason="the size of pipes"),
]

STALL = 1.5
PAGE = 4096


def test_a_stalled_reader_delays_no_step_and_misses_no_loss(tmp_path: Path) -> None:
    # Given a run whose pipe holds a single page, and that sends pictures
    import fcntl

    folder = run_folder(tmp_path / "run-001", Recipe(epochs=10_000, batch_size=64, threads=1))
    command = [sys.executable, "-P", "-m", "graph_engine.training.worker", str(folder.path)]
    home = {"PYTHONPATH": str(Path(graph_engine.__file__).parent.parent)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **home}
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        fcntl.fcntl(worker.stdout, fcntl.F_SETPIPE_SZ, PAGE)
        worker.stdin.write(Look(nodes=("body",)).to_json().encode() + b"\n")
        worker.stdin.flush()
        events = read_events(worker.stdout)
        found = [next(events)]
        while not isinstance(found[-1], EpochEnded):
            found.append(next(events))

        # When nobody reads for a while
        stalled_at = time.time()
        time.sleep(STALL)
        woken_at = time.time()

        # And everything is read that was said meanwhile
        while found[-1].time < woken_at + 0.5:
            found.append(next(events))
        worker.stdin.write(b'{"command": "stop"}\n')
        worker.stdin.flush()
        found += list(events)

    # Then every loss has come, once and in order
    steps = of_kind(found, Stepped)
    (finished,) = of_kind(found, Finished)
    numbers = [n for each in steps for n in range(each.step - len(each.losses) + 1, each.step + 1)]
    assert numbers == list(range(1, finished.step + 1))
    kept = [event for event, _ in folder.read_events() if isinstance(event, Stepped)]
    assert [loss for each in steps for loss in each.losses] == [
        loss for each in kept for loss in each.losses
    ]

    # And was computed without a gap
    moments = [each.time for each in kept if stalled_at < each.time < woken_at]
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert len(moments) > 10
    assert max(gaps) < 0.5 * STALL
    assert [frame for frame in of_kind(found, Frame) if frame.time > woken_at]

"""What a window that stands still costs training: ``python -m tests.benchmarks.stalling``.

Three processes: the worker trains a small convolutional network with all measurements on and times each
step; the window, a process with a session, reads its events; and this one holds the window with SIGSTOP
for two seconds, several times, with as much time between in which it is let alone. The longest steps of
both are printed side by side, because a busy machine delays steps with no window at all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from graph_engine import templates
from graph_engine.cli.projects import network_of
from graph_engine.training.commands import Look
from graph_engine.training.events import EpochEnded, Stepped
from graph_engine.training.folder import RunFolder
from graph_engine.training.launch import new_run
from graph_engine.training.process import WorkerProcess
from graph_engine.training.session import Session

ROUNDS, STALL = 6, 2.0
PROJECT = "cnn-digits"
WORKER, WINDOW = "--worker", "--window"

Steps = list[tuple[float, float]]
"""The time, in seconds since 1970, at which each step ended, and the seconds that it took."""


def main(arguments: list[str]) -> None:
    """Prints the table, or is one of the two other processes."""
    if arguments[:1] == [WORKER]:
        timed_worker(arguments[1])
    elif arguments[:1] == [WINDOW]:
        window(arguments[1], arguments[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder))


# The worker --------------------------------------------------------------------------------------


def timed_worker(folder: str) -> None:
    """A worker that leaves the times of its steps in ``times.json``."""
    from graph_engine.training import loop, worker

    taken: Steps = []

    class Timed(loop.Loop):
        """A loop with a stopwatch; from one step's beginning to the next one's, measuring left out."""

        def _step(self, group: Any) -> None:
            begun = time.perf_counter()
            super()._step(group)
            taken.append((time.time(), time.perf_counter() - begun))

    vars(worker)["Loop"] = Timed
    status = worker.main([folder])
    Path(folder, "times.json").write_text(json.dumps(taken))
    worker.leave(status)


# The window --------------------------------------------------------------------------------------


def window(path: str, output: str) -> None:
    """Reads a run as a window does, thirty times a second, until ``times.json`` is wanted."""
    folder = RunFolder(Path(path))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.benchmarks.stalling", WORKER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    session = Session(folder, WorkerProcess(process))
    session.send(Look(nodes=("conv1", "conv2")))
    losses: list[float] = []
    stop = Path(output).with_suffix(".stop")
    while session.is_running:
        time.sleep(1 / 30)
        for event in session.waiting():
            if isinstance(event, Stepped):
                losses += event.losses
            if isinstance(event, EpochEnded):
                Path(output).with_suffix(".begun").touch()
        if stop.exists():
            session.stop()
    for event in session.waiting():
        losses += event.losses if isinstance(event, Stepped) else ()
    Path(output).write_text(json.dumps(losses))


# The measurement ---------------------------------------------------------------------------------


def measure(folder: Path) -> None:
    """Runs the other two, holds the window now and then, and prints what came of it."""
    project = templates.new(PROJECT)
    project.save(folder / f"{PROJECT}.netloom")
    recipe = project.training_recipe().replace(epochs=100_000, checkpoint_epochs=0)
    run = new_run(project, network_of(project), recipe.replace(checkpoint_seconds=0))
    output = folder / "losses.json"
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.stalling",
        WINDOW,
        str(run.path),
        str(output),
    ]
    with subprocess.Popen(command) as other:
        while not output.with_suffix(".begun").exists():
            time.sleep(0.1)
        time.sleep(STALL)
        stalls = [held(other.pid) for _ in range(ROUNDS)]
        output.with_suffix(".stop").touch()
    steps: Steps = json.loads((run.path / "times.json").read_text())
    losses = json.loads(output.read_text())
    kept = [e for e, _ in run.read_events() if isinstance(e, Stepped)]
    expected = [loss for each in kept for loss in each.losses]
    report(steps, stalls, losses == expected, len(losses))


def held(process: int) -> tuple[float, float]:
    """Holds a process for a while, then lets it alone as long; answers when it was held."""
    begun = time.time()
    os.kill(process, signal.SIGSTOP)
    time.sleep(STALL)
    os.kill(process, signal.SIGCONT)
    ended = time.time()
    time.sleep(2 * STALL)
    return begun, ended


def report(steps: Steps, stalls: list[tuple[float, float]], is_whole: bool, count: int) -> None:
    """Prints the table: steps while the window was held, while it caught up, and while it was alone."""
    parts = {
        "window held": [(begun, ended) for begun, ended in stalls],
        "window catching up, 0.5 s": [(ended, ended + 0.5) for _, ended in stalls],
        "window alone": [(ended + 0.5, ended + 2 * STALL) for _, ended in stalls],
    }
    load = os.getloadavg()[0]
    title = f"{ROUNDS} stalls of {STALL:g} s; {os.cpu_count()} cores, load {load:.1f}"
    table = Table("steps", "number", "median", "99 %", "99.9 %", "longest", title=title)
    for name, spans in parts.items():
        times = sorted(s for at, s in steps if any(begun < at <= ended for begun, ended in spans))
        shown = (times[int(share * (len(times) - 1))] for share in (0.5, 0.99, 0.999, 1.0))
        table.add_row(name, f"{len(times):,}", *(f"{1000 * each:.1f} ms" for each in shown))
    console = Console(width=110)
    console.print(table)
    console.print("Goal: no step longer by more than 20 ms than when the window is alone.")
    console.print(f"Losses that arrived: {count:,}, " + ("all of them" if is_whole else "NOT ALL"))


if __name__ == "__main__":
    main(sys.argv[1:])

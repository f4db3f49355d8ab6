"""What a long run leaves in memory and on the disk: ``python -m tests.benchmarks.long_run [STEPS]``.

A multilayer perceptron learns the digits for 200,000 steps with everything measured and a layer looked
at. This process drains the events into a recording as a window does. Printed are the memory of both
processes along the way, how it grows over the second half, and the files at the end.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from app.training.recording import Recording
from graph_engine import NetworkBuilder, Project
from graph_engine.data.choice import DataChoice
from graph_engine.training import launch
from graph_engine.training.commands import Look
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.session import Session

STEPS = 200_000
BATCH = 32
RATE = 0.033
SAMPLES = 200
GOAL = 200
"""Megabytes of files."""

Row = tuple[float, float, float]
"""Steps, megabytes of the worker, megabytes of the window's side."""


def main(steps: int) -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        run = digits(Path(folder), steps)
        begun = time.monotonic()
        rows, recording = followed(run, steps)
        seconds = time.monotonic() - begun
        console = Console(width=110)
        console.print(memory_table(rows, recording, seconds))
        console.print(file_table(run, Path(folder)))


def digits(folder: Path, steps: int) -> RunFolder:
    """A run of so many steps, and some more that fill the last epoch."""
    net = NetworkBuilder("main")
    x = net.add("Flatten", net.input("image", shape=(1, 8, 8)))
    x = net.add("ReLU", net.add("Linear", x, out_features=64, name="hidden"))
    net.output("scores", net.add("Linear", x, out_features=10, name="last"))
    project = Project("digits", net.graph)
    project.set_data_choice(DataChoice.read({"source": {"source": "builtin", "name": "digits"}}))
    project.save(folder / "digits.netloom")
    each = 1257 // BATCH
    recipe = project.training_recipe().replace(epochs=-(-steps // each), batch_size=BATCH)
    return launch.new_run(project, net.graph, recipe)


def followed(run: RunFolder, steps: int) -> tuple[list[Row], Recording]:
    """The memory along the way; the run is stopped after so many steps."""
    recording = Recording(run.name)
    rows: list[Row] = []
    session = Session.start(run)
    session.send(Look(nodes=("hidden",)))
    while not recording.is_over:
        time.sleep(RATE)
        recording.take(session.waiting())
        if recording.step * SAMPLES >= steps * (len(rows) + 1):
            rows.append((recording.step, resident(session.process_number), resident(os.getpid())))
        if recording.step >= steps:
            session.stop()
    session.end()
    return rows, recording


def resident(process: int) -> float:
    """Megabytes that a process holds; 0 for one that is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory_table(rows: list[Row], recording: Recording, seconds: float) -> Table:
    """Ten moments, and the slope over the second half."""
    whole = np.array([row for row in rows if row[1]])
    speed = recording.step / seconds
    title = f"{recording.step:,} steps in {seconds:.0f} s ({speed:.0f} a second)"
    table = Table("steps", "worker", "window's side", title=title)
    for step, worker, own in whole[:: max(1, len(whole) // 10)]:
        table.add_row(f"{step:,.0f}", f"{worker:.1f} MB", f"{own:.1f} MB")
    half = whole[len(whole) // 2 :]
    slopes = [1e5 * np.polyfit(half[:, 0], half[:, column], 1)[0] for column in (1, 2)]
    table.add_section()
    table.add_row("growth over the 2nd half", *(f"{s:+.1f} MB in 100,000 steps" for s in slopes))
    losses = len(recording.series["loss"])
    frames = sum(len(track) for track in recording.tracks.values())
    table.caption = f"losses that arrived: {losses:,}; frames in memory: {frames:,}"
    return table


def file_table(run: RunFolder, folder: Path) -> Table:
    """What lies on the disk."""
    begun = time.perf_counter()
    History(run.path.parent).runs()
    seconds = time.perf_counter() - begun
    files = {path: path.stat().st_size / 1e6 for path in folder.rglob("*") if path.is_file()}
    table = Table("file", "size", title=f"Files (taking the run into the index: {seconds:.1f} s)")
    for path, size in sorted(files.items(), key=lambda pair: -pair[1])[:6]:
        table.add_row(str(path.relative_to(folder)), f"{size:.1f} MB")
    table.add_section()
    table.add_row(f"all (goal: < {GOAL} MB)", f"{sum(files.values()):.1f} MB")
    return table


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS)

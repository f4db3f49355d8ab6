"""How long from pressing Train to the first loss: ``python -m tests.benchmarks.starting``.

The digits template, with a worker that is started for the run and with one that was started ahead. The
time that the caller is held is measured in this process, which has no torch, as a window has none.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from graph_engine import templates
from graph_engine.cli.projects import network_of
from graph_engine.training.events import EpochEnded, Stepped
from graph_engine.training.folder import RunFolder
from graph_engine.training.launch import new_run
from graph_engine.training.session import Session
from graph_engine.training.warm import WarmWorker

ROUNDS = 5
PROJECT = "cnn-digits"


@dataclass(frozen=True)
class Start:
    """Seconds of one start: how long the caller was held, and until what was seen."""

    held: float
    first_step: float
    first_epoch: float


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        project = templates.new(PROJECT)
        project.save(Path(folder) / f"{PROJECT}.netloom")
        recipe = project.training_recipe().replace(epochs=1)
        cold, warm, loading = [], [], []
        for _ in range(ROUNDS):
            cold.append(started(new_run(project, network_of(project), recipe), None))
            worker, spawned, loaded = loaded_worker()
            loading.append((spawned, loaded))
            warm.append(started(new_run(project, network_of(project), recipe), worker))
    report(cold, warm, loading)


def started(folder: RunFolder, warm: WarmWorker | None) -> Start:
    """One run, until its first epoch is over."""
    begun = time.perf_counter()
    session = Session.start(folder, warm=warm)
    held = time.perf_counter() - begun
    seen: dict[type, float] = {}
    for event in session:
        seen.setdefault(type(event), time.perf_counter() - begun)
    session.end()
    return Start(held, seen[Stepped], seen[EpochEnded])


def loaded_worker() -> tuple[WarmWorker, float, float]:
    """A worker that is ready; the seconds that its start held the caller, and until it was ready."""
    begun = time.perf_counter()
    worker = WarmWorker.start()
    spawned = time.perf_counter() - begun
    while not worker.is_ready:
        time.sleep(0.01)
    return worker, spawned, time.perf_counter() - begun


def report(cold: list[Start], warm: list[Start], loading: list[tuple[float, float]]) -> None:
    """Prints medians beside their goals."""
    table = Table("what", "cold", "warm", "goal", title=f"Starting {PROJECT}: {ROUNDS} times each")
    rows = [
        ("first loss", "first_step", "≤ 4 s cold, ≤ 0.3 s warm"),
        ("first epoch", "first_epoch", ""),
        ("caller held by Session.start", "held", ""),
    ]
    for words, name, goal in rows:
        times = [
            statistics.median(getattr(each, name) for each in starts) for starts in (cold, warm)
        ]
        table.add_row(words, *(f"{1000 * each:.0f} ms" for each in times), goal)
    spawned, loaded = (statistics.median(times) for times in zip(*loading, strict=True))
    table.add_row("caller held by WarmWorker.start", "", f"{1000 * spawned:.0f} ms", "")
    table.add_row("everything loaded ahead", "", f"{1000 * loaded:.0f} ms", "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

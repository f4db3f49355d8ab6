"""How long commands take from nothing to the end: ``python -m tests.benchmarks.startup``.

Whole processes, taken in turns so that a busy moment hits all rows alike. Nothing here asserts a time;
the table shows measured figures beside the goal and beside a Python that does nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from graph_engine import templates

ROUNDS = 20
GOAL = "≤ 400 ms"
PROJECT = "cnn-digits.netloom"


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        templates.new("cnn-digits").save(Path(folder) / PROJECT)
        commands = rows()
        taken = measured(commands, Path(folder))
    title = f"Start-up: {ROUNDS} processes each, in turns"
    table = Table("what", "median", "fastest", "CPU, median", "goal", title=title)
    for name in commands:
        walls, processors = zip(*taken[name], strict=True)
        table.add_row(
            name,
            f"{statistics.median(walls):.0f} ms",
            f"{min(walls):.0f} ms",
            f"{statistics.median(processors):.0f} ms",
            "" if name.startswith("baseline") else GOAL,
        )
    Console(width=110).print(table)


def rows() -> dict[str, list[str]]:
    """What is measured, by the name of its row."""
    netloom = [sys.executable, "-m", "graph_engine.cli"]
    return {
        "baseline: python -c pass": [sys.executable, "-c", "pass"],
        "baseline: import networkx": [sys.executable, "-c", "import networkx"],
        "import graph_engine": [sys.executable, "-c", "import graph_engine"],
        **{f"netloom {each}": [*netloom, each, PROJECT] for each in ("check", "summary", "code")},
        "netloom layers": [*netloom, "layers"],
    }


def measured(commands: dict[str, list[str]], folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of wall clock and of CPU for each round of each command, after one to warm up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            taken[name].append(once(command, folder))
    return {name: times[1:] for name, times in taken.items()}


def once(command: list[str], folder: Path) -> tuple[float, float]:
    """One process."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - start, os.times()
    processor = sum(after[2:4]) - sum(before[2:4])
    return 1e3 * wall, 1e3 * processor


if __name__ == "__main__":
    main()

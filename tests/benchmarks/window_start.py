"""How long the window takes from nothing to its first picture.

``python -m tests.benchmarks.window_start`` starts whole processes, in turns so that a busy moment hits
all rows alike: a bare window with a label, ``netloom`` with its welcome page, and ``netloom`` with the
digits project; without a screen, and on the screen as well where ``DISPLAY`` is set. A window answers
from the end of the last gap of more than 50 ms between its events on. Nothing here asserts a time; the
table shows medians beside the goals.
"""

from __future__ import annotations

import json
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
from tests.benchmarks.window_watch import STARTED

ROUNDS = 11
PROJECT = "digits.netloom"
KINDS: dict[str, list[str]] = {
    "bare": ["bare"],
    "welcome": ["netloom"],
    "digits": ["netloom", PROJECT],
}
MOST_RATIO, MOST_ANSWERS = 2.5, 1000
Times = dict[str, list[dict[str, float]]]


def main(rounds: int) -> None:
    """Prints a table for each platform."""
    platforms = ["offscreen", *(["xcb"] if os.environ.get("DISPLAY") else [])]
    with tempfile.TemporaryDirectory() as home:
        templates.new("cnn-digits").save(Path(home) / PROJECT)
        for platform in platforms:
            show(platform, measured(platform, Path(home), rounds))


def measured(platform: str, home: Path, rounds: int) -> Times:
    """What was seen in each round of each kind, after one to warm up."""
    found: Times = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind, words in KINDS.items():
            seen = once(platform, home, words)
            if number:
                found[kind].append(seen)
    return found


def once(platform: str, home: Path, words: list[str]) -> dict[str, float]:
    """One process."""
    folders = {
        name: str(home / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    }
    environment = {**os.environ, **folders, "HOME": str(home), "QT_QPA_PLATFORM": platform}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    environment[STARTED] = repr(time.monotonic())
    command = [sys.executable, "-m", "tests.benchmarks.window_watch", *words]
    out = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    seen: dict[str, float] = json.loads(out.stdout.splitlines()[-1])["seen"]
    return seen


def show(platform: str, found: Times) -> None:
    """Prints one table."""
    middle = {
        kind: {what: statistics.median(each[what] for each in rows) for what in rows[0]}
        for kind, rows in found.items()
    }
    bare = middle["bare"]["first"]
    title = f"From nothing to a window, {platform}: medians of {len(found['bare'])} in turns"
    table = Table("what", "ms", "fastest", "against bare", "goal", title=title)

    def row(what: str, kind: str, key: str, goal: str) -> None:
        value = middle[kind][key]
        least = min(each[key] for each in found[kind])
        table.add_row(what, f"{value:.0f}", f"{least:.0f}", f"{value / bare:.2f}×", goal)

    row("a bare window, painted", "bare", "first", "")
    row("netloom: welcome page painted", "welcome", "first", f"≤ {MOST_RATIO}×")
    row("netloom: welcome page answers", "welcome", "answers", "")
    row("netloom digits: first paint", "digits", "first", f"≤ {MOST_RATIO}×")
    row("netloom digits: drawing painted", "digits", "CanvasView", "")
    row("netloom digits: answers", "digits", "answers", f"≤ {MOST_ANSWERS} ms")
    Console(width=100).print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)

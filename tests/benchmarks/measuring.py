"""What all measurements of canvases share: the drawing, the clock and the memory.

Plain Python, so that a peer in an environment of its own can be measured with it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

WIDE, HIGH = 1600, 900
STEP_X, STEP_Y = 288.0, 100.0
ROUNDS = 15

Places = list[tuple[float, float]]
Wires = list[tuple[int, int]]


def grid(count: int) -> tuple[Places, Wires]:
    """Nodes in rows, each wired to the next, and every fifth to one in the row below as well."""
    across = max(int(count**0.5 * 0.7), 4)
    places = [((i % across) * STEP_X, (i // across) * STEP_Y) for i in range(count)]
    wires = [(i, i + 1) for i in range(count - 1)]
    wires += [(i, i + across) for i in range(0, count - across, 5)]
    return places, wires


def memory() -> float:
    """Resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def median(do: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """CPU milliseconds of one round."""
    times = []
    for index in range(rounds + 2):
        start = time.process_time()
        do(index)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times[2:])

"""What this process takes of the machine: processor, memory, and those of an accelerator."""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import time
from pathlib import Path

import torch

from graph_engine.training.events import Usage

_PACKAGE = getattr(torch.cuda, "pynvml", None)
UNTOLD = (ModuleNotFoundError, RuntimeError, getattr(_PACKAGE, "NVMLError", RuntimeError))
"""What comes instead of a device's load: its package is missing, or a driver does not tell."""


class Gauge:
    """Reads how much is taken; ``processor`` counts from reading to reading."""

    def __init__(self) -> None:
        self._read_at = time.perf_counter()
        self._spent = _processor_seconds()

    def read(self) -> Usage:
        """The usage now, in some 50 µs."""
        now, spent = time.perf_counter(), _processor_seconds()
        share = max(0.0, spent - self._spent) / max(now - self._read_at, 1e-9)
        self._read_at, self._spent = now, spent
        load, taken, total = _device()
        return Usage(
            processor=share,
            memory=resident_memory(),
            device_load=load,
            device_memory=taken,
            device_total=total,
        )


def resident_memory() -> int:
    """Bytes of memory that this process holds; on other systems than Linux the most it ever held."""
    table = Path("/proc/self/statm")
    if table.exists():
        return int(table.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 not on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _processor_seconds() -> float:
    """Seconds that this process and its loaders have computed."""
    loaders = (each.pid for each in multiprocessing.active_children())
    return time.process_time() + sum(seconds_of(number) for number in loaders if number)


def seconds_of(process: int) -> float:
    """Processor seconds of a process; 0 where the system does not tell, or the process is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _device() -> tuple[float, int, int]:
    """Load, memory taken by this process and memory there is, of the CUDA device in use."""
    if not torch.cuda.is_initialized():
        return math.nan, 0, 0
    _, total = torch.cuda.mem_get_info()
    return _load(), torch.cuda.memory_reserved(), total


def _load() -> float:
    """The share of the last second in which the device computed; nvidia-ml-py can tell it."""
    try:
        return torch.cuda.utilization() / 100
    except UNTOLD:
        return math.nan

"""What a worker takes of the machine, held against what was really taken."""

from __future__ import annotations

import mmap
import multiprocessing
import sys
import time

import pytest

from graph_engine.training.events import Event, Usage
from graph_engine.training.usage import Gauge, resident_memory

pytestmark = pytest.mark.torch


def busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_the_processor_is_counted_in_cores() -> None:
    # Given a gauge, when this process computes for a while and rests for a while
    gauge = Gauge()
    begun = time.perf_counter()
    busy(0.1)
    time.sleep(0.1)
    usage = gauge.read()

    # Then it tells the share of a core; of the moment after it nothing is left of that
    assert usage.processor == pytest.approx(0.1 / (time.perf_counter() - begun), rel=0.3)
    time.sleep(0.1)
    assert gauge.read().processor < 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="what other processes computed")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # from Python 3.12 on
def test_loader_processes_count() -> None:
    # Given a process like those that load batches, when it computes and this one waits
    gauge = Gauge()
    loader = multiprocessing.get_context("fork").Process(target=busy, args=(30.0,))
    loader.start()
    time.sleep(0.5)
    usage = gauge.read()
    loader.kill()
    loader.join()

    # Then its work is told, and its end is not taken for work undone
    assert usage.processor > 0.05
    assert gauge.read().processor >= 0.0


@pytest.mark.skipif(sys.platform == "win32", reason="the memory of processes")
def test_memory_is_that_of_the_process() -> None:
    # Given so much memory, when more is taken, then it is told
    before, size = resident_memory(), 80_000_000
    with mmap.mmap(-1, size) as taken:  # fresh pages, whatever this process has at hand already
        taken.write(bytes([1]) * size)
        assert Gauge().read().memory > before + 0.9 * size


def test_a_usage_is_one_line_of_json_and_comes_back() -> None:
    # Given a usage of a machine without an accelerator, when it is written and read
    usage = Usage(processor=1.5, memory=10**9)
    found = Event.from_json(usage.to_json())

    # Then it is the same; what nobody can tell is no number
    assert isinstance(found, Usage)
    assert (found.processor, found.memory, found.time) == (1.5, 10**9, usage.time)
    assert found.device_load != found.device_load

"""What every test runs under: one thread, repeatable examples, and no process left behind."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Two torch threads stall each other as soon as something else wants a core. Workers inherit this.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A process that was started by this run, however far down, carries this mark in its environment.
os.environ["NETLOOM_TEST_RUN"] = str(os.getpid())
MARK = f"NETLOOM_TEST_RUN={os.getpid()}"
# Python's own, which serve multiprocessing until the interpreter ends.
SERVANTS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
SECONDS_TO_END = 3.0

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(autouse=True)
def one_torch_thread() -> None:
    """Holds torch to one thread, where the test has imported it."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def nothing_looks_on() -> Iterator[None]:
    """Fails a test that leaves a hook on every module there is, or a tracer of its own."""
    before = sys.gettrace()
    yield
    torch_module = sys.modules.get("torch.nn.modules.module")
    if torch_module is not None:
        assert not torch_module._has_any_global_hook(), "a hook on all modules was left behind"
    assert sys.gettrace() is before, "a tracer was left behind"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run that leaves processes behind, and names them."""
    until = time.monotonic() + SECONDS_TO_END
    while (left := list(processes_left())) and time.monotonic() < until:
        time.sleep(0.05)
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            for line in left:
                reporter.write_line(f"ERROR: a test left this process behind: {line}", red=True)


def processes_left() -> Iterator[str]:
    """Number and command line of each live process of this run, where /proc shows them."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            surroundings = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # ended meanwhile, or another user's
            continue
        is_ours = parent == str(os.getpid()) or MARK.encode() in surroundings
        is_live = state != "Z" and not any(name in command for name in SERVANTS)
        if is_ours and is_live:
            yield f"{folder.name} {command}"

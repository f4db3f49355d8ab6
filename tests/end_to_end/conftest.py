"""A virtual desktop for the whole session, and programs on it that end with their test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from run import SYSTEM, is_there
from tests.end_to_end.desktop import Desktop
from tests.end_to_end.program import Process, Program

FAILED = pytest.StashKey[bool]()
Start = Callable[..., Program]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers whether a test failed, so that the screen can be kept."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def desktop() -> Iterator[Desktop]:
    """The desktop. Where it cannot be had the tests are skipped, on a build machine they fail."""
    missing = [name for name in SYSTEM if not is_there(name)]
    if sys.platform != "linux" or missing:
        reason = f"A virtual desktop needs Linux with {', '.join(missing) or 'an X server'}."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    made = Desktop()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def start(desktop: Desktop, home: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts the program with a witness; of a test that fails, a picture of the screen is kept."""
    started: list[Program] = []

    def begin(*projects: Path) -> Program:
        started.append(program := Program(desktop, home, *projects))
        program.until("the window has the keyboard", lambda s: s["active"])
        return program

    yield begin
    for program in started:
        if request.node.stash.get(FAILED, False) and program.is_running:
            program.picture(home.parent / "screen.png")
        program.kill()


@pytest.fixture
def start_alone(desktop: Desktop, home: Path) -> Iterator[Callable[..., Process]]:
    """Starts the command ``netloom`` itself, with nobody in it who watches."""
    started: list[Process] = []

    def begin(command: Path, *arguments: Path) -> Process:
        started.append(Process(desktop, home, [str(command), *map(str, arguments)]))
        return started[-1]

    yield begin
    for process in started:
        process.kill()

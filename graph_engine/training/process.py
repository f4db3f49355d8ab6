"""A worker's process: commands go in, events come out, and its end is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

import graph_engine
from graph_engine.errors import TrainingError
from graph_engine.training.backlog import Backlog
from graph_engine.training.commands import Command, Stop
from graph_engine.training.events import Ready, read_events


class WorkerProcess:
    """One worker; a thread reads its pipe, so that nobody who asks has to wait."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.events = Backlog()
        self.is_ready = False
        """Whether a worker that was started ahead has loaded everything."""
        self.heard_at = time.monotonic()
        """When it last said something, or began, by ``time.monotonic``."""
        self.is_garbled = False
        """Whether it said what is no event of this version; nothing that came later was read."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, argument: str, log: IO[bytes] | int, python: str = sys.executable) -> Self:
        """Starts a worker with its one argument; what it prints goes to ``log``."""
        process = subprocess.Popen(
            [python, "-P", "-m", "graph_engine.training.worker", argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
        )
        return cls(process)

    def _read(self) -> None:
        """Reads to the end of the pipe, which loader processes that outlive a killed worker hold open
        for some seconds more."""
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            try:
                for event in read_events(stream):
                    self.heard_at = time.monotonic()
                    if isinstance(event, Ready):
                        self.is_ready = True
                    else:
                        self.events.put(event)
            except TrainingError:  # it would train on with nobody to hear of it
                self.is_garbled = True
                self.send(Stop())

    @property
    def number(self) -> int:
        """The number by which the system knows the process."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    @property
    def is_drained(self) -> bool:
        """Whether everything that it said was read."""
        return not self._reader.is_alive()

    def send(self, command: Command) -> bool:
        """Asks for something; False where nobody listens any more."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(command.to_json().encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            with suppress(OSError):  # what could not be sent is given up with it
                self._process.stdin.close()
            return False
        return True

    def kill(self) -> None:
        """Ends the process at once."""
        self._process.kill()

    def wait(self, patience: float) -> int:
        """Waits for its end, and insists after so many seconds. Answers the exit status."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def close(self, patience: float = 0.0) -> None:
        """Says that nobody will ask any more, and gives what it said last so many seconds to come."""
        assert self._process.stdin is not None
        self._reader.join(patience)
        with suppress(OSError):
            self._process.stdin.close()


def _environment() -> dict[str, str]:
    """The worker finds the same ``graph_engine`` as this process, installed or not."""
    home = str(Path(graph_engine.__file__).parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

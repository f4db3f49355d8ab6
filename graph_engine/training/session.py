"""A run seen from outside: starts the worker, hands on its events, stops it, notices its death."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import graph_engine
from graph_engine.errors import TrainingError
from graph_engine.training.events import Event, Failed, Finished, read_events
from graph_engine.training.folder import RunFolder

LAST_WORDS = 0.5
"""Seconds after a worker's end in which its last events are awaited."""

POLL = 0.1
LOG_TAIL = 20_000


class Session:
    """The worker of one run, as an iterator over its events.

    The last event is always ``Finished`` or ``Failed``. An exception while waiting, such as Ctrl-C,
    leaves the iterator intact: ask for the next event again.
    """

    def __init__(self, folder: RunFolder, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self._process = process
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._has_ended = False
        self._died_at: float | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, folder: RunFolder, python: str = sys.executable) -> Self:
        """Starts the worker of a run; one that was interrupted goes on from its last checkpoint.

        Raises TrainingError where a worker is at it already.
        """
        if folder.is_alive():
            raise TrainingError(f"{folder.name} is being trained already: wait, or stop it.")
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [python, "-P", "-m", "graph_engine.training.worker", str(folder.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
            )
        folder.beat(process.pid)
        return cls(folder, process)

    # Events --------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        while not self._is_over() or not self._events.empty():
            with suppress(queue.Empty):
                return self._seen(self._events.get(timeout=POLL))
        return self._last()

    def waiting(self) -> list[Event]:
        """The events that have come since the last call, without waiting; for a window's timer."""
        is_over = self._is_over()
        events: list[Event] = []
        with suppress(queue.Empty):
            while True:
                events.append(self._seen(self._events.get_nowait()))
        if is_over and not self._has_ended:
            events.append(self._last())
        return events

    def _is_over(self) -> bool:
        """Whether nothing more will come: the worker has ended, and its pipe too, or long enough ago."""
        if self.is_running:
            return False
        self._died_at = self._died_at or time.monotonic()
        return not self._reader.is_alive() or time.monotonic() - self._died_at > LAST_WORDS

    def _last(self) -> Event:
        """The news of the worker's death, unless it had said goodbye."""
        self._close()
        if self._has_ended:
            raise StopIteration
        return self._seen(self._death())

    def _seen(self, event: Event) -> Event:
        self._has_ended = self._has_ended or isinstance(event, Finished | Failed)
        return event

    def _read(self) -> None:
        """Reads to the end of the pipe, which loader processes that outlive a killed worker hold open
        for some seconds more."""
        assert self._process.stdout is not None
        with self._process.stdout as stream, suppress(TrainingError):
            for event in read_events(stream):
                self._events.put(event)

    def _death(self) -> Failed:
        status = self._process.returncode
        return Failed(
            message=f"The training process {_cause(status)}. The run can go on from its checkpoint.",
            traceback=self._log_tail(),
            exit_status=status,
        )

    def _log_tail(self) -> str:
        try:
            return self.folder.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
        except OSError:
            return ""

    # Control -------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether the process exists."""
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    @property
    def process_number(self) -> int:
        """The number by which the system knows the process."""
        return self._process.pid

    def stop(self) -> None:
        """Asks for an end with a checkpoint; events go on until ``Finished``."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(b"stop\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """Ends the process at once; the run can go on from its last checkpoint."""
        self._process.kill()

    def end(self, patience: float = 10.0) -> int:
        """Asks, waits, and insists after so many seconds. Answers the exit status."""
        self.stop()
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        self._reader.join(LAST_WORDS)
        self._close()
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def _close(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()


def _environment() -> dict[str, str]:
    """The worker finds the same ``graph_engine`` as this process, installed or not."""
    home = str(Path(graph_engine.__file__).parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _cause(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    memory = ", perhaps because memory ran out" if name == "SIGKILL" else ""
    return f"was ended by {name}{memory}"

"""A run seen from outside: starts the worker, hands on its events, stops it, notices its death."""

from __future__ import annotations

import signal
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from graph_engine.errors import TrainingError
from graph_engine.training.commands import Command, Stop
from graph_engine.training.events import Event, Failed, Finished
from graph_engine.training.folder import RunFolder
from graph_engine.training.process import WorkerProcess
from graph_engine.training.warm import WarmWorker

LAST_WORDS = 0.5
"""Seconds after a worker's end in which its last events are awaited."""

POLL = 0.1
LOG_TAIL, LAST_LINE = 20_000, 160


class Session:
    """The worker of one run, as an iterator over its events.

    The last event is always ``Finished`` or ``Failed``. An exception while waiting, such as Ctrl-C,
    leaves the iterator intact: ask for the next event again.
    """

    def __init__(
        self,
        folder: RunFolder,
        process: WorkerProcess,
        logged: int = 0,
        again: Callable[[], WorkerProcess] | None = None,
    ) -> None:
        """``logged`` bytes of the log are of earlier processes; ``again`` starts another one, once,
        where this one ends before it says a word."""
        self.folder = folder
        self._process, self._again = process, again
        self._begun_at = time.monotonic()
        self._logged = logged
        self._has_ended = self._was_killed = False
        self._died_at: float | None = None

    @classmethod
    def start(
        cls, folder: RunFolder, python: str = sys.executable, warm: WarmWorker | None = None
    ) -> Self:
        """Starts the worker of a run; one that was interrupted goes on from its last checkpoint.

        A ``warm`` worker is taken if it still waits; one that dies before it takes the run up is
        replaced. Raises TrainingError where a worker is at it already, and OSError where none can be
        started.
        """
        if folder.is_alive():
            raise TrainingError(f"{folder.name} is being trained already: wait, or stop it.")
        logged, cold = _size(folder.log), partial(_started, folder, python)
        process = warm.hand_over(folder) if warm is not None else None
        if process is None:
            return cls(folder, cold(), logged)
        return cls(folder, _living(folder, process), logged, cold)

    # Events --------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        while not self._is_over() or not self._process.events.is_empty() or self._begins_again():
            if (event := self._process.events.next(POLL)) is not None:
                return self._seen(event)
        return self._last()

    def waiting(self) -> list[Event]:
        """The events that have come since the last call, without waiting; for a window's timer."""
        is_over = self._is_over()
        events: list[Event] = []
        while (event := self._process.events.next(0)) is not None:
            events.append(self._seen(event))
        if is_over and not self._has_ended and not self._begins_again():
            events.append(self._last())
        return events

    def _is_over(self) -> bool:
        """Whether nothing more will come: the worker has ended, and its pipe too, or long enough ago."""
        if self.is_running:
            return False
        self._died_at = self._died_at or time.monotonic()
        return self._process.is_drained or time.monotonic() - self._died_at > LAST_WORDS

    def _begins_again(self) -> bool:
        """Whether another worker stands in for one that was started ahead and died of itself before it
        took the run up, such as one whose files were replaced while it loaded them."""
        start, self._again = self._again, None
        if start is None:
            return False
        self._process.close()
        try:
            self._process = start()
        except (OSError, TrainingError):
            return False
        self._begun_at, self._died_at = time.monotonic(), None
        return True

    def _last(self) -> Event:
        """The news of the worker's death, unless it had said goodbye."""
        self._process.close()
        if self._has_ended:
            raise StopIteration
        return self._seen(self._death())

    def _seen(self, event: Event) -> Event:
        self._again = None
        self._has_ended = self._has_ended or isinstance(event, Finished | Failed)
        return event

    def _death(self) -> Failed:
        status = self._process.exit_status or 0
        log = self._log_tail()
        return Failed(
            message=f"{self._cause(status, log)} {self._way_on()}",
            traceback=log,
            exit_status=status,
        )

    def _cause(self, status: int, log: str) -> str:
        if self._process.is_garbled:
            return (
                "The training process said what this program does not understand, and was stopped: was "
                "Netloom updated while it was open? Start it anew."
            )
        if self._was_killed:
            return "The training process was ended at once."
        words = log.strip().rpartition("\n")[2] if status > 0 else ""
        told = f", its last words being “{textwrap.shorten(words, LAST_LINE)}”" if words else ""
        return f"The training process {_cause(status)}{told}."

    def _way_on(self) -> str:
        if self.folder.has_checkpoint():
            return "The run can go on from its checkpoint."
        return "It left no checkpoint to go on from: train again."

    def _log_tail(self) -> str:
        try:
            with self.folder.log.open("rb") as file:
                file.seek(max(self._logged, _size(self.folder.log) - LOG_TAIL))
                return file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""

    # Control -------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether the process exists."""
        return self._process.exit_status is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.exit_status

    @property
    def process_number(self) -> int:
        """The number by which the system knows the process."""
        return self._process.number

    @property
    def silence(self) -> float:
        """Seconds since the worker last said something, which it does each second, paused or not; of
        one that has said nothing yet, since it was asked.

        Some seconds are usual until ``Started``; later, ``folder.SILENCE`` and more mean that it hangs.
        """
        return time.monotonic() - max(self._begun_at, self._process.heard_at)

    def send(self, command: Command) -> bool:
        """Asks for something, which ``Steered`` answers; False where nobody listens any more."""
        if isinstance(command, Stop):
            self._again = None
        return self._process.send(command)

    def stop(self) -> None:
        """Asks for an end with a checkpoint; events go on until ``Finished``."""
        self.send(Stop())

    def kill(self) -> None:
        """Ends the process at once; the run can go on from its last checkpoint."""
        self._again, self._was_killed = None, True
        self._process.kill()

    def end(self, patience: float = 10.0) -> int:
        """Asks, waits, and insists after so many seconds. Answers the exit status."""
        self.stop()
        status = self._process.wait(patience)
        self._process.close(LAST_WORDS)
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


def _started(folder: RunFolder, python: str) -> WorkerProcess:
    with folder.log.open("ab") as log:
        return _living(folder, WorkerProcess.start(str(folder.path), log, python))


def _living(folder: RunFolder, process: WorkerProcess) -> WorkerProcess:
    """Marks the run as one that is trained; a process that cannot be told of must not go on unseen."""
    try:
        folder.beat(process.number)
    except TrainingError:
        process.kill()
        raise
    return process


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cause(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    memory = ", perhaps because memory ran out" if name == "SIGKILL" else ""
    return f"was ended by {name}{memory}"

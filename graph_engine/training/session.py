"""A run seen from outside: starts the worker, hands on its events, stops it, notices its death."""

from __future__ import annotations

import signal
import sys
import time
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
LOG_TAIL = 20_000


class Session:
    """The worker of one run, as an iterator over its events.

    The last event is always ``Finished`` or ``Failed``. An exception while waiting, such as Ctrl-C,
    leaves the iterator intact: ask for the next event again.
    """

    def __init__(self, folder: RunFolder, process: WorkerProcess) -> None:
        self.folder = folder
        self._process = process
        self._has_ended = False
        self._died_at: float | None = None

    @classmethod
    def start(
        cls, folder: RunFolder, python: str = sys.executable, warm: WarmWorker | None = None
    ) -> Self:
        """Starts the worker of a run; one that was interrupted goes on from its last checkpoint.

        A ``warm`` worker is taken if it still waits. Raises TrainingError where a worker is at it
        already.
        """
        if folder.is_alive():
            raise TrainingError(f"{folder.name} is being trained already: wait, or stop it.")
        process = warm.hand_over(folder) if warm is not None else None
        if process is None:
            with folder.log.open("ab") as log:
                process = WorkerProcess.start(str(folder.path), log, python)
        folder.beat(process.number)
        return cls(folder, process)

    # Events --------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        while not self._is_over() or not self._process.events.is_empty():
            if (event := self._process.events.next(POLL)) is not None:
                return self._seen(event)
        return self._last()

    def waiting(self) -> list[Event]:
        """The events that have come since the last call, without waiting; for a window's timer."""
        is_over = self._is_over()
        events: list[Event] = []
        while (event := self._process.events.next(0)) is not None:
            events.append(self._seen(event))
        if is_over and not self._has_ended:
            events.append(self._last())
        return events

    def _is_over(self) -> bool:
        """Whether nothing more will come: the worker has ended, and its pipe too, or long enough ago."""
        if self.is_running:
            return False
        self._died_at = self._died_at or time.monotonic()
        return self._process.is_drained or time.monotonic() - self._died_at > LAST_WORDS

    def _last(self) -> Event:
        """The news of the worker's death, unless it had said goodbye."""
        self._process.close()
        if self._has_ended:
            raise StopIteration
        return self._seen(self._death())

    def _seen(self, event: Event) -> Event:
        self._has_ended = self._has_ended or isinstance(event, Finished | Failed)
        return event

    def _death(self) -> Failed:
        status = self._process.exit_status or 0
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
        """Seconds since the worker last said something, which it does each second, paused or not.

        Some seconds are usual until ``Started``; later, ``folder.SILENCE`` and more mean that it hangs.
        """
        return time.monotonic() - self._process.heard_at

    def send(self, command: Command) -> bool:
        """Asks for something, which ``Steered`` answers; False where nobody listens any more."""
        return self._process.send(command)

    def stop(self) -> None:
        """Asks for an end with a checkpoint; events go on until ``Finished``."""
        self.send(Stop())

    def kill(self) -> None:
        """Ends the process at once; the run can go on from its last checkpoint."""
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


def _cause(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    memory = ", perhaps because memory ran out" if name == "SIGKILL" else ""
    return f"was ended by {name}{memory}"

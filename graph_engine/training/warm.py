"""A worker that is started before there is a run, so that training begins at once."""

from __future__ import annotations

import subprocess
import sys
from typing import Self

from graph_engine.training.commands import Start
from graph_engine.training.folder import RunFolder
from graph_engine.training.process import WorkerProcess


class WarmWorker:
    """A process that has loaded torch and waits for its one run (``Session.start(folder, warm=…)``).

    It ends by itself when the process that started it is gone.
    """

    def __init__(self, process: WorkerProcess) -> None:
        self._process: WorkerProcess | None = process

    @classmethod
    def start(cls, python: str = sys.executable) -> Self:
        """Starts it; loading goes on for some seconds, and a run need not wait for its end."""
        return cls(WorkerProcess.start("--wait", subprocess.DEVNULL, python))

    @property
    def is_ready(self) -> bool:
        """Whether everything is loaded."""
        return self.is_running and self._process is not None and self._process.is_ready

    @property
    def is_running(self) -> bool:
        """Whether it is there and was not given a run."""
        return self._process is not None and self._process.exit_status is None

    def hand_over(self, folder: RunFolder) -> WorkerProcess | None:
        """Gives it a run to train; None where it has one already, or has died."""
        process = self._process
        if process is None or not self.is_running:
            return None
        self._process = None
        return process if process.send(Start(str(folder.path.absolute()))) else None

    def close(self) -> None:
        """Ends it unless it was given a run; there is nothing to lose."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(1.0)
            process.close(patience=1.0)

"""The way from the training process to whoever watches: a pipe that never holds training up."""

from __future__ import annotations

import threading
from typing import BinaryIO

from graph_engine.training.backlog import Backlog
from graph_engine.training.events import Event, write_event


class Channel:
    """Sends events from a thread of its own, without waiting for a slow reader (``Backlog``)."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._backlog = Backlog()
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Hands an event over; returns at once."""
        self._backlog.put(event)

    def close(self, patience: float = 10.0) -> None:
        """Waits until everything is sent, for so many seconds at most."""
        self._backlog.close()
        self._thread.join(patience)

    def _send_all(self) -> None:
        while (event := self._backlog.next()) is not None:
            try:
                write_event(self._stream, event)
                self._stream.flush()
            except (OSError, ValueError):
                self._backlog.close(forget=True)
                return

"""The way from the training process to whoever watches: a pipe that never holds training up."""

from __future__ import annotations

import threading
from collections import deque
from typing import BinaryIO

from graph_engine.training.events import Event, Frame, Stepped, write_event

LIMIT = 1000
"""Events that may wait for a slow reader: half a minute of steps."""


class Channel:
    """Sends events from a thread of its own.

    While nobody reads, steps and frames beyond ``LIMIT`` are left out (the run's folder has them); all
    other events wait.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: deque[Event] = deque()
        self._changed = threading.Condition()
        self._is_broken = False
        self._is_closing = False
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Hands an event over; returns at once."""
        with self._changed:
            is_spare = isinstance(event, Stepped | Frame)
            if self._is_broken or (is_spare and len(self._waiting) >= LIMIT):
                return
            self._waiting.append(event)
            self._changed.notify()

    def close(self, patience: float = 10.0) -> None:
        """Waits until everything is sent, for so many seconds at most."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(patience)

    def _send_all(self) -> None:
        while (event := self._next()) is not None:
            try:
                write_event(self._stream, event)
                self._stream.flush()
            except (OSError, ValueError):
                with self._changed:
                    self._is_broken = True
                    self._waiting.clear()
                return

    def _next(self) -> Event | None:
        with self._changed:
            while not self._waiting:
                if self._is_closing:
                    return None
                self._changed.wait()
            return self._waiting.popleft()

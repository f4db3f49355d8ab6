"""Events on their way to a reader who may be slow: losses are kept, pictures make way for newer ones."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from graph_engine.training.events import Event, Frame, Stepped, Usage

LIMIT = 256
"""Events that wait as they are; when more come, those that wait are pressed together."""

MOST_BYTES = 2**24
"""Bytes of frames that wait as they are."""

LONGEST = 4096
"""Losses in one event."""

MOST_LOSSES = 1_000_000
"""Losses that wait; the oldest of more are left out, and the run's folder has them."""


class Backlog:
    """A queue between two threads, whose writer never waits and whose memory is bounded.

    Pressing together joins events of steps that follow one another, and keeps only the newest frame of
    each title; all other events stay as they are, in their order.
    """

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._limit, self._most_bytes = LIMIT, MOST_BYTES
        self._bytes = 0

    def put(self, event: Event) -> None:
        """Adds an event; returns at once."""
        with self._changed:
            if self._is_closed:
                return
            self._waiting.append(event)
            self._bytes += _weight(event)
            if len(self._waiting) > self._limit or self._bytes > self._most_bytes:
                self._press()
            self._changed.notify()

    def _press(self) -> None:
        self._waiting = pressed(self._waiting)
        self._bytes = sum(map(_weight, self._waiting))
        self._limit = len(self._waiting) + LIMIT
        self._most_bytes = self._bytes + MOST_BYTES

    def next(self, timeout: float | None = None) -> Event | None:
        """The oldest event; None after so many seconds without one, or when closed and empty."""
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._waiting:
                left = None if until is None else until - time.monotonic()
                if self._is_closed or (left is not None and left <= 0):
                    return None
                self._changed.wait(left)
            event = self._waiting.popleft()
            self._bytes -= _weight(event)
            if not self._waiting:
                self._limit, self._most_bytes = LIMIT, MOST_BYTES
            return event

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def close(self, forget: bool = False) -> None:
        """Takes no more events; what waits can still be had unless it is to be forgotten."""
        with self._changed:
            self._is_closed = True
            if forget:
                self._waiting.clear()
            self._changed.notify_all()


def _weight(event: Event) -> int:
    return len(event.data) if isinstance(event, Frame) else 0


def pressed(events: Iterable[Event]) -> deque[Event]:
    """The events with runs of steps joined and only the newest of frames and usages."""
    kept: deque[Event] = deque()
    seen: set[str] = set()
    losses = 0
    for event in reversed(list(events)):
        if isinstance(event, Frame | Usage):
            title = event.title if isinstance(event, Frame) else event.name
            if title in seen:
                continue
            seen.add(title)
        elif isinstance(event, Stepped):
            losses += len(event.losses)
            if losses > MOST_LOSSES:
                continue
        kept.appendleft(event)
    return _joined(kept)


def _joined(events: Iterable[Event]) -> deque[Event]:
    """Steps that follow one another as one event; frames between them do not part them."""
    kept: deque[Event] = deque()
    group: list[Stepped] = []
    pictures: list[Event] = []
    for event in events:
        if isinstance(event, Stepped):
            if group and sum(len(each.losses) for each in group) + len(event.losses) > LONGEST:
                kept.append(_as_one(group))
                kept.extend(pictures)
                group, pictures = [], []
            group.append(event)
        elif group and isinstance(event, Frame | Usage):
            pictures.append(event)
        else:
            kept.extend([_as_one(group)] if group else [])
            kept.extend(pictures)
            kept.append(event)
            group, pictures = [], []
    kept.extend([_as_one(group)] if group else [])
    kept.extend(pictures)
    return kept


def _as_one(steps: list[Stepped]) -> Stepped:
    """One event with all losses; its speed is the mean over the time that they took."""
    if len(steps) == 1:
        return steps[0]
    losses = tuple(loss for each in steps for loss in each.losses)
    seconds = sum(len(each.losses) / max(each.steps_per_second, 1e-9) for each in steps)
    return replace(steps[-1], losses=losses, steps_per_second=len(losses) / max(seconds, 1e-9))

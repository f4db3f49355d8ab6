"""When a panel is drawn anew: at most twelve times a second, and only if it is seen.

A ``Pacer`` belongs to one widget, measures what drawing costs, and draws less often where that is much.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakMethod

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

RATE = 12.0
"""Redraws a second at most."""

SHARE = 0.25
"""Of the time that may go into the redraws of one widget; a slower one is drawn less often."""

MINIMIZED = 500
"""Milliseconds after which a minimised window is looked at again."""


@dataclass(slots=True)
class Cost:
    """What redraws took of the thread's processor, in milliseconds."""

    count: int = 0
    total: float = 0.0
    newest: float = 0.0
    longest: float = 0.0

    def add(self, milliseconds: float) -> None:
        """Takes in one redraw."""
        self.count += 1
        self.total += milliseconds
        self.newest = milliseconds
        self.longest = max(self.longest, milliseconds)

    @property
    def mean(self) -> float:
        """Milliseconds of one redraw."""
        return self.total / self.count if self.count else 0.0


class Pacer(QObject):
    """Calls a method of its widget soon after ``mark``, and never more often than ``rate``.

    While the widget is hidden nothing is drawn; what was marked is drawn when it is shown.
    """

    def __init__(self, widget: QWidget, redraw: Callable[[], None], rate: float = RATE) -> None:
        super().__init__(widget)
        self.cost = Cost()
        self._widget, self._redraw = widget, WeakMethod(redraw)
        self._pause = 1.0 / rate
        self._next = 0.0
        self._dirty = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._due)
        widget.installEventFilter(self)

    @property
    def is_dirty(self) -> bool:
        """Whether there is something to draw."""
        return self._dirty

    def mark(self) -> None:
        """There is something new to draw."""
        self._dirty = True
        if not self._timer.isActive() and self._widget.isVisible():
            self._timer.start(max(0, round((self._next - time.monotonic()) * 1000)))

    def draw_now(self) -> None:
        """Draws at once, as after a click; whatever was marked is drawn with it."""
        self._timer.stop()
        self._dirty = False
        redraw = self._redraw()
        if redraw is None:
            return
        start = time.thread_time()
        redraw()
        seconds = time.thread_time() - start
        self.cost.add(seconds * 1000)
        self._next = time.monotonic() + max(self._pause, seconds / SHARE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draws what was marked while the widget was hidden."""
        if event.type() == QEvent.Type.Show and self._dirty:
            self._timer.start(0)
        return False

    def _due(self) -> None:
        if not self._dirty or not self._widget.isVisible():
            return
        if self._widget.window().isMinimized():
            self._timer.start(MINIMIZED)
            return
        self.draw_now()

"""What a network makes by itself, told after epochs: samples of a generator, texts, sequences."""

from __future__ import annotations

import time
from collections.abc import Callable

from graph_engine.training.events import Event, Frame
from graph_engine.training.procedures import Procedure
from graph_engine.training.titles import GENERATED

SHORTEST = 1.0
"""Seconds between two showings."""

SHARE = 0.01
"""Of the run so far, the least time between two, so that a long run keeps no more than some hundreds."""


class Showing:
    """Asks the procedure after an epoch, if it is time, and after the last one."""

    def __init__(self, procedure: Procedure, tell: Callable[[Event], None]) -> None:
        self.procedure, self.tell = procedure, tell
        self.begun = self.shown_at = time.monotonic()

    def epoch_ended(self, epoch: int, step: int, is_last: bool) -> None:
        """Tells what is made now."""
        now = time.monotonic()
        wanted = max(SHORTEST, SHARE * (now - self.begun))
        if now - self.shown_at < wanted and not is_last:
            return
        self.shown_at = now
        for title, array, about in self.procedure.made():
            self.tell(Frame.of(GENERATED + title, array, epoch, step, about))

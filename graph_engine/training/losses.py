"""The losses of single steps: read in time, told some times a second, never lost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from graph_engine.training.events import Event, Stepped
from graph_engine.training.guard import NotFiniteError

WATCHED, UNWATCHED = 1 / 20, 1 / 5
"""Seconds between two tellings while somebody watches closely, and else. Plots are drawn ten to fifteen
times a second; each telling takes a third of a millisecond."""

MOST_PENDING = 64


class LossMeter:
    """Sums the losses of an epoch and tells those of each step.

    On a CPU a loss is read at once. Elsewhere reading waits for the device, so losses are gathered and
    read together when they are told.
    """

    def __init__(self, tell: Callable[[Event], None], at_once: bool) -> None:
        self.tell = tell
        self.at_once = at_once
        self.interval = UNWATCHED
        self.pending: list[tuple[Tensor, int]] = []
        self.untold: list[float] = []
        self.total = 0.0
        self.samples = 0
        self.epoch = self.step = 0
        self.rate = 0.0
        self.told_at = time.perf_counter()

    def add(self, loss: Tensor, samples: int, epoch: int, step: int, rate: float) -> None:
        """Takes the loss of a step that is done. Raises NotFiniteError where one is not finite."""
        self.epoch, self.step, self.rate = epoch, step, rate
        if self.at_once:
            self._take(loss.item(), samples, step)
            return
        self.pending.append((loss, samples))
        if len(self.pending) >= MOST_PENDING:
            self._read()

    def report(self, now: bool = False) -> None:
        """Tells what has not been told, if it is time."""
        since = time.perf_counter() - self.told_at
        if since < self.interval and not now:
            return
        self._read()
        if not self.untold:
            return
        self.tell(
            Stepped(
                epoch=self.epoch,
                step=self.step,
                loss=self.untold[-1],
                losses=tuple(self.untold),
                learning_rate=self.rate,
                steps_per_second=len(self.untold) / max(since, 1e-9),
            )
        )
        self.untold.clear()
        self.told_at = time.perf_counter()

    def wake(self) -> None:
        """Goes on after a pause, which does not count into the speed."""
        self.told_at = time.perf_counter()

    def end_epoch(self) -> float:
        """The mean over the epoch's samples, which starts anew."""
        self._read()
        mean = self.total / self.samples
        self.total, self.samples = 0.0, 0
        return mean

    def state_dict(self) -> dict[str, Any]:
        """The sums of an epoch that is not finished."""
        return {"total": self.total, "samples": self.samples}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on in the middle of an epoch."""
        self.total, self.samples = state["total"], state["samples"]

    def _read(self) -> None:
        """Brings the pending losses from the device, together."""
        if not self.pending:
            return
        values = torch.stack([loss for loss, _ in self.pending]).tolist()
        first = self.step - len(values) + 1
        for number, (value, (_, samples)) in enumerate(zip(values, self.pending, strict=True)):
            self._take(value, samples, first + number)
        self.pending.clear()

    def _take(self, value: float, samples: int, step: int) -> None:
        if not math.isfinite(value):
            raise NotFiniteError(f"is {value}", step)
        self.total += value * samples
        self.samples += samples
        self.untold.append(value)

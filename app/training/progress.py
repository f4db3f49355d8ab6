"""How far a run is, in numbers and in words: for the status bar and the head of the training panel."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from app.training.recording import Recording
from app.training.scales import plain
from graph_engine.training.events import Failed, Finished, Started, Usage

SOON = 1.0
"""Seconds of training before a remaining time is told."""

ENDINGS = {"completed": "Finished", "early_stopping": "Stopped early", "stopped": "Stopped"}
WORDS = {
    "idle": "No run yet",
    "starting": "Starting",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Stopping",
    "finished": "Finished",
    "failed": "Failed",
}
TOKENS = {
    "starting": "accent",
    "running": "accent",
    "paused": "warning",
    "stopping": "warning",
    "finished": "good",
    "failed": "error",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is. ``fraction`` is from 0 to 1; ``remaining`` in seconds, NaN while unknown."""

    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    loss: float = math.nan
    speed: float = math.nan
    remaining: float = math.nan

    @property
    def fraction(self) -> float:
        """The share of the steps that were taken."""
        return min(1.0, self.step / self.steps) if self.steps else 0.0


class Clock:
    """How long a run has really trained, pauses left out, to tell how long it will."""

    def __init__(self) -> None:
        self._run: Started | None = None
        self._trained = 0.0
        self._since: float | None = None

    def follow(self, recording: Recording | None, is_running: bool) -> None:
        """Takes in whether the run goes on right now."""
        now = time.monotonic()
        started = recording.started if recording else None
        if started is not self._run:
            self._run, self._trained, self._since = started, 0.0, None
        if self._since is not None:
            self._trained += now - self._since
        self._since = now if is_running and started is not None else None

    def remaining(self, recording: Recording) -> float:
        """Seconds to the end if the run goes on as so far; NaN while that is not known."""
        started = recording.started
        if started is None or recording.is_over or self._trained < SOON:
            return math.nan
        taken = recording.step - started.step
        total = started.epochs * started.steps_per_epoch
        return (total - recording.step) * self._trained / taken if taken else math.nan


def progress(recording: Recording, clock: Clock) -> Progress:
    """Where a recording is."""
    started, newest = recording.started, recording.newest
    if started is None:
        return Progress()
    per_epoch = max(1, started.steps_per_epoch)
    steps = started.epochs * per_epoch
    step = recording.step
    return Progress(
        epoch=min(started.epochs, step // per_epoch + (0 if recording.is_over else 1)),
        epochs=started.epochs,
        step=step,
        steps=steps,
        loss=newest.loss if newest else math.nan,
        speed=newest.steps_per_second if newest and not recording.is_over else math.nan,
        remaining=clock.remaining(recording),
    )


def ending_words(recording: Recording) -> str:
    """How a run ended, in a word or two."""
    ending = recording.ending
    if isinstance(ending, Finished):
        return ENDINGS[ending.reason]
    return "Failed" if isinstance(ending, Failed) else ""


def parts(now: Progress, usage: Usage | None) -> list[str]:
    """The figures as short texts, the most important first."""
    told: list[str] = []
    if now.steps:
        told += [f"epoch {now.epoch}/{now.epochs}", f"step {now.step:,}"]
    if math.isfinite(now.loss):
        told.append(f"loss {plain(now.loss)}")
    if math.isfinite(now.remaining):
        told.append(f"{duration(now.remaining)} left")
    if math.isfinite(now.speed) and now.speed > 0:
        told.append(f"{now.speed:,.0f} steps/s" if now.speed >= 10 else f"{now.speed:.2g} steps/s")
    if usage is not None and usage.memory:
        told += [memory(usage.memory), f"{usage.processor:.1f} cores"]
    if usage is not None and usage.device_memory:
        load = f" at {usage.device_load:.0%}" if math.isfinite(usage.device_load) else ""
        told.append(f"device {memory(usage.device_memory)}{load}")
    return told


def duration(seconds: float) -> str:
    """``0:42``, ``12:05`` or ``3 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def memory(size: float) -> str:
    """Bytes in words: ``312 MiB``."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

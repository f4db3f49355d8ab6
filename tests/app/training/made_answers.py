"""Answers of made-up runs, as the frames of the end of an epoch."""

from __future__ import annotations

import numpy as np

from app.training.recording import Recording
from graph_engine.training import titles
from graph_engine.training.events import Event, Frame
from tests.app.training.made_runs import started


def answered(
    step: int,
    outputs: np.ndarray,
    targets: np.ndarray,
    losses: np.ndarray | None = None,
    task: str = "classification",
) -> list[Event]:
    """The frames of the end of an epoch."""
    about = {"split": "validation", "task": task}
    count = len(outputs)
    known = np.arange(count, dtype=np.float32) if losses is None else losses
    return [
        Frame.of(titles.INDICES, np.arange(count), 1, step, about),
        Frame.of(titles.TARGETS, targets, 1, step, about),
        Frame.of(titles.SAMPLE_LOSSES, known.astype(np.float32), 1, step, about),
        Frame.of(titles.OUTPUTS, outputs.astype(np.float32), 1, step, about),
    ]


def told(*events: Event) -> Recording:
    run = Recording("digits")
    run.take([started("digits", 500), *events])
    return run


def classified(classes: int = 10, count: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are right more often than not, some of them equal; and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    scores = rng.normal(size=(count, classes)) + 1.5 * np.eye(classes)[truth]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.round(shares, 2).astype(np.float32), truth

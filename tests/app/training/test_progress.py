"""How far a run is, in numbers and in words."""

from __future__ import annotations

import math

import pytest

from app.training.progress import Clock, Progress, duration, memory, parts, progress
from app.training.recording import Recording
from graph_engine.training.events import EpochEnded, Finished, Usage
from tests.app.training.short_run import stepped


def test_progress_counts_epochs_from_one(recording: Recording) -> None:
    now = progress(recording, Clock())

    assert (now.epoch, now.epochs, now.step, now.steps) == (3, 4, 20, 40)
    assert now.fraction == 0.5
    assert now.loss == 0.5


def test_a_finished_run_is_in_its_last_epoch(recording: Recording) -> None:
    recording.take(
        [
            stepped(40, tuple([0.1] * 20)),
            EpochEnded(epoch=4, step=40, metrics={}, learning_rate=0.1, seconds=1.0, best=True),
            Finished(reason="completed", epoch=4, step=40, metrics={}, best_epoch=4, seconds=4.0),
        ]
    )

    now = progress(recording, Clock())

    assert (now.epoch, now.fraction) == (4, 1.0)
    assert math.isnan(now.remaining)
    assert math.isnan(now.speed)


def test_the_most_important_figures_come_first() -> None:
    now = Progress(
        epoch=3, epochs=30, step=1234, steps=9000, loss=0.01234, speed=812.4, remaining=42
    )

    told = parts(now, Usage(processor=1.0, memory=312 * 2**20))

    assert told == [
        "epoch 3/30", "step 1,234", "loss 0.01234", "0:42 left", "812 steps/s", "312 MiB",
        "1.0 cores",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (12_060, "3 h 21 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"), [(512, "512 B"), (2**20, "1 MiB"), (1.5 * 2**30, "1.5 GiB")]
)
def test_bytes_in_words(size: float, words: str) -> None:
    assert memory(size) == words

"""Recordings of made-up runs, told by real events, for tests, pictures and measurements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.training.recording import Recording
from graph_engine.training import titles
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Frame,
    Layers,
    Started,
    Steered,
    Stepped,
)

BEGAN = 1_700_000_000.0
PER_EPOCH = 100


def started(name: str, steps: int, per_epoch: int = PER_EPOCH) -> Started:
    """The first event of a run."""
    return Started(
        time=BEGAN, run=name, task="classification", device="cpu", precision="float32",
        threads=1, seed=0, epochs=-(-steps // per_epoch), steps_per_epoch=per_epoch,
        parameters=40_000, train=3200, validation=400, test=400,
    )  # fmt: skip


def layers(count: int) -> Layers:
    """Convolutions, each in a node of its own, and a linear layer at the end."""
    nodes = (*(f"stage{n // 4 + 1}.conv{n % 4 + 1}" for n in range(count - 1)), "fc")
    kinds = (*("Conv2d" for _ in range(count - 1)), "Linear")
    return Layers(
        time=BEGAN, nodes=nodes, layers=kinds, weights=tuple(f"layers.{node}.weight" for node in nodes),
        weight_nodes=nodes,
    )  # fmt: skip


def losses(steps: int, seed: int = 0) -> np.ndarray:
    """A loss that falls, with the noise of batches."""
    rng = np.random.default_rng(seed)
    at = np.arange(1, steps + 1)
    fall = 2.3 * np.exp(-at / (steps * (0.18 + 0.06 * seed))) + 0.05
    return np.asarray(fall * rng.lognormal(0.0, 0.18, steps))


def steps_of(values: np.ndarray, each: int, per_epoch: int = PER_EPOCH) -> Iterator[Event]:
    """A run's steps, so many an event, and its epochs."""
    for first in range(0, len(values), each):
        last = min(first + each, len(values))
        yield Stepped(
            time=BEGAN + last * 0.004, epoch=(last - 1) // per_epoch, step=last,
            loss=float(values[last - 1]), losses=tuple(values[first:last].tolist()),
            learning_rate=1e-3 * 0.5 ** (last * 4 // len(values)), steps_per_second=250.0,
        )  # fmt: skip


def epochs_of(values: np.ndarray, seed: int = 0, per_epoch: int = PER_EPOCH) -> Iterator[Event]:
    """The ends of its epochs; the validation turns up at last."""
    rng = np.random.default_rng(seed + 100)
    count, lowest = len(values) // per_epoch, np.inf
    for epoch in range(1, count + 1):
        part = values[(epoch - 1) * per_epoch : epoch * per_epoch]
        loss = float(part.mean() * 1.1 + 0.16 * (epoch / count) ** 3 + 0.02 * rng.normal() + 0.03)
        best, lowest = loss < lowest, min(loss, lowest)
        accuracy = float(np.clip(1 - loss / 2.6 + 0.004 * rng.normal(), 0, 1))
        yield EpochEnded(
            time=BEGAN + epoch * per_epoch * 0.004, epoch=epoch, step=epoch * per_epoch,
            metrics={"train_loss": float(part.mean()), "validation_loss": loss,
                     "validation_accuracy": accuracy},
            learning_rate=1e-3, seconds=0.4, best=best,
        )  # fmt: skip


def steered(step: int) -> Steered:
    """A hand that changed the learning rate."""
    return Steered(
        time=BEGAN + step * 0.004, epoch=step // PER_EPOCH, step=step, action="learning_rate",
        learning_rate=2.5e-4, message="The learning rate is 0.00025 now.",
    )  # fmt: skip


def tables(step: int, count: int, sick: str = "", seed: int = 0) -> list[Frame]:
    """Gradients, activations' gradients and histograms of so many layers at a step."""
    rng = np.random.default_rng(step * 7 + seed)
    depth = np.arange(count)[::-1]
    slope = {"vanishing": -0.45, "exploding": 0.35}.get(sick, -0.02)
    norm = 10 ** (slope * depth - 1.0 + 0.15 * rng.normal(size=count)) * (
        1 + 2 * np.exp(-step / 500)
    )
    weight = 4 + rng.random(count)
    update = weight * 10 ** (-3.1 + 0.25 * rng.normal(size=count) + 0.5 * slope * depth)
    total = float(np.sqrt((norm**2).sum()))
    clip = min(1.0, 0.1 / total) if sick == "clipped" else 1.0
    gradients = np.stack(
        [norm, norm * clip, norm / 60, norm / 4, weight, update, update / weight], axis=1
    )
    outputs = np.stack([norm * 0.1, norm / 800, norm / 30], axis=1)
    epoch = step // PER_EPOCH
    made = [
        Frame.of(titles.GRADIENTS, gradients.astype(np.float32), epoch, step),
        Frame.of(titles.ACTIVATION_GRADIENTS, outputs.astype(np.float32), epoch, step),
    ]
    for title, spread in (
        (titles.WEIGHT_HISTOGRAMS, 0.05 + 0.00002 * step),
        (titles.GRADIENT_HISTOGRAMS, 0.01 * float(np.exp(-step / 800)) + 0.002),
        (titles.ACTIVATION_HISTOGRAMS, 1.0),
    ):
        made.append(Frame.of(title, histograms(rng, count, spread), epoch, step))
    return made


def pictures(step: int, path: str) -> list[Frame]:
    """The activations of a look at 8 samples, with 64 feature maps of 32 × 32 of one node."""
    rng = np.random.default_rng(step)
    maps = rng.integers(0, 256, (8, 64, 32, 32), dtype=np.uint8)
    about = {
        "low": -2.0, "high": 2.5, "layout": "images", "size": [8, 64, 32, 32], "split": "validation",
        "samples": list(range(8)),
    }  # fmt: skip
    epoch = step // PER_EPOCH
    table = rng.random((60, len(titles.ACTIVATION_COLUMNS))).astype(np.float32)
    return [
        Frame.of(f"{titles.MAP}{path}", maps, epoch, step, about, kept=False),
        Frame.of(titles.ACTIVATIONS, table, epoch, step),
    ]


def answers(step: int, count: int = 2000, classes: int = 10) -> list[Frame]:
    """A classifier's answers to validation samples at the end of an epoch."""
    rng = np.random.default_rng(step)
    truth = rng.integers(classes, size=count)
    scores = rng.normal(size=(count, classes)) + 2 * np.eye(classes)[truth]
    shares = (np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)).astype(np.float32)
    about = {"split": "validation", "task": "classification"}
    found = (
        (titles.INDICES, np.arange(count)),
        (titles.TARGETS, truth),
        (titles.SAMPLE_LOSSES, -np.log(shares[np.arange(count), truth])),
        (titles.OUTPUTS, shares),
    )
    return [Frame.of(title, array, step // PER_EPOCH, step, about) for title, array in found]


def histograms(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    """Rows of low, high and counts, as the probes send them."""
    rows = np.empty((count, 2 + titles.BINS), np.float32)
    for row in rows:
        values = rng.normal(0.1 * spread, spread, 600)
        counts, edges = np.histogram(values, titles.BINS)
        row[0], row[1], row[2:] = edges[0], edges[-1], counts
    return rows


def recorded(
    name: str = "digits",
    steps: int = 2000,
    count: int = 8,
    frames: int = 60,
    seed: int = 0,
    sick: str = "",
) -> Recording:
    """A run of so many steps with everything told."""
    made = Recording(name)
    values = losses(steps, seed)
    made.take([started(name, steps), layers(count)])
    events: list[Event] = [*steps_of(values, max(8, steps // 4000)), *epochs_of(values, seed)]
    for number in range(1, frames + 1):
        events += tables(steps * number // frames, count, sick, seed)
    events.append(steered(steps // 2))
    made.take(sorted(events, key=lambda each: getattr(each, "step", 0)))
    return made

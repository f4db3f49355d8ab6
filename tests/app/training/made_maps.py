"""A run that was looked at: pictures of made-up layers, from numbers that can be made again."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.training.recording import Recording
from graph_engine.training import titles
from graph_engine.training.events import Event, Finished, Frame, Layers
from tests.app.training.made_runs import BEGAN, started

NODES = ("image", "conv1", "relu1", "rows", "attend", "classifier")
KINDS = ("Input", "Conv2d", "ReLU", "LSTM", "MultiheadAttention", "Linear")
SHAPES = {
    "image": ("images", (3, 1, 8, 8)),
    "conv1": ("images", (3, 5, 6, 6)),
    "relu1": ("images", (3, 5, 6, 6)),
    "rows": ("sequence", (3, 7, 4)),
    "attend": ("attention", (3, 2, 7, 7)),
    "classifier": ("vector", (3, 10)),
}
SAMPLES = [4, 0, 9]


def values_of(node: str, step: int) -> np.ndarray:
    """The numbers behind a picture, before they became bytes."""
    rng = np.random.default_rng(1000 * NODES.index(node) + (0 if node == "image" else step))
    made = rng.normal(size=SHAPES[node][1])
    return np.abs(made) if node in ("image", "relu1", "attend") else made


def framed(title: str, values: np.ndarray, step: int, **about: Any) -> Frame:
    """A picture as the probes make it."""
    low, high = float(values.min()), float(values.max())
    scaled = np.rint((values - low) * (255 / (high - low))).astype(np.uint8)
    told = {"low": low, "high": high, "size": list(values.shape), **about}
    return Frame.of(title, scaled, 0, step, told)


def glance(step: int) -> list[Event]:
    """Everything that one look tells."""
    made: list[Event] = []
    for node, (layout, _) in SHAPES.items():
        about = {"layout": layout, "samples": SAMPLES, "split": "validation"}
        made.append(framed(f"{titles.MAP}{node}", values_of(node, step), step, **about))
    made.append(framed(f"{titles.KERNELS}conv1", kernels(step), step))
    table = np.full((len(NODES), len(titles.ACTIVATION_COLUMNS)), np.nan, np.float32)
    table[1] = [0.1 * step, 1.5, -3.0, 3.0, 0.25, 0.6, np.nan, 0.125]
    made.append(Frame.of(titles.ACTIVATIONS, table, 0, step))
    bins = np.full((len(NODES), 2 + titles.BINS), np.nan, np.float32)
    bins[1] = [-3.0, 3.0, *range(titles.BINS)]
    made.append(Frame.of(titles.ACTIVATION_HISTOGRAMS, bins, 0, step))
    return made


def kernels(step: int) -> np.ndarray:
    return np.random.default_rng(step).normal(size=(5, 2, 3, 3))


def watched(*steps: int) -> Recording:
    """A run that was looked at."""
    run = Recording("digits")
    layers = Layers(time=BEGAN, nodes=NODES, layers=KINDS, weights=(), weight_nodes=())
    run.take([started("digits", 500), layers])
    for step in steps:
        run.take(glance(step))
    return run


def finished() -> Finished:
    return Finished(time=BEGAN, reason="completed", epoch=1, step=50, metrics={}, best_epoch=1,
                    seconds=1.0)  # fmt: skip

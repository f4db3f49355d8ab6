"""Made data, stacks of layers, and designs of them that are sick in one way or another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.graph import Graph
from tests.engine.doctor.patients import Patient, builtin, drawn, recipe, stored

Make = Callable[[Path], Patient]


# Data --------------------------------------------------------------------------------------------


def rings(count: int = 400, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Two classes, one around the other: no straight line divides them."""
    random = np.random.default_rng(seed)
    label = np.arange(count) % 2
    angle, radius = random.uniform(0, 2 * np.pi, count), 0.7 + 1.2 * label
    radius = radius + random.normal(0, 0.1, count)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return {"x": points.astype(np.float32), "label": label}


def clouds(counts: tuple[int, ...], apart: float, width: int = 4, seed: int = 0) -> dict[str, Any]:
    """As many samples of each class, around centres that lie so far apart."""
    random = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(counts)), counts)
    centres = apart * np.eye(len(counts), width)
    points = centres[label] + random.normal(0, 1, (len(label), width))
    return {"x": points.astype(np.float32), "label": label}


def slope(count: int = 300, width: int = 6, scale: float = 1.0, seed: int = 0) -> dict[str, Any]:
    """A number that follows from others along a straight line, and a little noise."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (count, width))
    label = scale * (x @ np.linspace(-1, 1, width) + random.normal(0, 0.1, count))
    return {"x": x.astype(np.float32), "label": label.astype(np.float32)}


# Drawings ----------------------------------------------------------------------------------------


def stack(shape: tuple[int, ...], *layers: tuple[str, dict[str, Any]]) -> Graph:
    """Layers one after the other, each a kind and its parameters, named by ``name``."""

    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        for kind, values in layers:
            x = net.add(kind, x, **values)
        return x

    return drawn(draw, shape)


def linear(size: int, name: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """A linear layer."""
    return "Linear", {"out_features": size, "name": name, **values}


def layer(kind: str, name: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Any other layer."""
    return kind, {"name": name, **values}


RELU = layer("ReLU", "relu")


def wine(*layers: tuple[str, dict[str, Any]], rate: float = 0.003, **values: Any) -> Make:
    """A stack that tells wines apart, with a recipe."""
    return lambda folder: Patient(stack((13,), *layers), recipe(rate, **values), builtin("wine"))


def ringed(*layers: tuple[str, dict[str, Any]], rate: float = 0.02, **values: Any) -> Make:
    """A stack that tells rings apart."""
    return lambda folder: Patient(
        stack((2,), *layers), recipe(rate, **values), stored(folder, rings()), folder
    )


def clouded(
    counts: tuple[int, ...], apart: float, *layers: Any, rate: float = 0.01, **values: Any
) -> Make:
    """A stack that tells clouds apart."""
    return lambda folder: Patient(
        stack((4,), *layers),
        recipe(rate, **values),
        stored(folder, clouds(counts, apart)),
        folder,
    )


def sigmoids(count: int, width: int) -> list[tuple[str, dict[str, Any]]]:
    """Linear layers with a sigmoid behind each."""
    return [
        each
        for n in range(1, count + 1)
        for each in (linear(width, f"fc{n}"), layer("Sigmoid", f"sigmoid{n}"))
    ]


# Patients ----------------------------------------------------------------------------------------


def branched(folder: Path) -> Patient:
    """Half of the network leads nowhere."""

    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        y = net.add("ReLU", net.add("Linear", x, out_features=16, name="fc"), name="relu")
        net.add("ReLU", net.add("Linear", x, out_features=64, name="idle"), name="waste")
        return net.add("Linear", y, out_features=3, name="out")

    return Patient(drawn(draw, (13,)), recipe(), builtin("wine"))


def probabilities(folder: Path) -> Patient:
    """A loss over chances, and plain scores before it."""
    graph = stack((30,), linear(16, "fc"), RELU, linear(1, "out"))
    return Patient(
        graph, recipe(0.003, loss="BCELoss", task="binary", epochs=5), builtin("breast_cancer")
    )


def raw_target(folder: Path) -> Patient:
    """A target around 150."""
    graph = stack((10,), linear(16, "fc"), RELU, linear(1, "out"))
    return Patient(graph, recipe(0.003, epochs=10), builtin("diabetes"))


def arrays(
    made: Callable[[], dict[str, Any]], *layers: Any, shares: Any = None, **values: Any
) -> Make:
    """A stack on arrays."""

    def make(folder: Path) -> Patient:
        found = made()
        width = found["x"].shape[1]
        return Patient(
            stack((width,), *layers),
            recipe(**values),
            stored(folder, found, **(shares or {})),
            folder,
        )

    return make


def one_class() -> dict[str, Any]:
    """Labels that never differ."""
    return {
        "x": np.random.default_rng(0).normal(0, 1, (100, 4)).astype(np.float32),
        "label": np.zeros(100, int),
        "label.classes": np.array(["healthy", "sick"]),
    }


def doubled() -> dict[str, Any]:
    """Every fifth sample stands there twice."""
    found = clouds((150, 150), 2.0)
    rows = np.concatenate([np.arange(300), np.arange(0, 300, 5)])
    return {name: values[rows] for name, values in found.items()}


def contradicting() -> dict[str, Any]:
    """Sixty samples stand there twice, with another label the second time."""
    found = clouds((150, 150), 2.0)
    again = np.arange(0, 300, 5)
    return {
        "x": np.concatenate([found["x"], found["x"][again]]),
        "label": np.concatenate([found["label"], 1 - found["label"][again]]),
    }


def random_labels() -> dict[str, Any]:
    """Many columns, of which one says something, and few samples."""
    random = np.random.default_rng(0)
    x = random.normal(0, 1, (160, 60))
    label = (x[:, 0] + random.normal(0, 1.0, 160) > 0).astype(int)
    return {"x": x.astype(np.float32), "label": label}


def slip() -> dict[str, Any]:
    """One answer to learn from is three hundred times too large."""
    found = slope(400)
    found["label"][100] *= 300
    return found


SMALL = (linear(16, "fc"), RELU, linear(2, "out"))
WIDE2 = (linear(64, "fc2"), layer("ReLU", "relu2"), linear(3, "out"))
WIDE = (linear(64, "fc"), RELU, linear(3, "out"))

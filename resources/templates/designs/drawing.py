"""What the designs have in common: entering them, laying them out, notes, and what a project needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from graph_engine import Change, Graph, NetworkBuilder, Project
from graph_engine.builder import Handle
from graph_engine.graph import Note

COLUMN, ROW = 288.0, 110.0
NOTE_WIDTH, NOTE_HEIGHT = 520.0, 150.0

Design = Callable[[], Project]
DESIGNS: dict[str, Design] = {}


def design(make: Design) -> Design:
    """Enters a function among the designs; ``cnn_digits`` makes ``cnn-digits.netloom``."""
    DESIGNS[make.__name__.replace("_", "-")] = make
    return make


def project(
    description: str, *nets: NetworkBuilder, data: dict[str, Any], recipe: dict[str, Any]
) -> Project:
    """The project of one drawing or several, checked as it will be read."""
    made = Project("", *(net.graph for net in nets))
    made.description, made.data, made.recipe = description, data, recipe
    made.data_choice()
    made.training_recipe()
    return made


def builtin(name: str, **more: Any) -> dict[str, Any]:
    """A data set that comes with Netloom; ``more`` are further fields of the choice of data."""
    return {"source": {"source": "builtin", "name": name}, **more}


def generated(name: str, samples: int, **more: Any) -> dict[str, Any]:
    """Samples of a generator; ``noise`` and ``seed`` are the generator's, the rest of ``more`` the
    choice of data's."""
    own = {key: more.pop(key) for key in ("noise", "seed") if key in more}
    return {"source": {"source": "generated", "name": name, "samples": samples, **own}, **more}


def digits(**more: Any) -> dict[str, Any]:
    """Handwritten digits in shades from 0 to 1."""
    return builtin("digits", scaling=[{"method": "divide", "divisor": 16.0}], **more)


def rising_and_falling(
    epochs: int, rate: float = 0.003, most: float = 0.01, batch: int = 64
) -> dict[str, Any]:
    """AdamW with a learning rate that rises once, and falls."""
    return {
        "optimizer": {"name": "AdamW", "lr": rate, "weight_decay": 0.01},
        "scheduler": {"name": "OneCycleLR", "max_lr": most},
        "epochs": epochs,
        "batch_size": batch,
    }


def convolved(
    net: NetworkBuilder,
    x: Handle,
    channels: int | str,
    names: tuple[str, str, str],
    kernel: int = 3,
) -> Handle:
    """Convolution without bias, batch normalisation and ReLU; the image keeps its size."""
    x = net.add(
        "Conv2d", x, out_channels=channels, kernel_size=kernel, padding=kernel // 2, bias=False,
        name=names[0],
    )  # fmt: skip
    return net.add("ReLU", net.add("BatchNorm2d", x, name=names[1]), name=names[2])


def averaged_scores(net: NetworkBuilder, x: Handle) -> None:
    """The mean of each feature map, and from them a score for each of ten digits."""
    x = net.add("AdaptiveAvgPool2d", x, output_size=1, name="average")
    x = net.add("Flatten", x, name="flatten")
    net.output("scores", net.add("Linear", x, out_features=10, name="classifier"))


def lay(
    graph: Graph, *rows: Sequence[str], column: float = COLUMN, row: float = ROW, top: float = 0.0
) -> None:
    """Puts the nodes on a grid, from left to right; an empty name leaves a place free."""
    moved = {}
    for number, names in enumerate(rows):
        for place, name in enumerate(names):
            if name:
                before = graph.nodes[name]
                moved[name] = before, replace(before, position=(column * place, top + row * number))
    graph.apply(Change.of({"nodes": moved}))


def note(
    graph: Graph,
    text: str,
    height: float = NOTE_HEIGHT,
    *,
    width: float = NOTE_WIDTH,
    at: tuple[float, float] | None = None,
    name: str = "about",
) -> None:
    """A note, above the drawing where ``at`` does not say another place."""
    row = Note(text, at or (0.0, -height - 40.0), (width, height))
    graph.apply(Change({"notes": {name: (None, row)}}))

"""A project that uses every part of the format."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import Bound
from graph_engine.graph import Change, Frame, Note, PortRef

Content = dict[str, Any]


def everything() -> Project:
    """A project that uses every part of the format."""
    net = NetworkBuilder("main")
    with_blocks(net)
    with_layers(net)
    annotate(net)
    project = Project("everything", net.graph)
    project.description = "All of it."
    project.data = {"source": {"source": "csv", "file": "data.csv"}, "target": "y"}
    project.recipe = {"optimizer": {"name": "SGD", "lr": 0.1}, "epochs": 3, "loss": None}
    return project


def with_blocks(net: NetworkBuilder) -> None:
    """Adds a block with a parameter, and another that contains it."""
    block = net.block("Unit")
    width = block.parameter("width", 8, "Channels.")
    y = block.add("Conv2d", block.input("x", (8, 8, 8)), out_channels=width, padding=1)
    block.output("y", block.add("ReLU", block.add("Dropout", y, p=0.1)))
    block.done()
    outer = net.block("Pair")
    x = outer.input("x", (8, 8, 8))
    y = outer.add("Unit", x, width=Bound("2 * 4"), repeat=2)
    outer.output("y", outer.add("Add", y, x))
    outer.done()


def with_layers(net: NetworkBuilder) -> None:
    """Adds layers that are repeated, shared, frozen, initialised, and of several ports."""
    image, words = net.input("image", (1, 8, 8)), net.input("words", ("T",), "int64")
    x = net.add("Conv2d", image, out_channels=8, kernel_size=3, padding=1, weight_init="dirac")
    x = net.add("Pair", x, repeat=3, name="pairs")
    x = net.add("Flatten", net.add("MaxPool2d", x, kernel_size=2), title="Flat ▸ “512”")
    e = net.add("Embedding", words, num_embeddings=100, embedding_dim=16, name="words_in")
    h = net.add("LSTM", e, hidden_size=8, bidirectional=True, name="lstm")
    last = net.add("Select", h["output"], dim=1, index=-1)
    both = net.add("Concatenate", x, last, dim=1)
    first = net.add("Linear", both, out_features=16, name="shared1")
    second = net.add("Linear", both, out_features=16, name="shared2", shares=first)
    total = net.add("Multiply", first, second, name="product")
    net.output("scores", net.add("Linear", total, out_features=10, bias=False, trainable=False))


def annotate(net: NetworkBuilder) -> None:
    """Adds a note, a frame, and bends of a wire."""
    wire = PortRef("product", "x1")
    net.graph.apply(
        Change(
            {
                "notes": {
                    "note1": (None, Note("**Look** here\n\nand there", (10.5, -20), color="#fa0"))
                },
                "frames": {"frame1": (None, Frame("Two legs", (0, 0), (600, 400)))},
                "routes": {wire: (None, ((3.0, 4.0), (5.5, 6.0)))},
            }
        )
    )


def with_news(content: Content) -> Content:
    """The content as a newer version might have written it."""
    main = content["networks"]["main"]
    main["nodes"]["hologram1"] = {
        "layer": "Hologram",
        "version": 3,
        "parameters": {"depth": [1, 2.5]},
    }
    main["wires"]["hologram1.beam"] = "image.output"
    main["nodes"]["image"]["glow"] = {"radius": 3}
    main["notes"]["note1"]["pinned"] = True
    main["lanes"] = {"lane1": {"height": 3}}
    return content | {"version": 2, "later": {"a": [1, 2]}}

"""A drawing to edit in tests: a few readable words around graphs and edits."""

from __future__ import annotations

from graph_engine import NetworkBuilder
from graph_engine.change import Change
from graph_engine.graph import Definition, Graph, PortRef


def cnn() -> Graph:
    """image → conv1 → relu1 → pool → flatten1 → fc → logits, all of it valid"""
    net = NetworkBuilder("main")
    x = net.input("image", shape=(3, 16, 16))
    x = net.add("Conv2d", x, name="conv1", out_channels=8, kernel_size=3, padding=1)
    x = net.add("ReLU", x, name="relu1")
    x = net.add("MaxPool2d", x, name="pool")
    x = net.add("Flatten", x, name="flatten1")
    x = net.add("Linear", x, name="fc", out_features=10)
    net.output("logits", x)
    return net.graph


def residual() -> Graph:
    """x → conv1 → relu1 → conv2 → add1 (with x) → y"""
    net = NetworkBuilder("main")
    x = net.input("image", shape=(4, 8, 8))
    h = net.add("Conv2d", x, name="conv1", out_channels=4, kernel_size=3, padding=1)
    h = net.add("ReLU", h, name="relu1")
    h = net.add("Conv2d", h, name="conv2", out_channels=4, kernel_size=3, padding=1)
    h = net.add("Add", x, h, name="add1")
    net.output("y", h)
    return net.graph


def with_blocks() -> Graph:
    """image → stage1 (stage, width 8) → stage2 (stage, ×2, width 8) → logits"""
    blocks: dict[str, Definition] = {}
    net = NetworkBuilder("main", blocks)
    block = net.block("stage")
    width = block.parameter("width", 4, "How many channels.")
    h = block.add(
        "Conv2d", block.input("x", shape=(3, 8, 8)), name="conv", padding=1, out_channels=width
    )
    block.output("y", block.add("ReLU", h, name="relu"))
    block.done()
    x = net.input("image", shape=(3, 8, 8))
    x = net.add("stage", x, name="stage1", width=8)
    x = net.add("stage", x, name="stage2", width=8, repeat=2)
    net.output("logits", x)
    return net.graph


def made(graph: Graph, change: Change) -> Graph:
    """The graph after a change, to go on from."""
    graph.apply(change)
    return graph


def sources(graph: Graph, name: str) -> dict[str, str]:
    """Where the inputs of a node come from, as text."""
    return {port: str(source) for port, source in graph.incoming(name).items()}


def ref(text: str) -> PortRef:
    """``conv1.output``"""
    node, _, port = text.partition(".")
    return PortRef(node, port or "output")


def inside(graph: Graph, block: str = "stage") -> Graph:
    """The drawing inside a block."""
    return Graph.opened(graph.blocks[block], dict(graph.blocks))

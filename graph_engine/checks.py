"""What a drawing and a loss say about each other: the activation that belongs before each loss.

The rules follow the losses' own pages, https://docs.pytorch.org/docs/stable/nn.html#loss-functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from graph_engine.graph import Graph, Node, PortRef
from graph_engine.inference import Inference, Problem
from graph_engine.layers.inputs import Output

SOFTMAXES = frozenset({"Softmax", "Softmax2d", "LogSoftmax"})
SIGMOIDS = frozenset({"Sigmoid", "LogSigmoid", "Hardsigmoid"})


@dataclass(frozen=True)
class Expectation:
    """What a loss expects of the last layer: none of ``wrong``; ``right``, where it needs one."""

    words: str
    wrong: frozenset[str]
    right: str = ""
    fails: bool = False


SCORES = Expectation("applies softmax itself and expects plain scores", SOFTMAXES | SIGMOIDS)
LOGITS = Expectation("applies the sigmoid itself and expects plain scores", SIGMOIDS | SOFTMAXES)
LOGARITHMS = Expectation(
    "expects log-probabilities", frozenset({"Softmax", "Softmax2d"}) | SIGMOIDS, "LogSoftmax"
)
CHANCES = Expectation("expects chances between 0 and 1", frozenset({"LogSoftmax"}), "Sigmoid", True)
ALREADY_CHANCES = frozenset({"Sigmoid", "Softmax", "Softmax2d", "Hardsigmoid"})

EXPECTATIONS: Mapping[str, Expectation] = {
    "CrossEntropyLoss": SCORES,
    "BCEWithLogitsLoss": LOGITS,
    "MultiLabelSoftMarginLoss": LOGITS,
    "NLLLoss": LOGARITHMS,
    "KLDivLoss": LOGARITHMS,
    "BCELoss": CHANCES,
}


def checks(graph: Graph, inference: Inference, loss_name: str, output: str = "") -> list[Problem]:
    """Where the last layer and the loss do not go together, with the repair of each.

    Looks at the output that the loss reads: ``output``, or the first.
    """
    expected = EXPECTATIONS.get(loss_name)
    ends = [name for name, node in graph.nodes.items() if isinstance(node.layer, Output)]
    end = output or next(iter(ends), "")
    if expected is None or end not in graph.nodes or end not in inference.visits:
        return []
    return list(_judged(graph, end, loss_name, expected))


def _judged(graph: Graph, end: str, loss: str, expected: Expectation) -> Iterator[Problem]:
    last = _last_layer(graph, end)
    if last is None:
        return
    kind = type(last.layer).__name__
    severity: Literal["error", "warning"] = "error" if expected.fails else "warning"
    right = expected.right
    if kind == right or (right == "Sigmoid" and kind in ALREADY_CHANCES):
        return
    if kind in expected.wrong:
        cure = f"Replace it by {right}." if right else "Remove it."
        yield Problem(
            severity, last.name, "",
            f"`{last.name}` ({kind}) stands before {loss}, which {expected.words}. {cure}",
            ("replace", right) if right else ("remove",),
        )  # fmt: skip
    elif right and _shows_its_last_layer(last):
        yield Problem(
            severity, end, "input",
            f"`{end}` gives the values of `{last.name}` ({kind}), but {loss} {expected.words}. "
            f"Insert {right}.",
            ("insert", right),
        )  # fmt: skip


def _last_layer(graph: Graph, end: str) -> Node | None:
    """The node whose values come out, behind those that are muted."""
    source = graph.wires.get(PortRef(end, "input"))
    while source is not None and graph.nodes[source.node].muted:
        slots = graph.slots(source.node)
        source = graph.incoming(source.node).get(slots[0]) if slots else None
    return graph.nodes[source.node] if source else None


def _shows_its_last_layer(node: Node) -> bool:
    """Whether the layer certainly gives plain scores; a block or an operation may do anything."""
    return type(node.layer).__name__ in PLAIN


PLAIN = frozenset(
    {"Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d"}
    | {"ConvTranspose3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm"}
)

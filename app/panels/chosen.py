"""The nodes that a form is about: which parameters they have in common, and with which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.forms.parameter_editors import MIXED
from graph_engine.declaration import Parameter
from graph_engine.graph import Graph, Node
from graph_engine.kinds import SIMPLE
from graph_engine.layers.block import Block
from graph_engine.layers.unknown import Unknown

HIDDEN = frozenset({"block", "arguments"})
OF_WEIGHTS = ("weight_init", "bias_init", "trainable")


def parameters_of(graph: Graph, node: Node) -> dict[str, Parameter]:
    """What can be set on a node: its layer's parameters, or those of the block it is an instance of.

    What an unknown layer says is kept as it came.
    """
    layer = node.layer
    if isinstance(layer, Unknown):
        return {}
    own = {name: p for name, p in layer.parameters().items() if name not in HIDDEN}
    if not isinstance(layer, Block):
        return own
    rows = graph.block_of(layer).parameters.values()
    made = {
        row.name: Parameter(
            row.name, SIMPLE[type(row.default)], row.default, row.help, None, None, False, False
        )
        for row in rows
    }
    return {**own, **made}


def value_of(graph: Graph, node: Node, name: str) -> Any:
    """The value of one of those parameters."""
    layer = node.layer
    if isinstance(layer, Block) and name not in ("repeat",):
        row = graph.block_of(layer).parameters.get(name)
        return layer.arguments_map().get(name, row.default if row else None)
    return layer.values()[name]


def common(graph: Graph, nodes: Sequence[Node]) -> list[Parameter]:
    """The parameters that all nodes have, of the same kind and range, in the order of the first."""
    kinds: dict[tuple[type, str], Node] = {}
    for node in nodes:
        kinds.setdefault((type(node.layer), getattr(node.layer, "block", "")), node)
    each = [parameters_of(graph, node) for node in kinds.values()]
    first = each[0] if each else {}
    return [p for name, p in first.items() if all(_alike(p, other.get(name)) for other in each)]


def shared_value(graph: Graph, nodes: Sequence[Node], name: str) -> Any:
    """The value that all nodes have, or ``MIXED``."""
    values = [value_of(graph, node, name) for node in nodes]
    first = values[0]
    same = all(value == first and type(value) is type(first) for value in values)
    return first if same else MIXED


def shared_formula(nodes: Sequence[Node], name: str) -> str | None:
    """The formula that all nodes have for a parameter, or None."""
    found = {dict(node.bindings).get(name) for node in nodes}
    return next(iter(found)) if len(found) == 1 else None


def resets(graph: Graph, nodes: Sequence[Node], name: str) -> Mapping[str, object]:
    """What to set so that a parameter has its default again: None stands for that on instances."""
    if any(isinstance(node.layer, Block) for node in nodes) and name != "repeat":
        return {name: None}
    return {name: parameters_of(graph, nodes[0])[name].default}


def _alike(a: Parameter, b: Parameter | None) -> bool:
    return b is not None and (a.kind, a.low, a.high) == (b.kind, b.low, b.high)

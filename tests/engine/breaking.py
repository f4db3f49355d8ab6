"""Changes of drawings at random, most of which make no sense."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from graph_engine import DesignError, Graph
from graph_engine.graph import Change, Node, PortRef
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from tests.engine.random_networks import PARAMETERS


def mutated(graph: Graph, name: str, fields: Callable[[Node], Mapping[str, Any]]) -> Change:
    """Applies a change of a node's fields, and gives it."""
    node = graph.nodes[name]
    change = Change({"nodes": {name: (node, replace(node, **fields(node)))}})
    graph.apply(change)
    return change


FORMULAS_AT_WILL = (
    "width", "2 * width", "width / 0", "1 // 0", "nope", "-3", "1e30", "width * 1e38", "0.5", "3", "(1)",
)  # fmt: skip
VALUES_AT_WILL = (0, -1, 3, 2.5, True, "x", None, "", 1e308, 2**40)


def break_something(rng: random.Random, graph: Graph) -> None:
    """A few changes at random, of the network or of a block in it; most of them make no sense."""
    if not graph.blocks or rng.random() < 0.5:
        _break(rng, graph)
        return
    name = rng.choice(list(graph.blocks))
    before = graph.blocks[name]
    inside = Graph.opened(before, dict(graph.blocks))
    _break(rng, inside)
    graph.apply(Change({"blocks": {name: (before, inside.definition())}}))


def _break(rng: random.Random, graph: Graph) -> None:
    for _ in range(rng.choice([1, 1, 2, 4])):
        with suppress(DesignError):
            mutated(graph, rng.choice(list(graph.nodes)), lambda node: _other(rng, graph, node))
        if rng.random() < 0.4:
            ports = ["input", "x1", "x2", "x9", "a", "query", "zz"]
            target = PortRef(rng.choice(list(graph.nodes)), rng.choice(ports))
            source = PortRef(rng.choice(list(graph.nodes)), rng.choice(["output", "part1", "zz"]))
            with suppress(DesignError):
                graph.apply(Change({"wires": {target: (graph.wires.get(target), source)}}))


def _other(rng: random.Random, graph: Graph, node: Node) -> dict[str, Any]:
    """Other fields for a node. Raises DesignError for values that no layer takes."""
    names = [*type(node.layer).parameters(), "repeat", "zz", "width"]
    step = rng.random()
    if step < 0.3:
        kind = rng.choice(list(CATALOGUE.values()))
        if kind is Block:
            blocks = [*graph.blocks, "", "elsewhere"]
            return {"layer": Block(block=rng.choice(blocks), repeat=rng.choice([1, 2, 1000]))}
        return {"layer": kind(**rng.choice(kind.examples).parameters)} if kind.examples else {}
    if step < 0.5:
        return {"bindings": ((rng.choice(names), rng.choice(FORMULAS_AT_WILL)),)}
    if step < 0.6:
        return {"shares": rng.choice([*graph.nodes, "nobody"])}
    if step < 0.7:
        return {"muted": not node.muted}
    if isinstance(node.layer, Block):
        arguments = ((name, rng.choice(VALUES_AT_WILL)) for name in rng.sample(PARAMETERS, 2))
        return {
            "layer": node.layer.replace(arguments=tuple(arguments), repeat=rng.choice([1, 999]))
        }
    return {"layer": node.layer.replace(**{rng.choice(names): rng.choice(VALUES_AT_WILL)})}

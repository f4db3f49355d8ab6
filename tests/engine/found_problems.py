"""What inference finds wrong with a drawing, and blocks for drawings that are wrong."""

from __future__ import annotations

from typing import Any

from graph_engine import Graph, Inference, NetworkBuilder, Problem


def problems(net: NetworkBuilder) -> list[Problem]:
    """What inference finds."""
    return Inference(net.graph).problems()


def errors(graph: Graph) -> list[Problem]:
    return [p for p in Inference(graph).problems() if p.severity == "error"]


def only(net: NetworkBuilder) -> Problem:
    """The one problem that there is."""
    (problem,) = problems(net)
    return problem


def block(net: NetworkBuilder, kind: str, *, parameters: dict[str, Any], **values: Any) -> str:
    """A block `Unit` around a single layer; values that name a parameter are bound to it."""
    unit = net.block("Unit")
    bound = {name: unit.parameter(name, default) for name, default in parameters.items()}
    values = {key: bound.get(value, value) for key, value in values.items()}
    unit.output("y", unit.add(kind, unit.input("x", shape=(8,)), **values))
    return unit.done()

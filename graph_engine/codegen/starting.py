"""The lines at the end of a constructor: tied weights, their start, and what training leaves alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph_engine.codegen.layout import statement
from graph_engine.codegen.plan import Plan
from graph_engine.layers.base import Learned
from graph_engine.layers.expression import Call, Raw
from graph_engine.layers.initialization import Initialization
from graph_engine.layers.shape import Shape

MOST_LINES_EACH = 3


def tie_lines(plan: Plan, name: str) -> list[str]:
    """``self.head.weight = self.wte.weight`` for a node that uses the weight of another kind."""
    owner = plan.graph.nodes[name].shares
    if not owner:
        return []
    value = Raw(f"self.{plan.path(owner)}.weight")
    return statement(f"self.{plan.path(name)}.weight = ", value, 2)


def starting_lines(plan: Plan, name: str) -> Iterator[str]:
    """How the weights of a node start, and whether they stay as they are."""
    visit = plan.inference.visits[name]
    layer = visit.layer
    if not isinstance(layer, Learned) or (
        layer.trainable and layer.weight_init is None and layer.bias_init is None
    ):
        return
    tied = bool(plan.graph.nodes[name].shares)
    shapes = {
        key: shape
        for key, shape in layer.weights(*visit.inputs).items()
        if not (tied and key == "weight")
    }
    path = f"self.{plan.path(name)}"
    for init, found in layer.initialised(*visit.inputs):
        keys = [key for key in found if key in shapes]
        yield from _initialised(path, init, keys, shapes)
    if not layer.trainable:
        for key in shapes if tied else [""]:
            yield from statement("", Call(f"{_at(path, key)}.requires_grad_", (False,)), 2)


def _initialised(
    path: str, init: Initialization, keys: list[str], shapes: Mapping[str, Shape]
) -> Iterator[str]:
    condition = _condition(keys, shapes) if len(keys) > MOST_LINES_EACH else ""
    if condition:
        yield f"        for name, weight in {path}.named_parameters():"
        yield f"            if {condition}:"
        yield from statement("", init.call("weight"), 4)
        return
    for key in keys:
        yield from statement("", init.call(_at(path, key)), 2)


def _condition(keys: list[str], shapes: Mapping[str, Shape]) -> str:
    """What singles out those weights among all, or nothing where their names have to be listed."""
    is_bias = "bias" in keys[0]
    least = min(len(shapes[key]) for key in keys)
    chosen = [k for k, s in shapes.items() if ("bias" in k) == is_bias and len(s) >= least]
    word = '"bias" in name' if is_bias else '"bias" not in name'
    if chosen == keys:
        every = [key for key in shapes if ("bias" in key) == is_bias]
        return word if every == keys else f"{word} and weight.dim() >= {least}"
    return ""


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if key else path

"""What nodes and wires say in a line: parameters, numbers of weights, shapes and bytes. No widgets."""

from __future__ import annotations

from graph_engine.declaration import Parameter
from graph_engine.errors import ShapeError
from graph_engine.graph import Graph, Node
from graph_engine.inference import Inference, Visit
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input
from graph_engine.layers.shape import BYTES, TensorType, evaluate, product, shape_text

QUIET = {"weight_init", "bias_init", "trainable", "inplace"}
SHORT = {
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "groups": "g",
    "num_layers": "layers ",
    "p": "p ",
}
LONGEST = 34


def name_line(node: Node) -> str:
    """What a node is called: its title, or its name."""
    return node.title or node.name


def kind_line(layer: Layer) -> str:
    """What a layer is called: its class, or the name of its block."""
    return layer.block or "Block" if isinstance(layer, Block) else type(layer).__name__


def essence(node: Node, limit: int = LONGEST) -> str:
    """The parameters that matter, short: ``64 · 3×3 · s2``; the layer's own name where there are none.

    These are the ones that a constructor is given by position or always, and those that were set.
    """
    layer, bound = node.layer, dict(node.bindings)
    if isinstance(layer, Block):
        parts = [kind_line(layer), *(f"{key} {plain(value)}" for key, value in layer.arguments)]
        return shortened(" · ".join(parts), limit)
    parts = []
    changed = layer.changed()
    for name, parameter in layer.parameters().items():
        wanted = parameter.positional or parameter.required or name in changed or name in bound
        if name in QUIET or not (wanted or isinstance(layer, Input)):
            continue
        value = getattr(layer, name)
        text = formula_said(parameter, bound[name]) if name in bound else said(parameter, value)
        if text and not (isinstance(layer, Input) and text == "float32"):
            parts.append(text)
    return shortened(" · ".join(parts) or type(layer).__name__, limit)


def in_full(node: Node) -> str:
    """The same parameters with their names: ``out_channels 64 · kernel_size 3×3``."""
    layer, bound = node.layer, dict(node.bindings)
    if isinstance(layer, Block):
        return essence(node, 200)
    changed = layer.changed()
    parts = [type(layer).__name__]
    for name, parameter in layer.parameters().items():
        wanted = parameter.positional or parameter.required or name in changed or name in bound
        value = getattr(layer, name)
        if name not in QUIET and wanted and (name in bound or value not in (None, "")):
            parts.append(f"{name} {bound.get(name) or plain(value)}")
    return " · ".join(parts)


def formula_said(parameter: Parameter, text: str) -> str:
    """A formula in the place of a value."""
    return (
        text if parameter.positional else f"{SHORT.get(parameter.name, parameter.name + ' ')}{text}"
    )


def said(parameter: Parameter, value: object) -> str:
    """One value, short; nothing for a size that torch chooses itself."""
    name = parameter.name
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        word = name.replace("_", " ")
        return word if value else f"no {word}"
    if name in ("kernel_size", "shape"):
        return plain(value, whole=True)
    text = plain(value)
    if name in SHORT:
        return f"{SHORT[name]}{text}"
    if parameter.positional or isinstance(value, str):
        return text
    return f"{name.replace('_', ' ')} {text}"


def plain(value: object, whole: bool = False) -> str:
    """A value without brackets: a pair of equal sizes is one number unless the ``whole`` is wanted."""
    if isinstance(value, tuple | list):
        if not whole and value and all(item == value[0] for item in value):
            return plain(value[0])
        return "×".join(plain(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def shortened(text: str, limit: int = LONGEST) -> str:
    """The text, cut off with an ellipsis where it is too long."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def weight_count(visit: Visit) -> int:
    """How many learned numbers a node has; every copy of a repeated block counts."""
    if visit.copies:
        return sum(weight_count(inner) for copy in visit.copies for inner in copy.visits.values())
    if isinstance(visit.layer, Block):
        return 0
    try:
        shapes = visit.layer.weights(*visit.inputs).values()
    except ShapeError:  # muted: data that pass a layer by need not suit it
        return 0
    return sum(evaluate(product(shape), {}) for shape in shapes)


def count_text(count: int) -> str:
    """``18.4 k``."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            number = count / size
            return f"{number:.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"
    return str(count)


def bytes_text(kind: TensorType) -> str:
    """What one sample takes in memory; sizes that vary are named."""
    count = product(kind.shape[1:]) * BYTES.get(kind.dtype, 4)
    if not isinstance(count, int):
        return f"{count} bytes a sample"
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit} a sample"
    return f"{count} bytes a sample"


def wire_help(kind: TensorType | None) -> str:
    """Shape, dtype and size of what a wire carries."""
    if kind is None:
        return "Not known yet: there is a problem before this wire"
    return f"{shape_text(kind.shape)} · {kind.dtype} · {bytes_text(kind)}"


def rank_of(kind: TensorType | None) -> int:
    """How many dimensions a sample has; -1 where that is not known."""
    return len(kind.shape) - 1 if kind is not None else -1


def problem_of(inference: Inference, name: str) -> str:
    """What is wrong with a node, in a sentence; nothing where all is well."""
    refused = inference.refused.get(name)
    return refused.problem.sentence if refused and refused.problem else ""


def spoken(graph: Graph, inference: Inference, name: str) -> str:
    """What a screen reader says of a node."""
    node = graph.nodes[name]
    said = dict.fromkeys((name_line(node), kind_line(node.layer), essence(node)))
    parts = [", ".join(said)]
    visit = inference.visits.get(name)
    if visit and visit.outputs:
        parts.append("Gives " + ", ".join(shape_text(k.shape) for k in visit.outputs.values()))
    if node.muted:
        parts.append("Muted")
    if node.collapsed:
        parts.append("Collapsed")
    problem = problem_of(inference, name)
    if problem:
        parts.append(problem)
    return ". ".join(parts)

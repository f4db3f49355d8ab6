"""What the inspector tells of a node and of a network, as lines for it to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from app.forms.section import Fact
from app.panels.summary_table import in_bytes
from graph_engine.errors import ShapeError
from graph_engine.graph import Graph, Node
from graph_engine.inference import Inference, Visit
from graph_engine.layers.base import Learned, Module
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import evaluate, product, shape_text
from graph_engine.summary import NOMINAL_SIZE, Summary, summarize

UNITS = (("G", 10**9), ("M", 10**6), ("k", 10**3))


def counted(number: int) -> str:
    """``18.4 k``, and below a thousand the number itself."""
    return next(
        (f"{number / size:.3g} {unit}" for unit, size in UNITS if number >= size), str(number)
    )


def wiring(graph: Graph, inference: Inference, name: str) -> list[Fact]:
    """Each port of a node with the shape there, and where it leads."""
    visit = inference.visits.get(name)
    return [*_entries(graph, inference, name), *_exits(graph, visit, name)]


def inferred(graph: Graph, inference: Inference, name: str) -> list[Fact]:
    """The sizes that a layer takes from what is wired to it, with the nodes that they come from."""
    visit = inference.visits.get(name)
    if visit is None or not isinstance(visit.layer, Module) or graph.nodes[name].muted:
        return []
    sources = [graph.incoming(name).get(slot) for slot in graph.slots(name)]
    names = dict.fromkeys(source.node for source in sources if source is not None)
    origin = f"← {', '.join(names)}" if names else ""
    told = "Follows from what is wired to the layer; it cannot be set."
    return [
        Fact(each, _text(value), origin, told)
        for each, value in visit.layer.inferred(*visit.inputs).items()
    ]


def costs(graph: Graph, inference: Inference, name: str) -> list[Fact]:
    """Learned numbers and multiply-adds of one node, for one sample."""
    visit = inference.visits.get(name)
    node = graph.nodes[name]
    if visit is None or node.muted or isinstance(visit.layer, Input | Output):
        return []
    inside = [summarize(copy) for copy in visit.copies]
    if inside:
        parameters = sum(each.parameters for each in inside)
        multiply_adds = sum(each.multiply_adds for each in inside)
    else:
        sizes = _nominal(visit)
        multiply_adds = evaluate(visit.layer.multiply_adds(*visit.inputs), sizes)
        parameters = _parameters(graph, node, visit)
    return [
        Fact("parameters", counted(parameters), "", f"{parameters:,} learned numbers"),
        Fact("multiply-adds", counted(multiply_adds), "", f"{multiply_adds:,} for one sample"),
    ]


def known(
    make: Callable[[Graph, Inference, str], Sequence[Fact]],
    graph: Graph,
    inference: Inference,
    name: str,
) -> Sequence[Fact]:
    """Those facts; none while data that passed by a muted layer do not suit it, now that it computes."""
    try:
        return make(graph, inference, name)
    except ShapeError:
        return ()


def has_weights(inference: Inference, name: str) -> bool:
    """Whether the node has learned tensors that another could share."""
    node = inference.graph.nodes[name]
    visit = inference.visits.get(name)
    if visit is None or node.muted:  # data pass a muted layer by: they need not suit it
        return isinstance(node.layer, Learned)
    try:
        return bool(visit.copies) or bool(visit.layer.weights(*visit.inputs))
    except ShapeError:  # muted until now, and not looked at again yet
        return isinstance(node.layer, Learned)


def interface(graph: Graph, inference: Inference) -> list[Fact]:
    """What goes into a network and what comes out of it."""
    found: list[Fact] = []
    for kind, what in ((Input, "input"), (Output, "output")):
        for name, node in graph.nodes.items():
            if type(node.layer) is kind:
                visit = inference.visits.get(name)
                types = [] if visit is None else [*visit.outputs.values(), *visit.inputs]
                shown = str(types[0]) if types and types[0] is not None else "not known yet"
                found.append(Fact(what, name, shown))
    return found


def totals(summary: Summary) -> list[Fact]:
    """The figures of a whole network."""
    frozen = summary.parameters - summary.trainable_parameters
    found = [Fact("parameters", counted(summary.parameters), "", f"{summary.parameters:,}")]
    if frozen:
        found.append(Fact("of them frozen", counted(frozen), "", f"{frozen:,}"))
    adds = summary.multiply_adds
    found.append(Fact("multiply-adds", counted(adds), "", f"{adds:,} for one sample"))
    activations = in_bytes(summary.activation_bytes)
    found.append(Fact("activations", activations, "", "The outputs of all layers, for one sample"))
    training = in_bytes(summary.training_bytes(32))
    told = "Weights, gradients, Adam's two numbers a weight, and what the backward pass keeps"
    found.append(Fact("training", training, "at batch 32", told))
    if summary.sizes:
        taken = ", ".join(f"{name} = {size}" for name, size in summary.sizes.items())
        found.append(Fact("counted with", taken, "", "The values taken for sizes that vary"))
    return found


def _entries(graph: Graph, inference: Inference, name: str) -> Iterator[Fact]:
    helps = {port.name: port.help for port in graph.ports_in(name)}
    for slot in graph.slots(name):
        source = graph.incoming(name).get(slot)
        kind = inference.type_at(source) if source is not None else None
        shown = str(kind) if kind is not None else "not wired" if source is None else "not known"
        yield Fact(slot, shown, f"← {source.node}" if source else "", helps.get(slot, ""))


def _exits(graph: Graph, visit: Visit | None, name: str) -> Iterator[Fact]:
    followers: dict[str, list[str]] = {}
    for target, exit_name in graph.outgoing(name).items():
        followers.setdefault(exit_name, []).append(target.node)
    for port in graph.ports_out(name):
        kind = visit.outputs.get(port.name) if visit is not None else None
        users = list(dict.fromkeys(followers.get(port.name, [])))
        more = f" and {len(users) - 2} more" if len(users) > 2 else ""
        origin = f"→ {', '.join(users[:2])}{more}" if users else ""
        yield Fact(port.name, str(kind) if kind is not None else "not known", origin, port.help)


def _parameters(graph: Graph, node: Node, visit: Visit) -> int:
    weights = dict(visit.layer.weights(*visit.inputs))
    owner = graph.nodes.get(node.shares)
    if owner is not None:
        if type(owner.layer) is type(node.layer):
            return 0
        weights.pop("weight", None)
    return sum(evaluate(product(shape), {}) for shape in weights.values())


def _nominal(visit: Visit) -> Mapping[str, int]:
    """Symbolic sizes count as the summary counts them; the batch is 1."""
    kinds = [kind for kind in visit.inputs if kind is not None]
    sizes = [size for kind in kinds for size in kind.shape if not isinstance(size, int)]
    return {name: NOMINAL_SIZE for size in sizes for name in size.names()} | {"B": 1}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return shape_text(value)
    return str(value)


__all__ = [
    "costs",
    "counted",
    "has_weights",
    "in_bytes",
    "inferred",
    "interface",
    "totals",
    "wiring",
]

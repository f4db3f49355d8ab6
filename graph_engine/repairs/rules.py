"""The rule for each kind of cure that a problem names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from graph_engine.edits import (
    add,
    connect,
    disconnect,
    edit_block,
    insert_on_wire,
    remove,
    replace_layer,
    set_muted,
    unshare_weights,
)
from graph_engine.errors import DesignError, ShapeError
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference, Problem
from graph_engine.layers.base import CATALOGUE, Layer
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType
from graph_engine.repairs import inserting
from graph_engine.repairs.case import Case, Repair
from graph_engine.repairs.shrinking import kernel

Rule = Callable[[Case], Repair | None]


def repair(problem: Problem, inference: Inference) -> Repair | None:
    """A change of the inference's graph that makes the problem go away, or None where nothing sensible
    is known.

    Other problems may come to light behind it.
    """
    rule = RULES.get(str(problem.fix[0])) if problem.fix else None
    if rule is None or (problem.node and problem.node not in inference.graph.nodes):
        return None
    return rule(Case(problem, inference))


# Wires -------------------------------------------------------------------------------------------


def _connect(case: Case) -> Repair | None:
    """The only output that is not used yet and fits, else the only one at all that fits."""
    graph, name = case.graph, case.name
    slot = case.port or f"{graph.ports_in(name)[0].name}1"
    usable = [
        PortRef(other, port.name)
        for other in graph.nodes
        for port in graph.ports_out(other)
        if case.inference.type_at(PortRef(other, port.name)) is not None
    ]
    dangling = [ref for ref in usable if ref.port not in graph.outgoing(ref.node).values()]
    for pool in (dangling, usable):
        found = list(_fitting(case, slot, pool))
        if len(found) == 1:
            change = connect(graph, found[0], PortRef(name, slot))
            return Repair(f"Connect {found[0]} to {name}.{slot}", change)
        if found:
            return None
    return None


def _fitting(case: Case, slot: str, pool: list[PortRef]) -> Iterator[PortRef]:
    """The sources that the node would accept; stops after the second, which leaves the choice open."""
    count = 0
    for ref in pool:
        if case.graph.order.would_close_circle(ref.node, case.name):
            continue
        if _accepts(case, slot, ref):
            count += 1
            yield ref
        if count > 1:
            return


def _accepts(case: Case, slot: str, ref: PortRef) -> bool:
    wired = case.graph.incoming(case.name)
    optional = {port.name for port in case.graph.ports_in(case.name) if port.optional}
    others = [s for s in case.graph.slots(case.name) if s != slot and s not in optional]
    if any(s not in wired or case.type_at(s) is None for s in others):
        return True
    try:
        case.attempt({slot: case.inference.type_at(ref)})
    except DesignError:
        return False
    return True


def _unwire(case: Case) -> Repair | None:
    target = PortRef(case.name, case.port)
    if target not in case.graph.wires:
        return None
    return Repair(f"Remove the wire into {target}", disconnect(case.graph, target))


# Nodes -------------------------------------------------------------------------------------------


def _unmute(case: Case) -> Repair:
    return Repair(f"Unmute {case.name}", set_muted(case.graph, (case.name,), False))


def _unshare(case: Case) -> Repair:
    change = unshare_weights(case.graph, (case.name,))
    return Repair(f"Give {case.name} weights of its own", change)


def _remove(case: Case) -> Repair:
    return Repair(f"Remove {case.name}", remove(case.graph, (case.name,)))


def _replace(case: Case) -> Repair | None:
    kind = case.argument(1)
    if not kind:
        return None
    change = replace_layer(case.graph, case.name, kind)
    return Repair(f"Replace {case.name} by {kind}", change)


def _insert(case: Case) -> Repair:
    kind, target = case.argument(1), PortRef(case.name, case.port)
    values = {"dim": 1} if "dim" in CATALOGUE[kind].parameters() else {}
    change = insert_on_wire(case.graph, target, CATALOGUE[kind](**values))
    return Repair(f"Insert {kind} before {case.name}", change)


def _inside(case: Case) -> Repair | None:
    """The repair of the problem in the block, for all its instances."""
    layer = case.layer
    if not isinstance(layer, Block):
        return None
    inner = case.inference.inside(case.name)
    wrong = next((p for p in inner.problems() if p.severity == "error"), None) if inner else None
    found = repair(wrong, inner) if wrong and inner else None
    if found is None or inner is None or wrong is None:
        return None
    graph = Graph.opened(inner.graph.definition(), dict(case.graph.blocks))
    graph.apply(found.change)
    again = Inference(graph, inner.given, inner.arguments)
    if wrong in again.problems():
        return None
    change = edit_block(case.graph, layer.block, found.change)
    return Repair(f"{found.label} inside {layer.block}", change)


# The ends of a network ---------------------------------------------------------------------------


def _add(case: Case) -> Repair:
    if case.argument(1) == "Output":
        end = _last_end(case.graph, case.inference)
        label = f"Add an Output behind {end}" if end else "Add an Output"
        return Repair(label, add(case.graph, Output(), after=end))
    target = _only_open_input(case)
    if target is None:
        return Repair("Add an Input", add(case.graph, Input()))
    layer = _input_for(case.inference, target)
    x, y = case.graph.nodes[target.node].position
    change = add(case.graph, layer, position=(x - 180.0, y))
    name = change.added("nodes")[0]
    wire = {"wires": {target: (None, PortRef(name, "output"))}}
    return Repair(f"Add an Input before {target.node}", change.then(type(change)(wire)))


def _last_end(graph: Graph, inference: Inference) -> str:
    """The last node that gives a tensor nobody uses, or nothing."""
    ends = [
        name
        for name in inference.visits
        if inference.visits[name].outputs and not graph.outgoing(name)
    ]
    return max(ends, key=graph.order.position.__getitem__, default="")


def _only_open_input(case: Case) -> PortRef | None:
    found = [
        PortRef(name, refused.problem.port or f"{case.graph.ports_in(name)[0].name}1")
        for name, refused in case.inference.refused.items()
        if refused.problem and refused.problem.fix[:1] == ("connect",)
    ]
    return found[0] if len(found) == 1 else None


def _input_for(inference: Inference, target: PortRef) -> Input:
    """An Input that the layer takes: the usual image, else the shape of one of the layer's examples."""
    layer: Layer = inference.layer_of(inference.graph.nodes[target.node])
    ports = [port.name for port in layer.input_ports()]
    place = ports.index(target.port) if target.port in ports else 0
    shapes = [example.inputs[place] for example in layer.examples if len(example.inputs) > place]
    for kind in (Input().infer(), *shapes):
        if kind is not None and _takes(layer, place, len(ports), kind):
            shape = tuple(size if isinstance(size, int) else str(size) for size in kind.shape[1:])
            return Input().replace(shape=shape, dtype=kind.dtype)
    return Input()


def _takes(layer: Layer, place: int, count: int, kind: TensorType) -> bool:
    if count > 1 or place:
        return True
    try:
        layer.infer(kind)
    except ShapeError:
        return False
    return True


RULES: Mapping[str, Rule] = {
    "add": _add,
    "cast": inserting.cast,
    "connect": _connect,
    "fixed": inserting.fixed,
    "insert": _insert,
    "inside": _inside,
    "kernel": kernel,
    "project": inserting.project,
    "rank": inserting.rank,
    "remove": _remove,
    "replace": _replace,
    "resize": inserting.resize,
    "transpose": inserting.transpose,
    "unmute": _unmute,
    "unshare": _unshare,
    "unwire": _unwire,
}

"""What a wire would do before it is drawn: what would be wrong, and the repair it could bring along."""

from __future__ import annotations

from typing import NamedTuple

from app.document import Document
from graph_engine.change import Change
from graph_engine.errors import DesignError
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.repairs import Repair, repair


class Trial(NamedTuple):
    """What would be wrong with a node, in a sentence, and what cures it."""

    sentence: str
    repair: Repair | None


def tried(document: Document, change: Change, name: str) -> Trial:
    """Makes a change for a moment and looks at a node; the graph is left as it was.

    Nobody is told of it, so that only shapes behind the node are worked out, twice.
    Raises DesignError where the change cannot be made.
    """
    document.infer_now()
    graph, inference = document.graph, document.inference
    graph.apply(change)
    try:
        inference.update(change)
        return found(inference, name)
    finally:
        back = change.inverse()
        graph.apply(back)
        inference.update(back)


def found(inference: Inference, name: str) -> Trial:
    """What is wrong with a node, unless it merely waits for more wires, and what cures it."""
    refused = inference.refused.get(name)
    problem = refused.problem if refused else None
    if problem is None or problem.fix[:1] == ("connect",):
        return Trial("", None)
    return Trial(problem.sentence, repair(problem, inference))


def label(text: str, cure: Repair) -> str:
    """What a wire with its repair is called as one step."""
    return f"{text}, {cure.label[:1].lower()}{cure.label[1:]}"


def join(document: Document, text: str, wire: Change, cure: Repair, step: int) -> None:
    """Brings a repair to the wire that was drawn last: both become one step.

    ``step`` is where the history stood then; if something was done since, the repair is a step of its
    own.
    """
    if document.undo.index() != step:
        document.do(cure.label, cure.change)
        return
    document.undo.undo()
    try:
        document.do(label(text, cure), wire.then(cure.change))
    except DesignError:
        document.undo.redo()
        raise


def forecast(graph: Graph, inference: Inference, source: PortRef, target: PortRef) -> str:
    """What would be wrong with a node if that wire ended there; nothing where it fits."""
    arriving = inference.type_at(source)
    if arriving is None:
        return ""
    slots = graph.slots(target.node)
    incoming = graph.incoming(target.node)
    kinds = [inference.type_at(incoming[slot]) if slot in incoming else None for slot in slots]
    if target.port in slots:
        kinds[slots.index(target.port)] = arriving
    else:
        kinds.append(arriving)
    optional = {port.name for port in graph.ports_in(target.node) if port.optional}
    missing = [s for s, k in zip(slots, kinds, strict=False) if k is None and s not in optional]
    if missing:
        return ""
    try:
        layer = inference.layer_of(graph.nodes[target.node])
        inference.attempt(target.node, layer, tuple(kinds))
    except DesignError as error:
        return f"`{target.node}` {error}"
    return ""


def sensible_ends(
    graph: Graph, inference: Inference, fixed: PortRef, ends: list[PortRef], *, seeks_input: bool
) -> list[PortRef]:
    """Which of the ports of a node a wire dropped on it may mean: one, or several inputs that all wait
    for a wire and take this one equally well."""
    if not seeks_input:
        fits = (end for end in ends if not forecast(graph, inference, end, fixed))
        return [next(fits, ends[0])]
    needed = {p.name for p in graph.ports_in(ends[0].node) if not (p.optional or p.variadic)}
    waiting = [end for end in ends if end.port in needed]
    fitting = [end for end in waiting if not forecast(graph, inference, fixed, end)]
    return fitting or waiting[:1] or ends[:1]

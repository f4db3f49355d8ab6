"""Taking nodes away, or out of their wires, and healing what they leave."""

from __future__ import annotations

from collections.abc import Iterable

from graph_engine.edits.draft import Draft, require_nodes
from graph_engine.edits.ports import passing_input
from graph_engine.graph import Change, Graph, PortRef


def remove(graph: Graph, names: Iterable[str], heal: bool = True) -> Change:
    """Without these nodes.

    With ``heal``, what a node with one main input fed from its first output is wired to that input's
    source instead. Weights that others share stay with the first of those. Raises DesignError for an
    unknown name.
    """
    chosen = require_nodes(graph, names)
    draft = Draft(graph)
    detach(draft, chosen, heal)
    gone = set(chosen)
    hand_weights_on(draft, gone)
    for name in chosen:
        for port in graph.incoming(name):
            draft.unwire(PortRef(name, port))
        draft.put("nodes", name, None)
    return draft.change()


def extract(graph: Graph, names: Iterable[str]) -> Change:
    """These nodes out of their wires, which close behind them as in ``remove``; wires between the
    nodes themselves stay."""
    chosen = require_nodes(graph, names)
    draft = Draft(graph)
    detach(draft, chosen, heal=True)
    return draft.change()


def detach(draft: Draft, names: Iterable[str], heal: bool) -> None:
    """Takes away the wires between these nodes and the others, and heals those that leave them."""
    graph, inside = draft.graph, set(names)
    for name in inside:
        for target, port in graph.outgoing(name).items():
            if target.node in inside:
                continue
            source = source_behind(graph, PortRef(name, port), inside) if heal else None
            if source is None:
                draft.unwire(target)
            else:
                draft.wire(target, source)
        for port, source in graph.incoming(name).items():
            if source.node not in inside:
                draft.unwire(PortRef(name, port))


def source_behind(graph: Graph, source: PortRef, gone: set[str]) -> PortRef | None:
    """Where a value would come from if the nodes in ``gone`` let it pass; None where they cannot."""
    while source.node in gone:
        ports, wired = graph.ports_in(source.node), graph.incoming(source.node)
        through = passing_input(ports, wired)
        if through is None or source.port != graph.ports_out(source.node)[0].name:
            return None
        source = wired[through]
    return source


def hand_weights_on(draft: Draft, owners: set[str]) -> None:
    """Lets the first node that uses the weights of an owner have them itself, and the rest use its."""
    heirs: dict[str, str] = {}
    for name, node in draft.graph.nodes.items():
        owner = node.shares
        if owner not in owners or name in owners:
            continue
        if type(node.layer) is not type(draft.graph.nodes[owner].layer):
            draft.update(name, shares="")
        elif owner in heirs:
            draft.update(name, shares=heirs[owner])
        else:
            heirs[owner] = name
            layer, bindings = draft.graph.nodes[owner].layer, draft.graph.nodes[owner].bindings
            draft.update(name, shares="", layer=layer, bindings=bindings)

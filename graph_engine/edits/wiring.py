"""Wires: made, taken away and bent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph_engine.edits.draft import Draft, require_nodes, require_point, require_wire
from graph_engine.edits.ports import next_slot, require_output, slot_for
from graph_engine.errors import WiringError
from graph_engine.graph import Change, Graph, Point, PortRef
from graph_engine.order import circle

MOST_BENDS = 1_000


def connect(graph: Graph, source: PortRef, target: PortRef) -> Change:
    """A wire from an output to an input; one that ends in the input already is replaced.

    On a variadic input, such as ``x`` of Add, the wire takes the next free number. Looks only at the
    nodes between the two, so that a pointer can ask on each move.
    Raises WiringError for ports that are not there and for a wire that would close a circle.
    """
    require_nodes(graph, (source.node, target.node))
    require_output(graph, source)
    slot = slot_for(graph, target)
    before = graph.wires.get(slot)
    if before == source:
        return Change()
    if graph.order.would_close_circle(source.node, target.node):
        raise circle(source.node, target.node)
    draft = Draft(graph)
    draft.wire(slot, source)
    return draft.change()


def connect_nodes(graph: Graph, source: str, target: str) -> Change:
    """A wire between two nodes, without aiming at ports: the first of ``candidates``.

    Raises WiringError where there is no sensible pair of ports.
    """
    found = candidates(graph, source, target)
    if not found:
        if not graph.ports_out(source):
            raise WiringError(f"`{source}` has no output to wire from.")
        if not graph.ports_in(target):
            raise WiringError(f"`{target}` has no input to wire to.")
        raise WiringError(
            f"All inputs of `{target}` are wired. Drop the wire on the one that it should replace."
        )
    return connect(graph, *found[0])


def candidates(graph: Graph, source: str, target: str) -> list[tuple[PortRef, PortRef]]:
    """The pairs of ports that a wire between two nodes could take, the most sensible first.

    Free inputs that the layer needs come before variadic ones, and those before optional ones. A
    single input counts as free even where it is wired.
    """
    require_nodes(graph, (source, target))
    ports, wired = graph.ports_in(target), graph.incoming(target)
    if len(ports) == 1 and not ports[0].variadic:
        slots = [ports[0].name]
    else:
        needed = [p.name for p in ports if not (p.optional or p.variadic or p.name in wired)]
        more = [next_slot(p, wired) for p in ports if p.variadic]
        optional = [p.name for p in ports if p.optional and p.name not in wired]
        slots = [*needed, *more, *optional]
    outputs = [port.name for port in graph.ports_out(source)]
    return [(PortRef(source, out), PortRef(target, slot)) for out in outputs for slot in slots]


def disconnect(graph: Graph, target: PortRef) -> Change:
    """Without the wire that ends in an input. Raises WiringError where there is none."""
    return cut(graph, (target,))


def cut(graph: Graph, targets: Iterable[PortRef]) -> Change:
    """Without the wires that end in these inputs, as a knife cuts them.

    Raises WiringError where there is none.
    """
    draft = Draft(graph)
    for target in targets:
        require_wire(graph, target)
        draft.unwire(target)
    return draft.change()


def set_route(graph: Graph, target: PortRef, points: Sequence[Point]) -> Change:
    """The points that the wire into an input bends at, from its source on; none make it plain again.

    Raises WiringError where no wire ends there or the points are too many.
    """
    require_wire(graph, target)
    if len(points) > MOST_BENDS:
        raise WiringError(f"A wire bends at most {MOST_BENDS:,} times, not {len(points):,}.")
    draft = Draft(graph)
    draft.route(target, tuple(require_point(point) for point in points))
    return draft.change()

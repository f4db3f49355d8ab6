"""Bringing layers in: free, behind another, or on a wire."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx

from graph_engine.edits.arranging import move
from graph_engine.edits.draft import Draft, on_grid, require_nodes, require_point, require_wire
from graph_engine.edits.instances import refuse_recursion
from graph_engine.edits.ports import first_input, input_ports, output_ports
from graph_engine.edits.removing import detach
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import Change, Graph, Node, Point, PortRef
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block
from graph_engine.names import check_name, snake

COLUMN, ROW = 288.0, 84.0


def add(
    graph: Graph,
    layer: Layer,
    *,
    after: str = "",
    name: str = "",
    position: Point | None = None,
    title: str = "",
    between: bool = True,
) -> Change:
    """A new node; ``change.added("nodes")`` has its name.

    ``after`` names the node that it is wired behind. What that node fed from its first output is then
    fed by the new one, unless ``between`` is false, which makes a branch. Behind a node without
    outputs, the new one takes the place before it.
    Raises DesignError for a name that is taken or that source could not use.
    """
    draft = Draft(graph)
    node = _new_node(draft, layer, name, title)
    if not after:
        place = position if position is not None else _free_place(graph)
        draft.put_node(_placed(node, place))
        return draft.change()
    require_nodes(graph, (after,))
    x, y = graph.nodes[after].position
    if not graph.ports_out(after):
        draft.put_node(_placed(node, position if position is not None else (x - COLUMN, y)))
        _wire_before(draft, after, node)
        return draft.change()
    draft.put_node(_placed(node, position if position is not None else (x + COLUMN, y)))
    _wire_behind(draft, PortRef(after, graph.ports_out(after)[0].name), node, between)
    return draft.change()


def _wire_behind(draft: Draft, source: PortRef, node: Node, between: bool) -> None:
    graph = draft.graph
    entry = first_input(input_ports(graph, node.layer))
    if entry is None:
        return
    exits = output_ports(graph, node.layer)
    if between and exits:
        for target, port in graph.outgoing(source.node).items():
            if port == source.port:
                draft.wire(target, PortRef(node.name, exits[0].name))
    draft.wire(PortRef(node.name, entry), source)


def _wire_before(draft: Draft, end: str, node: Node) -> None:
    graph = draft.graph
    target = first_input(graph.ports_in(end))
    exits = output_ports(graph, node.layer)
    if target is None or not exits:
        return
    entry = first_input(input_ports(graph, node.layer))
    source = graph.incoming(end).get(target)
    if source is not None and entry is not None:
        draft.wire(PortRef(node.name, entry), source)
    if source is None or entry is not None:
        draft.wire(PortRef(end, target), PortRef(node.name, exits[0].name))


def insert_on_wire(
    graph: Graph, target: PortRef, *layers: Layer, name: str = "", position: Point | None = None
) -> Change:
    """New nodes, one behind the other, on the wire that ends in ``target``; where the gap is too narrow
    for them, what follows moves on.

    ``name`` and ``position`` are for the first; with a ``position`` nothing else moves. Raises
    WiringError where no wire ends there or a layer cannot pass anything on.
    """
    source = require_wire(graph, target)
    draft = Draft(graph)
    places, missing = _places_on(graph, source.node, target.node, len(layers))
    for index, layer in enumerate(layers):
        node = _new_node(draft, layer, "" if index else name, "")
        draft.put_node(_placed(node, places[index] if index or position is None else position))
        entry, leave = _ends(graph, node)
        draft.wire(PortRef(node.name, entry), source)
        source = PortRef(node.name, leave)
    draft.wire(target, source)
    change = draft.change()
    if position is not None or missing <= 0:
        return change
    return change.then(move(graph, _from(graph, target.node), (missing, 0.0)))


def _places_on(graph: Graph, before: str, behind: str, count: int) -> tuple[list[Point], float]:
    """Places for new nodes between two others, and how far the second has to move for them."""
    (x1, y1), (x2, y2) = graph.nodes[before].position, graph.nodes[behind].position
    missing = x1 + COLUMN * (count + 1) - x2
    step = COLUMN if missing > 0 else (x2 - x1) / (count + 1)
    xs = [on_grid(x1 + step * (index + 1)) for index in range(count)]
    moving = set(_from(graph, behind)) if missing > 0 else set[str]()
    still = [node.position for name, node in graph.nodes.items() if name not in moving]

    def is_free(y: float) -> bool:
        return not any(abs(x - a) < COLUMN / 2 and abs(y - b) < ROW for x in xs for a, b in still)

    y = next(filter(is_free, (y1, y2)), on_grid((y1 + y2) / 2))
    return [(x, y) for x in xs], missing


def _from(graph: Graph, name: str) -> list[str]:
    """A node and all that it feeds."""
    found = {name, *nx.descendants(graph.dag, name)}
    return [each for each in graph.nodes if each in found]


def insert_node_on_wire(graph: Graph, target: PortRef, name: str) -> Change:
    """A node that is there already on the wire that ends in ``target``; it leaves its old wires first,
    which heal.

    Raises WiringError where the wire is the node's own or the node cannot pass anything on.
    """
    require_nodes(graph, (name,))
    source = require_wire(graph, target)
    if name in (source.node, target.node):
        raise WiringError(f"The wire into `{target}` is one of `{name}` itself.")
    entry, leave = _ends(graph, graph.nodes[name])
    draft = Draft(graph)
    detach(draft, (name,), heal=True)
    draft.wire(PortRef(name, entry), source)
    draft.wire(target, PortRef(name, leave))
    return draft.change()


def _ends(graph: Graph, node: Node) -> tuple[str, str]:
    entry = first_input(input_ports(graph, node.layer))
    exits = output_ports(graph, node.layer)
    if entry is None or not exits:
        what = "output" if entry is not None else "input"
        raise WiringError(
            f"{type(node.layer).__name__} has no {what}, so it cannot stand on a wire."
        )
    return entry, exits[0].name


def _new_node(draft: Draft, layer: Layer, name: str, title: str) -> Node:
    refuse_recursion(draft.graph, layer)
    if not name:
        stem = snake(layer.block if isinstance(layer, Block) else type(layer).__name__)
        return Node(draft.free_name(f"{stem.rstrip('0123456789_')}1"), layer, title=title)
    if draft.row("nodes", check_name(name)) is not None:
        raise DesignError(
            f"There is a node called `{name}` already; names are unique in a network."
        )
    return Node(name, layer, title=title)


def _placed(node: Node, position: Point) -> Node:
    return replace(node, position=require_point(position))


def _free_place(graph: Graph) -> Point:
    """Right of everything, on the line of the rightmost node."""
    right = max(graph.nodes.values(), key=lambda node: node.position[0], default=None)
    return (right.position[0] + COLUMN, right.position[1]) if right else (0.0, 0.0)

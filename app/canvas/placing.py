"""Where a new layer goes: behind the current node, on a wire, or free, with the others making room."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx

from app.canvas.geometry import COLUMN, LOW, WIDTH, shape_of, snapped
from graph_engine import edits
from graph_engine.change import Change
from graph_engine.edits.ports import first_input, input_ports, output_ports, slot_for
from graph_engine.errors import WiringError
from graph_engine.graph import Graph, Point, PortRef
from graph_engine.layers.base import CATALOGUE, Layer
from graph_engine.layers.block import Block

BLOCK = "block:"
GAP = COLUMN - WIDTH
ROW = LOW + 32.0
IsFree = Callable[[float, float], bool]


def made(graph: Graph, key: str) -> Layer | None:
    """A layer of the catalogue by its name, or an instance of ``block:…``; None for neither."""
    name = key.removeprefix(BLOCK)
    if key.startswith(BLOCK):
        return Block(block=name) if name in graph.blocks else None
    return CATALOGUE[key]() if key in CATALOGUE else None


def behind(graph: Graph, layer: Layer, current: str, is_free: IsFree) -> Change:
    """The layer wired behind a node, or before one that gives nothing; what follows makes room."""
    x, y = graph.nodes[current].position
    if not graph.ports_out(current):
        at = (x, y)
        change = edits.add(graph, layer, after=current, position=at)
        return change.then(edits.move(graph, [current], (COLUMN, 0.0)))
    at = (x + COLUMN, y)
    change = edits.add(graph, layer, after=current, position=at)
    followers = [name for name in graph.dag.adj[current] if _now_behind(change, name)]
    if followers:
        return change.then(make_room(graph, followers, at[0] + COLUMN))
    if is_free(*at):
        return change
    return edits.add(graph, layer, after=current, position=free_place(at, is_free))


def on_wire(graph: Graph, layer: Layer, target: PortRef, at: Point | None = None) -> Change:
    """The layer on a wire; what follows makes room."""
    source = graph.wires[target]
    (x1, y1), (x2, y2) = graph.nodes[source.node].position, graph.nodes[target.node].position
    x = max(x1 + COLUMN, at[0] if at is not None else (x1 + x2) / 2)
    place = (
        snapped(min(x, max(x2 - COLUMN, x1 + COLUMN))),
        snapped(y1 if y1 == y2 else (y1 + y2) / 2),
    )
    change = edits.insert_on_wire(graph, target, layer, position=place)
    return change.then(make_room(graph, [target.node], place[0] + COLUMN))


def put_on_wire(graph: Graph, name: str, target: PortRef, at: Point) -> Change:
    """A node that is there already on a wire, near a place; what follows makes room."""
    source = graph.wires[target]
    (x1, y1), (x2, y2) = graph.nodes[source.node].position, graph.nodes[target.node].position
    x = snapped(min(max(at[0], x1 + COLUMN), max(x2 - COLUMN, x1 + COLUMN)))
    y = y1 if y1 == y2 else snapped(at[1])
    old = graph.nodes[name].position
    change = edits.insert_node_on_wire(graph, target, name)
    change = change.then(edits.move(graph, [name], (x - old[0], y - old[1])))
    return change.then(make_room(graph, [target.node], x + COLUMN, but=name))


def make_room(graph: Graph, names: list[str], least: float, but: str = "") -> Change:
    """Moves nodes and all that follows them, ``but`` one, to the right, until the first stands at
    ``least``."""
    missing = least - min(graph.nodes[name].position[0] for name in names)
    if missing <= 0:
        return Change()
    moved = set(names).union(*(nx.descendants(graph.dag, name) for name in names))
    moved.discard(but)
    return edits.move(graph, [name for name in graph.nodes if name in moved], (missing, 0.0))


def wired_to(graph: Graph, layer: Layer, end: PortRef, *, from_output: bool, at: Point) -> Change:
    """A layer at a place, wired to a port that a wire was drawn from.

    Raises WiringError where the layer has no port to take it.
    """
    change = edits.add(graph, layer, position=at)
    name = change.added("nodes")[0]
    kind = type(layer).__name__
    if from_output:
        entry = first_input(input_ports(graph, layer))
        if entry is None:
            raise WiringError(f"{kind} has no input to wire to.")
        pairs: dict[PortRef, tuple[PortRef | None, PortRef]] = {PortRef(name, entry): (None, end)}
    else:
        outputs = output_ports(graph, layer)
        if not outputs:
            raise WiringError(f"{kind} has no output to wire from.")
        slot = slot_for(graph, end)
        pairs = {slot: (graph.wires.get(slot), PortRef(name, outputs[0].name))}
    return change.then(Change({"wires": pairs}))


def free_place(at: Point, is_free: IsFree) -> Point:
    """The nearest place below where nothing stands."""
    x, y = at
    for step in range(200):
        if is_free(x, y + step * ROW):
            return (x, y + step * ROW)
    return at


def sizes(graph: Graph, names: list[str]) -> dict[str, Point]:
    """How large nodes are drawn."""
    return {name: (WIDTH, shape_of(graph, name).height) for name in names}


def _now_behind(change: Change, follower: str) -> bool:
    return any(target.node == follower for target in change.pairs("wires"))

"""Places on the canvas: nothing here changes what a network computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from graph_engine.edits.draft import Draft, require_nodes, require_point, require_row, shifted
from graph_engine.graph import Change, Graph, Point, PortRef

Edge = Literal["left", "center", "right", "top", "middle", "bottom"]
Axis = Literal["x", "y"]
Sizes = Mapping[str, Point]

EDGES: Mapping[str, tuple[int, float]] = {
    "left": (0, 0.0), "center": (0, 0.5), "right": (0, 1.0),
    "top": (1, 0.0), "middle": (1, 0.5), "bottom": (1, 1.0),
}  # fmt: skip


def move(
    graph: Graph,
    names: Collection[str],
    by: Point,
    *,
    notes: Iterable[str] = (),
    frames: Iterable[str] = (),
) -> Change:
    """Nodes, notes and frames moved by some pixels; the bends of wires between the nodes come along.

    Raises DesignError for an unknown name or a place that is too far away.
    """
    draft = Draft(graph)
    chosen = require_nodes(graph, names) if names else []
    for name in chosen:
        draft.update(name, position=shifted(graph.nodes[name].position, by))
    for table, keys in (("notes", notes), ("frames", frames)):
        for key in keys:
            row = require_row(graph, table, key)
            draft.put(table, key, replace(row, position=shifted(row.position, by)))
    inside = set(chosen)
    for target, points in graph.routes.items():
        if target.node in inside and graph.wires[target].node in inside:
            draft.route(target, tuple(shifted(point, by) for point in points))
    return draft.change()


def place(
    graph: Graph,
    positions: Mapping[str, Point],
    routes: Mapping[PortRef, tuple[Point, ...]] | None = None,
) -> Change:
    """Nodes put to these places, and wires given these bends, as a layout computes them."""
    require_nodes(graph, positions)
    draft = Draft(graph)
    for name, position in positions.items():
        draft.update(name, position=require_point(position))
    for target, points in (routes or {}).items():
        if target in graph.wires:
            draft.route(target, tuple(require_point(point) for point in points))
    return draft.change()


def align(graph: Graph, names: Iterable[str], edge: Edge, sizes: Sizes | None = None) -> Change:
    """Nodes with one edge on a line: the outermost one's, or the middle of all.

    ``sizes`` are those of the nodes on the canvas, in pixels; without them, nodes are points.
    """
    chosen = require_nodes(graph, names)
    axis, part = EDGES[edge]
    low, high = _extents(graph, chosen, axis, sizes or {})
    line = {0.0: min(low), 0.5: (min(low) + max(high)) / 2, 1.0: max(high)}[part]
    lengths = [b - a for a, b in zip(low, high, strict=True)]
    return _along(graph, chosen, axis, [line - part * length for length in lengths])


def distribute(
    graph: Graph, names: Iterable[str], axis: Axis, sizes: Sizes | None = None
) -> Change:
    """Nodes with equal gaps between them, the two outermost staying where they are."""
    across = "xy".index(axis)
    chosen = require_nodes(graph, names)
    chosen.sort(key=lambda name: graph.nodes[name].position[across])
    low, high = _extents(graph, chosen, across, sizes or {})
    lengths = [b - a for a, b in zip(low, high, strict=True)]
    count = max(len(chosen) - 1, 1)
    gap = (high[-1] - low[0] - sum(lengths)) / count
    starts = [low[0]]
    for length in lengths[:-1]:
        starts.append(starts[-1] + length + gap)
    return _along(graph, chosen, across, starts)


def straighten(graph: Graph, names: Iterable[str]) -> Change:
    """Nodes on the line of the node that feeds them, so that chains run straight; where several of the
    chosen ones are fed by the same node, the first stays with it."""
    chosen = set(require_nodes(graph, names))
    heights: dict[str, float] = {}
    followed: set[str] = set()
    for name in sorted(chosen, key=graph.order.position.__getitem__):
        sources = (graph.incoming(name).get(slot) for slot in graph.slots(name))
        feeder = next((s.node for s in sources if s and s.node not in followed), None)
        heights[name] = graph.nodes[name].position[1]
        if feeder is not None and feeder in chosen:
            heights[name] = heights[feeder]
            followed.add(feeder)
    return _along(graph, list(heights), 1, list(heights.values()))


def _extents(
    graph: Graph, names: list[str], axis: int, sizes: Sizes
) -> tuple[list[float], list[float]]:
    low = [graph.nodes[name].position[axis] for name in names]
    lengths = [sizes.get(name, (0.0, 0.0))[axis] for name in names]
    return low, [a + length for a, length in zip(low, lengths, strict=True)]


def _along(graph: Graph, names: list[str], axis: int, values: list[float]) -> Change:
    put: Callable[[Point, float], Point] = (
        (lambda p, v: (v, p[1])) if axis == 0 else (lambda p, v: (p[0], v))
    )
    found = {n: put(graph.nodes[n].position, v) for n, v in zip(names, values, strict=True)}
    return place(graph, found)

"""Tidying a drawing or a part of it, as a change that can be undone.

The method is the layered one of Sugiyama et al. (1981): columns along the flow of data, an order in each
column with few crossings, heights that make wires straight. Wires that skip columns get lanes of their
own, whose points become the wires' routes, so that none runs through a node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from graph_engine.arrange.columns import Columns, make_cells
from graph_engine.arrange.crossings import order_columns
from graph_engine.arrange.heights import heights
from graph_engine.graph import Change, Graph, Point, PortRef

Size = tuple[float, float]

WIDTH, HEIGHT = 184.0, 52.0
COLUMN_GAP, ROW_GAP, LANE = 104.0, 32.0, 12.0


@dataclass(frozen=True)
class Layout:
    """Where everything goes: the top left corner of each node, the points of each wire that bends."""

    positions: Mapping[str, Point]
    routes: Mapping[PortRef, tuple[Point, ...]]


def arrange(
    graph: Graph,
    size_of: Callable[[str], Size] | None = None,
    only: Collection[str] | None = None,
) -> Change:
    """The change that tidies a drawing, or of it only some nodes, which then keep their middle.

    ``size_of`` tells width and height of a node as drawn.
    """
    chosen = set(graph.nodes if only is None else only) & set(graph.nodes)
    layout = lay_out(graph, size_of, chosen)
    shift = _shift(graph, layout, chosen, whole=len(chosen) == len(graph.nodes))
    nodes = {}
    for name, position in layout.positions.items():
        node = graph.nodes[name]
        nodes[name] = (node, replace(node, position=_moved(position, shift)))
    routes = {}
    for target in graph.wires:
        if target.node in chosen:
            points = tuple(_moved(point, shift) for point in layout.routes.get(target, ()))
            routes[target] = (graph.routes.get(target), points or None)
    return Change.of({"nodes": nodes, "routes": routes})


def lay_out(
    graph: Graph,
    size_of: Callable[[str], Size] | None = None,
    only: Collection[str] | None = None,
) -> Layout:
    """Positions and routes for the chosen nodes, starting at (0, 0)."""
    chosen = set(graph.nodes if only is None else only)
    names = [name for name in graph.in_order() if name in chosen]
    size = {name: size_of(name) if size_of else (WIDTH, HEIGHT) for name in names}
    wires = [(t, s) for t, s in graph.wires.items() if t.node in chosen and s.node in chosen]
    tall = {name: size[name][1] for name in names}
    columns = make_cells(names, wires, tall, _ports(graph, names, size), LANE)
    order = order_columns(columns, _start(graph, columns))
    tops = heights(columns, order, ROW_GAP)
    lefts, widths = _lefts(columns, size)
    number = {name: index for index, name in enumerate(names)}
    lowest = min(tops, default=0.0)
    positions = {
        name: (lefts[columns.cells[i].column], round(tops[i] - lowest))
        for name, i in number.items()
    }
    routes = {}
    for target, source in wires:
        skipped = (
            columns.cells[number[target.node]].column
            - columns.cells[number[source.node]].column
            - 1
        )
        lane = columns.lanes.get(source, [])[:skipped]
        if lane:
            routes[target] = _route(columns, lane, tops, lefts, widths, lowest)
    return Layout(positions, routes)


def _ports(graph: Graph, names: list[str], size: Mapping[str, Size]) -> dict[PortRef, float]:
    """How far below its node's top each port is: they share the height evenly."""
    found: dict[PortRef, float] = {}
    for name in names:
        outputs = [port.name for port in graph.ports_out(name)]
        for ports in (graph.slots(name), outputs):
            for index, port in enumerate(ports, 1):
                found[PortRef(name, port)] = size[name][1] * index / (len(ports) + 1)
        for port in graph.incoming(name):
            found.setdefault(PortRef(name, port), size[name][1] / 2)
    return found


def _start(graph: Graph, columns: Columns) -> list[float]:
    """The height at which each cell stands now; lanes stand where their source does."""
    now = [graph.nodes[cell.node].position[1] if cell.node else 0.0 for cell in columns.cells]
    for source, lane in columns.lanes.items():
        for index in lane:
            now[index] = graph.nodes[source.node].position[1]
    return now


def _lefts(columns: Columns, size: Mapping[str, Size]) -> tuple[list[float], list[float]]:
    """The left edge and the width of each column."""
    lefts, widths, x = [], [], 0.0
    for members in columns.members:
        inside = (size[columns.cells[i].node][0] for i in members if columns.cells[i].node)
        widths.append(max(inside, default=0.0))
        lefts.append(x)
        x += widths[-1] + COLUMN_GAP
    return lefts, widths


def _route(
    columns: Columns,
    lane: list[int],
    tops: list[float],
    lefts: list[float],
    widths: list[float],
    lowest: float,
) -> tuple[Point, ...]:
    """The points where a wire enters and leaves each column that it skips; level ones are left out, and
    so are steps that the gap between rows has room for."""
    points: list[Point] = []
    for index in lane:
        column = columns.cells[index].column
        y: float = round(tops[index] + LANE / 2 - lowest)
        if points and abs(y - points[-1][1]) <= LANE / 2:
            y = points[-1][1]
        if len(points) > 1 and points[-1][1] == points[-2][1] == y:
            points.pop()
        elif not (points and points[-1][1] == y):
            points.append((lefts[column], y))
        points.append((lefts[column] + widths[column], y))
    return tuple(points)


def _shift(graph: Graph, layout: Layout, chosen: Collection[str], *, whole: bool) -> Point:
    """What brings a part's middle back to where it was; a whole drawing starts at (0, 0)."""
    if whole or not chosen:
        return (0.0, 0.0)
    count = len(layout.positions)
    before = [graph.nodes[name].position for name in layout.positions]
    after = list(layout.positions.values())
    x = sum(b[0] - a[0] for b, a in zip(before, after, strict=True)) / count
    y = sum(b[1] - a[1] for b, a in zip(before, after, strict=True)) / count
    return (round(x), round(y))


def _moved(point: Point, by: Point) -> Point:
    return (point[0] + by[0], point[1] + by[1])

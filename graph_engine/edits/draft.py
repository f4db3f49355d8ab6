"""An edit in the making: the rows that will be, over a graph that stays as it is.

Reading goes to the draft first and to the graph behind it, so that an edit of several steps costs what
its steps touch and never a copy of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import Change, Graph, Node, Point, PortRef, Row
from graph_engine.names import free_name

FARTHEST, GRID = 1e9, 4.0


class Draft:
    """Collects what an edit writes; ``change()`` is the result."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._rows: dict[str, dict[Any, Any]] = {}
        self._wired: dict[str, dict[str, PortRef | None]] = {}

    # Reading -------------------------------------------------------------------------------------

    def row(self, table: str, key: object) -> Any:
        """The row as it will be, or None."""
        rows = self._rows.get(table, {})
        return rows[key] if key in rows else getattr(self.graph, table).get(key)

    def node(self, name: str) -> Node:
        """The node as it will be. Raises DesignError where there is none of that name."""
        found: Node | None = self.row("nodes", name)
        if found is None:
            raise DesignError(f"There is no node called `{name}` in `{self.graph.name}`.")
        return found

    def incoming(self, name: str) -> dict[str, PortRef]:
        """Input port → the output port that will be wired to it."""
        found = dict(self.graph.incoming(name)) if name in self.graph.nodes else {}
        for port, source in self._wired.get(name, {}).items():
            if source is None:
                found.pop(port, None)
            else:
                found[port] = source
        return found

    def free_name(self, wish: str) -> str:
        """``wish``, or a name made from it that no node will have."""
        return free_name(wish, _Keys(self, "nodes"))

    def free_key(self, table: str, stem: str) -> str:
        """``note1``, or the first number that no row of the table will have."""
        number = 1
        while self.row(table, f"{stem}{number}") is not None:
            number += 1
        return f"{stem}{number}"

    # Writing -------------------------------------------------------------------------------------

    def put(self, table: str, key: object, value: object) -> None:
        """Sets a row; None takes it out."""
        self._rows.setdefault(table, {})[key] = value

    def put_node(self, node: Node) -> None:
        """Sets the node of that name."""
        self.put("nodes", node.name, node)

    def update(self, name: str, **fields: Any) -> None:
        """Sets fields of a node."""
        self.put_node(replace(self.node(name), **fields))

    def wire(self, target: PortRef, source: PortRef) -> None:
        """Wires an input; a wire that ends there goes, with its route."""
        self._set_wire(target, source)
        if self.graph.wires.get(target) != source:
            self._straighten(target)

    def unwire(self, target: PortRef) -> None:
        """Takes away the wire that ends there, with its route."""
        self._set_wire(target, None)
        self._straighten(target)

    def route(self, target: PortRef, points: tuple[Point, ...] | None) -> None:
        """The points that a wire bends at."""
        self.put("routes", target, points or None)

    def _straighten(self, target: PortRef) -> None:
        if self.row("routes", target) is not None:
            self.put("routes", target, None)

    def _set_wire(self, target: PortRef, source: PortRef | None) -> None:
        self._wired.setdefault(target.node, {})[target.port] = source
        self.put("wires", target, source)

    # The result ----------------------------------------------------------------------------------

    def change(self) -> Change:
        """What was written, against what the graph has."""
        serial = self.graph.last_serial
        tables: dict[str, dict[Any, tuple[Any, Any]]] = {}
        for table, rows in self._rows.items():
            old = getattr(self.graph, table)
            pairs = tables[table] = {}
            for key, row in rows.items():
                after = row
                if isinstance(row, Row) and not row.serial:
                    serial += 1
                    after = replace(row, serial=serial)
                pairs[key] = (old.get(key), after)
        return Change.of(tables)


class _Keys:
    """The keys of a table as they will be, for ``in``."""

    def __init__(self, draft: Draft, table: str) -> None:
        self._draft, self._table = draft, table

    def __contains__(self, key: object) -> bool:
        return self._draft.row(self._table, key) is not None


def require_nodes(graph: Graph, names: Iterable[str]) -> list[str]:
    """The names, each once, in the order of the drawing's table.

    Raises DesignError for one that is not there, or for none at all.
    """
    chosen = dict.fromkeys(names)
    for name in chosen:
        if name not in graph.nodes:
            raise DesignError(f"There is no node called `{name}` in `{graph.name}`.")
    if not chosen:
        raise DesignError("Choose at least one node.")
    if len(chosen) == 1:
        return list(chosen)
    return sorted(chosen, key=lambda name: graph.nodes[name].serial)


def require_wire(graph: Graph, target: PortRef) -> PortRef:
    """Where the wire into that input comes from. Raises WiringError where there is none."""
    source = graph.wires.get(target)
    if source is None:
        raise WiringError(f"No wire ends in `{target}`.")
    return source


def require_point(point: Point) -> Point:
    """The point. Raises DesignError for coordinates that are no place on a canvas."""
    if not all(abs(c) <= FARTHEST for c in point):
        raise DesignError(f"A place on the canvas has coordinates up to {FARTHEST:g}, not {point}.")
    return (float(point[0]), float(point[1]))


def on_grid(value: float) -> float:
    """The nearest line of the grid that drawings snap to."""
    return round(value / GRID) * GRID


def shifted(point: Point, by: Point) -> Point:
    """The point, moved. Raises DesignError where that is too far away."""
    return require_point((point[0] + by[0], point[1] + by[1]))


def require_row(graph: Graph, table: str, key: str) -> Any:
    """The note or frame of that key. Raises DesignError where there is none."""
    row = getattr(graph, table).get(key)
    if row is None:
        raise DesignError(f"There is no {table[:-1]} `{key}`.")
    return row

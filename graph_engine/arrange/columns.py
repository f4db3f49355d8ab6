"""Step one of tidying: which column each node stands in, and a lane for every wire that skips columns.

Sources that only feed something far to the right, such as a learned token, stand right before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_engine.graph import PortRef

Wires = Sequence[tuple[PortRef, PortRef]]


@dataclass(slots=True)
class Cell:
    """What takes part in a column: a node, or the lane of a wire (``node`` is then empty).

    ``before`` and ``after`` are the neighbours in the columns beside it: the other cell's number, and
    where the wire ends on this cell and on the other, as distances from their tops.
    """

    node: str
    height: float
    column: int
    before: list[tuple[int, float, float]] = field(default_factory=list)
    after: list[tuple[int, float, float]] = field(default_factory=list)


@dataclass(slots=True)
class Columns:
    """All cells, column by column; ``lanes`` has those that each wire's source runs through."""

    cells: list[Cell]
    members: list[list[int]]
    lanes: dict[PortRef, list[int]]


def columns_of(names: Sequence[str], wires: Wires) -> dict[str, int]:
    """The column of each node: one behind the last of those that feed it.

    ``names`` are in topological order, ``wires`` are (target, source).
    """
    feeding: dict[str, list[str]] = {name: [] for name in names}
    fed: dict[str, list[str]] = {name: [] for name in names}
    for target, source in wires:
        feeding[target.node].append(source.node)
        fed[source.node].append(target.node)
    column: dict[str, int] = {}
    for name in names:
        column[name] = 1 + max((column[n] for n in feeding[name]), default=-1)
    for name in reversed(names):
        if not feeding[name] and fed[name]:
            column[name] = min(column[n] for n in fed[name]) - 1
    return column


def make_cells(
    names: Sequence[str],
    wires: Wires,
    height: Mapping[str, float],
    port_at: Mapping[PortRef, float],
    lane: float,
) -> Columns:
    """The cells of all columns with their neighbours.

    ``port_at`` has the distance of each port from its node's top. All wires of one output share a lane,
    of height ``lane``.
    """
    column = columns_of(names, wires)
    cells = [Cell(name, height[name], column[name]) for name in names]
    number = {name: index for index, name in enumerate(names)}
    lanes: dict[PortRef, list[int]] = {}
    farthest: dict[PortRef, int] = {}
    for target, source in wires:
        farthest[source] = max(farthest.get(source, 0), column[target.node])
    for source, last in farthest.items():
        previous, out = number[source.node], port_at[source]
        for place in range(column[source.node] + 1, last):
            cells.append(Cell("", lane, place))
            _join(cells, previous, len(cells) - 1, out, lane / 2)
            previous, out = len(cells) - 1, lane / 2
            lanes.setdefault(source, []).append(previous)
    for target, source in wires:
        skipped = column[target.node] - column[source.node] - 1
        if skipped:
            start, out = lanes[source][skipped - 1], lane / 2
        else:
            start, out = number[source.node], port_at[source]
        _join(cells, start, number[target.node], out, port_at[target])
    members: list[list[int]] = [[] for _ in range(1 + max((c.column for c in cells), default=-1))]
    for index, cell in enumerate(cells):
        members[cell.column].append(index)
    return Columns(cells, members, lanes)


def _join(cells: list[Cell], left: int, right: int, out: float, into: float) -> None:
    cells[left].after.append((right, out, into))
    cells[right].before.append((left, into, out))

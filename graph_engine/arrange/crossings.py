"""Step two of tidying: the order within each column, by sweeps that bring neighbours level.

The barycentre heuristic of Sugiyama, Tagawa and Toda, “Methods for visual understanding of hierarchical
system structures” (1981), with ports: a wire counts where it ends on its node, not at the node's middle.
"""

from __future__ import annotations

from bisect import bisect_right, insort

from graph_engine.arrange.columns import Columns

SWEEPS = 8
PATIENCE = 2


def order_columns(columns: Columns, start: list[float]) -> list[list[int]]:
    """The cells of each column from top to bottom, with as few crossings as the sweeps find.

    ``start`` has a height for each cell at which it stands now, so that a drawing that is in order
    already keeps its order.
    """
    current = [sorted(cells, key=start.__getitem__) for cells in columns.members]
    best, fewest = [list(cells) for cells in current], crossings(columns, current)
    waited = 0
    for sweep in range(SWEEPS):
        if not fewest or waited >= PATIENCE:
            break
        _sweep(columns, current, forward=sweep % 2 == 0)
        count = crossings(columns, current)
        if count < fewest:
            best, fewest, waited = [list(cells) for cells in current], count, 0
        else:
            waited += 1
    return best


def crossings(columns: Columns, order: list[list[int]]) -> int:
    """How many pairs of wires cross between neighbouring columns."""
    rank = _ranks(order)
    total = 0
    for cells in order:
        ends: list[tuple[float, float]] = []
        for index in cells:
            after = columns.cells[index].after
            ends += [
                (rank[index] + out * 1e-6, rank[other] + into * 1e-6) for other, out, into in after
            ]
        ends.sort()
        seen: list[float] = []
        for _, end in ends:
            total += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return total


def _ranks(order: list[list[int]]) -> dict[int, int]:
    return {index: place for cells in order for place, index in enumerate(cells)}


def _sweep(columns: Columns, order: list[list[int]], *, forward: bool) -> None:
    """Sorts each column by the mean place of its neighbours in the column swept before."""
    places = range(1, len(order)) if forward else range(len(order) - 2, -1, -1)
    rank = _ranks(order)
    for place in places:
        key: dict[int, float] = {}
        for index in order[place]:
            cell = columns.cells[index]
            near = cell.before if forward else cell.after
            if near:
                total = sum(rank[other] + there * 1e-3 - here * 1e-3 for other, here, there in near)
                key[index] = total / len(near)
            else:
                key[index] = rank[index]
        order[place].sort(key=key.__getitem__)
        for at, index in enumerate(order[place]):
            rank[index] = at

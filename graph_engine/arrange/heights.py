"""Step three of tidying: how high each cell stands, so that wires run straight.

For one column, with the others fixed, the best heights are those closest to what the wires wish, subject
to the cells keeping their order and distance. That is isotonic regression, which pool-adjacent-violators
solves exactly in one pass (Ayer et al., 1955; Best and Chakravarti, 1990). Columns take turns.
"""

from __future__ import annotations

from graph_engine.arrange.columns import Cell, Columns

SWEEPS = 6
LANE_WEIGHT = 4.0
GROUND_WEIGHT = 1e-3


def heights(columns: Columns, order: list[list[int]], gap: float) -> list[float]:
    """The top of every cell; neighbours in a column are at least ``gap`` apart."""
    top = [0.0] * len(columns.cells)
    for members in order:
        y = 0.0
        for index in members:
            top[index] = y
            y += columns.cells[index].height + gap
        middle = (y - gap) / 2
        for index in members:
            top[index] -= middle
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for members in order if forward else reversed(order):
            _settle(columns.cells, members, top, gap, forward=forward, both=sweep >= SWEEPS - 2)
    return top


def _settle(
    cells: list[Cell],
    members: list[int],
    top: list[float],
    gap: float,
    *,
    forward: bool,
    both: bool,
) -> None:
    """Gives one column its best heights for the columns beside it."""
    offset, blocks = 0.0, list[tuple[float, float, int]]()
    for index in members:
        cell = cells[index]
        near = cell.before + cell.after if both else (cell.before if forward else cell.after)
        weight, wish = GROUND_WEIGHT, GROUND_WEIGHT * top[index]
        for other, here, there in near:
            straight = LANE_WEIGHT if not cell.node and not cells[other].node else 1.0
            weight += straight
            wish += straight * (top[other] + there - here)
        blocks.append((wish / weight - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (v2, w2, n2), (v1, w1, n1) = blocks.pop(), blocks.pop()
            blocks.append(((v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, n1 + n2))
        offset += cell.height + gap
    offset, place = 0.0, 0
    for value, _, count in blocks:
        for index in members[place : place + count]:
            top[index] = value + offset
            offset += cells[index].height + gap
        place += count

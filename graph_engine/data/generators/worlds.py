"""States of small worlds in which a network can learn to act: where episodes begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.generators.dice import Arrays, Dice

Field = tuple[int, int]

COLUMNS = ("position", "velocity", "angle", "spin")
STANDING = np.array([2.0, np.inf, 0.17, np.inf])
"""The farthest that a start may be from the middle, and the steepest that its pole may lean."""


def cart_pole(samples: int, dice: Dice, noise: float) -> Arrays:
    """``state``: position and velocity of a cart, angle and angular velocity of the pole upon it, in
    metres, radians and seconds, each between −0.05 and 0.05. There is nothing to foretell, so that the
    state is its own target.

    ``noise`` is the spread of what is added to each; no pole has fallen for that.
    """
    state = 0.1 * dice.uniform(samples, 4) - 0.05 + noise * dice.normal(samples, 4)
    return {
        "state": np.clip(state, -STANDING, STANDING).astype(np.float32),
        "state.columns": np.array(COLUMNS),
        "target": np.array("state"),
    }


SIDE = 6
WALLS, MOST_WALLS = 0.25, 0.6


def grid_world(samples: int, dice: Dice, noise: float) -> Arrays:
    """``state``: three planes of 6×6 fields with a 1 where somebody walks, where the goal is, and where
    walls are: a quarter of the fields, and more with ``noise``. The goal can be reached, in one step at
    least. There is nothing to foretell, so that the state is its own target.
    """
    state = np.zeros((samples, 3, SIDE, SIDE), np.float32)
    share = min(WALLS + noise, MOST_WALLS)
    for number in range(samples):
        walls, together = _maze(dice, share)
        first = dice.integer(0, len(together))
        second = (first + dice.integer(1, len(together))) % len(together)
        state[number, 0][together[first]] = 1.0
        state[number, 1][together[second]] = 1.0
        state[number, 2] = walls
    return {"state": state, "target": np.array("state")}


def _maze(dice: Dice, share: float) -> tuple[NDArray[np.bool_], list[Field]]:
    """Walls, and fields between which there is a way: at least two."""
    while True:
        walls = dice.uniform(SIDE, SIDE) < share
        together = _reached(walls, (dice.integer(0, SIDE), dice.integer(0, SIDE)))
        if len(together) > 1:
            return walls, together


def _reached(walls: NDArray[np.bool_], start: Field) -> list[Field]:
    """The fields to which a way leads from a start, in the order of their numbers; none from a wall."""
    found: set[Field] = set()
    waiting = [start]
    while waiting:
        row, column = field = waiting.pop()
        is_inside = 0 <= row < SIDE and 0 <= column < SIDE
        if not is_inside or walls[field] or field in found:
            continue
        found.add(field)
        waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return sorted(found)

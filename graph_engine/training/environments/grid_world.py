"""A maze, seen from above, in which one walks to a goal."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from graph_engine.training.environments.base import Environment

COST = 0.02
"""What a step costs; the goal is worth 1."""

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))
SHADES = (0.6, 1.0, 0.3)


class GridWorld(Environment):
    """Mazes like those of Sutton and Barto, *Reinforcement Learning*, 1998, example 4.1, each with walls
    and a goal of its own.

    A state is a picture of three planes with a 1 where something is: who walks, the goal, the walls. A
    move into a wall or out of the picture leads nowhere. An episode is over, and solved, at the goal,
    and over as well where nobody walks or there is no goal.
    """

    name = "grid_world"
    shape = (3, -1, -1)
    actions = ("up", "down", "left", "right")
    longest = 50

    def step(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """One field farther, where there is no wall."""
        walker, goal, walls = state.unbind(1)
        beside = torch.stack([_moved(walker, *move) for move in MOVES], 1)
        wanted = beside[torch.arange(len(action), device=action.device), action]
        wanted = wanted * (walls < 0.5)
        is_free = wanted.flatten(1).any(1)
        walker = torch.where(is_free[:, None, None], wanted, walker)
        reached = (walker * goal).flatten(1).any(1)
        return torch.stack([walker, goal, walls], 1), reached.float() - COST

    def is_over(self, state: Tensor) -> Tensor:
        """At the goal, or with nobody or nothing to walk to."""
        has_all = state[:, :2].flatten(2).any(2).all(1)
        return self.is_solved(state) | ~has_all

    def is_solved(self, state: Tensor) -> Tensor:
        """At the goal."""
        return (state[:, 0] * state[:, 1]).flatten(1).any(1)

    def picture(self, state: Tensor) -> Tensor:
        """Walls dark, the walker brighter, the goal bright; each field four by four pixels."""
        planes = torch.stack([shade * state[:, n] for n, shade in enumerate(SHADES)])
        grown: Tensor = F.interpolate(planes.amax(0)[:, None], scale_factor=4.0, mode="nearest")
        return grown


def _moved(plane: Tensor, down: int, across: int) -> Tensor:
    """A plane whose fields have moved; what leaves it is gone."""
    height, width = plane.shape[1:]
    around = F.pad(plane, (1, 1, 1, 1))
    return around[:, 1 - down : 1 - down + height, 1 - across : 1 - across + width]

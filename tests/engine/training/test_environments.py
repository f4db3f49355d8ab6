"""Worlds to act in: they step as their equations say, and can be drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graph_engine.data.generated import Generated
from graph_engine.training.environments import CartPole, GridWorld

from .acting import pushed

pytestmark = pytest.mark.torch


def test_the_pole_moves_as_its_equations_say() -> None:
    # Given carts in all kinds of states, each pushed to either side
    torch.manual_seed(0)
    states = 2 * torch.randn(40, 4, dtype=torch.float64)
    actions = torch.arange(40) % 2

    # When a step is made
    after, reward = CartPole().step(states, actions)

    # Then each is where a calculation by hand puts it, and every step is worth 1
    expected = [pushed(s, a) for s, a in zip(states.tolist(), actions.tolist(), strict=True)]
    torch.testing.assert_close(after, torch.tensor(expected, dtype=torch.float64))
    assert reward.tolist() == [1.0] * 40


def test_a_pole_is_down_at_twelve_degrees_and_a_cart_lost_behind_the_end_of_its_track() -> None:
    lean = math.radians(12)
    states = torch.tensor(
        [[0, 9, lean - 1e-4, 9], [0, 0, -lean - 1e-4, 0], [2.39, 0, 0, 0], [-2.41, 0, 0, 0]]
    )
    assert CartPole().is_over(states).tolist() == [False, True, False, True]
    assert CartPole().is_solved(states).tolist() == [True, False, True, False]


def maze(*rows: str) -> Tensor:
    """A state from a drawing: w walks, g is the goal, # a wall."""
    return torch.tensor([[[float(c == sign) for c in row] for row in rows] for sign in "wg#"])[None]


def test_one_walks_in_a_maze_around_walls_and_edges_to_the_goal() -> None:
    # Given a maze of two rows, in which the straight way is walled off
    world, state = GridWorld(), maze("w#g", "...")

    # When one walks up, right, down, right, right and up
    places, told = [], []
    for action in (0, 3, 1, 3, 3, 0):
        state, reward = world.step(state, torch.tensor([action]))
        places.append(state[0, 0].flatten().argmax().item())
        told.append(round(float(reward), 2))

    # Then edge and wall hold, the rest leads on, and the goal is worth more than the steps cost
    assert places == [0, 0, 3, 4, 5, 2]
    assert told == [-0.02] * 5 + [0.98]
    assert world.is_over(state).tolist() == world.is_solved(state).tolist() == [True]
    assert world.is_over(maze("w..", "...")).tolist() == [True]
    assert world.is_over(maze("w..", "..g")).tolist() == [False]


def test_every_maze_has_a_way_to_its_goal() -> None:
    # Given mazes with many walls
    made = Generated(name="grid_world", samples=60, noise=0.3).load()
    states = torch.as_tensor(made["state"].take(np.arange(60)))

    # When from each start everything is walked to that can be
    walker, goal, walls = states.unbind(1)
    seen = walker.clone()
    for _ in range(36):
        spread = nn.functional.max_pool2d(seen[:, None], (3, 1), 1, (1, 0))[:, 0]
        across = nn.functional.max_pool2d(seen[:, None], (1, 3), 1, (0, 1))[:, 0]
        seen = torch.maximum(spread, across) * (1 - walls)

    # Then the goal is among it, and nobody begins there
    assert (seen * goal).flatten(1).any(1).all()
    assert not GridWorld().is_over(states).any()
    assert ((walker + goal) * walls).sum() == 0


def test_worlds_are_drawn() -> None:
    # Given a pole that leans to the right, on a cart in the middle, and a maze
    pole = CartPole().picture(torch.tensor([[0.0, 0.0, 0.2, 0.0], [1.0, 0.0, 0.0, 0.0]]))
    drawn_maze = GridWorld().picture(maze("w#g", "..."))

    # Then its upper half is to the right of the middle, and the cart that is farther right, farther
    assert pole.shape == (2, 1, 32, 48)
    assert 0 <= float(pole.min()) <= float(pole.max()) <= 1
    across = torch.arange(48.0)
    upper, lower = pole[:, 0, :10].sum(1), pole[:, 0, 24:28].sum(1)
    middles = [(across * rows).sum(1) / rows.sum(1) for rows in (upper, lower)]
    assert middles[0][0] > 25
    assert middles[1][0] == pytest.approx(23.5, abs=0.3)
    assert middles[1][1] > 30
    shades = torch.tensor([[0.6, 0.3, 1.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(
        drawn_maze[0, 0], shades.repeat_interleave(4, 0).repeat_interleave(4, 1)
    )

"""Small worlds that a network can learn to act in, by the names that a recipe gives them."""

from __future__ import annotations

from graph_engine.training.environments.base import Environment, Episodes, play, returns
from graph_engine.training.environments.cart_pole import CartPole
from graph_engine.training.environments.grid_world import GridWorld

ENVIRONMENTS: dict[str, type[Environment]] = {each.name: each for each in (CartPole, GridWorld)}

__all__ = ["ENVIRONMENTS", "CartPole", "Environment", "Episodes", "GridWorld", "play", "returns"]

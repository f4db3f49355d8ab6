"""Poles to hold, how one moves by its equations, and a small network that holds it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.generated import Generated
from graph_engine.data.prepared import PreparedData
from graph_engine.training.recipe import Recipe

CPU = torch.device("cpu")


def poles(samples: int = 24, **choice: Any) -> PreparedData:
    source = Generated(name="cart_pole", samples=samples)
    return prepare(DataChoice(source=source, **choice), None, ["seen"])


def agent(actions: int = 2, inputs: int = 4) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, actions)
    )


def recipe(**values: Any) -> Recipe:
    chosen = {"name": "policy_gradient", "steps": 40, **values.pop("procedure", {})}
    usual = {"optimizer": {"name": "Adam", "lr": 0.01}, "batch_size": 8, "threads": 1, "epochs": 3}
    return Recipe(**{**usual, **values, "procedure": chosen})


def pushed(state: list[float], action: int) -> list[float]:
    """One step of the cart and the pole, from the equations of Barto, Sutton and Anderson."""
    x, v, theta, omega = state
    force, total = (10.0 if action else -10.0), 1.1
    moved = (-force - 0.1 * 0.5 * omega**2 * math.sin(theta)) / total
    alpha = (9.8 * math.sin(theta) + math.cos(theta) * moved) / (
        0.5 * (4 / 3 - 0.1 * math.cos(theta) ** 2 / total)
    )
    a = (force + 0.1 * 0.5 * (omega**2 * math.sin(theta) - alpha * math.cos(theta))) / total
    return [x + 0.02 * v, v + 0.02 * a, theta + 0.02 * omega, omega + 0.02 * alpha]

"""A run whose commands come at planned steps, so that steering can be told to the bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.commands import Command
from graph_engine.training.events import Event, Steered, Stepped
from graph_engine.training.loop import Loop
from graph_engine.training.recipe import Recipe
from graph_engine.training.steering import Wishes

from .runs import of_kind
from .small import data, mlp

STEPS = 7
"""Steps of an epoch: 106 samples of iris in batches of 16."""
Plan = Mapping[int, Sequence[Command]]


def recipe(**values: Any) -> Recipe:
    return Recipe(**{"epochs": 3, "batch_size": 16, "threads": 1, "device": "cpu", **values})


@dataclass
class Ride:
    """A run whose commands come when the loop stands before a step: ``plan`` has them by that step.

    ``late`` has those that come when it asks for the second time at a step, which is while it measures.
    """

    module: nn.Module
    chosen: Recipe
    plan: Plan
    late: Plan = field(default_factory=dict)
    store: CheckpointStore | None = None
    validation: float = 0.15
    seen: Callable[[Loop], None] = lambda loop: None
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wishes = Wishes()
        start = {name: tensor.clone() for name, tensor in self.module.state_dict().items()}
        samples = data("iris", self.validation)
        self.loop = Loop(
            self.module, self.chosen, samples, self.store, self.events.append, self._asked,
            self.wishes, lambda: start,
        )  # fmt: skip
        self._asks: dict[int, int] = {}

    def run(self) -> Ride:
        """Rides to the end."""
        self.loop.run("", "")
        return self

    def _asked(self) -> bool:
        step = self.loop.position.step
        self._asks[step] = self._asks.get(step, 0) + 1
        plan = {1: self.plan, 2: self.late}.get(self._asks[step], {})
        for command in plan.get(step, ()):
            self.wishes.ask(command)
        self.seen(self.loop)
        return False

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """What was answered: action, step and sentence."""
        return [(each.action, each.step, each.message) for each in of_kind(self.events, Steered)]

    @property
    def losses(self) -> list[float]:
        return [loss for each in of_kind(self.events, Stepped) for loss in each.losses]


def undisturbed(chosen: Recipe) -> tuple[nn.Module, list[float]]:
    ride = Ride(mlp(), chosen, {}).run()
    return ride.module, ride.losses

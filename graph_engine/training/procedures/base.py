"""What the loop asks of a procedure, whatever it does in its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graph_engine.data.prepared import PreparedData, Split
from graph_engine.training.observer import Observer
from graph_engine.training.procedure_choices import procedure_of
from graph_engine.training.recipe import Recipe

Batch = tuple[tuple[Tensor, ...], Tensor]


class Made(NamedTuple):
    """Something that a network made, to be looked at; texts are arrays of their UTF-8 bytes."""

    title: str
    array: NDArray[Any]
    about: Mapping[str, Any] = MappingProxyType({})


class Procedure:
    """One way to train a network.

    ``reseed`` starts the generators anew for the current step, for optimizers that compute it more
    than once. ``keeps_best`` says whether the watched metric tells which weights are the best.
    ``observer`` is told at the marked places of a step.
    """

    keeps_best = True

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        self.module = module
        self.recipe = recipe
        self.task = task
        self.device = device
        self.observer = Observer()
        self.choice = procedure_of(recipe.procedure, task)

    def prepare(self, data: PreparedData) -> PreparedData:
        """The data that the steps are made of; for procedures that need others than the project says.

        Asked once, before ``begin``. Raises TrainingError where the data do not suit.
        """
        return data

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Before the first step of an epoch, which counts from 0; not ``is_fresh`` where a run goes on
        in the middle of it. Answers whether another task begins, whose best weights have yet to come.
        """
        return False

    def learned_from(self, data: PreparedData, epoch: int) -> Split:
        """The samples of an epoch."""
        return data.train

    def measured_by(self, data: PreparedData, epoch: int) -> Split:
        """The samples by which an epoch is measured."""
        return data.validation

    def begin(self, steps_per_epoch: int, watched_falls: bool, reseed: Callable[[], None]) -> None:
        """Makes optimizers and schedulers. Raises TrainingError where the recipe does not fit."""
        raise NotImplementedError

    def step(self, batches: Sequence[Batch]) -> Tensor:
        """Updates the weights once by one batch, or by several whose gradients are gathered.

        Answers the loss for each sample, still on the device.
        """
        raise NotImplementedError

    def epoch_ended(self, watched: float) -> None:
        """Lets schedulers move; ``watched`` is the metric that the recipe monitors."""
        raise NotImplementedError

    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """Loss and metrics over the batches, without learning from them; nothing when stopped."""
        raise NotImplementedError

    def made(self) -> Iterable[Made]:
        """What the network makes by itself, for showing after an epoch: samples, texts.

        The module's weights, mode and the generators of randomness are as before afterwards.
        """
        return ()

    def learning_rate(self) -> float:
        """That of the first group of weights, for showing."""
        raise NotImplementedError

    def set_learning_rate(self, rate: float) -> None:
        """Goes on with this rate, other groups and the schedule in proportion.

        Raises TrainingError where nothing is in proportion.
        """
        raise NotImplementedError

    def forget(self) -> None:
        """Takes away what optimizers remember of earlier gradients, for weights put in from outside."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Everything besides the weights that the next step depends on."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from where ``state_dict`` was."""
        raise NotImplementedError

"""What looks on while a network is trained: the places of a run at which something can be measured."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from graph_engine.training.commands import Look
from graph_engine.training.criteria import Criterion, Outputs


class Observer:
    """Sees nothing; what measures overrides what it wants to see.

    A run is ``started``, steps and the ends of epochs, ``finished``. A step is ``begin``, then for each
    of its optimizers ``gradients_ready``, ``clipped`` (only where the recipe clips) and ``updated``,
    then ``ended``, or ``broken_off`` where it failed. None of them may change a weight, a gradient, a
    buffer or a random generator.
    """

    is_looking = False
    """Whether this very step is measured; gradients are then unscaled before ``gradients_ready``."""

    def started(self, epoch: int, step: int, last_step: int) -> None:
        """Before the first step; ``Started`` has been told. The run has ``last_step`` steps at most."""

    def look(self, command: Look) -> str:
        """Between two steps: what whoever watches wants to see. Answers a sentence, or nothing."""
        return ""

    def begin(self, module: nn.Module, epoch: int, step: int) -> None:
        """Before the forward pass of an update; ``step`` counts those that are done."""

    def gradients_ready(self, weights: Sequence[Tensor]) -> None:
        """After the backward pass, gathered batches included, before clipping."""

    def clipped(self, weights: Sequence[Tensor]) -> None:
        """After the gradients were clipped."""

    def updated(self, weights: Sequence[Tensor]) -> None:
        """After the optimizer changed the weights; their gradients are still there."""

    def ended(self, module: nn.Module, epoch: int, step: int) -> None:
        """After an update; ``step`` counts it."""

    def broken_off(self) -> None:
        """After a step that failed before its end."""

    def evaluating(self, part: str) -> None:
        """Before all samples of a part are answered: ``validation`` or ``test``."""

    def answered(self, outputs: Outputs, target: Tensor, criterion: Criterion) -> None:
        """After a batch of those was answered; ``target`` is what the outputs should be."""

    def epoch_ended(self, epoch: int, step: int) -> None:
        """After an epoch; ``epoch`` counts it."""

    def finished(self, epoch: int, step: int) -> None:
        """After the last step, before the best weights are put back and tested."""

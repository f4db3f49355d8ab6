"""What looks on while a step is made: the places of a step at which something can be measured."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class Observer:
    """Sees nothing; what measures overrides what it wants to see.

    A step is ``begin``, then for each of its optimizers ``gradients_ready``, ``clipped`` (only where the
    recipe clips) and ``updated``, then ``ended``. None of them may change a weight, a gradient, a buffer
    or a random generator.
    """

    is_looking = False
    """Whether this very step is measured; gradients are then unscaled before ``gradients_ready``."""

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

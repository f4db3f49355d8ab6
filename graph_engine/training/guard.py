"""Stops a run at the step whose loss or gradient is not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from graph_engine.errors import TrainingError
from graph_engine.training.gradients import plain

ADVICE = "Lower the learning rate, clip the gradient, or look for unscaled inputs."

FIRST = 4
"""Weights among which the one that stands for all is chosen."""


class NotFiniteError(TrainingError):
    """The loss of a step is not finite, or its gradient; ``what`` says so after "The loss of step 7".

    ``step`` is 0 where whoever raises it does not know.
    """

    def __init__(self, what: str, step: int = 0) -> None:
        super().__init__(f"The loss of step {step} {what}: the weights went astray. {ADVICE}")
        self.what, self.step = what, step


class DivergedError(TrainingError):
    """A run had to stop; ``node`` is the path of the node at fault, where one is known."""

    def __init__(self, sentence: str, node: str = "") -> None:
        super().__init__(sentence)
        self.node = node


class Guard:
    """Looks at each step before its update, for little more than it takes to read the loss anyway.

    A gradient that is not finite somewhere reaches the first layers as a rule, so that the smallest of
    the first weights stands for all. Devices other than the CPU would have to be waited for: there the
    losses tell, some steps later.
    """

    def __init__(self, weights: Sequence[Tensor], device: torch.device) -> None:
        self.is_active = device.type == "cpu"
        small = [each for each in weights[:FIRST] if each.numel()]
        self.sentinel = min(small, key=torch.numel) if small else None

    def check(self, loss: Tensor) -> None:
        """Raises NotFiniteError where the step must not be made."""
        if not self.is_active:
            return
        value = loss.item()
        if not math.isfinite(value):
            raise NotFiniteError(f"is {value}")
        gradient = self.sentinel.grad if self.sentinel is not None else None
        if gradient is not None and not math.isfinite(plain(gradient).sum().item()):
            raise NotFiniteError(f"is {value:.4g}, but its gradient is not finite")

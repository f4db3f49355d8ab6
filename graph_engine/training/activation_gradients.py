"""The gradient of the loss with respect to every node's output, in one training step."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graph_engine.training.anatomy import Anatomy
from graph_engine.training.gradients import plain
from graph_engine.training.titles import ACTIVATION_GRADIENT_COLUMNS
from graph_engine.training.tracing import Trace


class ActivationGradients:
    """Attaches itself to the next forward pass that is learned from, and to the tensors that come by.

    Where a step gathers several batches, the first is measured: its part of the step's gradient.
    ``seconds`` is what the last step's measurement took.
    """

    def __init__(self, anatomy: Anatomy) -> None:
        self.anatomy = anatomy
        self.trace: Trace | None = None
        self.handles: list[Any] = []
        self.found: dict[int, Tensor] = {}
        self.scale = 1.0
        self.seconds = 0.0

    def begin(self, scale: float = 1.0) -> None:
        """Before the forward pass; ``scale`` is the factor on the loss that low precision needs."""
        self.found, self.scale, self.seconds = {}, scale, 0.0
        self.trace = Trace(self.anatomy, self._see, learned=True)
        self.trace.attach()

    def end(self) -> NDArray[np.float32]:
        """After the step: columns of ``ACTIVATION_GRADIENT_COLUMNS``, NaN where no gradient went."""
        if self.trace is not None:
            self.trace.detach()
            self.seconds += self.trace.spent
            self.trace = None
        for handle in self.handles:
            handle.remove()
        self.handles = []
        shape = len(self.anatomy.nodes), len(ACTIVATION_GRADIENT_COLUMNS)
        table = np.full(shape, np.nan, np.float32)
        if self.found:
            values = torch.stack(list(self.found.values())).cpu().numpy()
            table[list(self.found)] = values / self.scale
        self.found = {}
        return table

    def _see(self, row: int, output: Tensor, seconds: float) -> None:
        if output.requires_grad:
            hook = partial(self._take, row)
            self.handles.append(output.register_hook(hook))

    @torch.no_grad()
    def _take(self, row: int, gradient: Tensor) -> None:
        begun = time.perf_counter()
        values = plain(gradient.detach())
        if values.numel():
            low, high = torch.aminmax(values)
            columns = (
                torch.linalg.vector_norm(values),
                values.abs().sum() / gradient.numel(),
                torch.maximum(-low, high),
            )
            self.found[row] = torch.stack(columns).float()
        else:
            self.found[row] = torch.full((3,), math.nan, device=gradient.device)
        self.seconds += time.perf_counter() - begun

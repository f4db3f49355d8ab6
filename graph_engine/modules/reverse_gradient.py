"""The function behind GradientReversal."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class ReverseGradient(torch.autograd.Function):
    """The identity forward; backward, the gradient times a negative number."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, coefficient: float) -> Tensor:
        ctx.coefficient = coefficient
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.coefficient * gradients[0], None

"""The joint of domain-adversarial training."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from torch import Tensor, nn

from graph_engine.modules.reverse_gradient import ReverseGradient


class GradientReversal(nn.Module):
    """Passes values on unchanged and turns the gradient around.

    Ganin and Lempitsky, 2015: https://arxiv.org/abs/1409.7495
    """

    def __init__(self, coefficient: float = 1.0) -> None:
        super().__init__()
        self.coefficient = coefficient

    def forward(self, x: Tensor) -> Tensor:
        same: Tensor = ReverseGradient.apply(x, self.coefficient)
        return same

    def extra_repr(self) -> str:
        return f"coefficient={self.coefficient}"

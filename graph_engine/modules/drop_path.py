"""Stochastic depth."""

from __future__ import annotations

from torch import Tensor, nn


class DropPath(nn.Module):
    """In training, sets whole samples to zero at random and scales the others up.

    Huang et al., 2016: https://arxiv.org/abs/1603.09382
    """

    def __init__(self, p: float = 0.1, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        samples = x.shape[0] if self.mode == "row" else 1
        kept = x.new_empty(samples, *[1] * (x.dim() - 1)).bernoulli_(1.0 - self.p)
        if self.p < 1.0:
            kept.div_(1.0 - self.p)
        return x * kept

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"

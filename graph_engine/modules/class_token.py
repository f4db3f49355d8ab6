"""Learned tokens in front of a sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ClassToken(nn.Module):
    """Puts learned tokens in front of each sequence (Devlin et al., 2018)."""

    def __init__(self, features: int, count: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, count, features))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], dim=1)

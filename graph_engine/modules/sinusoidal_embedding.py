"""A pattern for one number."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class SinusoidalEmbedding(nn.Module):
    """Turns a number, such as a time step, into a pattern of cosines and sines.

    Ho et al., 2020: https://arxiv.org/abs/2006.11239
    """

    rates: Tensor

    def __init__(self, features: int, max_period: float = 10000.0) -> None:
        super().__init__()
        half = features // 2
        rates = torch.exp(torch.arange(half) * (-math.log(max_period) / half))
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        angles = x.unsqueeze(-1) * self.rates
        return torch.cat([angles.cos(), angles.sin()], dim=-1)

"""Positions as angles."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RotaryPositionalEncoding(nn.Module):
    """Turns pairs of the first features by an angle that grows with the position.

    The position is counted along the last dimension but one. Pairs are neighbours, or
    else one from each half. Su et al., 2021: https://arxiv.org/abs/2104.09864
    """

    rates: Tensor

    def __init__(
        self, features: int, base: float = 10000.0, interleaved: bool = False
    ) -> None:
        super().__init__()
        self.features = features
        self.interleaved = interleaved
        rates = base ** (-torch.arange(0, features, 2) / features)
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] < self.features or not x.is_floating_point():
            raise ValueError(
                f"cannot turn {self.features} features of {x.dtype} {x.shape}"
            )
        turned, rest = x[..., : self.features], x[..., self.features :]
        positions = torch.arange(x.shape[-2], device=x.device)
        angles = positions.unsqueeze(1) * self.rates
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        if self.interleaved:
            a, b = turned[..., 0::2], turned[..., 1::2]
        else:
            a, b = turned.chunk(2, dim=-1)
        pair = [a * cos - b * sin, b * cos + a * sin]
        if self.interleaved:
            turned = torch.stack(pair, dim=-1).flatten(-2)
        else:
            turned = torch.cat(pair, dim=-1)
        return torch.cat([turned, rest], dim=-1)

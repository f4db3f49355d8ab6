"""A fixed pattern for each position."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class SinusoidalPositionalEncoding(nn.Module):
    """Adds to each token a pattern of sines and cosines that tells its position.

    Sines and cosines come in turn, with wavelengths from 2π to 10000·2π (Vaswani et
    al., 2017), or in two halves, as Whisper has them.
    """

    pattern: Tensor

    def __init__(
        self, features: int, max_length: int = 5000, layout: str = "interleaved"
    ) -> None:
        super().__init__()
        if features % 2:
            raise ValueError(f"sines and cosines need even features, not {features}")
        half = features // 2
        slowest = half if layout == "interleaved" else half - 1
        rates = torch.exp(torch.arange(half) * (-math.log(10000.0) / slowest))
        angles = torch.arange(max_length).unsqueeze(1) * rates
        pair = [angles.sin(), angles.cos()]
        if layout == "interleaved":
            pattern = torch.stack(pair, dim=2).flatten(1)
        else:
            pattern = torch.cat(pair, dim=1)
        self.register_buffer("pattern", pattern, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.pattern[: x.shape[-2]]

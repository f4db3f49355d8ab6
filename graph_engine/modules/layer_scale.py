"""A learned factor for each channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Multiplies each channel by a learned number that starts small.

    Touvron et al., 2021: https://arxiv.org/abs/2103.17239
    """

    def __init__(self, shape: tuple[int, ...], start: float = 1e-05) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, start))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight

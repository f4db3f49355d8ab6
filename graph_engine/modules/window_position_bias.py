"""Distances within a window as attention scores."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WindowPositionBias(nn.Module):
    """A learned number for each head and each distance within a window.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    places: Tensor

    def __init__(self, window_size: int, heads: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty((2 * window_size - 1) ** 2, heads))
        nn.init.trunc_normal_(self.weight, std=0.02)
        axis = torch.arange(window_size)
        down = axis.repeat_interleave(window_size)
        across = axis.repeat(window_size)
        down = down.unsqueeze(1) - down + window_size - 1
        across = across.unsqueeze(1) - across + window_size - 1
        places = down * (2 * window_size - 1) + across
        self.register_buffer("places", places, persistent=False)

    def forward(self) -> Tensor:
        return self.weight[self.places].permute(2, 0, 1)

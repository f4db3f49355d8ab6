"""What does not belong together after an image was rolled."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ShiftedWindowMask(nn.Module):
    """0 between places of a window that were neighbours before the roll, else −100.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    def __init__(self, window_size: int, shift: int) -> None:
        super().__init__()
        self.window_size = window_size
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        size = self.window_size
        _, height, width, _ = x.shape
        rows, columns = self.bands(height, x.device), self.bands(width, x.device)
        regions = rows.unsqueeze(1) * 3 + columns
        tiles = regions.reshape(rows.shape[0] // size, size, -1, size)
        tiles = tiles.transpose(1, 2).reshape(-1, size * size)
        same = tiles.unsqueeze(1) == tiles.unsqueeze(2)
        return torch.zeros(same.shape, device=x.device).masked_fill(~same, -100.0)

    def bands(self, length: int, device: torch.device) -> Tensor:
        """Along one axis: 0 before the last window, 1 in it, 2 for what was rolled."""
        places = torch.arange(length, device=device)
        last = places >= length - self.window_size
        rolled = places >= length - self.shift
        return last.long() + rolled.long()

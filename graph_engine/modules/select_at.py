"""One step of each sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SelectAt(nn.Module):
    """Takes from each sequence the entry at a place of its own."""

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        samples = torch.arange(x.shape[0], device=x.device)
        return x[samples, index.expand(x.shape[0])]

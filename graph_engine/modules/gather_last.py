"""The last valid step of padded sequences."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GatherLast(nn.Module):
    """Takes from each padded sequence its last valid step, by the sequence's length."""

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        samples = torch.arange(x.shape[0], device=x.device)
        return x[samples, lengths.expand(x.shape[0]) - 1]

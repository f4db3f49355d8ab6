"""Sampling that gradients can pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Reparameterize(nn.Module):
    """Draws from the bell curve of a mean and a logarithm of variance.

    Outside of training it gives the mean.
    Kingma and Welling, 2013: https://arxiv.org/abs/1312.6114
    """

    def forward(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        if mean.shape != log_variance.shape or mean.dtype != log_variance.dtype:
            raise ValueError("mean and log_variance have different shapes or dtypes")
        if not self.training:
            return mean
        return mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)

"""Distances as attention scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class RelativePositionBias(nn.Module):
    """A learned number for each head and distance, to be added to attention scores.

    Small distances have numbers of their own; larger ones share them, in steps that
    grow with the distance. Raffel et al., 2020: https://arxiv.org/abs/1910.10683
    """

    def __init__(
        self,
        heads: int,
        buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
    ) -> None:
        super().__init__()
        self.buckets = buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self.weight = nn.Parameter(torch.empty(buckets, heads))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, query: Tensor, key: Tensor | None = None) -> Tensor:
        source = query if key is None else key
        targets = torch.arange(query.shape[1], device=query.device)
        sources = torch.arange(source.shape[1], device=query.device)
        places = self.bucket(sources.unsqueeze(0) - targets.unsqueeze(1))
        return self.weight[places].permute(2, 0, 1).unsqueeze(0)

    def bucket(self, distance: Tensor) -> Tensor:
        """The row of the table for each distance from a query to a key."""
        buckets = self.buckets // 2 if self.bidirectional else self.buckets
        if self.bidirectional:
            start = (distance > 0).long() * buckets
            distance = distance.abs()
        else:
            start = torch.zeros_like(distance)
            distance = (-distance).clamp(min=0)
        exact = buckets // 2
        steps = (buckets - exact) / math.log(self.max_distance / exact)
        far = torch.log(distance.clamp(min=1).float() / exact) * steps
        far = (exact + far.long()).clamp(max=buckets - 1)
        return start + torch.where(distance < exact, distance, far)

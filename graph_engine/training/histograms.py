"""Histograms of tensors, a row each, as cheap as a look at a few thousand of their entries."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graph_engine.training.titles import BINS

MOST = 4096
"""Entries that are looked at; of a larger tensor, evenly spread ones."""


def histograms(tensors: Iterable[Tensor | None]) -> NDArray[np.float32]:
    """A row for each tensor: low, high, and the counts of ``BINS`` equal bins between them, NaN where
    there is none. Entries that are not finite are left out."""
    rows = [_empty() if each is None else histogram(_spread(each)) for each in tensors]
    return np.stack(rows) if rows else np.empty((0, BINS + 2), np.float32)


def histogram(values: tuple[NDArray[np.float32], int]) -> NDArray[np.float32]:
    """The row of some entries, counted as if they were as many as the second number says.

    The bins are those of ``numpy.histogram``.
    """
    found, total = values
    finite = found[np.isfinite(found)].astype(np.float64)
    if not finite.size:
        return _empty()
    low, high = finite.min(), finite.max()
    half = max(0.5, abs(low) / MOST)  # a half would be nothing beside a very large number
    first, last = (low, high) if high > low else (low - half, high + half)
    bins = ((finite - first) * (BINS / (last - first))).astype(np.int64)
    counts = np.bincount(np.minimum(bins, BINS - 1), minlength=BINS) * (total / found.size)
    return np.concatenate([[low, high], counts]).astype(np.float32)


def _spread(tensor: Tensor) -> tuple[NDArray[np.float32], int]:
    flat = tensor.detach()
    if flat.layout != torch.strided:
        flat = flat.coalesce().values()
    if flat.is_complex():
        flat = flat.abs()
    flat = flat.reshape(-1)
    stride = -(-flat.numel() // MOST)
    entries: NDArray[np.float32] = flat[:: max(stride, 1)].float().cpu().numpy()
    return entries, flat.numel()


def _empty() -> NDArray[np.float32]:
    return np.full(BINS + 2, np.nan, np.float32)

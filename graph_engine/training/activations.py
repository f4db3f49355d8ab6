"""What the outputs of a network's nodes are like: a row of figures for each."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graph_engine.training.titles import ACTIVATION_COLUMNS

NEAR = 0.01
"""An entry is saturated within this share of a bounded activation's range from one of its ends."""

MOST = 2**14
"""Entries of which the fraction of zeros is counted; of a larger tensor, evenly spread ones."""

BOUNDS = {
    "Sigmoid": (0.0, 1.0),
    "Tanh": (-1.0, 1.0),
    "Softsign": (-1.0, 1.0),
    "Hardsigmoid": (0.0, 1.0),
}
DISTRIBUTIONS = frozenset({"Softmax", "Softmax2d"})
STEPS_FIRST = frozenset(
    {
        "Embedding",
        "GRU",
        "LSTM",
        "LayerNorm",
        "Linear",
        "MultiheadAttention",
        "RNN",
        "Transformer",
        "TransformerDecoder",
        "TransformerDecoderLayer",
        "TransformerEncoder",
        "TransformerEncoderLayer",
        "Transpose",
        "Permute",
    }
)


class Units:
    """Knows along which dimension a node's units lie: channels of images, features of steps.

    Three dimensions can be either. Layers whose names end in ``1d`` put channels first, those of
    sequences put features last, and any other keeps what came in.
    """

    def __init__(self) -> None:
        self._shape: tuple[int, ...] = ()
        self._first = False

    def channels_first(self, layer: str, output: Tensor) -> bool:
        """Asked in the order in which nodes compute."""
        if output.ndim != 3:
            return output.ndim > 3
        if layer.endswith("1d"):
            self._first = True
        elif layer in STEPS_FIRST or output.shape[:2] != self._shape[:2]:
            self._first = False
        self._shape = tuple(output.shape)
        return self._first


def figures(
    output: Tensor, layer: str, part: nn.Module | None, channels_first: bool
) -> tuple[float, ...]:
    """Columns of ``ACTIVATION_COLUMNS`` without the last."""
    values = output.detach()
    values = values.abs() if values.is_complex() else values.float()
    if not values.numel():
        return (math.nan,) * (len(ACTIVATION_COLUMNS) - 1)
    mean = values.mean()
    deviation = float(torch.linalg.vector_norm(values - mean)) / math.sqrt(values.numel())
    high, low = _ends(values, channels_first)
    lowest, highest = float(low.min()), float(high.max())
    zero = dead = 0.0
    if lowest <= 0 <= highest:
        zero, dead = _zeros(values), float(((high == 0) & (low == 0)).mean())
    saturated = _saturated(values, layer, part)
    return float(mean), deviation, lowest, highest, zero, dead, saturated


def _ends(values: Tensor, channels_first: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Largest and smallest entry of each unit over samples and places."""
    if values.ndim < 2:
        flat: NDArray[np.float32] = values.reshape(-1).cpu().numpy()
        return flat, flat
    unit = 1 if channels_first else values.ndim - 1
    others = tuple(dim for dim in range(values.ndim) if dim != unit)
    return values.amax(others).cpu().numpy(), values.amin(others).cpu().numpy()


def _zeros(values: Tensor) -> float:
    flat = values.reshape(-1)
    spread = flat[:: max(1, -(-flat.numel() // MOST))]
    return np.count_nonzero((spread == 0).cpu().numpy()) / len(spread)


def _saturated(values: Tensor, layer: str, part: nn.Module | None) -> float:
    """The fraction of entries near an end; of distributions, those that are sure of one choice."""
    if layer in DISTRIBUTIONS:
        dim = getattr(part, "dim", None)
        dim = 1 if layer == "Softmax2d" else -1 if dim is None else dim
        return float((values.amax(dim) > 1 - NEAR).float().mean())
    low, high = _bounds(layer, part)
    if low is None and high is None:
        return math.nan
    margin = NEAR * ((high or 0.0) - (low or 0.0))
    near = torch.zeros((), dtype=torch.bool, device=values.device)
    if low is not None:
        near = near | (values <= low + margin)
    if high is not None:
        near = near | (values >= high - margin)
    return float(near.float().mean())


def _bounds(layer: str, part: nn.Module | None) -> tuple[float | None, float | None]:
    """The ends of a bounded activation; the zero of ReLU6 counts as dead, not as saturated."""
    if layer == "ReLU6":
        return None, 6.0
    if layer == "Hardtanh":
        return getattr(part, "min_val", -1.0), getattr(part, "max_val", 1.0)
    return BOUNDS.get(layer, (None, None))

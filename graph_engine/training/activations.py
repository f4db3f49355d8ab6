"""What the outputs of a network's nodes are like: a row of figures for each."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from graph_engine.training.titles import ACTIVATION_COLUMNS

NEAR = 0.01
"""An entry is saturated within this share of a bounded activation's range from one of its ends."""

MOST = 2**16
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


def figures(output: Tensor, layer: str, part: nn.Module | None, channels_first: bool) -> Tensor:
    """Columns of ``ACTIVATION_COLUMNS`` without the last, on the device."""
    values = output.detach()
    values = values.abs() if values.is_complex() else values.float()
    if not values.numel():
        return torch.full((len(ACTIVATION_COLUMNS) - 1,), math.nan, device=values.device)
    mean = values.mean()
    deviation = torch.linalg.vector_norm(values - mean) / math.sqrt(values.numel())
    high, low = _ends(values, channels_first)
    dead = ((high == 0) & (low == 0)).float().mean()
    columns = (
        mean,
        deviation,
        low.min(),
        high.max(),
        _zeros(values),
        dead,
        _saturated(values, layer, part),
    )
    return torch.stack(columns)


def _ends(values: Tensor, channels_first: bool) -> tuple[Tensor, Tensor]:
    """Largest and smallest entry of each unit over samples and places."""
    if values.ndim < 2:
        return values.reshape(-1), values.reshape(-1)
    unit = 1 if channels_first else values.ndim - 1
    others = tuple(dim for dim in range(values.ndim) if dim != unit)
    return values.amax(others), values.amin(others)


def _zeros(values: Tensor) -> Tensor:
    flat = values.reshape(-1)
    spread = flat[:: max(1, -(-flat.numel() // MOST))]
    return (spread == 0).float().mean()


def _saturated(values: Tensor, layer: str, part: nn.Module | None) -> Tensor:
    """The fraction of entries near an end; of distributions, those that are sure of one choice."""
    if layer in DISTRIBUTIONS:
        dim = getattr(part, "dim", None)
        dim = 1 if layer == "Softmax2d" else -1 if dim is None else dim
        return (values.amax(dim) > 1 - NEAR).float().mean()
    low, high = _bounds(layer, part)
    if low is None and high is None:
        return torch.full((), math.nan, device=values.device)
    margin = NEAR * ((high or 0.0) - (low or 0.0))
    near = torch.zeros((), dtype=torch.bool, device=values.device)
    if low is not None:
        near = near | (values <= low + margin)
    if high is not None:
        near = near | (values >= high - margin)
    return near.float().mean()


def _bounds(layer: str, part: nn.Module | None) -> tuple[float | None, float | None]:
    """The ends of a bounded activation; the zero of ReLU6 counts as dead, not as saturated."""
    if layer == "ReLU6":
        return None, 6.0
    if layer == "Hardtanh":
        return getattr(part, "min_val", -1.0), getattr(part, "max_val", 1.0)
    return BOUNDS.get(layer, (None, None))

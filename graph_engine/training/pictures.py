"""Activations and kernels as pictures: one byte an entry, with the values of 0 and 255."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Picture = tuple[NDArray[np.uint8], dict[str, Any]]

LARGEST = 2**19
"""Bytes of one picture."""

SIDE = 64
"""Largest height and width of an image among them."""

SMALLEST_SIDE = 8


def map_of(tensor: Tensor, channels_first: bool, largest: int = LARGEST) -> Picture:
    """The picture of a node's output for some samples, and how to read it.

    Of large images every second, third … pixel is shown; what is still too much loses channels, steps
    or features at their end. Volumes show their middle slice.
    """
    whole = tensor.detach()
    if whole.is_complex():
        whole = whole.abs()
    if whole.ndim == 5:
        whole = whole[:, :, whole.shape[2] // 2]
    if whole.ndim == 4:
        return _picture(_fitting_images(whole, largest), "images", whole)
    if whole.ndim == 3:
        whole = whole.transpose(1, 2) if channels_first else whole
        return _picture(_fitting_rows(whole, largest), "sequence", whole)
    whole = whole.reshape(len(whole), -1) if whole.ndim else whole.reshape(1, 1)
    width = max(1, largest // max(1, len(whole)))
    return _picture(whole[:, :width], "vector", whole)


def attention_of(weights: Tensor, largest: int = LARGEST) -> Picture:
    """The picture of attention weights: samples × heads × queries × keys, between 0 and 1."""
    side = max(1, int((largest / max(1, weights.shape[0] * weights.shape[1])) ** 0.5))
    picture, about = _picture(weights.detach()[:, :, :side, :side], "attention", weights)
    return picture, about


def kernels_of(weight: Tensor, is_transposed: bool, largest: int = LARGEST // 4) -> Picture:
    """The picture of a convolution's kernels: out × in × height × width."""
    whole = weight.detach()
    if whole.is_complex():
        whole = whole.abs()
    if is_transposed:
        whole = whole.transpose(0, 1)
    if whole.ndim == 3:
        whole = whole.unsqueeze(2)
    if whole.ndim == 5:
        whole = whole[:, :, whole.shape[2] // 2]
    area = max(1, whole.shape[2] * whole.shape[3])
    outer = min(whole.shape[0], max(1, largest // area))
    inner = min(whole.shape[1], max(1, largest // (area * max(1, outer))))
    picture, about = _picture(whole[:outer, :inner], "images", whole)
    return picture, {name: about[name] for name in ("low", "high", "size")}


def _fitting_images(whole: Tensor, largest: int) -> Tensor:
    samples, channels, height, width = whole.shape
    step = max(1, -(-max(height, width) // SIDE))
    while (
        samples * channels * (height // step) * (width // step) > largest
        and min(height, width) // (2 * step) >= SMALLEST_SIDE
    ):
        step *= 2
    shown = whole[:, :, ::step, ::step]
    each = max(1, samples * shown.shape[2] * shown.shape[3])
    return shown[:, : max(1, largest // each)]


def _fitting_rows(whole: Tensor, largest: int) -> Tensor:
    room = max(1, largest // max(1, whole.shape[0]))
    width = min(whole.shape[2], max(1, room // max(1, min(whole.shape[1], SIDE))))
    return whole[:, : max(1, room // max(1, width)), :width]


def _picture(shown: Tensor, layout: str, whole: Tensor) -> Picture:
    values = shown.float()
    low, high = (float(each) for each in torch.aminmax(values)) if values.numel() else (0.0, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = values[torch.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        values = values.nan_to_num(nan=low, posinf=high, neginf=low)
    scale = 255 / (high - low) if high > low else 0.0
    scaled = (values - low).mul_(scale).round_().clamp_(0, 255).to(torch.uint8)
    about = {"low": low, "high": high, "layout": layout, "size": list(whole.shape)}
    return scaled.cpu().numpy(), about

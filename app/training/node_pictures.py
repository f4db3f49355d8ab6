"""Small pictures of what nodes give: a few channels of one sample, or samples against features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.training.hues import magnitude
from graph_engine.training.events import Frame

MOST = 64
"""Pixels along a side."""


def picture_of(frame: Frame) -> QImage | None:
    """A picture of a map's frame; None for one that has nothing to show."""
    values = flat(frame.array(), str(frame.about.get("layout", "")))
    if values is None or not values.size:
        return None
    colors = np.ascontiguousarray(magnitude()[_stretched(values)])
    high, wide = values.shape
    return QImage(colors.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888).copy()


def flat(array: NDArray[np.uint8], layout: str) -> NDArray[np.uint8] | None:
    """The part of a map that a small picture shows, rows first."""
    if layout in ("images", "attention") and array.ndim == 4 and array.size:
        return _thinned(_tiled(array[0]))
    if layout == "sequence" and array.ndim == 3 and array.size:
        return _thinned(array[0].T)
    if array.ndim == 2 and array.size:
        return _thinned(array)
    return None


def _tiled(channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel, or four in a square."""
    if len(channels) < 4:
        return np.asarray(channels[0])
    upper, lower = np.hstack(list(channels[:2])), np.hstack(list(channels[2:4]))
    return np.vstack([upper, lower])


def _thinned(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    down, across = (-(-size // MOST) for size in values.shape)
    return values[::down, ::across]


def _stretched(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Over the whole map, for the ends of a frame are those of all its samples."""
    low, high = int(values.min()), int(values.max())
    if high <= low:
        return np.full_like(values, 128 if high else 0)
    return ((values.astype(np.uint16) - low) * 255 // (high - low)).astype(np.uint8)

"""Images turned, enlarged and slanted about their middle, each by numbers of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import Array

Floats = NDArray[np.float64]


def warped(images: Array, degrees: Floats, size: Floats, slant: Floats) -> Array:
    """Images (or maps) of any leading shape, changed along their last two axes.

    For each sample: ``degrees`` turn it clockwise, ``size`` 2 makes it twice as large, and ``slant`` 0.5
    moves a row to the left by half a pixel for each pixel that it lies below the middle. Places beyond
    the border are as the border. Real numbers are mixed from the four nearest pixels (bilinear), whole
    ones, such as classes, taken from the nearest.
    """
    height, width = images.shape[-2:]
    down, right = _places(height, width, np.radians(degrees), size, slant)
    flat = images.reshape(len(images), -1, height * width)
    if images.dtype.kind == "f":
        found = _mixed(flat, down, right, width)
    else:
        found = _taken(
            flat, np.rint(down).astype(np.int64) * width + np.rint(right).astype(np.int64)
        )
    return found.reshape(images.shape)


def _places(
    height: int, width: int, angle: Floats, size: Floats, slant: Floats
) -> tuple[Floats, Floats]:
    """Row and column from which each pixel comes, of the shape samples × pixels, within the image."""
    middle_down, middle_right = (height - 1) / 2, (width - 1) / 2
    rows, columns = np.indices((height, width)).reshape(2, 1, -1)
    y, x = rows - middle_down, columns - middle_right
    cos, sin = (np.cos(angle) / size)[:, None], (np.sin(angle) / size)[:, None]
    x = x + slant[:, None] * y
    down = np.clip(middle_down + cos * y - sin * x, 0, height - 1)
    right = np.clip(middle_right + sin * y + cos * x, 0, width - 1)
    return down, right


def _mixed(flat: Array, down: Floats, right: Floats, width: int) -> Array:
    """Each pixel as a mixture of the four around its place."""
    height = flat.shape[-1] // width
    top, left = np.floor(down).astype(np.int64), np.floor(right).astype(np.int64)
    below, beside = (down - top).astype(flat.dtype), (right - left).astype(flat.dtype)
    bottom, end = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    found = np.zeros_like(flat)
    for row, share_down in ((top, 1 - below), (bottom, below)):
        for column, share_right in ((left, 1 - beside), (end, beside)):
            found += (share_down * share_right)[:, None] * _taken(flat, row * width + column)
    return found


def _taken(flat: Array, places: NDArray[np.int64]) -> Array:
    """The pixels of these numbers, the same ones in every channel."""
    return np.take_along_axis(flat, places[:, None], axis=2)

"""A sample's numbers as a small picture: images as they are, sequences as heat maps, vectors as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from app.training.hues import magnitude
from app.training.plot_items import argb
from app.training.scales import Range

OVERLAY = 0.6
"""How much of a mask's colour covers the image."""


def image_of(values: NDArray[Any], span: Range | None = None) -> QImage:
    """The picture of one sample of any shape; numbers are scaled between the ends of ``span``, or else
    their own.

    Three dimensions are channels × height × width: three channels are red, green and blue, of others
    the first is shown in grey. Two are steps × features, one are features.
    """
    whole = np.asarray(values)
    if whole.ndim == 3 and whole.shape[0] != 3:
        return _grey(bytes_of(whole[0], span))
    if whole.ndim == 3:
        return _colored(bytes_of(whole, span))
    if whole.ndim == 2:
        return _heat(bytes_of(whole.T, span))
    return _heat(bytes_of(whole.reshape(1, -1), span))


def overlaid(image: NDArray[Any], mask: NDArray[Any], colors: Sequence[QColor]) -> QImage:
    """The first channel of an image (channels, height, width) in grey under the colours of a mask's
    classes (height, width); class 0 is the ground and leaves the image as it is."""
    grey = bytes_of(image[0]).astype(np.float64)
    painted = np.repeat(grey[..., None], 3, axis=2)
    for number in np.unique(mask[mask > 0]).tolist():
        color = np.array(colors[number % len(colors)].getRgb()[:3], np.float64)
        here = mask == number
        painted[here] = painted[here] * (1 - OVERLAY) + color * OVERLAY
    return _colored(np.rint(painted).astype(np.uint8).transpose(2, 0, 1))


def bytes_of(values: NDArray[Any], span: Range | None = None) -> NDArray[np.uint8]:
    """Numbers between their smallest and largest as 0 to 255; bytes stay as they are."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    known = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    ends = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    low, high = span or ends
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.clip(np.rint((known - low) * scale), 0, 255), np.uint8)


def _grey(values: NDArray[np.uint8]) -> QImage:
    high, wide = values.shape
    data = np.ascontiguousarray(values).tobytes()
    return QImage(data, wide, high, wide, QImage.Format.Format_Grayscale8).copy()


def _colored(values: NDArray[np.uint8]) -> QImage:
    _, high, wide = values.shape
    data = np.ascontiguousarray(values.transpose(1, 2, 0)).tobytes()
    return QImage(data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()


def _heat(values: NDArray[np.uint8]) -> QImage:
    high, wide = values.shape
    data = np.take(argb(magnitude()), values).tobytes()
    return QImage(data, wide, high, 4 * wide, QImage.Format.Format_ARGB32).copy()

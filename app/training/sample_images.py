"""A sample's numbers as a small picture: images as they are, sequences as heat maps, vectors as rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.training.hues import magnitude
from app.training.plot_items import argb


def image_of(values: NDArray[np.floating] | NDArray[np.uint8]) -> QImage:
    """The picture of one sample of any shape; numbers are scaled between their own ends.

    Three dimensions are channels × height × width: three channels are red, green and blue, of others
    the first is shown in grey. Two are steps × features, one are features.
    """
    whole = np.asarray(values)
    if whole.ndim == 3 and whole.shape[0] != 3:
        return _grey(bytes_of(whole[0]))
    if whole.ndim == 3:
        return _colored(bytes_of(whole))
    if whole.ndim == 2:
        return _heat(bytes_of(whole.T))
    return _heat(bytes_of(whole.reshape(1, -1)))


def bytes_of(values: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Numbers between their smallest and largest as 0 to 255; bytes stay as they are."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    known = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.rint((known - low) * scale), np.uint8)


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

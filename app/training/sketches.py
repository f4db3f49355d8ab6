"""A sample drawn small: vectors as bars, series as lines, images and maps as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from app.training.sample_images import image_of
from app.training.scales import Range
from graph_engine.data.prepared import Feed

WIDE, HIGH = 192, 104
"""Pixels of a drawing; shown at half the size, so that it is sharp on fine screens."""

MOST_LINES = 8
"""Series up to which each is a line; more are a picture."""

MOST_BARS = 64
MOST_READ = 2**22
LEAST_STEPS = 5


def sketch_of(values: NDArray[Any], colors: Sequence[QColor], span: Range | None = None) -> QImage:
    """The picture of one sample; ``span`` is the range of its field, so that samples compare."""
    whole = np.asarray(values)
    if whole.ndim == 1 and len(whole) <= MOST_BARS:
        return bars(whole, colors[0], span or ends_of(whole))
    if whole.ndim == 1:
        return lines(whole[:, None], colors, span or ends_of(whole))
    if whole.ndim == 2 and whole.shape[1] <= MOST_LINES and whole.shape[0] >= LEAST_STEPS:
        return lines(whole, colors, span or ends_of(whole))
    return image_of(whole)


def ends_of(values: NDArray[Any]) -> Range:
    """Smallest and largest number; a range even where all are the same."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def span_of(feed: Feed, values: NDArray[Any]) -> Range:
    """The range of a field's numbers, where all of them are in memory; else of one sample."""
    return ends_of(
        feed.ready if feed.ready is not None and feed.ready.size <= MOST_READ else values
    )


def bars(values: NDArray[Any], color: QColor, span: Range) -> QImage:
    """A bar for each number, from zero where that is in the range, else from its lower end."""
    image, painter = _begun()
    low, high = min(span[0], 0.0) if span[0] > -1e-9 else span[0], span[1]
    high = max(high, low + 1e-12)
    zero = _y(min(max(0.0, low), high), low, high)
    pitch = WIDE / max(1, len(values))
    for place, value in enumerate(np.nan_to_num(np.asarray(values, np.float64)).tolist()):
        y = _y(min(max(value, low), high), low, high)
        wide = max(1.0, pitch * 0.78)
        left = place * pitch + (pitch - wide) / 2
        painter.fillRect(QRectF(left, min(y, zero), wide, max(2.0, abs(y - zero))), color)
    painter.end()
    return image


def lines(values: NDArray[Any], colors: Sequence[QColor], span: Range) -> QImage:
    """A line for each column of (steps, series)."""
    image, painter = _begun()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    known = np.nan_to_num(np.asarray(values, np.float64))
    places = np.unique(np.linspace(0, len(known) - 1, min(len(known), WIDE)).astype(int))
    x = places / max(1, len(known) - 1) * (WIDE - 4) + 2
    for number in range(known.shape[1]):
        y = [_y(value, *span) for value in known[places, number].tolist()]
        painter.setPen(QPen(colors[number % len(colors)], 2))
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y, strict=True)]))
    painter.end()
    return image


def _begun() -> tuple[QImage, QPainter]:
    image = QImage(WIDE, HIGH, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image, QPainter(image)


def _y(value: float, low: float, high: float) -> float:
    return HIGH - 4 - (value - low) / max(1e-30, high - low) * (HIGH - 8)

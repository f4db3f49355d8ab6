"""Colours with a meaning in plots: one a run, the maps of pictures, and how a map is looked up."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.color_maps import DIVERGING_DARK, DIVERGING_LIGHT, VIRIDIS
from app.theme import Theme

Lookup = NDArray[np.uint8]

RUNS_DARK = ("#6AA5F8", "#F0A35B", "#5CC8A0", "#E48AC0", "#C9C25A", "#A58CF5", "#F08A84", "#7FC6DB")
RUNS_LIGHT = (
    "#1F5FD6",
    "#C25E0A",
    "#12805A",
    "#B93A8C",
    "#7A7209",
    "#6A45D8",
    "#C2403A",
    "#19758F",
)


def run_color(theme: Theme, hue: int) -> QColor:
    """The colour of a run, by the number that ``ShownRuns.hue`` gives it."""
    colors = RUNS_DARK if theme.is_dark else RUNS_LIGHT
    return QColor(colors[hue % len(colors)])


def magnitude() -> Lookup:
    """Viridis: 256 rows of red, green, blue, alpha."""
    return _lookup(VIRIDIS)


def diverging(theme: Theme) -> Lookup:
    """From blue (too small) over grey (healthy) to red (too large), 256 rows as above."""
    return _lookup(DIVERGING_DARK if theme.is_dark else DIVERGING_LIGHT)


def faded(color: QColor, alpha: float) -> QColor:
    """The colour with an opacity between 0 and 1."""
    made = QColor(color)
    made.setAlphaF(alpha)
    return made


def mixed(ground: QColor, color: QColor, share: float) -> QColor:
    """The colour that it would have on a ground at that opacity; opaque, so that lines may cross."""
    pairs = zip(ground.getRgb()[:3], color.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))


@cache
def _lookup(colors: tuple[str, ...]) -> Lookup:
    stops = np.array([QColor(each).getRgb() for each in colors], np.float64)
    at = np.linspace(0, len(colors) - 1, 256)
    channels = [np.interp(at, np.arange(len(colors)), stops[:, n]) for n in range(4)]
    return np.stack(channels, axis=1).round().astype(np.uint8)

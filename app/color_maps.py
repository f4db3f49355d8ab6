"""Colours for values: stops of perceptual maps, and colours of text that can be read on them."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QColor

VIRIDIS = (
    *("#440154", "#482475", "#414487", "#355F8D", "#2A788E", "#21918C", "#22A884", "#44BF70"),
    *("#7AD151", "#BDDF26", "#FDE725"),
)
"""Eleven of its colours, evenly over the map; S. van der Walt and N. Smith, CC0."""

DIVERGING_DARK = ("#3D8BFD", "#2F5F9E", "#4A4F59", "#A5484A", "#FF6B62")
DIVERGING_LIGHT = ("#1F5FD6", "#8FB1EA", "#DADDE2", "#E9A29C", "#C2302A")

INKS = ("#0E1116", "#FFFFFF")


@cache
def shades(stops: tuple[str, ...], count: int) -> tuple[QColor, ...]:
    """So many colours evenly over a map."""
    return tuple(_between(stops, n / max(1, count - 1) * (len(stops) - 1)) for n in range(count))


def ink_on(ground: QColor) -> QColor:
    """The colour of text with the higher contrast on a ground."""
    light = luminance(ground)
    contrasts = [contrast(light, luminance(QColor(ink))) for ink in INKS]
    return QColor(INKS[contrasts.index(max(contrasts))])


def luminance(color: QColor) -> float:
    """The relative luminance of WCAG 2, from 0 to 1."""
    channels = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: float, b: float) -> float:
    """The contrast of two luminances, from 1 to 21."""
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def _between(stops: tuple[str, ...], at: float) -> QColor:
    low = min(int(at), len(stops) - 2)
    a, b, part = QColor(stops[low]), QColor(stops[low + 1]), at - low
    pairs = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    return QColor(*(round(x + (y - x) * part) for x, y in pairs))

"""Lines of alignment: what is moved keeps in line with nodes in view; dashed lines say with which."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from operator import itemgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath, QPen

from app.canvas.geometry import WIDTH

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

NEAR, BEYOND = 5.0, 8.0
"""Pixels within which a node is drawn to a line, and by which the upright one sticks out."""
MOST = 200

Landmark = tuple[float, float, float]
"""A node to line up with: its left side, the middle of its height, its height."""
Line = tuple[float, float, float, float]
LEFT, MIDDLE = itemgetter(0), itemgetter(1)


class Guides:
    """A level line through middles, and an upright one along left sides."""

    def __init__(self, view: CanvasView) -> None:
        self._view, self._canvas = view, view.canvas
        self._by_left: list[Landmark] = []
        self._by_middle: list[Landmark] = []
        self._lines: list[Line | None] = [None, None]
        self._shown = [self._canvas.sketch(guide_pen(view)) for _ in self._lines]

    def look_around(self, but: Collection[str]) -> None:
        """Takes the nodes in view as landmarks, without those that are moved."""
        near = self._canvas.nodes_in(self._view.seen())[:MOST]
        found = [
            (item.x(), item.y() + item.outline.height / 2, item.outline.height)
            for item in near
            if item.name not in but
        ]
        self._by_left, self._by_middle = sorted(found, key=LEFT), sorted(found, key=MIDDLE)

    def align(self, x: float, y: float, high: float) -> tuple[float, float]:
        """Where a node of that height comes to lie that is held at a place; shows the lines."""
        reach, middle = NEAR / self._view.zoom, y + high / 2
        level: Line | None = None
        upright: Line | None = None
        beside = within(self._by_middle, 1, middle, reach)
        if beside:
            left, center, _ = min(beside, key=lambda other: (abs(other[0] - x), other))
            y = center - high / 2
            level = (min(x, left), center, max(x, left) + WIDTH, center)
        above = within(self._by_left, 0, x, reach)
        if above:
            x, center, tall = min(above, key=lambda other: (abs(other[1] - middle), other))
            top, low = min(y, center - tall / 2), max(y + high, center + tall / 2)
            upright = (x, top - BEYOND, x, low + BEYOND)
        self._show(0, level)
        self._show(1, upright)
        return x, y

    def erase(self) -> None:
        """Takes the lines away."""
        for item in self._shown:
            self._canvas.erase(item)

    def _show(self, which: int, line: Line | None) -> None:
        if line == self._lines[which]:
            return
        self._lines[which] = line
        path = QPainterPath()
        if line is not None:
            path.moveTo(line[0], line[1])
            path.lineTo(line[2], line[3])
        self._shown[which].setPath(path)


def within(sorted_by: list[Landmark], side: int, value: float, reach: float) -> list[Landmark]:
    """The landmarks of which one number, by which they are sorted, is about a value."""
    key = itemgetter(side)
    first = bisect_left(sorted_by, value - reach, key=key)
    return sorted_by[first : bisect_right(sorted_by, value + reach, lo=first, key=key)]


def guide_pen(view: CanvasView) -> QPen:
    """What lines of alignment are drawn with: without a width Qt need not work out their outline."""
    return QPen(view.theme.color("accent"), 0.0, Qt.PenStyle.DashLine)

"""Points that wires bend at: the curve through them, and which point or stretch is near a place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from graph_engine.graph import Point

DOT, LEVEL, TURN = 2.25, 0.5, 0.36


def bent_path(start: QPointF, end: QPointF, bends: Sequence[Point]) -> QPainterPath:
    """Cubics from point to point that share their direction at each, with a small dot there.

    Where a wire runs to the right, its slope at a point is the harmonic mean of those before and behind
    (Fritsch and Carlson 1980), so that it never swings beyond its points; where it turns back, the
    direction is that from the point before to the point behind (Catmull and Rom 1974).
    """
    points = [(start.x(), start.y()), *bends, (end.x(), end.y())]
    ways = [(1.0, 0.0), *map(_way, points, points[1:], points[2:]), (1.0, 0.0)]
    path = QPainterPath(start)
    pairs = zip(itertools.pairwise(points), itertools.pairwise(ways), strict=True)
    for (a, b), (leaving, entering) in pairs:
        one, other = _handle(a, b, leaving), _handle(a, b, entering)
        path.cubicTo(a[0] + one[0], a[1] + one[1], b[0] - other[0], b[1] - other[1], b[0], b[1])
    for x, y in bends:
        path.addEllipse(QPointF(x, y), DOT, DOT)
    return path


def _way(before: Point, at: Point, behind: Point) -> Point:
    """The direction in which a wire goes through a point, as a vector of length one."""
    dx1, dx2 = at[0] - before[0], behind[0] - at[0]
    if dx1 > 0 and dx2 > 0:
        one, other = (at[1] - before[1]) / dx1, (behind[1] - at[1]) / dx2
        slope = 2 * one * other / (one + other) if one * other > 0 else 0.0
        dx, dy = 1.0, slope
    else:
        dx, dy = behind[0] - before[0], behind[1] - before[1]
    length = math.hypot(dx, dy)
    return (dx / length, dy / length) if length else (1.0, 0.0)


def _handle(a: Point, b: Point, way: Point) -> Point:
    """How far a cubic keeps a direction."""
    across = b[0] - a[0]
    if across > 0 and way[0] > 0:
        reach = across * (LEVEL if way[1] == 0.0 else TURN) / way[0]
    else:
        reach = math.hypot(across, b[1] - a[1]) * TURN
    return way[0] * reach, way[1] * reach


def bend_at(bends: Sequence[Point], at: QPointF, reach: float) -> int | None:
    """The number of the point at a place."""
    found = [
        (distance, number)
        for number, (x, y) in enumerate(bends)
        if (distance := math.hypot(x - at.x(), y - at.y())) <= reach
    ]
    return min(found)[1] if found else None


def place_in(start: QPointF, end: QPointF, bends: Sequence[Point], at: QPointF) -> int:
    """Which number a new point there gets: the one that makes the wire longer by the least."""
    points = [(start.x(), start.y()), *bends, (end.x(), end.y())]
    here = (at.x(), at.y())
    longer = [math.dist(a, here) + math.dist(here, b) - math.dist(a, b)
              for a, b in itertools.pairwise(points)]  # fmt: skip
    return longer.index(min(longer))

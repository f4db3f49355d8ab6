"""What lies over the curves of a plot: the cursor, the moment shown, events, words at curves' ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from app.theme import SIZES, Theme
from app.training.hues import faded
from app.training.plot_axes import GAP, TICK_FONT, Ground, Left, Middle
from app.training.plot_view import View

APART, LEAST_APART = 15.0, 11.0
"""Pixels between the words of two curves: as wanted, and where there are many."""

SAMPLE = 14.0
NEAR = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """Words beside a curve's end: its name, a value, and the value of y beside which they stand."""

    name: str
    value: str
    at: float
    color: QColor
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a place of the x axis; ``words`` are told under the pointer."""

    at: float
    token: str
    words: str
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """All of it. ``cursor`` is under the pointer, ``moment`` the time slider's place."""

    ends: Sequence[End] = ()
    marks: Sequence[Mark] = ()
    cursor: float | None = None
    moment: float | None = None
    rubber: QRectF | None = None


def ends_width(ends: Sequence[End], theme: Theme) -> float:
    """Pixels that the words need, in steps, so that the plot stands still while values change."""
    if not ends:
        return 0.0
    name, value = QFontMetricsF(theme.font(11)), QFontMetricsF(theme.mono(11))
    widest = max(_width(end, name, value) for end in ends)
    return -(-(SAMPLE + 3 * GAP + widest) // 12) * 12


def mark_near(overlay: Overlay, view: View, point: QPointF) -> str:
    """The words of the event under the pointer; nothing where there is none."""
    near = [
        (abs(view.across(mark.at) - point.x()), mark.words)
        for mark in overlay.marks
        if abs(view.across(mark.at) - point.x()) <= NEAR
    ]
    return min(near)[1] if near else ""


def paint_overlay(
    painter: QPainter, overlay: Overlay, ground: Ground, view: View, theme: Theme
) -> None:
    """Draws it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for mark in overlay.marks:
        _mark(painter, mark, view, theme)
    if overlay.moment is not None:
        _moment(painter, overlay.moment, view, theme)
    _ends(painter, overlay.ends, view, theme)
    if overlay.cursor is not None:
        _cursor(painter, overlay.cursor, ground, view, theme)
    if overlay.rubber is not None:
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.setBrush(faded(theme.color("accent"), 0.12))
        painter.drawRect(overlay.rubber)


def _mark(painter: QPainter, mark: Mark, view: View, theme: Theme) -> None:
    x = round(view.across(mark.at)) + 0.5 if math.isfinite(view.across(mark.at)) else -1.0
    if not view.box.left() <= x <= view.box.right():
        return
    color, top = theme.color(mark.token), view.box.top()
    style = Qt.PenStyle.DotLine if mark.is_best else Qt.PenStyle.SolidLine
    painter.setPen(QPen(faded(color, 0.8), 1, style))
    painter.drawLine(QLineF(x, top, x, view.box.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(_star(x, top) if mark.is_best else _flag(x, top))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _flag(x: float, top: float) -> QPolygonF:
    return QPolygonF([QPointF(x - 4, top - 6), QPointF(x + 4, top - 6), QPointF(x, top)])


def _star(x: float, top: float) -> QPolygonF:
    turns = [(math.pi * n / 5, 5.0 if n % 2 == 0 else 2.2) for n in range(10)]
    return QPolygonF([QPointF(x + r * math.sin(a), top - 3 - r * math.cos(a)) for a, r in turns])


def _moment(painter: QPainter, at: float, view: View, theme: Theme) -> None:
    x = view.across(at)
    if not math.isfinite(x):
        return
    x = min(max(x, view.box.left()), view.box.right())
    stroke = QRectF(x - 1, view.box.top() - 4, 2, view.box.height() + 4)
    painter.fillRect(stroke.adjusted(-1, 0, 1, 0), theme.color("panel"))
    painter.fillRect(stroke, theme.color("accent"))


def _cursor(painter: QPainter, at: float, ground: Ground, view: View, theme: Theme) -> None:
    x = view.across(at)
    if not (math.isfinite(x) and view.box.left() - 1 <= x <= view.box.right() + 1):
        return
    painter.setPen(QPen(theme.color("second"), 1))
    painter.drawLine(QLineF(round(x) + 0.5, view.box.top(), round(x) + 0.5, view.box.bottom()))
    painter.setFont(theme.mono(TICK_FONT))
    words = ground.x.words(at)
    half = QFontMetricsF(painter.font()).horizontalAdvance(words) / 2 + GAP
    middle = min(max(x, view.box.left() + half), view.box.right() - half)
    pill = QRectF(middle - half, view.box.bottom() + 3, 2 * half, 16)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("border"))
    painter.drawRoundedRect(pill, 4, 4)
    painter.setPen(theme.color("text"))
    painter.drawText(pill, Middle, words)


def _ends(painter: QPainter, ends: Sequence[End], view: View, theme: Theme) -> None:
    metrics = QFontMetricsF(theme.mono(11))
    for end, middle in zip(ends, _spread([view.down(end.at) for end in ends], view), strict=True):
        left = view.box.right() + GAP
        style = Qt.PenStyle.DashLine if end.dashed else Qt.PenStyle.SolidLine
        pen = QPen(end.color, 2, style)
        if end.dashed:
            pen.setDashPattern([2.0, 1.5])
        painter.setPen(pen)
        y = round(middle)
        painter.drawLine(QLineF(left, y, left + SAMPLE, y))
        painter.setPen(theme.color("text"))
        painter.setFont(theme.mono(11))
        words = QRectF(left + SAMPLE + GAP, y - 8, 1000, 16)
        painter.drawText(words, Left, end.value)
        painter.setPen(theme.color("second"))
        painter.setFont(theme.font(11))
        width = metrics.horizontalAdvance(end.value)
        painter.drawText(words.adjusted(width + GAP, 0, 0, 0), Left, end.name)


def _spread(wanted: Sequence[float], view: View) -> list[float]:
    """Places near those wanted (NaN: anywhere), far enough apart, inside of the plot where they fit."""
    top, bottom = view.box.top() + 4, view.box.bottom() - 4
    held = [min(max(y, top), bottom) if math.isfinite(y) else bottom for y in wanted]
    apart = max(LEAST_APART, min(APART, (bottom - top) / max(1, len(held) - 1)))
    order = sorted(range(len(held)), key=lambda n: held[n])
    for before, after in pairwise(order):
        held[after] = max(held[after], held[before] + apart)
    limit = bottom
    for n in reversed(order):
        held[n] = min(held[n], limit)
        limit = held[n] - apart
    return held


def _width(end: End, name: QFontMetricsF, value: QFontMetricsF) -> float:
    return name.horizontalAdvance(end.name) + value.horizontalAdvance(end.value) + SIZES.near

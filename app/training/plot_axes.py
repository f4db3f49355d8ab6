"""Axes, grid and heading of a plot: light horizontal lines, no box, words in the theme's fonts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from app.theme import Theme
from app.training import scales
from app.training.hues import faded
from app.training.plot_view import View
from app.training.scales import Range

Kind = Literal["number", "count", "clock", "rows", "none"]
Tick = tuple[float, str]

TICK_FONT = 10
SPARE = 2
"""Letters for signs such as ✓ that are wider than others."""
HEADING = 22.0
FOOT = 20.0
GAP = 6.0
EDGE = 12.0
LONGEST_NAME = 168.0
ROW_TEXT = 13.0
"""Pixels of a row's height that its name needs."""

Right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Middle = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis measures. ``title`` has the unit; of ``rows`` number n lies between -n-1 and -n."""

    title: str = ""
    log: bool = False
    kind: Kind = "number"
    names: tuple[str, ...] = ()

    def ticks(self, span: Range, most: int) -> list[Tick]:
        """Places and words of the ticks in a range of the axis."""
        if self.kind == "none":
            return []
        if self.kind == "rows":
            return self._rows(span)
        if self.kind == "clock":
            return _worded(scales.clock_ticks(*span, most), scales.clock_words)
        if self.kind == "count":
            most = min(most, max(1, int(span[1] - span[0])))
        if self.log:
            return _worded(scales.log_ticks(*span, most), scales.log_words)
        return _worded(scales.ticks(*span, most), scales.tick_words)

    def words(self, value: float) -> str:
        """One value in words."""
        if self.kind == "clock":
            return scales.duration(value)
        return f"{value:,.0f}" if self.kind == "count" else scales.number(value, 4)

    def _rows(self, span: Range) -> list[Tick]:
        seen = [(-n - 0.5, name) for n, name in enumerate(self.names)]
        return [(at, name) for at, name in seen if span[0] <= at <= span[1]]


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of an axis with a meaning, such as healthy ratios; ``x`` where it lies across."""

    low: float
    high: float
    token: str
    across: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of an axis that is drawn as a line, with a word at its end."""

    at: float
    token: str
    words: str = ""
    across: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies behind the curves."""

    heading: str = ""
    unit: str = ""
    x: Axis = Axis()
    y: Axis = Axis()
    bands: Sequence[Band] = ()
    rules: Sequence[Rule] = ()
    chosen_rows: frozenset[int] = frozenset()


def fitting(metrics: QFontMetricsF, words: str, width: float) -> str:
    """Words that fit into a width, in the font of numbers; those that surely do are not measured."""
    if (len(words) + SPARE) * metrics.averageCharWidth() <= width:
        return words
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)


def left_margin(ground: Ground, view: View, theme: Theme) -> float:
    """Pixels that the words of the y axis need, in steps, so that the plot stands still."""
    if ground.y.kind == "none":
        return EDGE
    metrics = QFontMetricsF(theme.mono(TICK_FONT))
    if ground.y.kind == "rows":
        widest = max((metrics.horizontalAdvance(name) for name in ground.y.names), default=0.0)
        return min(widest, LONGEST_NAME) + EDGE + GAP
    words = [word for _, word in ground.y.ticks(view.y, _most(view.box.height(), 26))]
    widest = max((metrics.horizontalAdvance(word) for word in words), default=0.0)
    return max(36.0, -(-(widest + EDGE + GAP) // 12) * 12)


def paint_ground(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    """Draws everything that does not change with each update."""
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    _bands(painter, ground, view, theme)
    _y_axis(painter, ground, view, theme)
    _x_axis(painter, ground, view, theme)
    _rules(painter, ground, view, theme)
    _heading(painter, ground, view, theme)


def _heading(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    if not ground.heading:
        return
    font = theme.font(11, QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    box = QRectF(EDGE, 2, view.box.right() - EDGE, HEADING - 6)
    painter.drawText(box, Left, ground.heading)
    if ground.unit:
        width = QFontMetricsF(font).horizontalAdvance(ground.heading)
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("second"))
        painter.drawText(box.adjusted(width + GAP, 0, 0, 0), Left, ground.unit)


def _y_axis(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    rows = ground.y.kind == "rows"
    ticks = ground.y.ticks(view.y, _most(view.box.height(), 26))
    tall = view.box.height() / max(1e-9, view.y[1] - view.y[0])
    named = _named(ground, max(1, math.ceil(ROW_TEXT / tall))) if rows else set()
    painter.setFont(theme.mono(TICK_FONT))
    metrics = QFontMetricsF(painter.font())
    for at, word in ticks:
        y = round(view.down_axis(at)) + 0.5
        if not rows:
            painter.setPen(QPen(theme.color("dots"), 1))
            painter.drawLine(QLineF(view.box.left(), y, view.box.right(), y))
        elif round(-at - 0.5) not in named:
            continue
        painter.setPen(theme.color("text" if -at - 0.5 in ground.chosen_rows else "second"))
        room = view.box.left() - EDGE - GAP
        text = metrics.elidedText(word, Qt.TextElideMode.ElideMiddle, room) if rows else word
        painter.drawText(QRectF(EDGE, y - 8, room, 16), Right, text)


def _named(ground: Ground, each: int) -> set[int]:
    """The rows whose names are written: every so manyth, and those chosen for their neighbours."""
    taken = {row + n for row in ground.chosen_rows for n in range(1 - each, each)}
    return {row for row in range(0, len(ground.y.names), each) if row not in taken} | set(
        ground.chosen_rows
    )


def _x_axis(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    foot = view.box.bottom() + 4
    painter.setFont(theme.font(TICK_FONT))
    title = QFontMetricsF(painter.font()).horizontalAdvance(ground.x.title)
    painter.setPen(theme.color("second"))
    painter.drawText(QRectF(view.box.right() - title, foot, title + 1, 14), Right, ground.x.title)
    painter.setFont(theme.mono(TICK_FONT))
    metrics = QFontMetricsF(painter.font())
    last = view.box.right() - (title + 2 * GAP if title else -GAP)
    ticks = ground.x.ticks(view.x, _most(view.box.width(), 52))
    if ground.y.kind == "rows":
        painter.setPen(QPen(theme.color("dots"), 1))
        for at, _ in ticks:
            x = round(view.across_axis(at)) + 0.5
            painter.drawLine(QLineF(x, view.box.top(), x, view.box.bottom()))
    painter.setPen(theme.color("second"))
    for at, word in ticks:
        x, half = view.across_axis(at), metrics.horizontalAdvance(word) / 2 + 1
        if x + half <= last:
            painter.drawText(QRectF(x - half, foot, 2 * half, 14), Middle, word)


def _bands(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    for row in ground.chosen_rows:
        top, bottom = view.down_axis(-row), view.down_axis(-row - 1)
        whole = QRectF(4, top, view.box.right() - 4, bottom - top)
        painter.fillRect(whole, theme.color("accent_ground"))
    for band in ground.bands:
        color = faded(theme.color(band.token), 0.13)
        if band.across:
            left = max(view.box.left(), view.across(band.low))
            right = min(view.box.right(), view.across(band.high))
            area = QRectF(left, view.box.top(), right - left, view.box.height())
        else:
            top = max(view.box.top(), view.down(band.high))
            bottom = min(view.box.bottom(), view.down(band.low))
            area = QRectF(view.box.left(), top, view.box.width(), bottom - top)
        if area.width() > 0 and area.height() > 0:
            painter.fillRect(area, color)


def _rules(painter: QPainter, ground: Ground, view: View, theme: Theme) -> None:
    painter.setFont(theme.mono(TICK_FONT))
    for rule in ground.rules:
        painter.setPen(QPen(theme.color(rule.token), 1, Qt.PenStyle.DashLine))
        if rule.across:
            x = round(view.across(rule.at)) + 0.5
            if view.box.left() <= x <= view.box.right():
                painter.drawLine(QLineF(x, view.box.top(), x, view.box.bottom()))
            continue
        y = round(view.down(rule.at)) + 0.5
        if view.box.top() <= y <= view.box.bottom():
            painter.drawLine(QLineF(view.box.left(), y, view.box.right(), y))
            words = QRectF(view.box.left() + 4, y - 15, view.box.width() - 8, 14)
            painter.setPen(theme.color(rule.token))
            painter.drawText(words, Right, rule.words)


def _most(pixels: float, each: float) -> int:
    return max(2, int(pixels / each))


def _worded(places: list[float], words: Callable[[Sequence[float]], list[str]]) -> list[Tick]:
    return list(zip(places, words(places), strict=True))

"""What a layer's outputs are like in figures, and their histogram."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.plot_axes import TICK_FONT, Left, Right
from app.training.ridge import Histogram
from app.training.scales import number, plain
from graph_engine.training.titles import ACTIVATION_COLUMNS

ROW = 16.0
WIDTH = 176
WORST = 0.5
"""Fraction of dead or saturated units from which a figure is marked."""


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if 0 < value < 0.1 else f"{100 * value:.0f} %"


FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("mean", "Mean", number),
    ("deviation", "Deviation", number),
    ("low", "Smallest", number),
    ("high", "Largest", number),
    ("zero", "Zeros", _share),
    ("dead", "Dead units", _share),
    ("saturated", "Saturated", _share),
    ("milliseconds", "Forward", lambda value: f"{plain(round(value, 3))} ms"),
)
"""A column of the table, its words, and how its value is written."""

MARKED = frozenset({"dead", "saturated"})


class LayerFacts(QWidget):
    """See the module's docstring."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[tuple[str, str, bool], ...] = ()
        self._histogram: Histogram | None = None
        self.setFixedWidth(WIDTH)
        self.setMinimumHeight(int(ROW * 4))
        self.setToolTip(
            "Of the samples that are looked at, in evaluation mode. A unit is dead where it is zero "
            "for all of them, saturated near the ends of a bounded activation."
        )
        theme.changed.connect(self.update)

    @property
    def rows(self) -> tuple[tuple[str, str, bool], ...]:
        """The figures as words; the last says whether one is marked."""
        return self._rows

    @property
    def histogram(self) -> Histogram | None:
        """What is drawn below them."""
        return self._histogram

    def show_layer(
        self, figures: NDArray[np.floating] | None, histogram: NDArray[np.floating] | None
    ) -> None:
        """Shows a row of each table; None where there is none."""
        rows: list[tuple[str, str, bool]] = []
        known = dict(zip(ACTIVATION_COLUMNS, () if figures is None else figures, strict=False))
        for column, words, told in FIGURES:
            value = float(known.get(column, math.nan))
            if not math.isnan(value):
                rows.append((words, told(value), column in MARKED and value >= WORST))
        self._rows = tuple(rows)
        self._histogram = None if histogram is None else Histogram.of(0, histogram)
        told_all = ", ".join(f"{words} {value}" for words, value, _ in rows)
        self.setAccessibleName(f"Outputs of the layer: {told_all}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws them."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        top = 4.0
        for words, value, is_marked in self._rows:
            line = QRectF(SIZES.near, top, self.width() - 2 * SIZES.near, ROW)
            painter.setFont(self._theme.font(11))
            painter.setPen(self._theme.color("second"))
            painter.drawText(line, Left, words)
            painter.setFont(self._theme.mono(11))
            painter.setPen(self._theme.color("warning" if is_marked else "text"))
            painter.drawText(line, Right, value)
            top += ROW
        room = QRectF(SIZES.near, top + 6, self.width() - 2 * SIZES.near, self.height() - top - 10)
        if self._histogram is not None and room.height() > 30:
            self._paint_histogram(painter, self._histogram, room)
        painter.end()

    def _paint_histogram(self, painter: QPainter, shown: Histogram, room: QRectF) -> None:
        painter.setFont(self._theme.mono(TICK_FONT))
        foot = QFontMetricsF(painter.font()).height() + 2
        area = room.adjusted(0, 0, 0, -foot)
        half = float(shown.at[1] - shown.at[0]) / 2
        low, high = float(shown.at[0]) - half, float(shown.at[-1]) + half
        most = float(shown.density.max())
        wide = area.width() / len(shown.density)
        color = self._theme.color("accent")
        for place, density in enumerate(shown.density.tolist()):
            tall = area.height() * density / most
            left = area.left() + place * wide
            painter.fillRect(QRectF(left, area.bottom() - tall, wide - 0.5, tall), color)
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(self._theme.color("second"))
        words = QRectF(area.left(), area.bottom() + 2, area.width(), foot)
        painter.drawText(words, Left, number(low, 3))
        painter.drawText(words, Right, number(high, 3))
        if low < 0 < high:
            x = area.left() + area.width() * -low / (high - low)
            painter.setPen(QPen(self._theme.color("second"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

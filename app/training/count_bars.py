"""How many samples each class has, in each part of the data: a stacked bar a class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.hues import mixed
from app.training.plot_axes import TICK_FONT, Left, Right

ROW = 18
LONGEST = 96.0
SHARES = {"train": 1.0, "validation": 0.6, "test": 0.35}
"""How strongly each part is coloured."""


class CountBars(QWidget):
    """As tall as it has classes, for a scroll area."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._counts: dict[str, NDArray[np.int64]] = {}
        theme.changed.connect(self.update)

    @property
    def counts(self) -> Mapping[str, NDArray[np.int64]]:
        """Samples of each class, by part."""
        return self._counts

    def show_counts(self, names: tuple[str, ...], counts: Mapping[str, NDArray[np.int64]]) -> None:
        """Shows other counts."""
        self._names, self._counts = names, dict(counts)
        self.setFixedHeight(ROW * len(names) + ROW)
        told = (f"{name} {int(total)}" for name, total in zip(names, self._totals(), strict=True))
        self.setAccessibleName("Samples of each class: " + ", ".join(told))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, ROW * len(self._names) + ROW)

    def _totals(self) -> NDArray[np.int64]:
        parts = list(self._counts.values())
        return np.asarray(np.sum(parts, axis=0)) if parts else np.zeros(len(self._names), np.int64)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the rows that are seen."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("panel"))
        painter.setFont(self._theme.mono(TICK_FONT))
        metrics, totals = QFontMetricsF(painter.font()), self._totals()
        if len(totals):
            widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
            left = min(LONGEST, widest) + 8
            right = metrics.horizontalAdvance(f"{int(totals.max()):,}") + 8
            first = max(0, event.rect().top() // ROW - 1)
            for row in range(first, min(len(self._names), event.rect().bottom() // ROW)):
                area = QRectF(0, ROW + row * ROW, self.width() - SIZES.near, ROW)
                self._paint_row(painter, row, area, (left, right), int(totals.max()))
            self._paint_legend(painter)
        painter.end()

    def _paint_row(
        self, painter: QPainter, row: int, area: QRectF, margins: tuple[float, float], most: int
    ) -> None:
        left, right = margins
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(self._names[row], Qt.TextElideMode.ElideRight, left - 8)
        painter.setPen(self._theme.color("second"))
        painter.drawText(QRectF(0, area.top(), left - 8, ROW), Right, name)
        room = area.width() - left - right
        x = left
        for part, counts in self._counts.items():
            wide = room * int(counts[row]) / max(1, most)
            painter.fillRect(QRectF(x, area.top() + 4, wide, ROW - 8), self._color(part))
            x += wide
        painter.setPen(self._theme.color("text"))
        total = sum(int(counts[row]) for counts in self._counts.values())
        painter.drawText(QRectF(x + 6, area.top(), right, ROW), Left, f"{total:,}")

    def _paint_legend(self, painter: QPainter) -> None:
        metrics, x = QFontMetricsF(painter.font()), 0.0
        for part in self._counts:
            painter.fillRect(QRectF(x, 5, 8, 8), self._color(part))
            painter.setPen(self._theme.color("second"))
            painter.drawText(QRectF(x + 12, 0, 90, ROW), Left, part)
            x += 12 + metrics.horizontalAdvance(part) + 12

    def _color(self, part: str) -> QColor:
        share = SHARES.get(part, 1.0)
        return mixed(self._theme.color("panel"), self._theme.color("accent"), share)

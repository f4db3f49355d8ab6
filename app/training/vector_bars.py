"""The numbers of one vector as bars from zero; each is told under the pointer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.hues import faded
from app.training.plot_axes import TICK_FONT, Left, Middle, Right
from app.training.scales import Range, tick_words, ticks

LEFT = 44.0
FOOT = 16.0
WIDEST = 40.0


class VectorBars(QWidget):
    """``pointed`` carries the place under the pointer or None."""

    pointed = Signal(object)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._values: NDArray[np.float64] = np.empty(0)
        self._colors: list[QColor] = []
        self._names: tuple[str, ...] = ()
        self._span: Range = (0.0, 1.0)
        self._over: int | None = None
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setMinimumSize(120, 80)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    @property
    def values(self) -> NDArray[np.float64]:
        """What is drawn."""
        return self._values

    def draw(
        self,
        values: NDArray[np.float64],
        span: Range,
        colors: Sequence[QColor] = (),
        names: Sequence[str] = (),
    ) -> None:
        """Draws bars; ``span`` are the ends of the axis, and one colour may stand for all of them."""
        self._values, self._span = values, (min(0.0, span[0]), max(0.0, span[1]))
        self._colors, self._names = list(colors), tuple(names)
        self.update()

    def _area(self) -> QRectF:
        foot = FOOT if self._names else 6.0
        return QRectF(LEFT, 6, self.width() - LEFT - SIZES.near, self.height() - 6 - foot)

    def _pitch(self) -> float:
        return min(WIDEST * 2, self._area().width() / max(1, len(self._values)))

    def _y(self, area: QRectF, value: float) -> float:
        low, high = self._span
        return area.bottom() - (value - low) / max(1e-30, high - low) * area.height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws bars, the axis and names."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        if len(self._values):
            area = self._area()
            self._paint_axis(painter, area)
            self._paint_bars(painter, area)
            self._paint_names(painter, area)
        painter.end()

    def _paint_axis(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self._theme.mono(TICK_FONT))
        places = ticks(*self._span, max(2, int(area.height() / 36)))
        for at, word in zip(places, tick_words(places), strict=True):
            y = self._y(area, at)
            token = "second" if at == 0 else "border"
            painter.setPen(QPen(faded(self._theme.color(token), 0.8), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(self._theme.color("second"))
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), Right, word)

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        pitch, zero = self._pitch(), self._y(area, 0.0)
        wide = max(1.0, min(WIDEST, pitch * 0.8 if pitch > 3 else pitch))
        colors = self._colors or [self._theme.color("accent")]
        for place, value in enumerate(self._values.tolist()):
            x = area.left() + pitch * (place + 0.5) - wide / 2
            y = self._y(area, min(max(value, self._span[0]), self._span[1]))
            color = colors[place % len(colors)]
            if self._over == place:
                color = color.lighter(125)
            painter.fillRect(QRectF(x, min(y, zero), wide, max(1.0, abs(y - zero))), color)

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        pitch, metrics = self._pitch(), QFontMetricsF(self._theme.mono(TICK_FONT))
        painter.setFont(self._theme.mono(TICK_FONT))
        painter.setPen(self._theme.color("second"))
        for place, name in enumerate(self._names[: len(self._values)]):
            if not name:
                continue
            rest = self._names[place + 1 :]
            free = next((n for n, each in enumerate(rest) if each), len(rest))
            room = QRectF(area.left() + pitch * place, area.bottom() + 1, pitch * (free + 1), FOOT)
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - 2)
            painter.drawText(room, Left if free else Middle, words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells of the bar under the pointer."""
        place = int((event.position().x() - LEFT) // max(0.01, self._pitch()))
        self._point(place if 0 <= place < len(self._values) else None)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self._point(None)

    def _point(self, place: int | None) -> None:
        if place != self._over:
            self._over = place
            self.pointed.emit(place)
            self.update()

"""What the colours of a picture mean in numbers: a strip with the values of its ends and of zero."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.hues import Lookup
from app.training.plot_axes import TICK_FONT, Left
from app.training.scales import Range, plain, tick_words, ticks

WIDTH = 56
MARGIN = 8.0
APART = 28.0


class ValueScale(QWidget):
    """See the module's docstring."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lookup: Lookup | None = None
        self._span: Range = (0.0, 1.0)
        self.setFixedWidth(WIDTH)
        theme.changed.connect(self.update)

    @property
    def span(self) -> Range:
        """The values of its ends."""
        return self._span

    def show_scale(self, lookup: Lookup | None, span: Range) -> None:
        """Shows a map and the values of its ends; nothing for None."""
        if lookup is not self._lookup or span != self._span:
            self._lookup, self._span = lookup, span
            self.setAccessibleName(f"Colours from {plain(span[0], 3)} to {plain(span[1], 3)}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        if self._lookup is not None:
            self._paint(painter, self._lookup)
        painter.end()

    def _paint(self, painter: QPainter, lookup: Lookup) -> None:
        strip = QRectF(SIZES.near, MARGIN, 8, self.height() - 2 * MARGIN)
        colors = np.ascontiguousarray(lookup[::-1, :3])
        image = QImage(colors.tobytes(), 1, len(colors), 3, QImage.Format.Format_RGB888)
        painter.drawImage(strip, image)
        painter.setFont(self._theme.mono(TICK_FONT))
        painter.setPen(self._theme.color("second"))
        low, high = self._span
        tall = QFontMetricsF(painter.font()).height()
        places = ticks(low, high, max(2, int(strip.height() / APART)))
        for at, word in zip(places, tick_words(places), strict=True):
            y = strip.bottom() - (at - low) / (high - low) * strip.height()
            words = QRectF(strip.right() + 4, y - tall / 2, WIDTH - 20, tall)
            painter.drawText(words, Left, word)

"""A table's column over time as a picture, layer by layer, and the scale of its colours.

Each table is read once; a picture has as many columns as the plot has pixels.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training import scales
from app.training.hues import Lookup
from app.training.plot_axes import FOOT, HEADING, TICK_FONT, Left
from app.training.scales import Range
from app.training.tracks import Track

MOST_SECONDS = 0.003
"""For which tables are read at once."""


class Heat:
    """Logarithms to the base of ten of one column of a track's tables; NaN where there is none."""

    def __init__(self) -> None:
        self._track: Track | None = None
        self._column = -1
        self._steps: list[int] = []
        self._room = np.empty((0, 0), np.float32)
        self._low, self._high = np.inf, -np.inf

    @property
    def span(self) -> Range:
        """The smallest and the largest, in whole powers of ten; a range even where there is nothing."""
        if self._low > self._high:
            return (-4.0, 0.0)
        low, high = float(np.floor(self._low)), float(np.ceil(self._high))
        return (low, high) if high > low else (low, low + 1.0)

    def follow(self, track: Track, column: int) -> bool:
        """Takes in the tables that are new, for a few milliseconds; returns whether those were all.

        A run of the past has its tables in files.
        """
        if track is not self._track or column != self._column:
            self._track, self._column = track, column
            self._forget()
        if track.steps[: len(self._steps)] != self._steps:
            self._keep(track.steps)
        end = time.perf_counter() + MOST_SECONDS
        for step in track.steps[len(self._steps) :]:
            if time.perf_counter() > end:
                return False
            table = track.array(step)
            usable = table is not None and table.ndim == 2 and column < table.shape[1]
            width = max(1, self._room.shape[1])
            self._add(
                step, table[:, column] if table is not None and usable else np.full(width, np.nan)
            )
        return True

    def _forget(self) -> None:
        self._steps = []
        self._low, self._high = np.inf, -np.inf

    def _keep(self, steps: list[int]) -> None:
        """A track lets go of tables now and then: so does this, without reading the others again."""
        there = np.isin(self._steps, steps)
        kept = [step for step, is_there in zip(self._steps, there, strict=True) if is_there]
        if kept != steps[: len(kept)]:
            self._forget()
            return
        self._room[: len(kept)] = self._room[: len(self._steps)][there]
        self._steps = kept

    def _add(self, step: int, values: NDArray[np.floating]) -> None:
        place, rows = len(self._steps), len(values)
        if self._room.shape[1] != rows or place >= len(self._room):
            room = np.full((max(256, 2 * place), rows), np.nan, np.float32)
            if place and self._room.shape[1] == rows:
                room[:place] = self._room[:place]
            self._room = room
        logs = log_of(values)
        self._room[place] = logs
        self._steps.append(step)
        finite = logs[np.isfinite(logs)]
        if len(finite):
            self._low = min(self._low, float(finite.min()))
            self._high = max(self._high, float(finite.max()))

    def history(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Steps and values of one row of the tables."""
        count = len(self._steps)
        logs = self._room[:count, row] if row < self._room.shape[1] else np.full(count, np.nan)
        return np.array(self._steps, np.float64), 10.0 ** np.asarray(logs, np.float64)

    def picture(
        self, x: Range, columns: int, order: NDArray[np.intp], levels: Range
    ) -> NDArray[np.uint8]:
        """(rows, columns) between two steps, each column the last table before its end; 0 is nothing.

        The row that ``order`` names first is the last, for a picture's first row lies lowest.
        """
        if not self._steps:
            return np.zeros((len(order), columns), np.uint8)
        edges = np.linspace(*x, columns + 1)[1:]
        places = np.searchsorted(self._steps, edges, "right") - 1
        beyond = (places < 0) | (edges - (x[1] - x[0]) / columns > self._steps[-1])
        logs = self._room[np.maximum(places, 0)][:, order[::-1]]
        scaled = (logs - levels[0]) * (254.0 / (levels[1] - levels[0])) + 1.0
        made = np.clip(np.nan_to_num(scaled, nan=0.0), np.where(np.isnan(scaled), 0, 1), 255)
        made[beyond] = 0
        return np.ascontiguousarray(made.T.astype(np.uint8))


def log_of(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Logarithms to the base of ten; NaN for what has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((values > 0) & np.isfinite(values), np.log10(values), np.nan)


def with_nothing(lookup: Lookup) -> Lookup:
    """The map with its first entry transparent, for what is not known."""
    made = lookup.copy()
    made[0] = (0, 0, 0, 0)
    return made


class ColorScale(QWidget):
    """What the colours of a picture mean: a strip from small to large with powers of ten beside it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lookup: Lookup | None = None
        self._levels: Range = (-1.0, 0.0)
        self.setFixedWidth(60)
        theme.changed.connect(self.update)

    def show_scale(self, lookup: Lookup, levels: Range, name: str) -> None:
        """Shows a map and the logarithms of its ends."""
        if lookup is not self._lookup or levels != self._levels:
            self._lookup, self._levels = lookup, levels
            low, high = (scales.power(10**each) for each in levels)
            self.setAccessibleName(f"{name}: colours from {low} to {high}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        if self._lookup is None:
            return
        strip = QRectF(SIZES.near, HEADING, 8, self.height() - HEADING - FOOT)
        colors = np.ascontiguousarray(self._lookup[:0:-1, :3])
        image = QImage(colors.tobytes(), 1, len(colors), 3, QImage.Format.Format_RGB888)
        painter.drawImage(strip, image)
        painter.setFont(self._theme.mono(TICK_FONT))
        painter.setPen(self._theme.color("second"))
        low, high = self._levels
        tall = QFontMetricsF(painter.font()).height()
        for at in scales.log_ticks(low, high, max(2, int(strip.height() / 24))):
            y = strip.bottom() - (at - low) / (high - low) * strip.height()
            words = QRectF(strip.right() + 4, y - tall / 2, 48, tall)
            painter.drawText(words, Left, scales.power(10**at))

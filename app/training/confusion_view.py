"""Which classes are taken for which: a square of counts; a click chooses the samples of one cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import SIZES, Theme
from app.training.plot_axes import TICK_FONT, Middle, Right, fitting

Cell = tuple[int, int]

FOOT = 30.0
TOP = 4.0
LONGEST = 84.0
LEAST_TEXT, SMALL_TEXT = 15.0, 11.0
FAINTEST = 0.14
MANY = 24
"""Classes from which cells are too small for lines and numbers."""


class ConfusionView(QWidget):
    """``chosen`` carries truth and answer of the cell that was clicked, or None; ``pointed`` words."""

    chosen = Signal(object)
    pointed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._matrix: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        self._over: Cell | None = None
        self.cell: Cell | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(140, 90)
        self.setAccessibleName("Confusion matrix")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 220)

    @property
    def matrix(self) -> NDArray[np.int64]:
        """Counts: rows are the truth, columns the answers."""
        return self._matrix

    def show_matrix(self, matrix: NDArray[np.int64], names: tuple[str, ...]) -> None:
        """Shows counts and the classes' names."""
        self._matrix, self._names = matrix, names
        if self.cell is not None and max(self.cell) >= len(matrix):
            self.cell = None
        self.update()

    def choose(self, cell: Cell | None) -> None:
        """Chooses a cell as if by hand; the same one again chooses none."""
        self.cell = None if cell == self.cell else cell
        self.chosen.emit(self.cell)
        self.update()

    # Where it is ---------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        metrics = QFontMetricsF(self._theme.mono(TICK_FONT))
        longest = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        left = 22.0 + min(LONGEST, longest)
        wide, high = self.width() - left - SIZES.near, self.height() - TOP - FOOT
        count = max(1, len(self._matrix))
        pitch = max(1.0, min(high, wide) / count)
        broad = max(pitch, min(wide / count, pitch * 2.4))
        return QRectF(left, TOP, broad * count, pitch * count)

    def place(self, cell: Cell, area: QRectF | None = None) -> QRectF:
        """Where a cell is."""
        area, count = area or self._area(), max(1, len(self._matrix))
        wide, high = area.width() / count, area.height() / count
        return QRectF(area.left() + cell[1] * wide, area.top() + cell[0] * high, wide, high)

    def at(self, point: QPointF) -> Cell | None:
        """The cell at a point."""
        area, count = self._area(), len(self._matrix)
        if not count or not area.contains(point):
            return None
        row = int((point.y() - area.top()) / area.height() * count)
        column = int((point.x() - area.left()) / area.width() * count)
        return min(row, count - 1), min(column, count - 1)

    # Painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        if len(self._matrix):
            area = self._area()
            is_small = self.place((0, 0), area).height() < LEAST_TEXT
            painter.setFont(self._theme.mono(TICK_FONT - 1 if is_small else TICK_FONT))
            self._paint_cells(painter, area)
            self._paint_names(painter, area)
        painter.end()

    def _paint_cells(self, painter: QPainter, area: QRectF) -> None:
        shares = self._matrix / np.maximum(1, self._matrix.sum(axis=1, keepdims=True))
        shown = np.where(self._matrix > 0, FAINTEST + (1 - FAINTEST) * shares**0.6, 0.0)
        self._paint_grounds(painter, shown, area)
        if len(self._matrix) <= MANY:
            self._paint_lines(painter, area)
            self._paint_counts(painter, shown, area)
        for cell, token in ((self._over, "second"), (self.cell, "text")):
            if cell is not None:
                painter.setPen(QPen(self._theme.color(token), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.place(cell, area).adjusted(-0.5, -0.5, -0.5, -0.5))

    def _paint_grounds(self, painter: QPainter, shown: NDArray[np.float64], area: QRectF) -> None:
        """As one picture, a pixel a cell: how strongly a cell is coloured is worked out at once."""
        tokens = ("raised", "panel", "accent", "error")
        colors = [self._theme.color(token) for token in tokens]
        raised, panel, own, wrong = (
            np.array([each.red(), each.green(), each.blue()], np.float64) for each in colors
        )
        full = np.where(np.eye(len(shown), dtype=bool)[..., None], own, wrong)
        strong = shown[..., None]
        painted = np.where(strong > 0, panel + (full - panel) * strong, raised)
        data = np.rint(painted).astype(np.uint8).tobytes()
        count = len(shown)
        image = QImage(data, count, count, 3 * count, QImage.Format.Format_RGB888)
        painter.drawImage(area, image.convertToFormat(QImage.Format.Format_RGB32))

    def _paint_lines(self, painter: QPainter, area: QRectF) -> None:
        """What parts the cells."""
        count = len(self._matrix)
        wide, high = area.width() / count, area.height() / count
        if wide <= 4:
            return
        rights = [round(area.left() + number * wide) for number in range(1, count + 1)]
        feet = [round(area.top() + number * high) for number in range(1, count + 1)]
        lines = [QLineF(x, area.top(), x, area.bottom()) for x in rights]
        lines += [QLineF(area.left(), y, area.right(), y) for y in feet]
        painter.setPen(QPen(self._theme.color("panel"), 1.0))
        painter.drawLines(lines)

    def _paint_counts(self, painter: QPainter, shown: NDArray[np.float64], area: QRectF) -> None:
        """The number of each cell that has some."""
        if area.height() / len(self._matrix) < SMALL_TEXT:
            return
        strong, faint = self._theme.color("panel"), self._theme.color("text")
        for row, column in np.argwhere(self._matrix).tolist():
            painter.setPen(strong if shown[row, column] > 0.55 else faint)
            place = self.place((row, column), area)
            painter.drawText(place, Middle, f"{self._matrix[row, column]:,}")

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self._theme.color("second"))
        every = max(1, int(np.ceil(SMALL_TEXT * 0.9 / self.place((0, 0), area).height())))
        for number, name in enumerate(self._names[: len(self._matrix)]):
            if number % every:
                continue
            cell = self.place((number, number), area)
            row = QRectF(18, cell.center().y() - 8, area.left() - 22, 16)
            painter.drawText(row, Right, fitting(metrics, name, row.width()))
            foot = QRectF(cell.left() - 1, area.bottom() + 1, cell.width() * every, 14)
            painter.drawText(foot, Middle, fitting(metrics, name, foot.width()))
        painter.drawText(
            QRectF(area.left(), area.bottom() + 14, area.width(), 14), Middle, "answer"
        )
        painter.save()
        painter.translate(8, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-60, -8, 120, 16), Middle, "truth")
        painter.restore()

    # Hands ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the cell under the pointer."""
        cell = self.at(event.position())
        if cell is not None:
            self.choose(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells of the cell under the pointer."""
        self._point(self.at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self._point(None)

    def _point(self, cell: Cell | None) -> None:
        if cell != self._over:
            self._over = cell
            self.pointed.emit(self.words(cell) if cell else "")
            self.update()

    def words(self, cell: Cell) -> str:
        """A cell in words: how many of which class are taken for which."""
        row, column = cell
        whole, count = int(self._matrix[row].sum()), int(self._matrix[cell])
        share = 100 * count / max(1, whole)
        truth, answer = (self._named(number) for number in cell)
        what = "known" if row == column else f"taken for {answer}"
        return f"{count:,} of {whole:,} {truth} {what}, {share:.0f} %"

    def _named(self, number: int) -> str:
        return self._names[number] if number < len(self._names) else str(number)

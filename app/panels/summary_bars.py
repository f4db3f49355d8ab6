"""Cells of the summary: what is counted in the font of numbers, over a bar as long as its share."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.panels.summary_table import SHARE
from app.theme import SIZES, Theme

Index = QModelIndex | QPersistentModelIndex
TOKENS = {3: "convolution", 4: "activation", 5: "pooling"}
LEAST = 2.0
LAYER = 1


class SummaryBars(QStyledItemDelegate):
    """Draws the cells of the summary."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def font_of(self, column: int) -> QFont:
        """Names of layers in the font of the interface, everything else in that of numbers."""
        return self._theme.font(12) if column == LAYER else self._theme.mono(12)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As wide as the text."""
        text = str(index.data())
        width = QFontMetrics(self.font_of(index.column())).horizontalAdvance(text)
        return QSize(width + 3 * SIZES.near, SIZES.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws ground, bar and text."""
        color, box = self._theme.color, option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, color("accent_ground"))
        share = float(index.data(SHARE))
        if share > 0:
            self._bar(painter, QRectF(box), share, color(TOKENS[index.column()]))
        painter.setFont(self.font_of(index.column()))
        painter.setPen(color("second" if index.column() == LAYER else "text"))
        inner = box.adjusted(SIZES.near, 0, -SIZES.near, -2)
        text = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideMiddle, inner.width()
        )
        painter.drawText(inner, index.data(Qt.ItemDataRole.TextAlignmentRole), text)
        painter.restore()

    @staticmethod
    def _bar(painter: QPainter, box: QRectF, share: float, color: QColor) -> None:
        """A thin bar at the foot of the cell, growing from the right like the digits above it."""
        room = box.width() - 2 * SIZES.near
        width = max(room * share, LEAST)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        bar = QRectF(box.right() - SIZES.near - width, box.bottom() - 4, width, 3)
        painter.drawRoundedRect(bar, 1.5, 1.5)

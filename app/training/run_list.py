"""The view of the table of runs: rows to choose, columns as wide as what they say."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.theme import SIZES, Theme
from app.training.run_table import EYE, Index, RunTable

EYE_WIDTH, EYE_INDENT, LEAST, MOST = 36, 8, 48, 200
Trigger = QAbstractItemView.EditTrigger
State = QStyle.StateFlag


class RunCells(QStyledItemDelegate):
    """Cells that keep their colours where the row is chosen."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws the ground of a chosen row itself, for the style would take one colour for all."""
        if option.state & State.State_Selected:
            painter.fillRect(option.rect, self._theme.color("accent_ground"))
            option.state &= ~State.State_Selected
        if index.column() == EYE:
            option.rect.adjust(EYE_INDENT, 0, 0, 0)
        super().paint(painter, option, index)


class RunList(QTableView):
    """Keys that are those of its own actions work here, whatever the window has them for."""

    def __init__(self, table: RunTable, theme: Theme) -> None:
        super().__init__()
        self._table = table
        self.setItemDelegate(RunCells(theme, self))
        self.setModel(table)
        self.setAccessibleName("Runs")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(Trigger.DoubleClicked | Trigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(SIZES.row)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStyleSheet("QHeaderView::section { font-size: 12px; padding: 4px 6px; }")
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(EYE_WIDTH)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setSortingEnabled(True)
        table.modelReset.connect(self.fit)
        table.dataChanged.connect(self.fit)

    def fit(self, *_: object) -> None:
        """Gives each column the room that its widest text needs, and notes what is left."""
        for place in range(self._table.columnCount()):
            if not self.isColumnHidden(place):
                self.setColumnWidth(place, self._needed(place))

    def _needed(self, place: int) -> int:
        if place == EYE:
            return EYE_WIDTH
        header = self.horizontalHeader().sectionSizeHint(place)
        widest = header
        for row in range(min(self._table.rowCount(), 200)):
            index = self._table.index(row, place)
            metrics = QFontMetrics(index.data(Qt.ItemDataRole.FontRole))
            width = metrics.horizontalAdvance(str(index.data())) + 3 * SIZES.near
            sign = 20 if index.data(Qt.ItemDataRole.DecorationRole) is not None else 0
            widest = max(widest, width + sign)
        return min(max(widest, LEAST), MOST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the columns to another width."""
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """Claims the keys of its own actions before the window takes them."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Runs the action of a key."""
        pressed = QKeySequence(event.keyCombination())
        for action in self.actions():
            if pressed in action.shortcuts() and action.isEnabled():
                action.trigger()
                return
        super().keyPressEvent(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        pressed = QKeySequence(event.keyCombination())
        return any(pressed in action.shortcuts() for action in self.actions())

"""Precision, recall, F1 and area under the ROC curve of each class, as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.theme import SIZES, Theme

HEADS = ("Class", "Precision", "Recall", "F1", "AUROC", "Samples")

Row = tuple[str, float, float, float, float, int]


class ScoreTable(QTableWidget):
    """``chosen`` carries the number of the class of a row that was clicked."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(0, len(HEADS))
        self._theme = theme
        for column, words in enumerate(HEADS):
            head = QTableWidgetItem(words)
            head.setTextAlignment(_side(column))
            self.setHorizontalHeaderItem(column, head)
        self.setAccessibleName("Scores of each class")
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(SIZES.row - 2)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        self.setMinimumSize(140, 90)
        self.cellClicked.connect(self._click)
        theme.changed.connect(self._retint)
        self._retint()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Shows other scores; what does not exist is a dash."""
        if self.rowCount() != len(rows):
            self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, words in enumerate(map(_words, row)):
                self._put(place, column, words)

    def words(self) -> list[list[str]]:
        """What stands in the table."""
        places = [range(len(HEADS))] * self.rowCount()
        items = [[self.item(row, each) for each in columns] for row, columns in enumerate(places)]
        return [[item.text() if item else "" for item in row] for row in items]

    def _put(self, row: int, column: int, words: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(_side(column))
            self.setItem(row, column, item)
        if item.text() != words:
            item.setText(words)

    def _click(self, row: int, column: int) -> None:
        self.chosen.emit(row)

    def _retint(self) -> None:
        self.setFont(self._theme.mono(11))
        self.horizontalHeader().setFont(self._theme.font(11))


def _side(column: int) -> Qt.AlignmentFlag:
    """Names at the left, figures at the right."""
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) and not math.isnan(value) else "–"

"""The page of shortcuts, made from the same actions as the menus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.commands import Command, commands
from app.theme import SIZES, Theme

HEADS = ("Command", "Menu", "Keys")


class ShortcutsPage(QDialog):
    """A table of everything that has keys, to be searched by title, menu or keys."""

    def __init__(self, actions: Sequence[QAction], theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Shortcuts")
        self._theme = theme
        self._commands = [each for each in commands(actions) if each.keys]
        self.field = QLineEdit()
        self.table = QTableWidget(len(self._commands), len(HEADS))
        self._nothing = QLabel("No shortcut fits. Clear the field to see all.")
        self._lay_out()
        self._fill()
        self.field.textChanged.connect(self.search)
        theme.changed.connect(self._retint)
        self._retint()
        self.resize(560, 620)

    def _lay_out(self) -> None:
        self.field.setPlaceholderText("Search commands or keys")
        self.field.setAccessibleName("Search shortcuts")
        self.field.setClearButtonEnabled(True)
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.setAccessibleName("Shortcuts")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setStyleSheet(
            "QTableView::item { padding: 0 8px; } QHeaderView::section { padding: 4px 11px; }"
        )
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(SIZES.row + 2)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.apart, SIZES.apart, SIZES.apart, SIZES.apart)
        column.setSpacing(SIZES.near)
        column.addWidget(self.field)
        column.addWidget(self.table, 1)
        column.addWidget(self._nothing, 1)

    def _fill(self) -> None:
        for row, command in enumerate(self._commands):
            texts = (command.title, command.place, "  ".join(command.keys))
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def search(self, typed: str) -> None:
        """Leaves the rows that have all the words."""
        words = typed.lower().split()
        shown = 0
        for row, command in enumerate(self._commands):
            is_found = all(word in _told(command) for word in words)
            self.table.setRowHidden(row, not is_found)
            shown += is_found
        self.table.setHidden(not shown)
        self._nothing.setHidden(shown > 0)

    def _retint(self) -> None:
        theme = self._theme
        self._nothing.setStyleSheet(f"color: {theme.color('second').name()};")
        for row in range(self.table.rowCount()):
            for column, token in ((1, "second"), (2, "text")):
                item = self.table.item(row, column)
                if item is not None:
                    item.setForeground(theme.color(token))
                    item.setFont(theme.mono() if column == 2 else theme.font())


def _told(command: Command) -> str:
    portable = QKeySequence.SequenceFormat.PortableText
    others = [key.toString(portable) for key in command.action.shortcuts()]
    return " ".join([command.whole, *command.keys, *others]).lower()

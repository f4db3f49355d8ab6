"""The steps that were done, newest last; choosing one goes there, and later ones can be redone."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPalette, QUndoStack
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QVBoxLayout, QWidget

from app.document import Document
from app.icons import Icons
from app.theme import SIZES

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
Role = Qt.ItemDataRole
SIGNS = {
    "add": "plus", "insert": "plus", "paste": "clipboard-paste", "duplicate": "copy",
    "connect": "link", "disconnect": "unlink", "cut": "scissors", "delete": "trash-2",
    "remove": "trash-2", "move": "move-horizontal", "align": "layout-grid",
    "distribute": "layout-grid", "tidy": "wand-sparkles", "arrange": "wand-sparkles",
    "group": "group", "ungroup": "ungroup", "unpack": "ungroup", "rename": "pencil",
    "set": "sliders-horizontal", "change": "sliders-horizontal", "reset": "rotate-ccw",
    "mute": "volume-x", "unmute": "volume-x", "repair": "wrench", "replace": "repeat",
    "repeat": "layers-2", "note": "sticky-note", "frame": "frame", "edit": "pencil",
}  # fmt: skip
START = "Start"


class Steps(QAbstractListModel):
    """The steps of an undo stack: row 0 is the beginning, row n what the first n steps made."""

    def __init__(self, stack: QUndoStack, parent: QWidget) -> None:
        super().__init__(parent)
        self._stack, self._panel = stack, parent
        self._count = stack.count()
        for told in (stack.indexChanged, stack.undoTextChanged, stack.redoTextChanged):
            told.connect(self._moved)  # a step that is dropped unseen leaves the index where it was
        stack.destroyed.connect(self._end)

    def _end(self) -> None:
        """The document is gone, and nothing can be asked any more."""
        self.beginResetModel()
        self._count = -1
        self.endResetModel()

    def _moved(self) -> None:
        """Follows the stack: it may have grown, been cut off, or only gone elsewhere."""
        count = self._stack.count()
        if count == self._count + 1 and self._stack.index() == count:
            self.beginInsertRows(NOTHING, count, count)
            self._count = count
            self.endInsertRows()
        elif count != self._count:
            self.beginResetModel()
            self._count = count
            self.endResetModel()
        self.dataChanged.emit(self.index(0), self.index(self._count))

    def rowCount(self, parent: Index = NOTHING) -> int:
        """The beginning and every step."""
        return 0 if parent.isValid() else self._count + 1

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """What the step did; quieter where it was taken back."""
        if not index.isValid() or index.row() > self._count:
            return None
        row, now = index.row(), self._stack.index()
        text = self._stack.text(row - 1) if row else START
        if role == Role.DisplayRole:
            return text
        if role == Role.AccessibleTextRole:
            return f"{text}, {'now' if row == now else 'done' if row < now else 'taken back'}"
        if role == Role.DecorationRole:
            return self._sign(text, row > now)
        if role == Role.ForegroundRole and row > now:
            return self._panel.palette().brush(
                QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text
            )
        if role == Role.FontRole and row == now:
            font = QApplication.font()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Role.SizeHintRole:
            return QSize(0, SIZES.row)
        if role == Role.ToolTipRole:
            return "Where you are" if row == now else f"Go to “{text}”"
        return None

    def _sign(self, text: str, is_undone: bool) -> QIcon:
        verb = text.partition(" ")[0].lower()
        name = "home" if text == START else SIGNS.get(verb, "pencil")
        palette = self._panel.palette()
        group = QPalette.ColorGroup.Disabled if is_undone else QPalette.ColorGroup.Normal
        role = QPalette.ColorRole.Text if is_undone else QPalette.ColorRole.PlaceholderText
        ratio = self._panel.devicePixelRatioF()
        return QIcon(Icons.pixmap(name, 16, palette.color(group, role), ratio))


class HistoryPanel(QWidget):
    """The list of steps."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setAccessibleName("History")
        self._stack = document.undo
        self._steps = Steps(document.undo, self)
        self.view = QListView()
        self.view.setModel(self._steps)
        self.view.setAccessibleName("History")
        self.view.setUniformItemSizes(True)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.view)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        document.undo.indexChanged.connect(self._mark)
        self._mark(document.undo.index())

    def _go(self, index: QModelIndex) -> None:
        self._stack.setIndex(index.row())

    def _mark(self, step: int) -> None:
        here = self._steps.index(step)
        self.view.setCurrentIndex(here)
        self.view.scrollTo(here)

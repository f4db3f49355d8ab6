"""The search that adds layers: where the pointer is, by name or synonym, with the arrows and Enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.canvas.placing import BLOCK
from app.catalogue_search import first_sentence, search
from app.icons import Icons
from app.theme import Theme
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.shape import TensorType

WIDE, ROW, MOST = 320, 30, 9
LIMIT = 60
Keys = Qt.Key


class QuickAdd(QFrame):
    """``chosen`` carries the name of a layer, ``dismissed`` says that none is wanted."""

    chosen = Signal(str)
    dismissed = Signal()

    def __init__(
        self, theme: Theme, icons: Icons, blocks: Callable[[], Iterable[str]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._blocks = blocks
        self._theme, self._icons = theme, icons
        self._fitting: TensorType | None = None
        self._needs_output = False
        self.setObjectName("quick_add")
        self.setAccessibleName("Add a layer")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Add a layer: conv, fc, skip …")
        self.field.setAccessibleName("Search for a layer")
        self.list = QListWidget()
        self.list.setAccessibleName("Layers found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(16, 16))
        self.told = QLabel()
        self.told.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        for widget in (self.field, self.list, self.told):
            column.addWidget(widget)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._tell)
        self.hide()

    def open(
        self, at: QPoint, fitting: TensorType | None = None, *, needs_output: bool = False
    ) -> None:
        """Opens at a place of the view; only layers that take ``fitting``, or that give something."""
        self._fitting, self._needs_output = fitting, needs_output
        self._restyle()
        self.setFixedWidth(WIDE)
        self.field.clear()
        self._search("")
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        x = min(at.x(), parent.width() - self.width() - 8)
        y = min(at.y(), parent.height() - self.height() - 8)
        self.move(max(x, 8), max(y, 8))
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_quietly(self) -> None:
        """Goes away and gives the keyboard back to the canvas."""
        if self.isHidden():
            return
        parent = self.parentWidget()
        self.hide()
        if parent is not None:
            parent.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list while the hand stays in the field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut and not self.isHidden():
            self.hide()
            self.dismissed.emit()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        step = {Keys.Key_Down: 1, Keys.Key_Up: -1, Keys.Key_PageDown: MOST, Keys.Key_PageUp: -MOST}
        if key in step:
            row = self.list.currentRow() + step[Keys(key)]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        elif key in (Keys.Key_Return, Keys.Key_Enter, Keys.Key_Tab):
            item = self.list.currentItem()
            if item is not None:
                self._take(item)
        elif key == Keys.Key_Escape:
            self.close_quietly()
            self.dismissed.emit()
        else:
            return False
        return True

    def _take(self, item: QListWidgetItem) -> None:
        name = str(item.data(Qt.ItemDataRole.UserRole))
        self.close_quietly()
        self.chosen.emit(name)

    def _search(self, text: str) -> None:
        self.list.clear()
        for name in search(text, LIMIT, self._fitting):
            layer = CATALOGUE[name]
            if layer.outputs or not self._needs_output:
                self._row(name, name, layer.family)
        for block in self._blocks() if self._fitting is None else ():
            if text.lower().strip() in block.lower():
                self._row(block, f"{BLOCK}{block}", "Block")
        rows = min(max(self.list.count(), 1), MOST)
        self.list.setFixedHeight(rows * ROW + 4)
        self.list.setCurrentRow(0)
        if not self.list.count():
            self.told.setText(self._nothing(text))
        self.adjustSize()

    def _row(self, name: str, key: str, family: str) -> None:
        item = QListWidgetItem(self._icons.of_family(family), name)
        item.setData(Qt.ItemDataRole.UserRole, key)
        item.setSizeHint(QSize(WIDE - 40, ROW))
        self.list.addItem(item)

    def _nothing(self, text: str) -> str:
        if self._fitting is not None:
            return f"No layer that takes {self._fitting} is called “{text}”."
        return f"No layer is called “{text}”."

    def _tell(self, item: QListWidgetItem | None, before: QListWidgetItem | None = None) -> None:
        key = str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""
        if key.startswith(BLOCK):
            self.told.setText("A block of this project; change it and every use follows.")
        elif key:
            self.told.setText(first_sentence(key) + ".")

    def _restyle(self) -> None:
        color = {t: self._theme.color(t).name() for t in ("panel", "border", "second")}
        self.setStyleSheet(
            f"#quick_add {{ background: {color['panel']}; border: 1px solid {color['border']};"
            f" border-radius: 8px; }} QLabel {{ color: {color['second']}; }}"
        )
        self.told.setFont(self._theme.font(11))
        self.told.setMinimumHeight(30)

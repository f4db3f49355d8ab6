"""The live PyTorch text of the shown network: lines lead to their layers, and layers to their lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSaveFile, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.background import Background, Snapshot
from app.document import Document
from app.forms.empty import EmptyState
from app.icons import Icons
from app.panels.following import Following
from app.panels.own_keys import OwnKeys
from app.panels.source_making import Made, made_beside, made_from
from app.panels.source_view import SourceView
from app.theme import SIZES, Theme
from graph_engine.codegen import Source
from graph_engine.graph import Graph
from graph_engine.inference import Inference

DELAY = 100
MOST_AT_ONCE = 250  # layers, blocks unrolled; more are written beside the window
TELLING = 2500
EMPTY = (
    "No source yet.",
    "The PyTorch source of the network appears here as soon as the drawing has no errors.",
)


class SourcePanel(QWidget):
    """The text with its tools. ``shown_anew`` says that it is up to date; ``revealed`` names a node."""

    shown_anew = Signal()
    revealed = Signal(str)

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setAccessibleName("Source")
        self._document, self._theme, self._icons = document, theme, icons
        self.source: Source | None = None
        self._nodes: Mapping[str, Mapping[str, list[int]]] = {}
        self._is_unmarked = False
        self._tools: dict[str, QToolButton] = {}
        self.view = SourceView(theme)
        self._search = QLineEdit()
        self._banner, self._told = QLabel(), QLabel()
        self._empty = EmptyState(theme, icons, "file-code", *EMPTY)
        self._background = Background(self)
        self._follow = Following(document, self, DELAY)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._lay_out()
        self._connect()
        self._retint()

    # Making --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._search.setPlaceholderText("Find in the source")
        self._search.setAccessibleName("Find in the source")
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(240)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(SIZES.near, 4, SIZES.near, 4)
        row.setSpacing(4)
        row.addWidget(self._search, 2)
        row.addWidget(self._told, 1)
        self._add_tool(row, "copy", "Copy the whole source", self.copy)
        self._add_tool(row, "save", "Save the source as…", self.save_as)
        self._banner.setWordWrap(True)
        self._banner.setContentsMargins(12, 6, 12, 6)
        self._banner.hide()
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self._head, self._banner):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(full)

    def _add_tool(self, row: QHBoxLayout, sign: str, told: str, run: object) -> None:
        button = QToolButton()
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.clicked.connect(run)
        row.addWidget(button)
        self._tools[sign] = button

    def _connect(self) -> None:
        self._follow.due.connect(self._make)
        self._background.done.connect(self._take)
        self._document.selection.changed.connect(self._follow_selection)
        self._document.shown.connect(self._scope_changed)
        self._theme.changed.connect(self._retint)
        self._telling.timeout.connect(self._told.clear)
        self.view.line_clicked.connect(self._choose)
        self._search.textEdited.connect(self._find_first)
        self._search.returnPressed.connect(self.find_next)
        find = QAction("Find in the source", self.view)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        find.triggered.connect(self.focus_search)
        self.view.addAction(find)
        OwnKeys(self.view)

    # Making the text -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Brings the text up to date without waiting, where that is due."""
        self._follow.now()

    def _make(self) -> None:
        self._document.infer_now()
        graph = self._network()
        if size_of(graph) > MOST_AT_ONCE:
            self._background.start(partial(made_beside, Snapshot.of(graph)))
            return
        self._background.forget()
        is_open = graph is self._document.graph
        self._take(made_from(self._document.inference if is_open else Inference(graph)))

    def _network(self) -> Graph:
        return self._document.project.networks[self._document.scope.network]

    def _take(self, made: Made) -> None:
        if made.source is not None:
            self.source = made.source
            self._nodes = made.lines
            self.view.show_text(made.source.text)
        self._warn(made.refusal)
        self._pages.setCurrentIndex(0 if self.source is None else 1)
        self._mark()
        self.shown_anew.emit()

    def _warn(self, refusal: str) -> None:
        """Says why the text is not that of the drawing any more."""
        first, _, rest = refusal.replace("`", "").partition("\n")
        more = "\nThere are more problems; see the list of problems." if rest else ""
        sentence = f"The last good source, until the drawing is repaired: {first}{more}"
        self._banner.setText(sentence if refusal else "")
        self._banner.setVisible(bool(refusal) and self.source is not None)
        self._empty.say(EMPTY[0], first if refusal else EMPTY[1])
        self.view.fade(bool(refusal))

    # Lines and layers ----------------------------------------------------------------------------

    def _follow_selection(self) -> None:
        if self.isVisible():
            self._mark()
        else:
            self._is_unmarked = True

    def showEvent(self, event: QShowEvent) -> None:
        """Marks what was selected while nobody looked."""
        super().showEvent(event)
        if self._is_unmarked:
            self._mark()

    def _mark(self) -> None:
        self._is_unmarked = False
        place = self._document.scope.block or self._document.scope.network
        nodes = self._nodes.get(place, {})
        lines = [line for name in self._document.selection.names for line in nodes.get(name, ())]
        if lines or place == self._document.scope.network:
            self.view.mark(sorted(lines), reveal=not self.view.hasFocus())

    def _scope_changed(self) -> None:
        """Goes to the class of the block that was opened."""
        nodes = self._nodes.get(self._document.scope.block, {})
        if nodes:
            self.view.scroll_to(min(min(lines) for lines in nodes.values()))

    def _choose(self, line: int) -> None:
        place = self.source.lines.get(line) if self.source else None
        if place is None or place.node not in self._document.graph.nodes:
            return
        if place.graph == (self._document.scope.block or self._document.scope.network):
            self._document.selection.set([place.node])
            self.revealed.emit(place.node)

    # Finding -------------------------------------------------------------------------------------

    def focus_search(self) -> None:
        """Puts the cursor into the field that finds."""
        self._search.setFocus()
        self._search.selectAll()

    def find_next(self) -> None:
        """Goes to the next place."""
        self._find(self._search.text())

    def _find_first(self, text: str) -> None:
        cursor = self.view.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self.view.setTextCursor(cursor)
        self._find(text)

    def _find(self, text: str) -> None:
        if self.view.find_text(text) or not text:
            self._told.clear()
        else:
            self._say("Not found", "second", 0)

    # Taking it away ------------------------------------------------------------------------------

    def copy(self) -> None:
        """Puts the whole source on the clipboard."""
        if self.source is not None:
            QGuiApplication.clipboard().setText(self.source.text)
            self._say("Copied", "good")

    def save_as(self) -> None:
        """Asks for a file and writes the source to it."""
        if self.source is None:
            return
        wish = f"{self._document.scope.network}.py"
        name, _ = QFileDialog.getSaveFileName(self, "Save the source", wish, "Python (*.py)")
        if name:
            self.save(Path(name if name.endswith(".py") else f"{name}.py"))

    def save(self, path: Path) -> bool:
        """Writes the source, whole or not at all; whether it was written."""
        if self.source is None:
            return False
        file = QSaveFile(str(path))
        data = self.source.text.encode("utf-8")
        is_written = (
            file.open(QSaveFile.OpenModeFlag.WriteOnly)
            and file.write(data) == len(data)
            and file.commit()
        )
        if is_written:
            self._say(f"Saved {path.name}", "good")
        else:
            self._say(f"{path.name} cannot be written: {file.errorString()}.", "error", 0)
        return is_written

    def _say(self, sentence: str, token: str, duration: int = TELLING) -> None:
        self._told.setStyleSheet(f"color: {self._theme.color(token).name()};")
        self._told.setText(sentence)
        self._told.setToolTip(sentence)
        self._telling.stop()
        if duration:
            self._telling.start(duration)

    def _retint(self) -> None:
        color = self._theme.color
        for sign, button in self._tools.items():
            button.setIcon(self._icons.icon(sign))
        self._banner.setStyleSheet(
            f"background: {color('raised').name()}; color: {color('warning').name()};"
            f" border-top: 1px solid {color('border').name()};"
            f" border-bottom: 1px solid {color('border').name()};"
        )


def size_of(graph: Graph) -> int:
    """About how many layers have to be written: those drawn, and those of every block that is used."""
    return len(graph.nodes) + sum(len(block.nodes) for block in graph.blocks.values())

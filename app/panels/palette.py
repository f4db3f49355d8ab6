"""The palette: every layer by family, favourites, the project's own blocks, and a search over all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.catalogue_search import search
from app.document import Document
from app.forms.controls import plain_label
from app.icons import Icons
from app.panels.palette_delegate import PaletteDelegate
from app.panels.palette_model import (
    BLOCKS,
    FAVOURITES,
    Entry,
    LayerModel,
    block_entry,
    family_groups,
    layer_entry,
    matching_blocks,
)
from app.theme import SIZES, Theme
from graph_engine import edits
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph
from graph_engine.layers.base import CATALOGUE, Layer
from graph_engine.layers.block import Block

Place = Callable[[Graph, Layer, str], Change]
KEY = "palette/favourites"
FIRST_OPEN = (FAVOURITES, BLOCKS, "Input and output", "Convolution", "Linear")
STAR, HELP = QKeySequence("Ctrl+D"), QKeySequence("F1")
KEYS_OF_THE_LIST = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class Palette(QWidget):
    """Drag a layer out, or add it behind the current node by Enter or double click.

    ``help_requested`` carries the name of the layer that F1 was pressed on. ``place`` may be set to
    what gives the change for a layer behind a node, where nodes have to make room for each other.
    """

    help_requested = Signal(str)

    def __init__(
        self,
        document: Document,
        theme: Theme,
        icons: Icons,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._theme, self._icons = document, theme, icons
        self._settings = settings or QSettings("Netloom", "Netloom")
        self.place: Place = self._behind
        self._favourites = self._remembered()
        self._families = family_groups()
        self._groups, self._results = LayerModel(self), LayerModel(self)
        self.search_field = self._make_field()
        self.refusal = self._make_refusal()
        self.tree = self._make_tree()
        self._empty = self._make_empty()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self._empty)
        self._lay_out()
        self._make_actions()
        self._fill_groups()
        self._open(FIRST_OPEN)
        document.changed.connect(self._follow)
        document.shown.connect(self._fill_groups)
        theme.changed.connect(self._retint)
        self._retint()

    @staticmethod
    def _behind(graph: Graph, layer: Layer, current: str) -> Change:
        return edits.add(graph, layer, after=current)

    # What others ask for -------------------------------------------------------------------------

    def focus_search(self) -> None:
        """Puts the cursor into the search field, its text selected."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def current(self) -> Entry | None:
        """The row that the keyboard is on, or the first found while searching."""
        model = self._model()
        index = self.tree.currentIndex()
        if not index.isValid() and model is self._results:
            index = model.index(0, 0)
        return model.entry(index)

    def add(self, entry: Entry) -> None:
        """Adds a layer, or an instance of a block, behind the current node, and selects it."""
        graph = self._document.graph
        after = self._document.selection.current
        layer = CATALOGUE[entry.name]() if entry.kind == "layer" else Block(block=entry.name)
        try:
            behind = after in graph.nodes
            change = self.place(graph, layer, after) if behind else edits.add(graph, layer)
            self._document.do(f"Add {entry.name}", change)
        except DesignError as error:
            self._refuse(str(error))
            return
        self._refuse("")
        self._document.selection.set(change.added("nodes"))

    # Making it -----------------------------------------------------------------------------------

    def _make_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText("Search layers")
        field.setAccessibleName("Search layers")
        field.setClearButtonEnabled(True)
        field.setFixedHeight(SIZES.control)
        field.setStyleSheet("QToolButton { padding: 0; min-height: 0; border: none; }")
        field.textChanged.connect(self._search)
        field.installEventFilter(self)
        self._lens = field.addAction(
            self._icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition
        )
        return field

    @staticmethod
    def _make_refusal() -> QLabel:
        label = plain_label()
        label.setVisible(False)
        label.setAccessibleName("Why the layer was not added")
        return label

    def _make_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setAccessibleName("Layers")
        tree.setModel(self._groups)
        tree.setItemDelegate(PaletteDelegate(self._theme, self._icons, tree))
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setIndentation(0)
        tree.setUniformRowHeights(True)
        tree.setMouseTracking(True)
        tree.setDragEnabled(True)
        tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.setExpandsOnDoubleClick(False)
        tree.customContextMenuRequested.connect(self._show_menu)
        tree.clicked.connect(self._toggle_group)
        tree.doubleClicked.connect(self._take)
        tree.installEventFilter(self)
        return tree

    def _make_empty(self) -> QLabel:
        label = plain_label()
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        label.setContentsMargins(SIZES.apart, SIZES.page, SIZES.apart, SIZES.page)
        return label

    def _lay_out(self) -> None:
        top = QVBoxLayout()
        top.setContentsMargins(SIZES.near, SIZES.near, SIZES.near, 0)
        top.setSpacing(4)
        top.addWidget(self.search_field)
        top.addWidget(self.refusal)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SIZES.near)
        column.addLayout(top)
        column.addWidget(self._pages, 1)

    def _make_actions(self) -> None:
        """The rows of the menu; the window gives their keys other meanings elsewhere."""
        self._add = QAction("Add behind the current node", self)
        self._add.triggered.connect(self._take_current)
        self._star = QAction("Add to favourites", self)
        self._star.triggered.connect(self._toggle_favourite)
        self._help = QAction("Help on this layer", self)
        self._help.triggered.connect(self._ask_help)
        for action, key in ((self._star, STAR), (self._help, HELP)):
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    # Showing -------------------------------------------------------------------------------------

    def _model(self) -> LayerModel:
        return self._results if self.tree.model() is self._results else self._groups

    def _fill_groups(self) -> None:
        was_open = self._open_groups()
        known = {entry.key: entry for _, entries in self._families for entry in entries}
        blocks = [block_entry(block) for block in self._document.project.blocks.values()]
        known |= {entry.key: entry for entry in blocks}
        stars = [known[key] for key in self._favourites if key in known]
        own = [(FAVOURITES, stars), (BLOCKS, blocks)]
        groups = [(title, entries) for title, entries in own if entries] + self._families
        self._groups.fill_groups(groups, set(self._favourites))
        self._open(was_open)
        if self._model() is self._results:
            self._search(self.search_field.text())

    def _open_groups(self) -> list[str]:
        """The groups that are open; the two that come and go open by themselves."""
        model, found = self._groups, []
        present = set()
        for row in range(model.rowCount()):
            title = str(model.index(row, 0).data())
            present.add(title)
            if self.tree.model() is model and self.tree.isExpanded(model.index(row, 0)):
                found.append(title)
        if self.tree.model() is not model:
            found = list(self._kept_open)
        return found + [title for title in (FAVOURITES, BLOCKS) if title not in present]

    def _open(self, titles: tuple[str, ...] | list[str]) -> None:
        self._kept_open = list(titles)
        if self._model() is self._results:
            return
        for row in range(self._groups.rowCount()):
            index = self._groups.index(row, 0)
            self.tree.setExpanded(index, str(index.data()) in titles)

    def _search(self, text: str) -> None:
        self._refuse("")
        if not text.strip():
            if self._model() is self._results:
                self.tree.setModel(self._groups)
                self._open(self._kept_open)
            self._pages.setCurrentWidget(self.tree)
            return
        if self._model() is self._groups:
            self._kept_open = self._open_groups()
            self.tree.setModel(self._results)
        found = [layer_entry(name) for name in search(text)]
        blocks = matching_blocks(text.strip(), self._document.project.blocks.values())
        self._results.fill_rows([*blocks, *found], set(self._favourites))
        self._empty.setText(
            f"No layer is called “{text.strip()[:40]}”.\n\nSearch for what it does, such as "
            "“pool”, “norm” or “skip”, or press Esc to see all families."
        )
        self._pages.setCurrentWidget(self.tree if self._results.rowCount() else self._empty)
        if self._results.rowCount():
            self.tree.setCurrentIndex(self._results.index(0, 0))

    def _follow(self, change: Change) -> None:
        if change.pairs("blocks") or self._document.scope.block:
            self._fill_groups()

    def _retint(self) -> None:
        self._lens.setIcon(self._icons.icon("search"))
        self.refusal.setStyleSheet(f"color: {self._theme.color('error').name()};")
        self._empty.setStyleSheet(f"color: {self._theme.color('second').name()};")
        self.refusal.setFont(self._theme.font(12))
        self.tree.viewport().update()

    def _refuse(self, sentence: str) -> None:
        self.refusal.setText(sentence)
        self.refusal.setVisible(bool(sentence))

    # Doing ---------------------------------------------------------------------------------------

    def _take(self, index: QModelIndex) -> None:
        entry = self._model().entry(index)
        if entry is not None and entry.kind != "group":
            self.add(entry)

    def _take_current(self) -> None:
        entry = self.current()
        if entry is not None and entry.kind != "group":
            self.add(entry)

    def _toggle_group(self, index: QModelIndex) -> None:
        entry = self._model().entry(index)
        if entry is not None and entry.kind == "group":
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _show_menu(self, place: QPoint) -> None:
        entry = self._model().entry(self.tree.indexAt(place))
        if entry is None or entry.kind == "group":
            return
        starred = entry.key in self._favourites
        self._star.setText("Remove from favourites" if starred else "Add to favourites")
        self._help.setVisible(entry.kind == "layer")
        menu = QMenu(self)
        menu.addActions([self._add, self._star, self._help])
        menu.exec(self.tree.viewport().mapToGlobal(place))
        self._help.setVisible(True)
        menu.deleteLater()

    def _toggle_favourite(self) -> None:
        entry = self.current()
        if entry is None or entry.kind == "group":
            return
        if entry.key in self._favourites:
            self._favourites.remove(entry.key)
        else:
            self._favourites.append(entry.key)
        self._settings.setValue(KEY, self._favourites)
        self._fill_groups()

    def _ask_help(self) -> None:
        entry = self.current()
        if entry is not None and entry.kind == "layer":
            self.help_requested.emit(entry.name)

    def _remembered(self) -> list[str]:
        value = self._settings.value(KEY, [])
        texts = value if isinstance(value, list) else [value]
        return [text for text in texts if isinstance(text, str) and text]

    # Keys ----------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or watched not in (self.search_field, self.tree):
            return super().eventFilter(watched, event)
        own = {STAR: self._toggle_favourite, HELP: self._ask_help}
        if event.type() == QEvent.Type.ShortcutOverride and own.get(pressed(event)):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if pressed(event) in own:
                own[pressed(event)]()
                return True
            if watched is self.search_field:
                return self._field_key(event)
            if watched is self.tree:
                return self._tree_key(event)
        return super().eventFilter(watched, event)

    def _field_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.search_field.text().strip():
                self._take_current()
            return True
        if key == Qt.Key.Key_Escape and self.search_field.text():
            self.search_field.clear()
            return True
        if key in KEYS_OF_THE_LIST and self._model().rowCount():
            if self._model() is self._results:
                self._step(key)
            else:
                self.tree.setFocus()
                if not self.tree.currentIndex().isValid():
                    self.tree.setCurrentIndex(self._groups.index(0, 0))
            return True
        return False

    def _step(self, key: int) -> None:
        """Moves through what was found while the cursor stays in the field."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10}.get(
            Qt.Key(key), -10
        )
        row = self.tree.currentIndex().row() + step
        row = max(0, min(row, self._results.rowCount() - 1))
        self.tree.setCurrentIndex(self._results.index(row, 0))

    def _tree_key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            index = self.tree.currentIndex()
            self._toggle_group(index)
            self._take(index)
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.focus_search()
            return True
        return False


def pressed(event: QKeyEvent) -> QKeySequence:
    """The keys of an event, as they stand in a menu."""
    return QKeySequence(event.keyCombination())

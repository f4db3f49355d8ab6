"""What each layer of the network costs, with bars, sums, and the sizes that have no number yet."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QGuiApplication,
    QIntValidator,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.background import Background, Snapshot
from app.document import Document
from app.forms.empty import EmptyState
from app.icons import Icons
from app.panels.following import Following
from app.panels.own_keys import OwnKeys
from app.panels.summary_bars import SummaryBars
from app.panels.summary_table import COLUMNS, SummaryTable, as_csv, as_markdown, totals
from app.theme import SIZES, Theme
from graph_engine.summary import Summary, summarize

DELAY = 150
MOST_AT_ONCE = 200
LARGEST = 1_000_000
LEAST_WIDTH, MOST_WIDTH, MOST_EXTRA = 64, 260, 140
EMPTY = (
    "Nothing to count yet.",
    "Parameters, multiply-adds and memory of each layer appear here as soon as data can flow "
    "through the drawing.",
)


class SummaryPanel(QWidget):
    """The table. ``revealed`` names a node that is to be seen; ``shown_anew`` tells of a new table."""

    revealed = Signal(str)
    shown_anew = Signal()

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setAccessibleName("Summary")
        self._document, self._theme = document, theme
        self.summary = Summary(())
        self._chosen: dict[str, int] = {}
        self._fields: dict[str, QLineEdit] = {}
        self.table = SummaryTable(self)
        self.view = QTableView()
        self._bars = SummaryBars(theme, self.view)
        self._totals = QLabel()
        self._sizes = QWidget()
        self._empty = EmptyState(theme, icons, "table", *EMPTY)
        self._background = Background(self)
        self._follow = Following(document, self, DELAY)
        self._lay_out()
        self._make_actions()
        self._connect()
        self._retint()

    # Making --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        _prepare(self.view, self.table)
        self.view.setItemDelegate(self._bars)
        self._totals.setWordWrap(True)
        self._totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._totals.setContentsMargins(SIZES.near, 6, SIZES.near, 6)
        self._size_row = QHBoxLayout(self._sizes)
        self._size_row.setContentsMargins(SIZES.near, 4, SIZES.near, 4)
        self._size_row.setSpacing(SIZES.near)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._sizes)
        column.addWidget(self.view, 1)
        column.addWidget(self._totals)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(full)

    def _make_actions(self) -> None:
        self._markdown = QAction("Copy as Markdown", self.view)
        self._markdown.setShortcut(QKeySequence.StandardKey.Copy)
        self._csv = QAction("Copy as CSV", self.view)
        self._csv.setShortcut(QKeySequence("Ctrl+Shift+C"))
        self._flow = QAction("In the order of the data flow", self.view)
        for action in (self._markdown, self._csv, self._flow):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.view.addAction(action)
        OwnKeys(self.view)
        self._markdown.triggered.connect(self.copy_markdown)
        self._csv.triggered.connect(self.copy_csv)
        self._flow.triggered.connect(self.order_by_flow)

    def _connect(self) -> None:
        self._follow.due.connect(self._make)
        self._background.done.connect(self._take)
        self._theme.changed.connect(self._retint)
        self._document.selection.changed.connect(self._mark)
        self.view.clicked.connect(self._reveal)
        self.view.activated.connect(self._reveal)
        self.view.customContextMenuRequested.connect(self._menu)

    # Counting ------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Brings the table up to date without waiting, where that is due."""
        self._follow.now()

    def _make(self) -> None:
        document = self._document
        document.infer_now()
        if document.inference.size() > MOST_AT_ONCE:
            work = partial(_counted_beside, Snapshot.of(document.graph), dict(self._chosen))
            self._background.start(work)
            return
        self._background.forget()
        self._take(summarize(document.inference, self._chosen))

    def _take(self, summary: Summary) -> None:
        self.summary = summary
        self.table.show(summary)
        self._totals.setText(totals(summary))
        self._show_sizes()
        self._pages.setCurrentIndex(1 if summary.rows else 0)
        self._fit()
        self._mark()
        self.shown_anew.emit()

    def _fit(self) -> None:
        """Gives each column the room that its widest text needs, and what is left to those with bars."""
        widths = [self._needed(column) for column in range(len(COLUMNS))]
        bars = [number for number, column in enumerate(COLUMNS) if column.has_bar]
        more = (self.view.viewport().width() - sum(widths)) // len(bars)
        for number in bars:
            widths[number] += min(max(more, 0), MOST_EXTRA)
        rest = max(self.view.viewport().width() - sum(widths), 0) // len(widths)
        for number, width in enumerate(widths):
            self.view.setColumnWidth(number, width + rest)

    def _needed(self, column: int) -> int:
        digits = QFontMetrics(self._bars.font_of(column)).horizontalAdvance("0")
        title = self.view.horizontalHeader().sectionSizeHint(column)
        text = self.table.longest(column) * digits + 2 * SIZES.near + 4
        return min(max(title, text, LEAST_WIDTH), MOST_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the columns to another width."""
        super().resizeEvent(event)
        self._fit()

    # Sizes without a number ----------------------------------------------------------------------

    def _show_sizes(self) -> None:
        names = sorted(self.summary.sizes)
        if names != list(self._fields):
            self._make_fields(names)
        for name, field in self._fields.items():
            if not field.isModified():
                field.setText(str(self.summary.sizes[name]))
        self._sizes.setVisible(bool(names))

    def _make_fields(self, names: list[str]) -> None:
        row = self._size_row
        while (item := row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._fields.clear()
        for name in names:
            label = QLabel(f"{name} =")
            label.setFont(self._theme.mono())
            field = QLineEdit()
            field.setValidator(QIntValidator(1, LARGEST, field))
            field.setFont(self._theme.mono())
            field.setFixedWidth(80)
            field.setAccessibleName(f"Size of {name}")
            field.setToolTip(f"The number to count with for the size {name}")
            field.editingFinished.connect(partial(self._size_entered, name))
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field)
            self._fields[name] = field
        row.addStretch(1)

    def _size_entered(self, name: str) -> None:
        field = self._fields[name]
        if field.isModified():
            field.setModified(False)
            self.set_size(name, int(field.text()))

    def set_size(self, name: str, value: int) -> None:
        """Counts with that number for a size that the drawing leaves open."""
        self._chosen[name] = value
        self._make()

    # Going there ---------------------------------------------------------------------------------

    def _reveal(self, index: QModelIndex) -> None:
        name = self.table.rows[index.row()].name.partition(".")[0]
        if name in self._document.graph.nodes:
            self._document.selection.set([name])
            self.revealed.emit(name)

    def _mark(self) -> None:
        """Goes to the row of the selected layer."""
        name = self._document.selection.current
        current = self.view.currentIndex().row()
        if 0 <= current < len(self.table.rows) and _is_of(self.table.rows[current].name, name):
            return
        found = (n for n, row in enumerate(self.table.rows) if name and _is_of(row.name, name))
        number = next(found, -1)
        if number < 0:
            self.view.clearSelection()
        else:
            self.view.selectRow(number)

    def order_by_flow(self) -> None:
        """Takes the sorting back."""
        header = self.view.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    # Taking it away ------------------------------------------------------------------------------

    def copy_markdown(self) -> None:
        """Puts the table on the clipboard, for a page of text."""
        QGuiApplication.clipboard().setText(as_markdown(self.summary))

    def copy_csv(self) -> None:
        """Puts the table on the clipboard, for a spreadsheet."""
        QGuiApplication.clipboard().setText(as_csv(self.summary))

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addActions([self._markdown, self._csv, self._flow])
        menu.exec(self.view.viewport().mapToGlobal(place))
        menu.deleteLater()

    def _retint(self) -> None:
        color = self._theme.color
        self._totals.setFont(self._theme.mono(11))
        self._totals.setStyleSheet(
            f"color: {color('second').name()}; border-top: 1px solid {color('border').name()};"
        )
        self.view.viewport().update()


def _prepare(view: QTableView, table: SummaryTable) -> None:
    view.setModel(table)
    view.setAccessibleName("Summary")
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(SIZES.row)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setSortIndicatorClearable(True)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    header.setStretchLastSection(True)
    header.setMinimumSectionSize(LEAST_WIDTH)
    view.setSortingEnabled(True)


def _counted_beside(snapshot: Snapshot, sizes: dict[str, int]) -> Summary:
    return summarize(snapshot.inference(), sizes)


def _is_of(row: str, node: str) -> bool:
    """Whether a row belongs to a node: it is the node, or lies in it."""
    return row == node or row.startswith(f"{node}.")

"""What stands in the way of the shown drawing, in sentences, with repairs that are one click away."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.forms.empty import EmptyState
from app.icons import Icons
from app.panels.own_keys import OwnKeys
from app.panels.problem_list import ProblemList, found_problems, repair_of
from app.panels.problem_row import ProblemRow
from app.theme import SIZES, Theme
from graph_engine.errors import DesignError
from graph_engine.inference import Problem

MOST_REPAIRS = 200
CALM = ("No problems.", "Errors and warnings of the shown drawing appear here, with their repairs.")
BLANK = ("Nothing is drawn yet.", "What does not fit appears here in sentences, with its repair.")


class ProblemsPanel(QWidget):
    """The list. ``revealed`` names a node that wants to be seen; ``counted`` has errors and warnings."""

    revealed = Signal(str)
    counted = Signal(int, int)

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setAccessibleName("Problems")
        self._document, self._theme = document, theme
        self._model = ProblemList(document, self)
        self._view = _list_view(self._model)
        self._row = ProblemRow(theme, icons, self._view)
        self._view.setItemDelegate(self._row)
        self._count = QLabel()
        self._all = QPushButton("Repair all")
        self._empty = EmptyState(theme, icons, "circle-check", *CALM)
        self._empty.say(*CALM, "circle-check", "good")
        self._said = QLabel()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._lay_out()
        self._make_actions()
        self._connect()
        self.refresh()
        self._timer.start()  # counts again, for those who listen from now on

    # Making --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(12, 4, SIZES.near, 4)
        row.addWidget(self._count, 1)
        row.addWidget(self._all)
        self._all.setToolTip("Makes every repair below as one step that can be undone")
        self._said.setWordWrap(True)
        self._said.setContentsMargins(12, 0, 12, 4)
        self._said.hide()
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._said)
        column.addWidget(self._view, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(full)

    def _make_actions(self) -> None:
        self._go = QAction("Show the layer", self._view)
        self._repair = QAction("Repair", self._view)
        self._repair.setShortcut(QKeySequence("R"))
        self._copy = QAction("Copy the sentence", self._view)
        self._copy.setShortcut(QKeySequence.StandardKey.Copy)
        for action in (self._go, self._repair, self._copy):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._view.addAction(action)
        OwnKeys(self._view)
        self._go.triggered.connect(self._reveal_current)
        self._repair.triggered.connect(self.repair_current)
        self._copy.triggered.connect(self._copy_current)

    def _connect(self) -> None:
        self._document.inferred.connect(self._timer.start)
        self._document.shown.connect(self._timer.start)
        self._timer.timeout.connect(self.refresh)
        self._theme.changed.connect(self._retint)
        self._view.clicked.connect(self._reveal)
        self._view.activated.connect(self._reveal)
        self._view.customContextMenuRequested.connect(self._menu)
        self._row.repair_clicked.connect(self._repair_row)
        self._all.clicked.connect(self.repair_all)
        self._retint()

    # Showing -------------------------------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """The problems that are listed."""
        return list(self._model.problems)

    def refresh(self) -> None:
        """Lists the problems anew, and keeps the current one."""
        kept = self._current()
        found = found_problems(self._document)
        self._model.show(found)
        if kept in found:
            self._view.setCurrentIndex(self._model.index(found.index(kept)))
        errors = sum(problem.severity == "error" for problem in found)
        warnings = len(found) - errors
        self._count.setText(told(errors, warnings))
        self._all.setEnabled(any(problem.fix for problem in found))
        if self._document.graph.nodes:
            self._empty.say(*CALM, "circle-check", "good")
        else:
            self._empty.say(*BLANK, "square-dashed", "second")
        self._pages.setCurrentIndex(1 if found else 0)
        self.counted.emit(errors, warnings)

    def _retint(self) -> None:
        self._count.setStyleSheet(f"color: {self._theme.color('second').name()};")
        self._said.setStyleSheet(f"color: {self._theme.color('error').name()};")
        self._view.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Breaks the sentences anew."""
        super().resizeEvent(event)
        self._view.doItemsLayout()

    # Doing ---------------------------------------------------------------------------------------

    def _current(self) -> Problem | None:
        row = self._view.currentIndex().row()
        return self._model.problems[row] if 0 <= row < len(self._model.problems) else None

    def _reveal(self, index: QModelIndex) -> None:
        name = self._model.problems[index.row()].node
        if name in self._document.graph.nodes:
            self._document.selection.set([name])
            self.revealed.emit(name)

    def _reveal_current(self) -> None:
        self._reveal(self._view.currentIndex())

    def _copy_current(self) -> None:
        problem = self._current()
        if problem is not None:
            QGuiApplication.clipboard().setText(problem.sentence)

    def _repair_row(self, row: int) -> None:
        self._view.setCurrentIndex(self._model.index(row))
        self.repair_current()

    def repair_current(self) -> None:
        """Makes the repair of the current problem, if it has one."""
        self._document.infer_now()
        problem = self._current()
        if problem is not None:
            self._say("")
            self._make(problem)

    def repair_all(self) -> None:
        """Makes one repair after the other, as one step, until none is left that helps."""
        tried: set[Problem] = set()
        self._document.undo.beginMacro("Repair all")
        try:
            while len(tried) < MOST_REPAIRS:
                self._document.infer_now()
                rest = [p for p in found_problems(self._document) if p not in tried]
                if not rest:
                    break
                tried.add(rest[0])
                self._make(rest[0])
        finally:
            self._document.undo.endMacro()
        self._timer.start()

    def _make(self, problem: Problem) -> None:
        ready = repair_of(self._document, problem)
        if ready is None:
            return
        try:
            self._document.do(ready.label, ready.change)
        except DesignError as error:
            self._say(str(error))

    def _say(self, sentence: str) -> None:
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))

    def _menu(self, place: QPoint) -> None:
        problem = self._current()
        if problem is None:
            return
        ready = repair_of(self._document, problem)
        self._repair.setText(ready.label if ready else "Repair")
        self._repair.setEnabled(ready is not None)
        self._go.setEnabled(bool(problem.node))
        menu = QMenu(self)
        menu.addActions([self._go, self._repair, self._copy])
        menu.exec(self._view.viewport().mapToGlobal(place))
        menu.deleteLater()
        self._repair.setEnabled(True)


def _list_view(model: ProblemList) -> QListView:
    view = QListView()
    view.setModel(model)
    view.setAccessibleName("Problems")
    view.setMouseTracking(True)
    view.setUniformItemSizes(False)
    view.setLayoutMode(QListView.LayoutMode.Batched)
    view.setBatchSize(50)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    view.setToolTip("Enter shows the layer, R makes the repair")
    return view


def told(errors: int, warnings: int) -> str:
    """``2 errors, 1 warning``"""
    parts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in parts if n)

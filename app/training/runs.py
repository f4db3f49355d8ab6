"""All runs of the project: what became of them, how they differ, and what can be done with them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.background import Background
from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training import run_words
from app.training.run import TrainingRun
from app.training.run_bar import Deeds, RunsBar
from app.training.run_details import RunDetails
from app.training.run_list import RunList
from app.training.run_reading import Compared, Current, Listed, compared, listed
from app.training.run_table import EYE, FIRST_METRIC, SHOWN_METRICS, Column, RunTable
from app.training.run_view import Waiting
from app.training.run_work import RunWork
from app.training.shown_runs import ShownRuns
from graph_engine.training.history import Record

SOON, OFTEN = 150, 1500
"""Milliseconds until the runs are read again: after something happened, and while one goes on."""

EMPTY = (
    "No runs yet",
    "Every run of this project is kept here with its recipe, its drawing and its results.",
)


class RunsPanel(QWidget):
    """See the module's docstring. ``train_asked`` is the one action of an empty table."""

    train_asked = Signal()

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setAccessibleName("Runs")
        self.runs, self.document, self.theme = runs, document, theme
        self.work: RunWork | None = None
        self._compared: Compared | None = None
        self._chosen_columns: dict[str, bool] = {}
        self.waiting = Waiting(theme, icons, "history", *EMPTY)
        self.table = RunTable(runs, theme, icons, self)
        self.view = RunList(self.table, theme)
        self.details = RunDetails(theme)
        self.deeds = Deeds(self.view, icons, theme)
        self.bar = RunsBar(self.deeds, theme, icons)
        self._reading, self._comparing = Background(self), Background(self)
        self._soon, self._later = self._timer(SOON), self._timer(OFTEN)
        self._compare_soon = self._timer(SOON, self._compare)
        self._lay_out()
        self._connect()

    def steer(self, run: TrainingRun) -> None:
        """Takes the run of the window, which can be another one of these."""
        self.work = RunWork(self.document, self.runs, run, self)
        self.work.changed.connect(self.refresh_soon)
        run.changed.connect(self.refresh_soon)
        self._offer()

    def _timer(self, interval: int, do: object = None) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(do or self.refresh)
        return timer

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.view)
        split.addWidget(self.details)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(split, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.waiting)
        self._stack.addWidget(content)

    def _connect(self) -> None:
        self.runs.changed.connect(self._recolor)
        self.theme.changed.connect(self.table.refresh)
        self._reading.done.connect(self._take)
        self._comparing.done.connect(self._take_compared)
        self.table.noted.connect(self._note)
        self.table.modelReset.connect(self._show_columns)
        self.view.selectionModel().selectionChanged.connect(self._select)
        self.view.clicked.connect(self._click)
        self.view.activated.connect(self._activate)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.horizontalHeader().customContextMenuRequested.connect(self._column_menu)
        self.waiting.asked.connect(self.train_asked)
        self.bar.confirmed.connect(self._delete)
        self.bar.columns.clicked.connect(self._columns_below)
        for signal in (self.document.changed, self.document.settled, self.document.shown):
            signal.connect(self._edited)
        self.document.path_changed.connect(self.refresh_soon)
        deeds = self.deeds
        for action, do in (
            (deeds.show, self._show), (deeds.compare, self._toggle), (deeds.resume, self._resume),
            (deeds.begin, self._begin), (deeds.restore, self._restore), (deeds.delete, self._ask),
            (deeds.reveal, self._reveal), (deeds.markdown, self.copy_markdown),
            (deeds.export, self._export), (deeds.write, self._write),
        ):  # fmt: skip
            action.triggered.connect(do)

    # Reading -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Reads the runs anew, beside the window."""
        self._soon.stop()
        self._later.stop()
        self._reading.start(partial(listed, self.document.project))

    def refresh_soon(self) -> None:
        """Reads the runs anew once what happens now is over."""
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the runs when they are looked at."""
        super().showEvent(event)
        self.refresh()
        self._compare_soon.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees is not read."""
        super().hideEvent(event)
        self._later.stop()

    def _take(self, answer: Listed) -> None:
        chosen, current = self.chosen(), self.view.currentIndex().column()
        self.table.show(answer.records)
        self._choose(chosen, max(current, 0))
        if answer.problem:
            self.waiting.say("The runs cannot be read", answer.problem, offers_train=False)
        else:
            self.waiting.say(*EMPTY, offers_train=True)
        self._stack.setCurrentIndex(1 if answer.records else 0)
        if answer.records and not self.chosen():
            shown = self.runs.current
            self._choose([shown.name if shown else answer.records[0].name], 1)
        self._select()
        if self.isVisible() and any(r.status == "running" for r in answer.records):
            self._later.start()

    # What is chosen ------------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """The names of the chosen runs, from above."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self.table.records[row].name for row in rows if row < len(self.table.records)]

    def choose(self, *names: str) -> None:
        """Chooses runs by their names."""
        self._choose(names, 1)

    def _choose(self, names: list[str] | tuple[str, ...], column: int) -> None:
        if list(names) == self.chosen():
            return
        model, flags = self.view.selectionModel(), QItemSelectionModel.SelectionFlag
        model.clearSelection()
        for name in reversed(names):
            row = self.table.row_of(name)
            if row >= 0:
                model.setCurrentIndex(self.table.index(row, column), flags.Select | flags.Rows)

    def _records(self) -> list[Record]:
        found = (self.table.record(name) for name in self.chosen())
        return [record for record in found if record is not None]

    def _select(self, *_: object) -> None:
        self.bar.rest()
        self._offer()
        self._tell()
        if self.isVisible():
            self._compare_soon.start()

    def _offer(self) -> None:
        """Enables what can be done to what is chosen."""
        records, work = self._records(), self.work
        is_active = work is not None and work.run.is_active
        shown = [self.table.is_shown(record.name) for record in records]
        current = self.runs.current
        can_go_on = self._is_of(records) and self._compared.can_go_on  # type: ignore[union-attr]
        self.deeds.offer(records, is_active, shown, current.name if current else "", can_go_on)
        self.bar.count(len(self.table.records), len(records))

    def _is_of(self, records: list[Record]) -> bool:
        return (
            bool(records) and self._compared is not None and self._compared.name == records[0].name
        )

    def _edited(self, _: object = None) -> None:
        if self.isVisible():
            self._compare_soon.start()

    def _compare(self) -> None:
        """Compares the chosen run with the window, or the first two with one another."""
        names = self.chosen()
        if names and self.isVisible():
            current = Current.of(self.document.project)
            against = names[1] if len(names) > 1 else ""
            history = self.work.history if self.work else None
            if history is not None:
                self._comparing.start(partial(compared, history, names[0], against, current))

    def _take_compared(self, answer: Compared) -> None:
        self._compared = answer
        self._offer()
        self._tell()

    def _tell(self) -> None:
        records = self._records()
        self.details.show_run(records[0] if records else None, self._compared, len(records))

    def _recolor(self) -> None:
        self.table.refresh()
        self._offer()

    # Doing ---------------------------------------------------------------------------------------

    def _click(self, index: QModelIndex) -> None:
        if index.column() == EYE:
            self._flip(self.table.records[index.row()].name)

    def _activate(self, index: QModelIndex) -> None:
        if index.column() not in (EYE, len(self.table.columns) - 1):
            self._show()

    def _flip(self, name: str) -> None:
        current = self.runs.current
        if self.work is not None and (current is None or current.name != name):
            self.work.compare(name, not self.runs.is_compared(name))

    def _show(self) -> None:
        if self.work is not None and self.chosen():
            self.work.show(self.chosen()[0])

    def _toggle(self) -> None:
        names = self.chosen()
        is_on = not all(self.table.is_shown(name) for name in names)
        for name in names:
            if self.table.is_shown(name) != is_on:
                self._flip(name)

    def _resume(self) -> None:
        if self.work is not None and self.chosen():
            self.work.resume(self.chosen()[0])

    def _begin(self) -> None:
        if self.work is not None and self.chosen():
            self.work.begin_from(self.chosen()[0])

    def _restore(self) -> None:
        if self.work is not None and self.chosen():
            self.work.restore(self.chosen()[0])

    def _ask(self) -> None:
        size = self._compared.size if self._compared and len(self.chosen()) == 1 else 0
        self.bar.ask(self.chosen(), size)

    def _delete(self) -> None:
        if self.work is not None:
            self.work.delete(self.chosen())

    def _reveal(self) -> None:
        if self.work is not None and self.chosen():
            self.work.reveal(self.chosen()[0])

    def _note(self, name: str, notes: str) -> None:
        if self.work is not None:
            self.work.annotate(name, notes)

    def _write(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        if rows:
            place = self.table.index(rows[0].row(), len(self.table.columns) - 1)
            self.view.setCurrentIndex(place)
            self.view.edit(place)

    def copy_markdown(self) -> None:
        """Puts the chosen runs on the clipboard, for a page of text."""
        QGuiApplication.clipboard().setText(run_words.as_markdown(self._records()))

    def _export(self) -> None:
        for name in self.chosen()[:1]:
            start = f"{self.document.title} {name}.csv"
            path, _ = QFileDialog.getSaveFileName(
                self, f"Export the numbers of {name}", start, "CSV (*.csv)"
            )
            if path and self.work is not None:
                self.work.export(name, Path(path))

    # Menus ---------------------------------------------------------------------------------------

    def _menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self._run_menu(self.deeds.menu(self.view), self.view.viewport().mapToGlobal(place))

    def _column_menu(self, place: QPoint) -> None:
        self._run_menu(self._made_columns(), self.view.horizontalHeader().mapToGlobal(place))

    def _columns_below(self) -> None:
        button = self.bar.columns
        self._run_menu(self._made_columns(), button.mapToGlobal(QPoint(0, button.height())))

    @staticmethod
    def _run_menu(menu: QMenu, place: QPoint) -> None:
        menu.exec(place)
        menu.deleteLater()

    def _made_columns(self) -> QMenu:
        menu = QMenu(self)
        for place, column in enumerate(self.table.columns):
            if place > 1:
                action = QAction(column.title, menu)
                action.setCheckable(True)
                action.setChecked(not self.view.isColumnHidden(place))
                action.toggled.connect(partial(self.show_column, column.title))
                menu.addAction(action)
        return menu

    def show_column(self, title: str, shown: bool) -> None:
        """Shows a column or hides it, from now on."""
        self._chosen_columns[title] = shown
        self._show_columns()

    def _tells(self, column: Column) -> bool:
        """Whether a column is worth its room: network and device only where there are several."""
        if column.title not in ("Network", "Device"):
            return True
        return len({column.text(record) for record in self.table.records}) > 1

    def _show_columns(self) -> None:
        for place, column in enumerate(self.table.columns):
            usual = place < FIRST_METRIC + SHOWN_METRICS if column.metric else self._tells(column)
            self.view.setColumnHidden(place, not self._chosen_columns.get(column.title, usual))
        self.view.fit()

"""The runs of a project as a table: what each column says, how it is sorted, and the notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

from app.icons import Icons
from app.theme import Theme
from app.training import run_words
from app.training.hues import run_color
from app.training.shown_runs import ShownRuns
from graph_engine.training.history import Record

Index = QModelIndex | QPersistentModelIndex
Order, Role = Qt.SortOrder, Qt.ItemDataRole
NOTHING = QModelIndex()
EYE, RUN, STATUS = 0, 1, 2
FIRST_METRIC = 6
SHOWN_METRICS = 4
"""Metrics that have a column before anybody chose any."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, what it says of a run, and the value to sort by."""

    title: str
    help: str
    text: Callable[[Record], str]
    key: Callable[[Record], float | str]
    is_number: bool = False
    metric: str = ""


def _number(name: str) -> float:
    return float(name.rpartition("-")[2] or 0) if name.rpartition("-")[2].isdecimal() else 0.0


BEFORE = (
    Column("", "Lay its curves over those of the run shown", lambda r: "", lambda r: 0.0),
    Column(
        "Run", "The run, and its colour in all plots", lambda r: r.name, lambda r: _number(r.name)
    ),
    Column("State", "What became of it", lambda r: run_words.state(r)[0], lambda r: r.status),
    Column("Network", "The network that it trains", lambda r: r.network, lambda r: r.network),
    Column(
        "Begun", "When it began", lambda r: run_words.when(r.created), lambda r: r.created, True
    ),
    Column(
        "Epochs", "Epochs done of those planned", run_words.epochs, lambda r: float(r.epoch), True
    ),
)
BEHIND = (
    Column("Time", "How long it trained", run_words.lasted, lambda r: r.seconds, True),
    Column("Device", "Where it computed", lambda r: r.device, lambda r: r.device),
    Column("Notes", "Your words about it: F2 or a double click to write", lambda r: r.notes,
           lambda r: r.notes),
)  # fmt: skip


def _metric_column(name: str) -> Column:
    told = "of the best epoch" if name.startswith(("validation", "train")) else "at the end"
    return Column(
        run_words.metric_title(name),
        f"{run_words.metric_title(name)} {told}; the best of all runs stands out",
        partial(_metric_text, name),
        partial(_metric_key, name),
        True,
        name,
    )


def _metric_text(name: str, record: Record) -> str:
    return run_words.metric(record, name)


def _metric_key(name: str, record: Record) -> float:
    value = record.metrics.get(name)
    return math.nan if value is None else value


class RunTable(QAbstractTableModel):
    """``noted`` carries the name of a run and what a person wrote about it."""

    noted = Signal(str, str)

    def __init__(self, runs: ShownRuns, theme: Theme, icons: Icons, parent: QObject) -> None:
        super().__init__(parent)
        self._runs, self._theme, self._icons = runs, theme, icons
        self.records: list[Record] = []
        self.columns: list[Column] = [*BEFORE, *BEHIND]
        self._best: dict[str, float] = {}
        self._sorting: tuple[int, Qt.SortOrder] = (RUN, Order.DescendingOrder)

    def show(self, records: Sequence[Record]) -> None:
        """Shows other records in the order asked for; rows that stay keep their place."""
        metrics = run_words.metric_names(records)
        columns = [*BEFORE, *map(_metric_column, metrics), *BEHIND]
        self._best = {name: run_words.best_of(records, name) for name in metrics}
        is_other = [c.title for c in columns] != [c.title for c in self.columns]
        names = [record.name for record in self._sorted(records)]
        if is_other or names != [record.name for record in self.records]:
            self.beginResetModel()
            self._move_sorting(columns)
            self.columns = columns
            self.records = self._sorted(records)
            self.endResetModel()
        elif self._sorted(records) != self.records:
            self.records = self._sorted(records)
            self.refresh()

    def refresh(self) -> None:
        """The same runs look otherwise."""
        if self.records:
            last = self.index(len(self.records) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def record(self, name: str) -> Record | None:
        """The record of a run."""
        return next((each for each in self.records if each.name == name), None)

    def row_of(self, name: str) -> int:
        """Where a run stands; -1 where it is not there."""
        return next((n for n, each in enumerate(self.records) if each.name == name), -1)

    def sort(self, column: int, order: Qt.SortOrder = Order.AscendingOrder) -> None:
        """Orders by a column; by -1 the newest first."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        names = [self.records[index.row()].name for index in before]
        self._sorting = (column, order) if column > EYE else (RUN, Order.DescendingOrder)
        self.records = self._sorted(self.records)
        after = [
            self.index(self.row_of(name), index.column())
            for name, index in zip(names, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _move_sorting(self, columns: Sequence[Column]) -> None:
        """Keeps to the column sorted by where others come before it."""
        title = self.columns[self._sorting[0]].title
        place = next((n for n, column in enumerate(columns) if column.title == title), RUN)
        self._sorting = (place, self._sorting[1])

    def _sorted(self, records: Sequence[Record]) -> list[Record]:
        """What has no value stands last, whichever way."""
        place, order = self._sorting
        key = self.columns[min(place, len(self.columns) - 1)].key
        newest = sorted(records, key=lambda r: _number(r.name), reverse=True)
        known = [r for r in newest if key(r) == key(r)]
        rest = [r for r in newest if key(r) != key(r)]
        return sorted(known, key=key, reverse=order is Order.DescendingOrder) + rest

    # What Qt asks --------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOTHING) -> int:
        """One for each run."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = NOTHING) -> int:
        """Those of every table, and one for each metric."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Notes can be written."""
        flags = super().flags(index)
        is_notes = index.column() == len(self.columns) - 1
        return flags | Qt.ItemFlag.ItemIsEditable if is_notes else flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> object:
        """The titles, and what they mean."""
        if orientation == Qt.Orientation.Vertical or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.help
        return _alignment(column) if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """The text of a cell, and how it looks."""
        if not index.isValid():
            return None
        record, column = self.records[index.row()], self.columns[index.column()]
        match role:
            case Role.DisplayRole | Role.EditRole:
                return column.text(record)
            case Role.TextAlignmentRole:
                return _alignment(column)
            case Role.FontRole:
                return self._font(record, column)
            case Role.ForegroundRole:
                return self._color(record, index.column())
            case Role.DecorationRole:
                return self._sign(record, index.column())
            case Role.ToolTipRole:
                return self._help(record, index.column())
            case Role.AccessibleTextRole:
                return self._help(record, EYE) if index.column() == EYE else column.text(record)
        return None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        """Takes what was written about a run."""
        if role != Role.EditRole or not index.isValid():
            return False
        record = self.records[index.row()]
        if str(value) != record.notes:
            self.noted.emit(record.name, str(value))
        return True

    # How it looks --------------------------------------------------------------------------------

    def is_shown(self, name: str) -> bool:
        """Whether the plots show a run."""
        current = self._runs.current
        return self._runs.is_compared(name) or (current is not None and current.name == name)

    def _is_best(self, record: Record, column: Column) -> bool:
        return bool(column.metric) and record.metrics.get(column.metric) == self._best.get(
            column.metric
        )

    def _font(self, record: Record, column: Column) -> QFont:
        current = self._runs.current
        is_current = column.title == "Run" and current is not None and current.name == record.name
        weight = (
            QFont.Weight.DemiBold
            if is_current or self._is_best(record, column)
            else QFont.Weight.Normal
        )
        return self._theme.mono(12, weight) if column.is_number else self._theme.font(12, weight)

    def _color(self, record: Record, place: int) -> QColor:
        column = self.columns[place]
        if place == STATUS:
            return self._theme.color(run_words.state(record)[1])
        if self._is_best(record, column):
            return self._theme.color("good")
        is_plain = place == RUN or column.metric or column.title in ("Notes", "Epochs")
        return self._theme.color("text" if is_plain else "second")

    def _sign(self, record: Record, place: int) -> QIcon | QPixmap | None:
        if place == EYE:
            is_shown = self.is_shown(record.name)
            return self._icons.icon(*(("eye", "accent") if is_shown else ("eye-off", "disabled")))
        if place == RUN:
            return dot(run_color(self._theme, self._runs.hue(record.name)))
        return None

    def _help(self, record: Record, place: int) -> str:
        column = self.columns[place]
        if place == EYE:
            current = self._runs.current
            if current is not None and current.name == record.name:
                return f"{record.name} is the run that is shown"
            return f"Lay {record.name} over the run that is shown  Space"
        if place == STATUS and record.message:
            return record.message
        return column.text(record)


def dot(color: QColor) -> QPixmap:
    """A dot of a colour, as a run has it in the legends of plots."""
    made = QPixmap(24, 24)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(2, 2, 8, 8)
    painter.end()
    return made


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter

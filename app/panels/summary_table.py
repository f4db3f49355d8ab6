"""The rows of the summary as a table: numbers, how they read, and how long their bars are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from graph_engine.summary import Row, Summary

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
Role = Qt.ItemDataRole
SHARE, VALUE = Role.UserRole + 1, Role.UserRole + 2
Value = int | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the value to sort by, and how that reads."""

    title: str
    value: Callable[[Row], Value]
    text: Callable[[Row], str]
    help: str
    has_bar: bool = False


def in_bytes(number: float) -> str:
    """``1.5 MiB``"""
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


def counted(number: int) -> str:
    """``1,234``, and nothing for zero, so that the eye stops where something is."""
    return f"{number:,}" if number else ""


COLUMNS = (
    Column("Name", lambda r: r.name, lambda r: r.name, "The layer, with the blocks around it"),
    Column("Layer", lambda r: r.layer, lambda r: r.layer, "What kind of layer it is"),
    Column(
        "Output", lambda r: r.output_shape, lambda r: r.output_shape, "The shape of what it gives"
    ),
    Column(
        "Parameters", lambda r: r.parameters, lambda r: counted(r.parameters),
        "How many numbers it learns", has_bar=True,
    ),
    Column(
        "Multiply-adds", lambda r: r.multiply_adds, lambda r: counted(r.multiply_adds),
        "Multiplications with an addition, for one sample", has_bar=True,
    ),
    Column(
        "Memory", lambda r: r.activation_bytes, lambda r: in_bytes(r.activation_bytes),
        "What its output takes, for one sample", has_bar=True,
    ),
    Column(
        "Sees", lambda r: r.receptive_field, lambda r: "×".join(map(str, r.receptive_field)),
        "The part of the input that one value of the output depends on; empty for all of it",
    ),
)  # fmt: skip
FIRST_NUMBER = 3


class SummaryTable(QAbstractTableModel):
    """The rows in the order asked for; without one, in that of the data flow."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._flow: tuple[Row, ...] = ()
        self._most = [0] * len(COLUMNS)
        self._longest = [0] * len(COLUMNS)
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    def show(self, summary: Summary) -> None:
        """Shows another summary in the same order."""
        if summary.rows == self._flow:
            return
        self.beginResetModel()
        self._flow = summary.rows
        self._most = [
            max((_number(column.value(row)) for row in self._flow), default=0) for column in COLUMNS
        ]
        self._longest = [
            max((len(column.text(row)) for row in self._flow), default=0) for column in COLUMNS
        ]
        self.rows = self._sorted()
        self.endResetModel()

    def longest(self, column: int) -> int:
        """How many characters the longest text of a column has."""
        return self._longest[column]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Orders by a column; by -1 in the order of the data flow."""
        self.layoutAboutToBeChanged.emit()
        self._order = (column, order)
        self.rows = self._sorted()
        self.layoutChanged.emit()

    def _sorted(self) -> list[Row]:
        column, order = self._order
        if column < 0:
            return list(self._flow)
        backward = order == Qt.SortOrder.DescendingOrder
        return sorted(
            self._flow, key=lambda row: _key(COLUMNS[column].value(row)), reverse=backward
        )

    def rowCount(self, parent: Index = NOTHING) -> int:
        """One for each layer."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOTHING) -> int:
        """One for each thing that is told of a layer."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> object:
        """The titles, and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Role.DisplayRole:
            return COLUMNS[section].title
        if role == Role.ToolTipRole:
            return COLUMNS[section].help
        if role == Role.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """The text of a cell, its value, or the share of the largest one in its column."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == Role.DisplayRole:
            return column.text(row)
        if role == VALUE:
            return column.value(row)
        if role == SHARE:
            most = self._most[index.column()]
            return _number(column.value(row)) / most if column.has_bar and most else 0.0
        if role == Role.TextAlignmentRole:
            return _alignment(index.column())
        if role == Role.ToolTipRole:
            return self._told(row, index.column())
        return None

    @staticmethod
    def _told(row: Row, column: int) -> str:
        if column == FIRST_NUMBER and row.parameters != row.trainable_parameters:
            return f"{row.parameters:,}, of which {row.trainable_parameters:,} are trained"
        if column == FIRST_NUMBER + 2:
            return f"{row.activation_bytes:,} bytes; training keeps {row.saved_bytes:,}"
        return COLUMNS[column].text(row)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column >= FIRST_NUMBER else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _key(value: Value) -> tuple[int, Value]:
    """What sees everything comes behind what sees a part."""
    return (1, ()) if value == () else (0, value)


def as_markdown(summary: Summary) -> str:
    """The table for a page of text, with the totals below."""
    heads = " | ".join(column.title for column in COLUMNS)
    rule = " | ".join("---:" if n >= FIRST_NUMBER else "---" for n in range(len(COLUMNS)))
    rows = [" | ".join(column.text(row) for column in COLUMNS) for row in summary.rows]
    table = "\n".join(f"| {line} |" for line in (heads, rule, *rows))
    return f"{table}\n\n{totals(summary)}\n"


def as_csv(summary: Summary) -> str:
    """The table for a spreadsheet: plain numbers, bytes as bytes."""
    heads = "name,layer,output_shape,parameters,multiply_adds,activation_bytes,receptive_field"
    rows = [
        f"{r.name},{r.layer},{r.output_shape},{r.parameters},{r.multiply_adds},"
        f"{r.activation_bytes},{'x'.join(map(str, r.receptive_field))}"
        for r in summary.rows
    ]
    return "\n".join([heads, *rows]) + "\n"


def totals(summary: Summary) -> str:
    """The sums in one line."""
    frozen = summary.parameters - summary.trainable_parameters
    parts = [
        f"{summary.parameters:,} parameters" + (f" ({frozen:,} frozen)" if frozen else ""),
        f"{summary.multiply_adds:,} multiply-adds a sample",
        f"{in_bytes(summary.activation_bytes)} of activations a sample",
        f"about {in_bytes(summary.training_bytes(32))} to train with batches of 32",
    ]
    return " · ".join(parts)

"""A table of texts from a CSV file, and what its columns hold.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import missing_name
from graph_engine.declaration import short
from graph_engine.errors import DatasetError

ColumnKind = Literal["number", "category", "text", "ignore"]

LARGEST_FILE = 2**27
MOST_COLUMNS = 5_000
LONGEST_LINE = 2**22
MOST_CELLS = 5_000_000
FEW_CLASSES = 20
MOST_CLASSES = 1_000
MOSTLY = 0.9

MISSING = frozenset({"", "?", "NA", "N/A", "na", "n/a", "NaN", "nan", "NULL", "null", "None", "-"})
ABSENT = "(missing)"
MISSING_TEXT = frozenset({"", "?", ABSENT})
"""What stands for an absent number, and for an absent text (where “NA” may be a country)."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by column, stripped of surrounding space; ``rows`` has each row's number in the file."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> tuple[str, ...]:
        """The cells of a column. Raises DatasetError with the nearest name where there is none."""
        found = self.columns.get(column)
        if found is None:
            raise DatasetError(missing_name("column", column, self.columns, self.name))
        return found

    def without(self, absent: Iterable[int]) -> Table:
        """The table without the rows at these places."""
        gone = set(absent)
        kept = [place for place in range(len(self)) if place not in gone]
        columns = {name: tuple(cells[i] for i in kept) for name, cells in self.columns.items()}
        return Table(self.name, columns, tuple(self.rows[i] for i in kept))


def read_table(path: Path, delimiter: str = ",", header: bool = True) -> Table:
    """The cells of a CSV file in UTF-8.

    Raises DatasetError for other encodings, ragged rows, unnamed or double columns, no rows, and beyond
    5,000 columns or five million cells.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            numbered = enumerate(
                csv.reader(_lines(file, path.name), delimiter=delimiter, strict=True), start=1
            )
            return _table(
                path.name, ((n, row) for n, row in numbered if any(row)), header, delimiter
            )
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path.name} is not text in UTF-8. Save it as “CSV UTF-8”.") from error
    except csv.Error as error:
        raise DatasetError(
            f"{path.name} is not a well-formed CSV file ({error}). Check its quotation marks."
        ) from error
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read ({error.strerror}).") from error


def _table(name: str, rows: Iterator[tuple[int, list[str]]], header: bool, delimiter: str) -> Table:
    first = next(rows, None)
    if first is None:
        raise DatasetError(f"{name} is empty.")
    names = _names(name, first[1], header)
    numbers: list[int] = [] if header else [first[0]]
    cells: list[list[str]] = [] if header else [first[1]]
    for number, row in rows:
        if len(row) != len(names):
            raise DatasetError(_ragged(name, number, len(row), len(names), delimiter))
        if len(cells) * len(names) >= MOST_CELLS:
            raise DatasetError(f"{name} has more than {MOST_CELLS:,} cells. Use a part of it.")
        numbers.append(number)
        cells.append(row)
    if not cells:
        raise DatasetError(f"{name} has a header, but no rows below it.")
    columns = (tuple(cell.strip() for cell in column) for column in zip(*cells, strict=True))
    return Table(name, dict(zip(names, columns, strict=True)), tuple(numbers))


def _lines(file: TextIO, name: str) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise DatasetError(f"{name} has a line of more than {LONGEST_LINE:,} characters.")
        yield line


def _names(name: str, first: list[str], header: bool) -> list[str]:
    if len(first) > MOST_COLUMNS:
        raise DatasetError(f"{name} has more than {MOST_COLUMNS:,} columns. Use a part of them.")
    plain = [f"column{place}" for place in range(1, len(first) + 1)]
    if not header:
        return plain
    names = [cell.strip() or other for cell, other in zip(first, plain, strict=True)]
    if len(set(names)) < len(names):
        double = next(each for each in names if names.count(each) > 1)
        raise DatasetError(f"{name} has two columns called “{double}”. Rename one of them.")
    return names


def _ragged(name: str, number: int, found: int, expected: int, delimiter: str) -> str:
    mark = {"\t": "a tab", " ": "a space"}.get(delimiter, f"“{delimiter}”")
    return (
        f"Row {number} of {name} has {found} cell{'s' if found != 1 else ''} where the first row has "
        f"{expected}. Check the row, and whether {mark} is what separates the cells."
    )


def number(cell: str) -> float:
    """The finite number that a cell spells, or NaN."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in cell else math.nan


def kind_of_column(cells: tuple[str, ...], is_target: bool = False) -> ColumnKind:
    """What a column seems to hold.

    Numbers where nine of ten cells are; of the others, categories where few values repeat, texts where
    not. A target of few whole numbers, or of any texts, is a category. An empty column is ignored.
    """
    present = [cell for cell in cells if cell not in MISSING]
    distinct = set(present)
    repeats = 2 * len(distinct) <= len(present)
    if not present:
        return "ignore"
    values = [number(cell) for cell in distinct]
    if sum(not math.isnan(number(cell)) for cell in present) >= MOSTLY * len(present):
        few = repeats and len(distinct) <= FEW_CLASSES and all(v.is_integer() for v in values)
        return "category" if is_target and few else "number"
    return "category" if is_target or (repeats and len(distinct) <= MOST_CLASSES) else "text"


def numbers(table: Table, column: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where one is missing.

    Raises DatasetError that names row and column of a cell that is neither.
    """
    cells = table[column]
    values = np.array([number(cell) for cell in cells], dtype=np.float64)
    for place in np.flatnonzero(np.isnan(values)):
        if cells[place] not in MISSING:
            raise DatasetError(
                f"Row {table.rows[place]}, column “{column}” of {table.name} has "
                f"{short(cells[place])} where a number is expected. Correct the cell, or declare the "
                "column as category, text or ignore."
            )
    return values


def categories(table: Table, column: str) -> tuple[str, ...]:
    """The distinct values of a column in order: by size where all are numbers, else by alphabet.

    Raises DatasetError for more than a thousand.
    """
    distinct = {cell for cell in table[column] if cell not in MISSING_TEXT}
    if len(distinct) > MOST_CLASSES:
        raise DatasetError(
            f"Column “{column}” of {table.name} has {len(distinct):,} different values, too many for "
            f"categories (at most {MOST_CLASSES:,}). Declare it as text or ignore."
        )
    as_numbers = not any(math.isnan(number(cell)) for cell in distinct)
    return tuple(sorted(distinct, key=lambda cell: (number(cell) if as_numbers else 0.0, cell)))


def codes(table: Table, column: str, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Each cell's place among the classes, -1 where the cell is empty.

    Raises DatasetError that names row and column of a value which is no class.
    """
    places = {name: place for place, name in enumerate(classes)}
    places |= {cell: -1 for cell in MISSING_TEXT if cell not in places}
    cells = table[column]
    for row, cell in zip(table.rows, cells, strict=True):
        if cell not in places:
            raise DatasetError(
                f"Row {row}, column “{column}” of {table.name} has {short(cell)}, which is none of "
                f"{short(', '.join(classes))}. Correct the cell."
            )
    return np.array([places[cell] for cell in cells], dtype=np.int64)


def is_missing(cell: str, kind: ColumnKind) -> bool:
    """Whether a cell stands for an absent value of that kind."""
    return cell in (MISSING if kind == "number" else MISSING_TEXT)

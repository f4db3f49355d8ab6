"""Data from a CSV file: number columns together as one field, categories one-hot among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import Dataset, Field, InMemory, missing_name, named
from graph_engine.data.paths import data_file
from graph_engine.data.source import Source
from graph_engine.data.table import (
    ABSENT,
    LARGEST_FILE,
    MOST_COLUMNS,
    ColumnKind,
    Table,
    categories,
    codes,
    is_missing,
    kind_of_column,
    numbers,
    read_table,
)
from graph_engine.declaration import param, short
from graph_engine.errors import DatasetError, ParameterError
from graph_engine.kinds import Arguments

Delimiter = Literal[",", ";", "|", "tab", "space"]
Kinds = Mapping[str, ColumnKind]
Numbers = NDArray[np.float64]

MARKS = {"tab": "\t", "space": " "}
FEATURES = "features"
MOST_NUMBERS = 2**27


class Csv(Source, key="csv"):
    """A table in a text file, one sample in each row and one quantity in each column."""

    path: str = param("", help="The file, relative to the project's folder.", required=True)
    target: str = param("", help="The column to predict; empty means the last one.")
    delimiter: Delimiter = param(",", help="What separates the cells of a row.")
    header: bool = param(True, help="Whether the first row names the columns.")
    columns: Arguments = param(
        (), help="What a column holds where it is not evident: number, category, text or ignore."
    )
    fields: Literal["together", "separate"] = param(
        "together",
        help="Whether the number columns make one field “features” or each makes its own.",
    )
    categories: Literal["one-hot", "separate"] = param(
        "one-hot",
        help="Whether categories join the numbers as a column for each value, or each makes a field "
        "of whole numbers for an Embedding.",
    )
    missing: Literal["refuse", "drop", "fill"] = param(
        "refuse",
        help="What to do about empty cells: refuse the file, drop their rows, or fill in the mean of "
        "the training part (a value of its own for categories).",
    )

    def validate(self) -> None:
        """Refuses kinds that do not exist."""
        for name, kind in self.columns:
            if kind not in get_args(ColumnKind):
                known = ", ".join(get_args(ColumnKind))
                raise ParameterError(
                    f"Column “{name}” cannot be {short(kind)}: a column is one of {known}."
                )

    def load(self, folder: Path | None) -> Dataset:
        """The table as fields.

        Raises DatasetError for a file or column that is not there, and for cells that do not hold what
        their column does, with row and column.
        """
        path = data_file(folder, self.path, LARGEST_FILE)
        table = read_table(path, MARKS.get(self.delimiter, self.delimiter), self.header)
        target = self.target or list(table.columns)[-1]
        kinds = self._kinds(table, target)
        table = self._complete(table, kinds, target)
        return Dataset(table.name, named(list(self._made_fields(table, kinds, target))), target)

    def _kinds(self, table: Table, target: str) -> Kinds:
        said = dict(self.columns)
        for name in said:
            if name not in table.columns:
                raise DatasetError(missing_name("column", name, table.columns, table.name))
        table[target]
        kinds: dict[str, ColumnKind] = {
            name: said.get(name) or kind_of_column(cells, name == target)
            for name, cells in table.columns.items()
        }
        if kinds[target] not in ("number", "category"):
            raise DatasetError(
                f"The target column “{target}” of {table.name} is {_told(kinds[target])}. "
                "Choose a column of numbers or categories to predict."
            )
        return kinds

    def _complete(self, table: Table, kinds: Kinds, target: str) -> Table:
        """The table without the rows that the policy drops; refuses what may not be missing."""
        empty = list(_empty(table, kinds))
        if self.missing == "drop":
            table = table.without(place for place, _ in empty)
            if not len(table):
                raise DatasetError(
                    f"Every row of {table.name} has an empty cell, so none is left. Fill them in, or "
                    "ignore the columns with many of them."
                )
            return table
        strict = empty if self.missing == "refuse" else [at for at in empty if at[1] == target]
        if strict:
            place, column = strict[0]
            advice = "Fill it in, or choose to drop such rows" + (
                " or to fill in the mean." if column != target else "."
            )
            raise DatasetError(
                f"Row {table.rows[place]}, column “{column}” of {table.name} is empty "
                f"({len(strict):,} such cell{'s' if len(strict) > 1 else ''} in all). {advice}"
            )
        return table

    def _made_fields(self, table: Table, kinds: Kinds, target: str) -> Iterator[Field]:
        together = self._together(table, kinds, target)
        if together:
            yield _stacked(together, table)
        for name, kind in kinds.items():
            if kind == "category" and (name == target or self.categories == "separate"):
                yield _category(table, name)
            elif kind == "number" and (name == target or self.fields == "separate"):
                yield Field(name, InMemory(numbers(table, name)), "continuous", columns=(name,))
            elif kind == "text":
                yield Field(name, InMemory(np.array(table[name], dtype=object)), "text")

    def _together(self, table: Table, kinds: Kinds, target: str) -> list[str]:
        """The names of the columns of ``features``: plain ones, and ``column=value`` for categories."""
        names: list[str] = []
        for name, kind in kinds.items():
            if name == target:
                continue
            if kind == "number" and self.fields == "together":
                names.append(name)
            elif kind == "category" and self.categories == "one-hot":
                names += [f"{name}={value}" for value in _classes(table, name)]
        return names


def features(table: Table, columns: tuple[str, ...]) -> Numbers:
    """Samples × columns: a plain name reads numbers, ``column=value`` says 1 where the cell is so.

    Serves loading and predicting alike, so that both see the same columns. Raises DatasetError for a
    column that is not there, a cell that is no number, and a category that training never saw.
    """
    if len(table) * len(columns) > MOST_NUMBERS:
        raise DatasetError(
            f"{table.name} gives {len(table):,}×{len(columns):,} numbers, more than "
            f"{MOST_NUMBERS:,}. Keep categories with many values separate, or use fewer rows."
        )
    values = np.empty((len(table), len(columns)), dtype=np.float64)
    one_hot: dict[str, list[tuple[int, str]]] = {}
    for place, name in enumerate(columns):
        source = _category_of(table, name)
        if source is None:
            values[:, place] = numbers(table, name)
        else:
            one_hot.setdefault(source, []).append((place, name.removeprefix(f"{source}=")))
    for source, places in one_hot.items():
        known = category_codes(table, source, tuple(value for _, value in places))
        for code, (place, _) in enumerate(places):
            values[:, place] = known == code
    return values


def category_codes(table: Table, column: str, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Each cell's place among the classes; empty cells belong to the class for them.

    Raises DatasetError that names row and column of a value which is no class, and of an empty cell
    where the classes provide for none.
    """
    known = codes(table, column, tuple(value for value in classes if value != ABSENT))
    if ABSENT not in classes and (known < 0).any():
        row = table.rows[int(np.argmin(known))]
        raise DatasetError(f"Row {row}, column “{column}” of {table.name} is empty. Fill it in.")
    return np.where(known < 0, len(classes) - 1, known)


def _category_of(table: Table, name: str) -> str | None:
    if name in table.columns:
        return None
    parts = name.split("=")
    starts = ("=".join(parts[:count]) for count in range(1, len(parts)))
    return next((start for start in starts if start in table.columns), None)


def _empty(table: Table, kinds: Kinds) -> Iterator[tuple[int, str]]:
    """Places and columns of the cells in which a number or a category is missing."""
    wanted = {name: kind for name, kind in kinds.items() if kind in ("number", "category")}
    for name, kind in wanted.items():
        for place, cell in enumerate(table[name]):
            if is_missing(cell, kind):
                yield place, name


def _classes(table: Table, column: str) -> tuple[str, ...]:
    """The values of a category, with one last for empty cells where there are any."""
    absent = any(is_missing(cell, "category") for cell in table[column])
    return categories(table, column) + ((ABSENT,) if absent else ())


def _stacked(columns: list[str], table: Table) -> Field:
    if len(columns) > MOST_COLUMNS:
        raise DatasetError(
            f"{table.name} gives {len(columns):,} columns of numbers, more than {MOST_COLUMNS:,}. "
            "Keep categories with many values separate."
        )
    names = tuple(columns)
    return Field(FEATURES, InMemory(features(table, names)), "continuous", columns=names)


def _category(table: Table, name: str) -> Field:
    classes = _classes(table, name)
    column = InMemory(category_codes(table, name, classes))
    return Field(name, column, "categorical", classes)


def _told(kind: ColumnKind) -> str:
    return "a text" if kind == "text" else "empty or ignored"

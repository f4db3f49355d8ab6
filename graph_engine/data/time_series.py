"""One long row of measurements, cut into windows: what was, and what came next."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.csv_file import MARKS, Delimiter
from graph_engine.data.dataset import Dataset, Field, InMemory, missing_name, named
from graph_engine.data.source import Source
from graph_engine.data.table import LARGEST_FILE
from graph_engine.data.written import own, shipped
from graph_engine.declaration import param
from graph_engine.errors import DatasetError

SHIPPED = ("sunspots",)
MOST_NUMBERS = 2**27


class TimeSeries(Source, key="time_series"):
    """Windows of a series: ``past`` has the values of a window, ``next`` those that follow it.

    Choose the division “in order” beside it, so that the network is judged by what lies in the future
    of everything that it learned from.
    """

    path: str = param("sunspots", help="A CSV file of the project's folder, or: sunspots.")
    columns: tuple[str, ...] = param((), help="The columns to use; empty means the last one.")
    delimiter: Delimiter = param(",", help="What separates the cells of a row.")
    window: int = param(20, low=1, high=100_000, help="How many steps the network looks back.")
    horizon: int = param(1, low=1, high=10_000, help="How many steps it looks ahead.")
    stride: int = param(1, low=1, high=100_000, help="Steps between the begins of two windows.")

    def load(self, folder: Path | None) -> Dataset:
        """Fields ``past`` (window × columns) and ``next`` (the first column, horizon long).

        Raises DatasetError for a file or column that is not there, for cells that are no numbers, and
        for a series that is shorter than one window and its horizon.
        """
        written = (
            shipped(f"{self.path}.csv", f"{self.path}.txt")
            if self.path in SHIPPED
            else own(folder, self.path, LARGEST_FILE)
        )
        values = self._values(written.text)
        count = (len(values) - self.window - self.horizon) // self.stride + 1
        if count < 1:
            raise DatasetError(
                f"A window of {self.window} and a horizon of {self.horizon} need "
                f"{self.window + self.horizon} rows, and {self.path} has {len(values)}."
            )
        if count * (self.window * values.shape[1] + self.horizon) > MOST_NUMBERS:
            raise DatasetError("So many windows do not fit into memory: choose a larger stride.")
        starts = np.arange(count) * self.stride
        past = values[starts[:, None] + np.arange(self.window)]
        ahead = values[starts[:, None] + self.window + np.arange(self.horizon), 0]
        fields = [
            Field("past", InMemory(past), "continuous"),
            Field("next", InMemory(ahead), "continuous"),
        ]
        return Dataset(
            Path(self.path).stem,
            named(fields),
            "next",
            description=written.description,
            source=written.source,
            licence=written.licence,
        )

    def _values(self, text: str) -> NDArray[np.float32]:
        delimiter = MARKS.get(self.delimiter, self.delimiter)
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
        except csv.Error as error:
            raise DatasetError(f"{self.path} is not a table: {error}.") from error
        if len(rows) < 2:
            raise DatasetError(f"{self.path} needs a row of names and rows of numbers below it.")
        header = [name.strip() for name in rows[0]]
        names = self.columns or (header[-1],)
        for name in names:
            if name not in header:
                raise DatasetError(missing_name("column", name, header, self.path))
        places = [header.index(name) for name in names]
        values = np.empty((len(rows) - 1, len(places)), np.float32)
        for number, row in enumerate(rows[1:], start=2):
            values[number - 2] = [_number(row, place, number, self.path) for place in places]
        return values


def _number(row: list[str], place: int, line: int, name: str) -> float:
    cell = row[place].strip() if place < len(row) else ""
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise DatasetError(
            f"Row {line} of {name} has “{cell}” where a number is expected. Fill it in."
        )
    return value

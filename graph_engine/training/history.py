"""The runs of a project: folders beside it, and an SQLite index of what happened in them.

The folders are the truth: the worker only writes there. The index follows them whenever it is asked,
and a missing or damaged one is made anew.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from graph_engine.errors import TrainingError
from graph_engine.training import moving
from graph_engine.training.choices import unknown
from graph_engine.training.events import Metrics, finite
from graph_engine.training.folder import RunFolder
from graph_engine.training.run_index import Intake, opened
from graph_engine.training.snapshot import Snapshot

Status = Literal[
    "new", "running", "completed", "early_stopping", "stopped", "failed", "interrupted"
]
Series = dict[str, list[tuple[int, float]]]

NAME = re.compile(r"run-(\d{3,9})\Z")


@dataclass(frozen=True, slots=True)
class Record:
    """One run at a glance.

    ``metrics`` are those of the best epoch, and those of the test samples where the run got so far;
    ``message`` says why a run failed. ``created`` is in seconds since 1970.
    """

    name: str
    status: Status
    network: str
    created: float
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    best_epoch: int = 0
    metrics: Metrics = field(default_factory=dict)
    seconds: float = 0.0
    device: str = ""
    message: str = ""
    notes: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``netloom runs --json``; numbers that are not finite are null."""
        values: dict[str, Any] = finite({f.name: getattr(self, f.name) for f in fields(self)})
        return values


class History:
    """The runs in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, project: Path) -> History:
        """The runs of a project file: ``digits.netloom`` has them in ``digits.runs``."""
        return cls(project.with_suffix(".runs"))

    # Runs ----------------------------------------------------------------------------------------

    def create(self, snapshot: Snapshot, weights: Path | None = None) -> RunFolder:
        """A new run with the next number, which is never given twice.

        It gets a copy of the ``weights`` that it begins with, if there are some. Raises TrainingError
        where the folder cannot be written.
        """
        folder = RunFolder(self.folder / f"run-{self._next():03d}")
        folder.create(snapshot)
        if weights is not None:
            _copy(weights, folder)
        return folder

    def adopt(self, folder: Path) -> str:
        """Takes a run in that lay elsewhere, under its own name, or the next where that is taken.

        Answers the name. A run whose move was broken off is there once, not twice. Raises TrainingError
        where the folder cannot be moved.
        """
        for known in self.names():
            if moving.copied_from(self.folder / known) == folder.absolute():
                moving.finish(folder, self.folder / known)
                return known
        name = folder.name
        number = self._next(_number(name))
        if number != _number(name):
            name = f"run-{number:03d}"
        try:
            moving.move(folder, self.folder / name)
        except OSError as error:
            raise TrainingError(
                f"{folder} cannot be moved to {self.folder}: {error.strerror or error}."
            ) from error
        return name

    def _next(self, wish: int = 0) -> int:
        """A number that was never given: the wished one where it is free, else the next."""
        with self._index() as index:
            (last,) = index.execute("SELECT last FROM counter").fetchone()
            highest = max([last, *(_number(name) for name in self.names())])
            number = wish if wish > highest else highest + 1
            index.execute("UPDATE counter SET last = ?", (number,))
        return number

    def names(self) -> list[str]:
        """The names of the runs, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = (path.name for path in self.folder.iterdir() if (path / "run.json").is_file())
        return sorted((name for name in found if NAME.match(name)), key=_number)

    def find(self, wish: str) -> RunFolder:
        """The run that a person means: ``run-007``, ``7`` or ``last``.

        Raises TrainingError, with the nearest name, where there is none.
        """
        names = self.names()
        if wish == "last" and names:
            return RunFolder(self.folder / names[-1])
        name = f"run-{int(wish):03d}" if wish.isdecimal() and len(wish) < 10 else wish
        if name not in names:
            raise TrainingError(unknown("run", wish, names))
        return RunFolder(self.folder / name)

    def runs(self) -> list[Record]:
        """All runs, the newest first."""
        if not self.folder.is_dir():
            return []
        with self._index() as index:
            self._follow(index)
            rows = index.execute("SELECT name, ending, about FROM runs").fetchall()
        records = [self._record(*row) for row in rows]
        return sorted(records, key=lambda record: _number(record.name), reverse=True)

    def scalars(self, run: str) -> Series:
        """Every number of a run by its name, as (step, value) in the order of the steps.

        ``loss`` has every step; ``learning_rate`` and the metrics of epochs stand at the step where
        they were told.
        """
        series: Series = {}
        with self._index() as index:
            self._follow(index)
            query = "SELECT name, step, value FROM scalars WHERE run = ? ORDER BY name, step"
            for name, step, value in index.execute(query, (run,)):
                series.setdefault(name, []).append((step, float("nan") if value is None else value))
        return series

    def annotate(self, run: str, notes: str) -> None:
        """Keeps a person's words about a run."""
        self.find(run).write_notes(notes)

    def delete(self, run: str) -> None:
        """Removes a run with all its files.

        Raises TrainingError while it is being trained.
        """
        folder = self.find(run)
        if folder.is_alive():
            raise TrainingError(f"{folder.name} is being trained: stop it before deleting it.")
        shutil.rmtree(folder.path)
        with self._index() as index:
            index.execute("DELETE FROM runs WHERE name = ?", (folder.name,))

    # The index -----------------------------------------------------------------------------------

    def _follow(self, index: sqlite3.Connection) -> None:
        """Takes in what happened since the last time."""
        names = self.names()
        known = dict(index.execute("SELECT name, offset FROM runs"))
        gone = [(name,) for name in known if name not in names]
        index.executemany("DELETE FROM runs WHERE name = ?", gone)
        for name in names:
            if name not in known:
                index.execute("INSERT INTO runs (name) VALUES (?)", (name,))
            Intake(index, name).follow(RunFolder(self.folder / name), known.get(name, 0))

    def _record(self, name: str, ending: str, about: str) -> Record:
        folder = RunFolder(self.folder / name)
        values = {"network": "", "created": 0.0, "notes": folder.notes(), **json.loads(about)}
        return Record(name=name, status=_status(folder, ending, values), **values)

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        """The index in a transaction."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with opened(self.folder / "runs.sqlite") as index:
                yield index
        except (OSError, sqlite3.Error) as error:
            raise TrainingError(f"The runs in {self.folder} cannot be read: {error}.") from error


def _status(folder: RunFolder, ending: str, about: Mapping[str, Any]) -> Status:
    if folder.is_alive():
        return "running"
    if ending:
        return ending  # type: ignore[return-value]
    return "interrupted" if about.get("epochs") else "new"


def _copy(weights: Path, folder: RunFolder) -> None:
    """Gives a new run its first weights, or takes it away again."""
    try:
        shutil.copyfile(weights, folder.initial)
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise TrainingError(f"{weights} cannot be copied: {error.strerror or error}.") from error


def _number(name: str) -> int:
    found = NAME.match(name)
    return int(found[1]) if found else 0

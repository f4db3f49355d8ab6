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
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from graph_engine.errors import TrainingError
from graph_engine.training.choices import unknown
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Metrics,
    Started,
    Stepped,
)
from graph_engine.training.folder import RunFolder, Snapshot

Status = Literal[
    "new", "running", "completed", "early_stopping", "stopped", "failed", "interrupted"
]
Series = dict[str, list[tuple[int, float]]]

VERSION = 1
NAME = re.compile(r"run-(\d{3,9})\Z")

SCHEMA = """
CREATE TABLE runs (
    name TEXT PRIMARY KEY,
    offset INTEGER NOT NULL DEFAULT 0,
    ending TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE scalars (
    run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (run, name, step)
) WITHOUT ROWID;
CREATE TABLE counter (last INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
"""


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
    metrics: Mapping[str, float] = ()  # type: ignore[assignment]
    seconds: float = 0.0
    device: str = ""
    message: str = ""
    notes: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``netloom runs --json``."""
        return {name: getattr(self, name) for name in self.__slots__}


class History:
    """The runs in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, project: Path) -> History:
        """The runs of a project file: ``digits.netloom`` has them in ``digits.runs``."""
        return cls(project.with_suffix(".runs"))

    # Runs ----------------------------------------------------------------------------------------

    def create(self, snapshot: Snapshot) -> RunFolder:
        """A new run with the next number, which is never given twice.

        Raises TrainingError where the folder cannot be written.
        """
        with self._index() as index:
            (last,) = index.execute("SELECT last FROM counter").fetchone()
            number = max([last, *(_number(name) for name in self.names())]) + 1
            index.execute("UPDATE counter SET last = ?", (number,))
        folder = RunFolder(self.folder / f"run-{number:03d}")
        folder.create(snapshot)
        return folder

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
            _Intake(index, name).follow(RunFolder(self.folder / name), known.get(name, 0))

    def _record(self, name: str, ending: str, about: str) -> Record:
        folder = RunFolder(self.folder / name)
        values = {"network": "", "created": 0.0, "notes": folder.notes(), **json.loads(about)}
        return Record(name=name, status=_status(folder, ending, values), **values)

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        """The index in a transaction; one that is damaged or of another version is made anew."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(self._opened()) as index, index:
                yield index
        except (OSError, sqlite3.OperationalError) as error:
            raise TrainingError(f"The runs in {self.folder} cannot be read: {error}.") from error

    def _opened(self) -> sqlite3.Connection:
        path = self.folder / "runs.sqlite"
        try:
            return _connected(path)
        except _Unusable:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return _connected(path)


class _Unusable(Exception):
    """An index that is damaged, or of another version."""


def _connected(path: Path) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=10)
    try:
        (version,) = index.execute("PRAGMA user_version").fetchone()
        if version == 0:
            index.execute("PRAGMA journal_mode = WAL")
            index.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
        elif version != VERSION:
            raise _Unusable
        index.execute("PRAGMA foreign_keys = ON")
        index.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.OperationalError:
        index.close()
        raise
    except (sqlite3.DatabaseError, _Unusable) as error:
        index.close()
        raise _Unusable from error
    return index


class _Intake:
    """Takes the events of one run into the index."""

    def __init__(self, index: sqlite3.Connection, run: str) -> None:
        self.index = index
        self.run = run
        row = index.execute("SELECT ending, about FROM runs WHERE name = ?", (run,)).fetchone()
        self.ending: str = row[0]
        self.about: dict[str, Any] = json.loads(row[1])

    def follow(self, folder: RunFolder, offset: int) -> None:
        """Reads from the offset on."""
        start = offset
        for event, behind in folder.read_events(offset):
            self._take(event)
            offset = behind
        if offset == start and self.about:
            return
        self.about |= _basics(folder)
        self.index.execute(
            "UPDATE runs SET offset = ?, ending = ?, about = ? WHERE name = ?",
            (offset, self.ending, json.dumps(self.about), self.run),
        )

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self._start(event)
            case Stepped():
                first = event.step - len(event.losses) + 1
                self._put("loss", [(first + n, value) for n, value in enumerate(event.losses)])
                self._put("learning_rate", [(event.step, event.learning_rate)])
            case EpochEnded():
                self._end_epoch(event)
            case Finished():
                self.ending = event.reason
                self.about["seconds"] = event.seconds
                tests = {n: v for n, v in event.metrics.items() if n.startswith("test_")}
                self._measure(event, tests)
            case Failed():
                self.ending = "failed"
                self.about["message"] = event.message
            case _:
                return

    def _start(self, event: Started) -> None:
        """A run that goes on replaces what came after its checkpoint."""
        self.index.execute("DELETE FROM scalars WHERE run = ? AND step > ?", (self.run, event.step))
        self.ending = ""
        self.about |= {"epochs": event.epochs, "device": event.device, "message": ""}
        self.about |= {"epoch": event.epoch, "step": event.step}

    def _end_epoch(self, event: EpochEnded) -> None:
        self.about |= {"epoch": event.epoch, "step": event.step}
        if event.best:
            self.about |= {"best_epoch": event.epoch, "metrics": dict(event.metrics)}
        self._measure(event, event.metrics)

    def _measure(self, event: EpochEnded | Finished, metrics: Metrics) -> None:
        for name, value in metrics.items():
            self._put(name, [(event.step, value)])
        if isinstance(event, Finished):
            self.about["metrics"] = {**self.about.get("metrics", {}), **metrics}
            self.about |= {"epoch": event.epoch, "step": event.step}

    def _put(self, name: str, points: list[tuple[int, float]]) -> None:
        self.index.executemany(
            "INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?)",
            [(self.run, name, step, value) for step, value in points],
        )


def _basics(folder: RunFolder) -> dict[str, Any]:
    try:
        snapshot = folder.snapshot()
    except TrainingError:
        return {}
    return {"network": snapshot.network, "created": snapshot.created}


def _status(folder: RunFolder, ending: str, about: Mapping[str, Any]) -> Status:
    if folder.is_alive():
        return "running"
    if ending:
        return ending  # type: ignore[return-value]
    return "interrupted" if about.get("epochs") else "new"


def _number(name: str) -> int:
    found = NAME.match(name)
    return int(found[1]) if found else 0

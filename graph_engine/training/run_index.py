"""The SQLite index of a project's runs: every number by run, name and step.

It only repeats what the runs' folders say, so that a damaged one can be thrown away.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from graph_engine.errors import TrainingError
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Metrics,
    Started,
    Stepped,
)
from graph_engine.training.folder import RunFolder

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    name TEXT PRIMARY KEY,
    offset INTEGER NOT NULL DEFAULT 0,
    ending TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS scalars (
    run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (run, name, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
"""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The index in a transaction of its own; a damaged one, or another version's, is made anew.

    Raises sqlite3.Error where the file cannot be written or stays locked for ten seconds.
    """
    with closing(_sound(path)) as index:
        index.execute("BEGIN IMMEDIATE")
        try:
            yield index
        except BaseException:
            index.execute("ROLLBACK")
            raise
        index.execute("COMMIT")


def _sound(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except _UnusableError:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connected(path)


class _UnusableError(Exception):
    """An index that is damaged, or of another version."""


def _connected(path: Path) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        (version,) = index.execute("PRAGMA user_version").fetchone()
        if version == 0:
            index.execute("PRAGMA journal_mode = WAL")
            index.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
        elif version != VERSION:
            raise _UnusableError
        index.execute("PRAGMA foreign_keys = ON")
        index.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.OperationalError:
        index.close()
        raise
    except (sqlite3.DatabaseError, _UnusableError) as error:
        index.close()
        raise _UnusableError from error
    return index


class Intake:
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

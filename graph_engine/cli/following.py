"""Follows a run from its start to its end: a bar for a person, a line an event for a script.

torch is only in the worker's process, never in this one.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from graph_engine.cli.output import complain, console, counted, quoted, say
from graph_engine.cli.training import grouped
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Frame,
    Started,
    Stepped,
    Usage,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.session import Session

FAILED, INTERRUPTED = 1, 130

ENDINGS = {"completed": "Finished", "early_stopping": "Stopped early", "stopped": "Stopped"}


def follow(folder: RunFolder, project: Path | None, as_json: bool) -> int:
    """Runs the worker to its end, telling what happens; answers the exit status.

    Ctrl-C asks it to stop with a checkpoint, a second one ends it at once. ``project`` is the file to
    name in the sentence on how to go on, None where nobody could.
    """
    with Session.start(folder) as session, interrupts(session) as asked:
        last = _as_lines(session) if as_json else Bar(folder, project).follow(session)
    if isinstance(last, Finished) and last.reason != "stopped":
        return 0
    if isinstance(last, Failed) and not asked:
        complain(last.message)
        return FAILED
    if project is not None:
        complain(_way_on(folder, project), style="")
    return INTERRUPTED


def _way_on(folder: RunFolder, project: Path) -> str:
    if not any(folder.checkpoints.iterdir()):
        return f"{folder.name} was stopped before its first checkpoint."
    return f"Go on with: netloom train {quoted(project)} --resume {folder.name}"


@contextmanager
def interrupts(session: Session) -> Iterator[list[int]]:
    """Lets Ctrl-C stop the run instead of this process; the list grows with each."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            session.stop()
        else:
            session.kill()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _as_lines(session: Session) -> Event | None:
    """One line of JSON an event; arrays to look at are left to the run's folder, usage to windows."""
    last: Event | None = None
    for last in session:
        if not isinstance(last, Frame | Usage):
            sys.stdout.write(last.to_json() + "\n")
            sys.stdout.flush()
    return last


class Bar:
    """Progress for a person: a bar over all steps, a line each epoch, the result at the end."""

    def __init__(self, folder: RunFolder, project: Path | None) -> None:
        self._weights = folder.weights if project else None
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[told]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=None, told="")
        self._epochs = 0

    def follow(self, session: Session) -> Event | None:
        """Shows all events; answers the last."""
        tell: dict[type[Event], Callable[..., None]] = {
            Started: self._start, Stepped: self._step, EpochEnded: self._end_epoch,
        }  # fmt: skip
        last: Event | None = None
        with self._progress:
            for last in session:
                if type(last) in tell:
                    tell[type(last)](last)
        if isinstance(last, Finished):
            self._end(last)
        return last

    def _start(self, event: Started) -> None:
        self._epochs = event.epochs
        total = event.epochs * event.steps_per_epoch
        self._progress.update(self._task, description=event.run, total=total, completed=event.step)
        say(
            f"{event.run}: {event.task} with {counted(event.parameters, 'trainable parameter')} on "
            f"{event.device} ({counted(event.threads, 'thread')})"
        )
        say(
            f"{counted(event.train, 'sample')} to learn from, {event.validation:,} to validate, "
            f"{event.test:,} to test"
        )
        if event.note:
            say(event.note)

    def _step(self, event: Stepped) -> None:
        self._progress.update(self._task, completed=event.step, told=f"loss {event.loss:.4f}")

    def _end_epoch(self, event: EpochEnded) -> None:
        groups = grouped(event.metrics).items()
        told = "  ".join(f"{group} {', '.join(words)}" for group, words in groups)
        width = len(str(self._epochs))
        mark = "  *" if event.best else ""
        say(f"epoch {event.epoch:{width}}/{self._epochs}  {told}{mark}")

    def _end(self, event: Finished) -> None:
        best = f"; the best was epoch {event.best_epoch}" if event.best_epoch else ""
        say(
            f"{ENDINGS[event.reason]} after {counted(event.epoch, 'epoch')} in "
            f"{event.seconds:.1f} s{best}."
        )
        for group, words in grouped(event.metrics).items():
            say(f"{group + ':':11} {', '.join(words)}", "bold" if group == "test" else "")
        if self._weights and event.weights:
            say(f"Weights: {self._weights}")

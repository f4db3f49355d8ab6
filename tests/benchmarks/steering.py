"""How soon a worker does what it is asked, and how soon its death is known:
``python -m tests.benchmarks.steering``.

The digits template with everything measured. Times are from the wish to the answer in this process.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from graph_engine import templates
from graph_engine.cli.projects import network_of
from graph_engine.training.commands import Advance, Command, Pause, Resume, SetLearningRate, Stop
from graph_engine.training.events import EpochEnded, Event, Failed, Finished, Steered, Stepped
from graph_engine.training.launch import new_run
from graph_engine.training.session import Session
from graph_engine.training.warm import WarmWorker

ROUNDS, KILLS = 40, 5
PROJECT = "cnn-digits"
GOALS = {
    "pause": "a step + 20 ms",
    "killed: exit noticed": "≤ 100 ms",
    "killed: told as an event": "≤ 1 s",
}


def main() -> None:
    """Prints the table."""
    times: dict[str, list[float]] = {}
    with running() as session:
        step = 1 / statistics.median(speeds(session))
        for _ in range(ROUNDS):
            times.setdefault("pause", []).append(answered(session, Pause(), "pause"))
            times.setdefault("one step", []).append(answered(session, Advance(1), "pause"))
            rate = answered(session, SetLearningRate(0.001), "learning_rate")
            times.setdefault("learning rate, paused", []).append(rate)
            times.setdefault("resume", []).append(answered(session, Resume(), "resume"))
            time.sleep(0.05)
        times["stop: told as finished"] = [answered(session, Stop(), "finished")]
    for _ in range(KILLS):
        noticed, told = killed()
        times.setdefault("killed: exit noticed", []).append(noticed)
        times.setdefault("killed: told as an event", []).append(told)
    report(times, step)


@contextmanager
def running() -> Iterator[Session]:
    """A run that has finished its first epoch."""
    worker = WarmWorker.start()
    with tempfile.TemporaryDirectory() as folder:
        project = templates.new(PROJECT)
        project.save(Path(folder) / f"{PROJECT}.netloom")
        recipe = project.training_recipe().replace(epochs=100_000)
        with Session.start(new_run(project, network_of(project), recipe), warm=worker) as session:
            while not isinstance(next(session), EpochEnded):
                pass
            yield session


def speeds(session: Session) -> list[float]:
    """Steps a second, for a while."""
    found: list[float] = []
    while len(found) < 30:
        event = next(session)
        if isinstance(event, Stepped):
            found.append(event.steps_per_second)
    return found


def answered(session: Session, command: Command, answer: str) -> float:
    """Seconds from a wish to its answer."""
    begun = time.perf_counter()
    session.send(command)
    while not _is(next(session), answer):
        pass
    return time.perf_counter() - begun


def _is(event: Event, answer: str) -> bool:
    if isinstance(event, Failed):
        raise RuntimeError(event.message)
    return (event.action if isinstance(event, Steered) else event.name) == answer


def killed() -> tuple[float, float]:
    """Seconds until the end of a killed worker is noticed, and until it is an event."""
    with running() as session:
        begun = time.perf_counter()
        os.kill(session.process_number, signal.SIGKILL)
        while session.is_running:
            time.sleep(0.001)
        noticed = time.perf_counter() - begun
        while not any(isinstance(each, Failed | Finished) for each in session.waiting()):
            time.sleep(0.001)
        return noticed, time.perf_counter() - begun


def report(times: dict[str, list[float]], step: float) -> None:
    """Prints medians and worst cases beside their goals."""
    title = f"Steering {PROJECT}; a step takes {1000 * step:.1f} ms; load {os.getloadavg()[0]:.1f}"
    table = Table("what", "median", "longest", "goal", title=title)
    for name, each in times.items():
        shown = (statistics.median(each), max(each))
        table.add_row(name, *(f"{1000 * value:.1f} ms" for value in shown), GOALS.get(name, ""))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

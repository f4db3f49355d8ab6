"""What the plots cost the window: ``python -m tests.benchmarks.dashboard [late]``.

For each panel and length of history, CPU milliseconds of an update (new values, drawn and painted) with
sixty layers, medians; then all panels in one window. With ``late``, a real run of the digits template is
watched, and the table has how late a timer of 5 ms came. Nothing here asserts a time.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from rich.console import Console
from rich.table import Table

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.theme import Theme
from app.training.activations import ActivationsPanel
from app.training.curves import CurvesPanel
from app.training.gradients import GradientsPanel
from app.training.pacing import Cost
from app.training.predictions import PredictionsPanel
from app.training.recording import Recording
from app.training.run_view import RunView
from app.training.shown_runs import ShownRuns
from app.training.weights import WeightsPanel
from graph_engine import templates
from graph_engine.training.events import Event, Stepped
from tests.app.training.made_runs import (
    BEGAN,
    PER_EPOCH,
    answers,
    epochs_of,
    layers,
    losses,
    pictures,
    started,
    steps_of,
    tables,
)

LENGTHS = (1_000, 100_000, 1_000_000)
LAYERS = 60
FRAMES = 400
ROUNDS = 40
NEW = 40
"""Steps between two updates."""

PANELS: tuple[type[RunView], ...] = (
    CurvesPanel,
    GradientsPanel,
    WeightsPanel,
    ActivationsPanel,
    PredictionsPanel,
)
SIZE = (1280, 260)
TICK = 5.0
WATCHED = 12.0
"""Seconds for which each view of a run is watched."""


def main() -> None:
    """Prints the tables."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme(application, "dark")
    console = Console(width=120)
    if "late" in sys.argv[1:]:
        console.print(late(application, theme))
        return
    table = Table(
        "history", "panel", "drawn", "painted", "together", "95th", "goal",
        title=f"CPU ms an update, {LAYERS} layers, {SIZE[0]} × {SIZE[1]}",
    )  # fmt: skip
    for length in LENGTHS:
        recording = made(length)
        for panel in PANELS:
            table.add_row(*row(application, theme, recording, [panel], length))
        table.add_row(
            *row(application, theme, recording, list(PANELS[:3]), length), end_section=True
        )
    console.print(table)


def made(length: int) -> Recording:
    """A run of so many steps."""
    recording = Recording("digits")
    values = losses(length)
    per_epoch = max(PER_EPOCH, length // 200)
    recording.take([started("digits", length, per_epoch), layers(LAYERS)])
    events: list[Event] = [
        *steps_of(values, max(10, length // 4000), per_epoch),
        *epochs_of(values, per_epoch=per_epoch),
    ]
    for number in range(1, FRAMES + 1):
        events += tables(max(1, length * number // FRAMES), LAYERS)
    recording.take(sorted(events, key=lambda each: getattr(each, "step", 0)))
    return recording


def news(recording: Recording) -> Iterator[Event]:
    """What came between two updates."""
    last = recording.step + NEW
    values = tuple(np.random.default_rng(last).lognormal(-2, 0.2, NEW).tolist())
    yield Stepped(
        time=BEGAN + last * 0.004, epoch=last // PER_EPOCH, step=last, loss=values[-1], losses=values,
        learning_rate=1e-3, steps_per_second=500.0,
    )  # fmt: skip
    yield from tables(last, LAYERS)
    yield from pictures(last, "stage1.conv1")
    yield from answers(last)


def row(
    application: QApplication,
    theme: Theme,
    recording: Recording,
    panels: list[type[RunView]],
    length: int,
) -> list[str]:
    """One line of the table."""
    runs, document = ShownRuns(), Document(templates.new("cnn-digits"))
    runs.follow(recording)
    window = QWidget()
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    shown = [panel(runs, document, theme, Icons(theme)) for panel in panels]  # type: ignore[call-arg, arg-type]
    for each in shown:
        column.addWidget(each)
    window.resize(SIZE[0], SIZE[1] * len(shown))
    window.show()
    settle(application, shown)
    drawn, painted = [], []
    for _ in range(ROUNDS):
        recording.take(news(recording))
        start = time.process_time()
        for each in shown:
            each.pacer.draw_now()
        middle = time.process_time()
        application.processEvents()
        drawn.append((middle - start) * 1000)
        painted.append((time.process_time() - middle) * 1000)
    together = [a + b for a, b in zip(drawn, painted, strict=True)]
    window.deleteLater()
    application.sendPostedEvents(
        window, QEvent.Type.DeferredDelete
    )  # or it would draw beside the next
    name = panels[0].__name__ if len(panels) == 1 else "first three"
    figures = (statistics.median(drawn), statistics.median(painted), statistics.median(together))
    late = float(np.percentile(together, 95))
    goal = "≤ 5" if len(panels) == 1 else "≤ 10"
    return [f"{length:,}", name, *(f"{each:.1f}" for each in (*figures, late)), goal]


def settle(application: QApplication, shown: list[RunView]) -> None:
    """Draws until nothing is left to do, as where a long curve is smoothed in parts."""
    while True:
        for each in shown:
            each.pacer.draw_now()
        application.processEvents()
        if not any(each.pacer.is_dirty for each in shown):
            return


# The lateness of a timer ---------------------------------------------------------------------------


def late(application: QApplication, theme: Theme) -> Table:
    """Watches a run of the digits template from its different views."""
    from app.training.panel import TrainingPanel
    from app.training.run import TrainingRun

    with tempfile.TemporaryDirectory() as folder:
        project = templates.new("cnn-digits")
        project.set_training_recipe(project.training_recipe().replace(epochs=10_000))
        project.save(Path(folder) / "digits.netloom")
        document, runs = Document(project), ShownRuns()
        run = TrainingRun(document, runs, Messages())
        panel = TrainingPanel(run, runs, document, theme, Icons(theme))
        panel.resize(*SIZE)
        panel.show()
        table = Table("what", "ticks", "median", "95th", "99th", "longest", "goal", "window",
                      "redraws", "each", title="How late a timer of 5 ms came, in ms")  # fmt: skip
        table.add_row(*lateness("no run", WATCHED / 2))
        run.start()
        wait_for(lambda: run.recording is not None and run.recording.step > 100)
        for title in ("Curves", "Gradients", "Weights"):
            panel.show_tab(title)
            view = panel.page(title)
            assert isinstance(view, RunView)
            cost = view.pacer.cost = Cost()
            figures = lateness(f"training, {title.lower()}", WATCHED)
            table.add_row(*figures, str(cost.count), f"{cost.mean:.1f} ms")
        steps = run.recording.step if run.recording else 0
        run.stop()
        wait_for(lambda: not run.is_active)
        table.caption = f"{steps:,} steps; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        panel.deleteLater()
    return table


def lateness(name: str, seconds: float) -> list[str]:
    """One line: a timer that asks for 5 ms, over some seconds."""
    loop, found, used = QEventLoop(), [], time.thread_time()
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    before = time.perf_counter()

    def tick() -> None:
        nonlocal before
        now = time.perf_counter()
        found.append(max(0.0, (now - before) * 1000 - TICK))
        before = now

    timer.timeout.connect(tick)
    timer.start(int(TICK))
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()
    timer.stop()
    figures = (*np.percentile(found, (50, 95, 99)), max(found))
    share = (time.thread_time() - used) / seconds * 100
    words = (f"{each:.1f}" for each in figures)
    return [name, str(len(found)), *words, "99th ≤ 16", f"{share:.0f} % CPU"]


def wait_for(is_so: object, seconds: float = 60.0) -> None:
    """Lets the window live until something holds."""
    assert callable(is_so)
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)


if __name__ == "__main__":
    main()

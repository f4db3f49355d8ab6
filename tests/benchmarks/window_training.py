"""Training in the real window: ``python -m tests.benchmarks.window_training``.

Opens the digits template, presses Train with a worker that is started for the run and with one that is
warm, and measures until the curves move, how late a timer of 5 ms comes meanwhile, and how long closing
the window while a run goes on holds it. Where there is no screen, the window is painted into memory.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from app.application import Application
from app.main_window import MainWindow
from app.settings import WARM, Settings
from app.training.curves import CurvesPanel

TEMPLATE = "cnn-digits"
ROUNDS = 3
BEAT = 0.005
Waiting = Generator[Callable[[], bool] | float, None, None]


@dataclass
class Figures:
    """What one kind of start took, in seconds, and the lateness of each beat in milliseconds."""

    name: str
    held: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)
    closing: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


class Beat:
    """A timer that notes how late it comes."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(int(BEAT * 1000))
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begins anew."""
        self.late, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        """Ends; the lateness of each beat in milliseconds."""
        self._timer.stop()
        return self.late

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, now - self._last - BEAT) * 1000)
        self._last = now


def round_of(program: Application, figures: Figures, warm: bool) -> Waiting:
    """One window: open, train to the end, train again and close meanwhile."""
    Settings().set(WARM, warm)
    window = program.open()
    window.resize(1280, 800)
    window.open_template(TEMPLATE)
    assert window.editor is not None
    run, panel = window.editor.training.run, window.editor.training.panel
    yield 3.0 if not warm else lambda: run._warm is not None and run._warm.is_ready
    yield 1.0
    beat, begun = Beat(), time.perf_counter()
    window.run_training("start")
    figures.held.append(time.perf_counter() - begun)
    yield lambda: run.recording is not None and run.recording.newest is not None
    figures.loss.append(time.perf_counter() - begun)
    curves = panel.page("Curves")
    assert isinstance(curves, CurvesPanel)
    drawn = curves.pacer.cost.count
    yield lambda: curves.pacer.cost.count > drawn
    figures.curve.append(time.perf_counter() - begun)
    beat.start()
    yield lambda: run.state == "finished"
    figures.late += beat.stop()
    window.run_training("start")
    yield lambda: run.state == "running"
    figures.closing.append(closed(window))


def closed(window: MainWindow) -> float:
    """Seconds that closing holds the window; nothing is asked."""
    assert window.document is not None
    window.document.undo.setClean()
    begun = time.perf_counter()
    window.close()
    return time.perf_counter() - begun


def drive(application: QApplication, script: Waiting) -> None:
    """Runs a script whose waits let the window live."""
    for wait in script:
        if callable(wait):
            while not wait():
                application.processEvents()
                time.sleep(0.0005)
        else:
            until = time.perf_counter() + wait
            while time.perf_counter() < until:
                application.processEvents()
                time.sleep(0.0005)


def report(all_figures: list[Figures]) -> None:
    """Prints the table."""
    table = Table(title=f"{TEMPLATE} in the window: medians of {ROUNDS}, milliseconds")
    for column in ("worker", "Train holds", "first loss", "curve drawn", "close holds"):
        table.add_column(column, justify="left" if column == "worker" else "right")
    for quantile in ("p50", "p95", "p99", "longest"):
        table.add_column(f"late {quantile}", justify="right")
    for each in all_figures:
        times = [each.held, each.loss, each.curve, each.closing]
        late = np.percentile(each.late, [50, 95, 99, 100])
        table.add_row(
            each.name,
            *(f"{np.median(values) * 1000:.0f}" for values in times),
            *(f"{value:.1f}" for value in late),
        )
    Console().print(table)


def main() -> None:
    """Measures both kinds."""
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["XDG_STATE_HOME"] = folder
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        application = QApplication(sys.argv[:1])
        application.setQuitOnLastWindowClosed(False)
        program = Application(application)
        kinds = [Figures("cold"), Figures("warm")]
        for _ in range(ROUNDS):
            for figures, warm in zip(kinds, (False, True), strict=True):
                drive(application, round_of(program, figures, warm))
        report(kinds)
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()  # the last workers write their checkpoints


if __name__ == "__main__":
    main()

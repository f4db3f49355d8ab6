"""The views are imported ahead, and every class of Qt is made by the window's own thread before."""

from __future__ import annotations

import subprocess
import sys
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.training.importing import BINDINGS, ImportAhead, classes

ALONE = """
import sys, threading
from PySide6.QtCore import QCoreApplication, QObject, QTimer
from app.training import importing

app, made, by = QCoreApplication([]), 0, set()
real = importing.classes
def counted():
    for each in real():
        by.add(threading.current_thread().name)
        yield each
importing.classes = counted
assert "pyqtgraph" not in sys.modules
ahead = importing.ImportAhead(["app.training.curves"], app)
ahead.begin()
timer = QTimer()
timer.timeout.connect(lambda: "app.training.curves" in sys.modules and app.quit())
timer.start(10)
QTimer.singleShot(60_000, app.quit)
app.exec()
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
print(by, "pyqtgraph" in sys.modules, "app.training.curves" in sys.modules)
"""


def test_classes_are_read_by_the_window_and_views_imported_behind_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.stdout.strip() == "{'MainThread'} True True", done.stderr


def test_the_loop_goes_on_between_a_few_classes_and_the_next(qtbot: QtBot) -> None:
    # Given names that are read by turns
    parent = QObject()
    ahead = ImportAhead((), parent)
    before = threading.active_count()

    # When the loop runs
    ahead.begin()
    qtbot.waitUntil(lambda: not ahead._turn.isActive(), timeout=10_000)

    # Then all were reached, and no thread is left that had nothing to import
    assert next(ahead._names, None) is None
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    parent.deleteLater()


def test_every_class_of_the_bindings_is_reached() -> None:
    found = {getattr(each, "__name__", "") for each in classes()}

    assert {"QObject", "QPainter", "QWidget", "QSvgRenderer"} <= found
    assert set(BINDINGS) >= {"QtCore", "QtGui", "QtWidgets"}

"""Imports the views and what draws their plots before they are needed, without holding the window up.

PySide6 makes each of its classes when its name is first read, and crashes where two threads do so at
once; pyqtgraph reads all names as it is imported. So they are read here first, some in each turn of the
window's own loop, and another thread that imports the views then finds every class made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from importlib import import_module

from PySide6.QtCore import QObject, QTimer, Slot

from app.background import short_turns

BINDINGS = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtOpenGL", "QtOpenGLWidgets")
"""Those that pyqtgraph imports; it does without the last two where a machine has no OpenGL."""

BUDGET = 0.004
"""Seconds of a turn."""


class ImportAhead(QObject):
    """Imports ``modules`` once the loop has had some turns after ``begin``."""

    def __init__(self, modules: Iterable[str], parent: QObject) -> None:
        super().__init__(parent)
        self._modules = tuple(modules)
        self._names = classes()
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._read_some)

    @Slot()
    def begin(self) -> None:
        """Starts; returns at once."""
        self._turn.start()

    def _read_some(self) -> None:
        until = time.perf_counter() + BUDGET
        for _ in self._names:
            if time.perf_counter() > until:
                return
        self._turn.stop()
        name = "import of the views"
        threading.Thread(target=import_all, args=(self._modules,), name=name).start()


def classes() -> Iterator[object]:
    """What the bindings have, each made when it is reached."""
    for binding in BINDINGS:
        try:
            module = import_module(f"PySide6.{binding}")
        except ImportError:
            continue
        yield from (getattr(module, name) for name in dir(module))


def import_all(modules: Iterable[str]) -> None:
    """Imports modules by name; the window has the interpreter whenever it wants it."""
    with short_turns():
        for module in modules:
            import_module(module)

"""The running program: its windows, its theme, and what happens when something unforeseen goes wrong."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, QThread, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from app import touring
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Theme
from graph_engine.errors import DesignError

if TYPE_CHECKING:
    from graph_engine.project import Project

OFFSET = 32
UNSEEN = 500
"""Milliseconds after which a window that nobody sees counts as painted."""
ENGINE = ("networkx", "graph_engine.layers", "graph_engine.codegen", "graph_engine.project")
EDITOR = (
    "app.document",
    "app.canvas.view",
    "app.panels.inspector",
    "app.panels.palette",
    "app.panels.source",
    "app.panels.summary",
    "app.editor",
)


class Application(QObject):
    """Owns the windows; the last one that closes ends the program."""

    _failed_beside = Signal(object)

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.qt = application
        self.settings = Settings()
        self.theme = Theme(application, self.settings.theme)
        self.icons = Icons(self.theme)
        application.setWindowIcon(
            QIcon(self.icons.pixmap("share-2", 64, self.theme.color("accent")))
        )
        self.windows: list[MainWindow] = []
        self._is_reporting = False
        self._failed_beside.connect(self._report_beside)
        sys.excepthook = self._unforeseen
        threading.excepthook = self._unforeseen_beside

    def open(self, project: Project | None = None, *, is_awaiting: bool = False) -> MainWindow:
        """Another window, with a project or with the welcome page; empty where one ``is_awaiting``."""
        is_empty = is_awaiting or project is not None
        window = MainWindow(self.theme, self.icons, self.settings, is_awaiting=is_empty)
        window.another.connect(self._another)
        window.tour_elsewhere.connect(self._tour)
        window.closed.connect(self._closed)
        if self.windows:
            _put_beside(window, self.windows[-1])
        self.windows.append(window)
        window.show()
        if project is not None:
            window.show_project(project)
        return window

    def start(self, paths: list[Path]) -> None:
        """Opens the files, what a crash left behind, or the welcome page.

        Windows come first; what takes longer to load fills them once they are on the screen.
        """
        opened = [(self.open(is_awaiting=True), path) for path in paths]
        first = opened[0][0] if opened else self.open()
        OncePainted(first, partial(self._fill, opened))

    def _fill(self, opened: list[tuple[MainWindow, Path]]) -> None:
        for window, path in opened:
            window.open_path(path)
            if window.document is None:
                window.show_welcome()
        self._load([] if opened else [*ENGINE, self._draw_pictures, self._recover, *EDITOR])
        if opened:
            self._recover()

    def _load(self, wanted: list[str | Callable[[], None]]) -> None:
        """Loads what is wanted, one thing a turn, so that the window answers in between."""
        if not wanted:
            gc.freeze()
            gc.enable()
            return
        step = wanted.pop(0)
        if isinstance(step, str):
            import_module(step)
        else:
            step()
        QTimer.singleShot(0, self, partial(self._load, wanted))

    def _draw_pictures(self) -> None:
        for window in self.windows:
            window.pages.update()

    def _recover(self) -> None:
        from graph_engine.project import recoverable  # noqa: PLC0415

        for left in recoverable():
            try:
                project = left.open()
            except DesignError:
                continue
            free = next((window for window in self.windows if window.document is None), None)
            window = free or self.open(is_awaiting=True)
            window.show_project(project)
            if window.document is not None:
                window.document.undo.resetClean()  # it is nowhere but in the copy
            window.messages.say(f"“{left.name}” was recovered: it had not been saved.", "done")

    def _another(self, project: Project | None) -> None:
        self.open(project)

    def _tour(self) -> None:
        touring.start(self.open(is_awaiting=True))

    def _closed(self, window: MainWindow) -> None:
        self.windows.remove(window)
        window.deleteLater()

    def _unforeseen(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """A bug: keep the work, then show a report that can be copied."""
        if QThread.currentThread() is not self.thread():
            self._failed_beside.emit(error)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(text)
        for window in self.windows:
            if window.keeper is not None:
                window.keeper.autosave()
        if not issubclass(kind, KeyboardInterrupt) and not self._is_reporting:
            from app.crash import report  # noqa: PLC0415

            self._is_reporting = True  # a report that is shown may meet the same fault
            try:
                report(text, self.windows[-1] if self.windows else None)
            finally:
                self._is_reporting = False

    def _unforeseen_beside(self, fault: threading.ExceptHookArgs) -> None:
        """A bug in a thread beside the window, which alone may show something."""
        if fault.exc_value is not None and not isinstance(fault.exc_value, SystemExit):
            self._failed_beside.emit(fault.exc_value)

    def _report_beside(self, error: BaseException) -> None:
        self._unforeseen(type(error), error, error.__traceback__)


def _put_beside(window: MainWindow, other: MainWindow) -> None:
    """A little to the right and below; where the screen ends, smaller, so that nothing is cut off."""
    room = other.screen().availableGeometry()
    at = other.pos() + QPoint(OFFSET, OFFSET)
    frame = other.frameGeometry().size() - other.size()
    left = QSize(room.right() - at.x(), room.bottom() - at.y()) - frame
    least = window.minimumSizeHint()
    if left.width() < least.width() or left.height() < least.height():
        at, left = room.topLeft(), room.size() - frame
    window.resize(window.size().boundedTo(left))
    window.move(at)


class OncePainted(QObject):
    """Does something as soon as a picture of a window is on the screen."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(UNSEEN, self, self._go_on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The turn after the one that paints."""
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._go_on)
        return False

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


def run(arguments: list[str]) -> int:
    """Starts the program with those files; its exit status."""
    QGuiApplication.setApplicationName("Netloom")
    QGuiApplication.setOrganizationName("Netloom")
    qt = QApplication(["netloom", *arguments])
    program = Application(qt)
    program.start([Path(each) for each in arguments])
    return qt.exec()

"""The running program: its windows, its theme, and what happens when something unforeseen goes wrong."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from app.crash import report
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Theme
from graph_engine.errors import DesignError
from graph_engine.project import Project, recoverable

OFFSET = 32
READY_AFTER = 150
"""Milliseconds between the first page and what is loaded behind it."""


class Application(QObject):
    """Owns the windows; the last one that closes ends the program."""

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
        sys.excepthook = self._unforeseen

    def open(self, project: Project | None = None) -> MainWindow:
        """Another window, with a project or with the welcome page."""
        window = MainWindow(self.theme, self.icons, self.settings)
        window.another.connect(self._another)
        window.closed.connect(self._closed)
        if self.windows:
            before = self.windows[-1].pos()
            window.move(before.x() + OFFSET, before.y() + OFFSET)
        self.windows.append(window)
        window.show()
        if project is not None:
            window.show_project(project)
        return window

    def start(self, paths: list[Path]) -> None:
        """Opens the files, what a crash left behind, or the welcome page."""
        for path in paths:
            window = self.open()
            window.open_path(path)
        for left in recoverable():
            try:
                project = left.open()
            except DesignError:
                continue
            window = self.open(project)
            window.messages.say(f"“{left.name}” was recovered: it had not been saved.", "done")
        if not self.windows:
            self.open()
            QTimer.singleShot(READY_AFTER, self._get_ready)

    @staticmethod
    def _get_ready() -> None:
        """Loads the editor while the person looks at the welcome page."""
        import_module("app.editor")

    def _another(self, project: Project | None) -> None:
        self.open(project)

    def _closed(self, window: MainWindow) -> None:
        self.windows.remove(window)
        window.deleteLater()

    def _unforeseen(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """A bug: keep the work, then show a report that can be copied."""
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(text)
        for window in self.windows:
            if window.keeper is not None:
                window.keeper.autosave()
        if not issubclass(kind, KeyboardInterrupt):
            report(text, self.windows[-1] if self.windows else None)


def run(arguments: list[str]) -> int:
    """Starts the program with those files; its exit status."""
    QGuiApplication.setApplicationName("Netloom")
    QGuiApplication.setOrganizationName("Netloom")
    qt = QApplication(["netloom", *arguments])
    program = Application(qt)
    program.start([Path(each) for each in arguments])
    return qt.exec()

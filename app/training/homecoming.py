"""Runs of a project that was not saved move beside its file, in a thread of their own: that may be on
another disk, and there may be gigabytes of them."""

from __future__ import annotations

import threading
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import Document
from app.messages import Messages
from graph_engine.errors import DesignError
from graph_engine.project import Project
from graph_engine.training import launch

TOLD_AFTER = 400
"""Milliseconds after which it is told that runs are being moved: on one disk it takes none."""

_one_at_a_time = threading.Lock()


def bring_home(project: Project) -> list[str]:
    """Moves what there is to move; whoever asks meanwhile waits. See ``launch.bring_home``."""
    with _one_at_a_time:
        return launch.bring_home(project)


class Homecoming(QObject):
    """``moved`` carries the new names by the old of runs that had to change them."""

    moved = Signal(object)
    _done = Signal(object, str)

    def __init__(self, document: Document, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._messages = document, messages
        self._threads = 0
        self._was_told = False
        self._tell_later = QTimer(self)
        self._tell_later.setSingleShot(True)
        self._tell_later.setInterval(TOLD_AFTER)
        self._tell_later.timeout.connect(self._tell)
        self._done.connect(self._take)

    @property
    def is_under_way(self) -> bool:
        """Whether folders of runs are on the move."""
        return self._threads > 0

    def start(self) -> None:
        """Moves the runs of a project that has a file."""
        if self._document.project.path is None:
            return
        self._threads += 1
        self._tell_later.start()
        project = self._document.project

        def move() -> None:
            renamed: list[str] = []
            refusal = ""
            try:
                renamed = bring_home(project)
            except DesignError as error:
                refusal = str(error)
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._done.emit(renamed, refusal)

        threading.Thread(target=move, name="runs on their way home").start()

    def _tell(self) -> None:
        path = self._document.project.path
        if self.is_under_way and path is not None:
            self._was_told = True
            self._messages.say(f"The runs are being moved beside {path.name} …")

    def _take(self, renamed: list[str], refusal: str) -> None:
        self._threads -= 1
        path = self._document.project.path
        if not self.is_under_way:
            self._tell_later.stop()
        if refusal:
            self._messages.say(refusal, "refused")
        elif self._was_told and path is not None and not self.is_under_way:
            self._messages.say(f"The runs are beside {path.name} now.", "done")
            self._was_told = False
        self.moved.emit(dict(each.split(" → ") for each in renamed))

"""A document and its file: opening, saving, asking before something is lost, copies against crashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.messages import Messages
from graph_engine.errors import ProjectError

if TYPE_CHECKING:
    from app.document import Document
    from graph_engine.project import Project

FILTER = "Netloom projects (*.netloom)"
SETTLE = 400


def untitled() -> Project:
    """A new project with one empty network."""
    from graph_engine import NetworkBuilder, Project  # noqa: PLC0415  a picture of the window comes first

    return Project("Untitled", NetworkBuilder("main").graph)


def choose_open(parent: QWidget, folder: str = "") -> Path | None:
    """The project file that the person picks."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a project", folder, FILTER)
    return Path(name) if name else None


def choose_save(parent: QWidget, wish: str) -> Path | None:
    """The file to save under, with the right ending."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save the project", wish, FILTER)
    if not name:
        return None
    return Path(name) if name.endswith(".netloom") else Path(f"{name}.netloom")


def may_close(parent: QWidget, document: Document, save: object) -> bool:
    """Asks what to do with unsaved work; False where the person would rather stay.

    ``save`` is called to save and answers whether it did.
    """
    if not document.is_modified:
        return True
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to “{document.title}”?")
    box.setInformativeText("Without saving, the changes since the last save are lost.")
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
    box.setDefaultButton(kinds.Save)
    answer = box.exec()
    box.deleteLater()
    if answer == kinds.Save:
        return bool(callable(save) and save())
    return answer == kinds.Discard


class FileKeeper(QObject):
    """Keeps a copy of unsaved work against crashes, and notices when others change the file."""

    changed_outside = Signal()

    def __init__(self, document: Document, messages: Messages, seconds: int) -> None:
        super().__init__(document)
        self._document, self._messages = document, messages
        self._known = self._stamp()
        self._timer = QTimer(self)
        self.set_interval(seconds)
        self._timer.timeout.connect(self.autosave)
        self._timer.start()
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self._look)
        self._watcher.directoryChanged.connect(self._settle.start)
        document.path_changed.connect(self.remember)
        self.remember()

    @property
    def seconds(self) -> int:
        """The time between two copies."""
        return self._timer.interval() // 1000

    def set_interval(self, seconds: int) -> None:
        """How often a copy is kept."""
        self._timer.setInterval(max(5, seconds) * 1000)

    def autosave(self) -> None:
        """Writes the copy where there is something to lose."""
        if not self._document.is_modified:
            return
        try:
            self._document.project.autosave()
        except ProjectError as error:
            self._messages.say(f"No copy against a crash could be kept: {error}", "refused")

    def remember(self) -> None:
        """Takes the file as it is now for what this window knows, and watches its folder."""
        self._known = self._stamp()
        path = self._document.project.path
        watched = self._watcher.directories()
        wanted = [str(path.absolute().parent)] if path else []
        if watched and watched != wanted:
            self._watcher.removePaths(watched)
        if wanted and watched != wanted:
            self._watcher.addPaths(wanted)

    def discard(self) -> None:
        """Removes the copy: the work was saved or given up on purpose."""
        self._timer.stop()
        self._document.project.discard_autosave()

    def _look(self) -> None:
        now = self._stamp()
        if now is not None and now != self._known:
            self._known = now
            self.changed_outside.emit()

    def _stamp(self) -> tuple[int, int] | None:
        path = self._document.project.path
        try:
            found = path.stat() if path else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size) if found else None

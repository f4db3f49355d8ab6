"""A window to take pictures of, with its dialogs and menus in front of it, without a screen."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.document import Document
from app.editor import Editor
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import ANIMATIONS, WARM, Settings
from app.theme import Preference, Theme
from graph_engine import templates

TITLE = 32
SETTLE = 160
"""Milliseconds after which panels that count and write a moment after an edit have done so."""


def application() -> QApplication:
    """Qt, with settings of its own."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, tempfile.mkdtemp(prefix="netloom-")
    )
    found = QApplication.instance() or QApplication([])
    assert isinstance(found, QApplication)
    return found


class Stage:
    """One window of a size, in one theme. Scenes use what is here; ``grab`` takes the picture."""

    def __init__(self, theme: Theme, preference: Preference, size: tuple[int, int]) -> None:
        theme.prefer(preference)
        self.theme, self.settings = theme, Settings()
        self.settings.store.clear()
        for setting in (ANIMATIONS, WARM):
            self.settings.set(setting, False)
        self.size = size
        self.front: list[QWidget] = []
        self.window = self.open_window()

    def open_window(self) -> MainWindow:
        """A window as it is at the start, instead of the one before."""
        before = getattr(self, "window", None)
        if before is not None:
            before.close()
        self.window = MainWindow(self.theme, Icons(self.theme), self.settings)
        self.window.resize(*self.size)
        self.window.show()
        return self.window

    @property
    def editor(self) -> Editor:
        """The editor of the design that is open."""
        assert self.window.editor is not None
        return self.window.editor

    @property
    def document(self) -> Document:
        """The design that is open."""
        return self.editor.document

    def open(self, design: str, *selected: str, panel: str = "") -> None:
        """Opens a design, selects layers, and brings a panel to the front."""
        self.window.show_project(templates.new(design))
        self.settle()
        self.document.selection.set(selected)
        if panel:
            self.editor.docks[panel].raise_()
        self.settle()
        self.look_at(*selected[:1])

    def look_at(self, *names: str) -> None:
        """Brings layers into view."""
        for name in names:
            self.editor.canvas.keep_in_view(name)
            self.editor.canvas.land()

    def place(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Puts a dialog or a menu before the window: in its middle, or at a place of it."""
        widget.show()
        if at is None:
            space = self.window.size() - widget.size()
            at = QPoint(space.width() // 2, space.height() // 3)
        widget.move(self.window.mapToGlobal(at))
        self.front.append(widget)

    def settle(self) -> None:
        """Waits until everything has followed."""
        QTest.qWait(SETTLE)

    def grab(self) -> QPixmap:
        """The window with what stands in front of it."""
        self.settle()
        picture = self.window.grab()
        painter = QPainter(picture)
        for widget in self.front:
            self._paint_framed(painter, widget)
        painter.end()
        return picture

    def _paint_framed(self, painter: QPainter, widget: QWidget) -> None:
        """A dialog with the line and the title that a desktop would give it."""
        box = QRect(self.window.mapFromGlobal(widget.pos()), widget.size())
        is_dialog = not isinstance(widget, QMenu) and bool(widget.windowTitle())
        whole = box.adjusted(-1, -(TITLE if is_dialog else 1), 1, 1)
        if is_dialog or isinstance(widget, QMenu):
            painter.fillRect(whole, self.theme.color("border"))
        if is_dialog:
            head = QRect(box.left(), whole.top() + 1, box.width(), TITLE - 2)
            painter.fillRect(head, self.theme.color("raised"))
            painter.setPen(self.theme.color("text"))
            painter.setFont(self.theme.font(13))
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, widget.windowTitle())
        painter.drawPixmap(box.topLeft(), widget.grab())

    def strike(self) -> None:
        """Closes everything."""
        for widget in self.front:
            widget.close()
        if self.window.document is not None:
            self.window.document.undo.setClean()
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

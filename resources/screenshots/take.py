"""Takes the pictures of the window that the README shows.

    python resources/screenshots/take.py [FOLDER]

Runs without a screen; the pictures go beside this file, or into the folder.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.icons import Icons
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Preference, Theme
from graph_engine import edits, templates

SIZE = (1440, 900)
SETTLE = 900


def welcome(window: MainWindow) -> None:
    """The page that greets."""


def editor(window: MainWindow) -> None:
    """A residual network with its block selected, and the source that it becomes."""
    window.show_project(templates.new("resnet-digits"))
    assert window.editor is not None and window.document is not None
    QTest.qWait(SETTLE)
    window.editor.docks["source"].raise_()
    window.document.selection.set(["residuals"])


def problems(window: MainWindow) -> None:
    """A drawing that does not fit together, with the sentences and repairs for it."""
    window.show_project(templates.new("cnn-digits"))
    document = window.document
    assert document is not None
    graph = document.graph
    document.do("Remove", edits.remove(graph, ["flatten"], heal=False))
    document.do("Set", edits.set_parameter(graph, "conv2", "kernel_size", 9))
    QTest.qWait(SETTLE)
    document.selection.set(["conv2"])


PICTURES: dict[str, tuple[Preference, Callable[[MainWindow], None]]] = {
    "welcome": ("dark", welcome),
    "editor": ("light", editor),
    "problems": ("dark", problems),
}


def take(folder: Path) -> None:
    """Takes every picture."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, tempfile.mkdtemp(prefix="netloom-")
    )
    qt = QApplication.instance() or QApplication([])
    assert isinstance(qt, QApplication)
    theme = Theme(qt, "dark")
    for name, (preference, prepare) in PICTURES.items():
        theme.prefer(preference)
        window = MainWindow(theme, Icons(theme), Settings())
        window.resize(*SIZE)
        window.show()
        prepare(window)
        QTest.qWait(SETTLE)
        window.grab().save(str(folder / f"{name}.png"))
        window.hide()
        window.deleteLater()


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
    os._exit(0)

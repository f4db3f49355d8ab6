"""A list's own keys go before those of its window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.icons import Icons
from app.main_window import MainWindow
from app.panels.problem_list import repair_of
from app.panels.problems import ProblemsPanel
from app.settings import Settings
from app.theme import Theme
from graph_engine import edits


def repairable(panel: ProblemsPanel) -> int:
    """The row of the first problem that has a repair."""
    return next(row for row, each in enumerate(panel.problems) if repair_of(panel._document, each))


def test_copy_and_repair_mean_the_problem_that_has_the_keyboard(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # Given a drawing with a problem, a layer selected, and the keyboard in the list of problems
    window = MainWindow(theme, icons, Settings())
    qtbot.addWidget(window, before_close_func=lambda w: w.document.undo.setClean())
    window.show()
    window.open_template("cnn-digits")
    assert window.editor is not None
    document, panel = window.editor.document, window.editor.problems
    document.do("Remove", edits.remove(document.graph, ["flatten"], heal=False))
    document.selection.set(["conv1"])
    qtbot.waitUntil(lambda: bool(panel.problems))
    window.editor.docks["problems"].raise_()
    panel._view.setFocus()
    QApplication.processEvents()
    panel._view.setCurrentIndex(panel._model.index(0))

    # When copying and repairing by the keys that the window knows too
    qtbot.keyClick(panel._view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    sentence = panel.problems[0].sentence
    panel._view.setCurrentIndex(panel._model.index(repairable(panel)))
    qtbot.keyClick(panel._view, Qt.Key.Key_R)

    # Then the problem is copied and repaired, not the layer
    assert copied == sentence
    assert document.undo.count() == 2

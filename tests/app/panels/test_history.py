"""The history panel lists the steps and goes to any of them."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.panels.history import HistoryPanel
from graph_engine import edits
from graph_engine.graph import Definition
from tests.app.conftest import digits

Role = Qt.ItemDataRole


@pytest.fixture
def panel(document: Document, qtbot: QtBot) -> HistoryPanel:
    made = HistoryPanel(document)
    qtbot.addWidget(made)
    made.resize(280, 300)
    made.show()
    return made


def rename(document: Document, *names: str) -> list[Definition]:
    """Renames the linear layer again and again; the drawing before each step and at the end."""
    found, before = [document.graph.definition()], "linear1"
    for name in names:
        document.do(f"Rename to {name}", edits.rename(document.graph, before, name))
        found.append(document.graph.definition())
        before = name
    return found


def texts(panel: HistoryPanel) -> list[str]:
    model = panel.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_steps_are_listed_as_they_are_done(panel: HistoryPanel, document: Document) -> None:
    assert texts(panel) == ["Start"]
    rename(document, "a", "b")
    assert texts(panel) == ["Start", "Rename to a", "Rename to b"]
    assert panel.view.currentIndex().row() == 2


def test_any_step_is_one_click_away(panel: HistoryPanel, document: Document, qtbot: QtBot) -> None:
    drawings = rename(document, "a", "b", "c", "d")

    # when steps are clicked, there and back
    for row in (1, 3, 0, 4):
        place = panel.view.visualRect(panel.view.model().index(row, 0)).center()
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)

        # then the drawing is the one of that step, and the row is the current one
        assert document.graph.definition() == drawings[row]
        assert panel.view.currentIndex().row() == row


def test_keys_go_there_with_enter(panel: HistoryPanel, document: Document, qtbot: QtBot) -> None:
    drawings = rename(document, "a", "b")
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert document.graph.definition() == drawings[1]


def test_what_was_taken_back_is_quiet_and_the_present_strong(
    panel: HistoryPanel, document: Document
) -> None:
    rename(document, "a", "b")
    document.undo.undo()
    rows = [panel.view.model().index(row, 0) for row in range(3)]
    assert rows[1].data(Role.FontRole).weight() == QFont.Weight.DemiBold
    assert rows[2].data(Role.ForegroundRole) is not None
    assert rows[0].data(Role.ForegroundRole) is None
    assert [row.data(Role.AccessibleTextRole).rpartition(", ")[2] for row in rows] == [
        "done", "now", "taken back",
    ]  # fmt: skip


def test_an_edit_after_undo_cuts_the_rest_off(panel: HistoryPanel, document: Document) -> None:
    rename(document, "a", "b", "c")
    document.undo.setIndex(1)
    document.do("Rename to z", edits.rename(document.graph, "a", "z"))
    assert texts(panel) == ["Start", "Rename to a", "Rename to z"]


def test_the_list_outlives_its_document_in_silence(qapp: QApplication, qtbot: QtBot) -> None:
    # Given steps that the list shows
    document = Document(digits())
    panel = HistoryPanel(document)
    qtbot.addWidget(panel)
    panel.show()
    document.do("Mute", edits.set_muted(document.graph, ["relu1"], True))

    # When the document goes first, and with it its steps, as at the end of the program
    with qtbot.capture_exceptions() as raised:
        shiboken6.delete(document)

    # Then nobody looks at what is gone
    assert not raised

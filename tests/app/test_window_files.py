"""Files of a window: saved, opened, dropped, exported, and refused in a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QGraphicsItem
from pytestqt.qtbot import QtBot

from app.dialogs.export_options import ExportOptions, Options
from app.main_window import MainWindow
from graph_engine import edits, templates
from graph_engine.project import Project
from tests.app.windows import chosen, in_front


def test_edit_undo_save_and_reopen(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.open_template("cnn-digits")
    document = window.document
    assert document is not None
    before = document.project.text()

    document.do("Mute", edits.set_muted(document.graph, ["dropout"], True))
    assert window.isWindowModified()
    chosen(window, "edit.undo").trigger()
    assert document.project.text() == before
    chosen(window, "edit.redo").trigger()
    assert window.save_under(tmp_path / "mine.netloom")

    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine")
    assert Project.load(tmp_path / "mine.netloom").text() == document.project.text()
    assert window.settings.recent == [tmp_path / "mine.netloom"]


def test_a_broken_file_is_told_in_a_sentence(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "broken.netloom").write_text("{")

    with qtbot.waitSignal(window.messages.said) as told:
        window.open_path(tmp_path / "broken.netloom")

    assert "not JSON" in told.args[0]
    assert window.document is None


def test_another_project_goes_to_another_window_where_work_would_be_hidden(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.open_template("cnn-digits")
    document = window.document
    assert document is not None
    document.do("Mute", edits.set_muted(document.graph, ["dropout"], True))

    with qtbot.waitSignal(window.another):
        window.open_template("mlp-wine")

    assert window.document is document


def test_an_exported_drawing_has_letters_and_no_selection(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a drawing that is shown with a selected layer, so that pictures of its nodes are kept
    window.open_template("mlp-wine")
    editor = window.editor
    assert editor is not None
    editor.canvas.grab()
    editor.document.selection.set(["hidden1"])
    plain = {}
    for kind in ("svg", "pdf"):
        path = tmp_path / f"drawing.{kind}"
        asked = Options(kind)
        monkeypatch.setattr(ExportOptions, "ask", lambda *_, asked=asked: asked)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))

        # When it is exported, it is told, and the selection is as before
        window.export()
        assert window.statusBar().currentMessage() == f"Exported {path.name}."
        assert list(editor.document.selection.names) == ["hidden1"]
        plain[kind] = path.read_bytes()

    # Then the names are in the file as text, every node is drawn in lines, and nothing is marked
    text = "".join(ElementTree.fromstring(plain["svg"]).itertext())
    for name in editor.document.graph.nodes:
        assert name in text
    assert window.theme.color("accent").name() not in plain["svg"].decode()
    largest = max(int(found) for found in re.findall(rb"/Width (\d+)", plain["pdf"]))
    assert largest <= 64

    # And the canvas keeps its pictures as before
    item = editor.canvas.canvas.nodes["hidden1"]
    assert item.cacheMode() is QGraphicsItem.CacheMode.DeviceCoordinateCache


def test_a_panel_stays_in_front_when_another_document_takes_the_place(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.new()
    assert window.editor is not None
    qtbot.waitUntil(lambda: in_front(window) == "Problems")
    window.editor.show_dock("source")
    qtbot.waitUntil(lambda: in_front(window) == "Source")

    window.open_template("mlp-wine")

    QTest.qWait(50)
    assert in_front(window) == "Source"


def test_a_project_that_is_dropped_on_the_canvas_opens(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    # Given a project in a file, and another on the screen
    file = tmp_path / "dragged.netloom"
    templates.new("mlp-wine").save(file)
    window.open_template("cnn-digits")
    assert window.editor is not None
    port = window.editor.canvas.viewport()
    data, copy = QMimeData(), Qt.DropAction.CopyAction
    keys, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton

    # When something else is dragged over the canvas it is not taken
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "other.txt"))])
    over = QDragEnterEvent(QPoint(80, 80), copy, data, left, keys)
    over.setAccepted(False)
    QApplication.sendEvent(port, over)
    assert not over.isAccepted()

    # But the project is, and opens
    data.setUrls([QUrl.fromLocalFile(str(file))])
    over = QDragEnterEvent(QPoint(80, 80), copy, data, left, keys)
    over.setAccepted(False)
    QApplication.sendEvent(port, over)
    assert over.isAccepted()
    QApplication.sendEvent(port, QDropEvent(QPointF(80, 80), copy, data, left, keys))
    qtbot.waitUntil(lambda: window.windowTitle().startswith("dragged"))
    assert window.settings.recent == [file]

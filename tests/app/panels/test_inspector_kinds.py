"""Each kind of parameter has an editor of its own, which shows and keeps what it means."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.forms.initialization_editor import InitializationEditor
from app.forms.parameter_editors import (
    ChoiceEditor,
    FieldEditor,
    SquareEditor,
    TruthEditor,
    make_editor,
)
from app.forms.parameter_row import editor_for
from app.icons import Icons
from app.panels.inspector import Inspector
from app.theme import Theme
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.initialization import Constant
from tests.app.panels.inspecting import field, retype, row, value

# Every layer -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "Block"])
def test_every_parameter_of_every_layer_has_an_editor_that_shows_and_keeps_its_values(
    qtbot: QtBot, theme: Theme, icons: Icons, name: str
) -> None:
    layer = CATALOGUE[name]
    values = [layer(**example.parameters) for example in layer.examples[:3]]

    for parameter in layer.parameters().values():
        editor = editor_for(parameter, theme, icons)
        qtbot.addWidget(editor)
        edited, refused = QSignalSpy(editor.edited), QSignalSpy(editor.refused)
        for made in values:
            editor.forget()
            editor.show_value(made.values()[parameter.name])
        if isinstance(editor, FieldEditor):
            editor._settle()

        assert edited.count() == 0
        assert all(not refused.at(place)[0] for place in range(refused.count()))


# Kinds -------------------------------------------------------------------------------------------


def test_linked_sizes_change_together_and_unlinked_ones_alone(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    editor = row(inspector, "kernel_size").editor
    assert isinstance(editor, SquareEditor)

    retype(editor.parts[0].field, "5")
    assert value(document, "conv1", "kernel_size") == (5, 5)
    assert editor.parts[1].field.text() == "5"

    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    retype(editor.parts[1].field, "7")
    assert value(document, "conv1", "kernel_size") == (5, 7)

    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert value(document, "conv1", "kernel_size") == (5, 5)


def test_a_word_may_stand_in_the_place_of_sizes(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])

    retype(field(inspector, "padding"), "same")

    assert value(document, "conv1", "padding") == "same"


def test_a_switch_and_a_list_change_values(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])
    switch = row(inspector, "bias").editor
    assert isinstance(switch, TruthEditor)
    choice = row(inspector, "padding_mode").editor
    assert isinstance(choice, ChoiceEditor)

    QTest.mouseClick(switch.box, Qt.MouseButton.LeftButton)
    choice.box.setFocus()
    QTest.keyClick(choice.box, Qt.Key.Key_Down)

    assert value(document, "conv1", "bias") is False
    assert value(document, "conv1", "padding_mode") == "reflect"
    assert document.undo.count() == 2


def test_sizes_of_a_sample_are_typed_as_they_are_read(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["image"])
    line = field(inspector, "shape")
    assert line.text() == "1, 8, 8"

    retype(line, "3, 32, 32")
    assert value(document, "image", "shape") == (3, 32, 32)

    retype(line, "T, 64")
    assert value(document, "image", "shape") == ("T", 64)


def test_an_initialisation_brings_its_own_parameters(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["linear1"])
    editor = row(inspector, "weight_init").editor
    assert isinstance(editor, InitializationEditor)

    editor.box.setCurrentText("constant")
    editor.box.activated.emit(editor.box.currentIndex())
    assert value(document, "linear1", "weight_init") == Constant(val=0.0)
    part = editor._parts["val"]
    assert isinstance(part, FieldEditor)
    retype(part.field, "0.25")

    assert value(document, "linear1", "weight_init") == Constant(val=0.25)
    editor.box.setCurrentIndex(0)
    editor.box.activated.emit(0)
    assert value(document, "linear1", "weight_init") is None


def test_an_editor_alone_needs_no_document(qtbot: QtBot, theme: Theme, icons: Icons) -> None:
    editor = make_editor(CATALOGUE["Dropout"].parameters()["p"], theme, icons)
    qtbot.addWidget(editor)
    seen = QSignalSpy(editor.edited)

    editor.show_value(0.5)
    editor.step(1)

    assert seen.at(0) == [0.55]

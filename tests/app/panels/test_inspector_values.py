"""A value is live while it is typed, one step when it is done, and refused in a sentence."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.panels.inspector import Inspector
from app.theme import Theme
from graph_engine import edits
from graph_engine.layers.base import CATALOGUE
from tests.app.panels.inspecting import field, retype, row, value

# Values ------------------------------------------------------------------------------------------


def test_a_value_is_live_while_it_is_typed_and_one_step_when_it_is_done(
    inspector: Inspector, document: Document
) -> None:
    # given a convolution of 32 filters
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")

    # when 64 is typed
    retype(line, "6")
    assert value(document, "conv1", "out_channels") == 6
    QTest.keyClicks(line, "4")
    assert value(document, "conv1", "out_channels") == 64
    QTest.keyClick(line, Qt.Key.Key_Return)

    # then undo leads back to 32 at once, and redo to 64
    assert document.undo.count() == 1
    assert document.undo.undoText() == "Set out_channels"
    document.undo.undo()
    assert value(document, "conv1", "out_channels") == 32
    assert line.text() == "32"
    document.undo.redo()
    assert value(document, "conv1", "out_channels") == 64


def test_two_gestures_are_two_steps(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")

    for text in ("16", "48"):
        retype(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    assert document.undo.count() == 2
    document.undo.undo()
    assert value(document, "conv1", "out_channels") == 16


def test_a_save_in_the_middle_of_typing_ends_the_step(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")
    retype(line, "6")
    document.undo.setClean()

    QTest.keyClicks(line, "4")

    assert document.undo.count() == 2
    assert document.is_modified
    document.undo.undo()
    assert not document.is_modified


def test_typing_back_what_was_there_leaves_nothing_to_undo(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])

    retype(field(inspector, "out_channels"), "3")
    QTest.keyClicks(field(inspector, "out_channels"), "2")

    assert document.undo.count() == 0
    assert not document.undo.canRedo()


def test_a_calculation_gives_way_to_its_result(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")

    retype(line, "2*64")
    assert line.text() == "2*64"
    QTest.keyClick(line, Qt.Key.Key_Return)

    assert value(document, "conv1", "out_channels") == 128
    assert line.text() == "128"


def test_a_wrong_value_stays_in_the_field_with_a_sentence_and_escape_takes_it_back(
    inspector: Inspector, document: Document, theme: Theme
) -> None:
    # given a convolution of 32 filters
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")

    # when nought is typed
    retype(line, "0")
    QTest.keyClick(line, Qt.Key.Key_Return)

    # then it is refused where the person looks, in the colour of errors, and the network is as it was
    QTest.qWait(50)
    refusal = row(inspector, "out_channels").refusal
    assert refusal.isVisible()
    assert "at least 1" in refusal.text()
    assert refusal.palette().color(refusal.foregroundRole()) == QColor(theme.color("error"))
    assert line.text() == "0"
    assert refusal.height() >= refusal.heightForWidth(refusal.width())
    assert value(document, "conv1", "out_channels") == 32
    assert document.undo.count() == 0

    # and Escape brings the value back
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "32"
    assert not refusal.isVisible()


def test_escape_in_a_field_that_went_over_to_another_layer_keeps_that_ones_value(
    inspector: Inspector, document: Document
) -> None:
    # given a field that has the keyboard while the selection goes to another layer of the same kind
    document.do("Add", edits.add(document.graph, CATALOGUE["Conv2d"](out_channels=7), name="other"))
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")
    line.setFocus()
    document.selection.set(["other"])
    line = field(inspector, "out_channels")

    # when something wrong is typed and taken back
    retype(line, "0")
    QTest.keyClick(line, Qt.Key.Key_Escape)

    # then the field shows the value of the layer that is selected, which has kept it
    assert line.text() == "7"
    assert value(document, "other", "out_channels") == 7
    assert value(document, "conv1", "out_channels") == 32


def test_escape_takes_back_the_whole_gesture(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")
    retype(line, "512")

    QTest.keyClick(line, Qt.Key.Key_Escape)

    assert value(document, "conv1", "out_channels") == 32
    assert document.undo.count() == 0


def test_arrows_step_a_number_within_its_range_as_one_gesture(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "groups")
    line.setFocus()

    QTest.keyClick(line, Qt.Key.Key_Down)
    assert value(document, "conv1", "groups") == 1
    QTest.keyClick(line, Qt.Key.Key_Up)
    QTest.keyClick(line, Qt.Key.Key_Up)
    QTest.keyClick(line, Qt.Key.Key_Up)

    assert value(document, "conv1", "groups") == 4
    assert document.undo.count() == 1


def test_dragging_a_name_turns_the_number_as_one_gesture(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    label = row(inspector, "out_channels").label

    QTest.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    for x in (32, 50, 80):
        QTest.mouseMove(label, QPoint(x, 10))
    QTest.mouseRelease(label, Qt.MouseButton.LeftButton, pos=QPoint(80, 10))

    assert value(document, "conv1", "out_channels") == 42
    assert document.undo.count() == 1


def test_a_field_refuses_what_layers_refuse_together(
    qtbot: QtBot, inspector: Inspector, document: Document
) -> None:
    # given 32 filters, which three groups do not divide
    document.selection.set(["conv1"])
    line = field(inspector, "groups")

    # when three groups are typed
    retype(line, "3")
    document.infer_now()

    # then the node says so as a problem or the field does; either way the sentence is in the panel
    page = inspector.node_page
    said = page.header.problem.text() + row(inspector, "groups").refusal.text()
    assert "groups" in said or "divi" in said


# Marks and resets --------------------------------------------------------------------------------


def test_a_changed_value_is_marked_and_can_go_back_to_its_default(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    padding, stride = row(inspector, "padding"), row(inspector, "stride")
    assert padding.back.isVisible()
    assert not stride.back.isVisible()

    QTest.mouseClick(padding.back, Qt.MouseButton.LeftButton)

    assert value(document, "conv1", "padding") == (0, 0)
    assert not padding.back.isVisible()
    assert document.undo.undoText() == "Reset padding"


# Focus -------------------------------------------------------------------------------------------


def test_the_focus_survives_edits_undo_and_inference(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    line = field(inspector, "out_channels")
    retype(line, "64")
    before = dict(inspector.node_page.form.rows)

    document.infer_now()
    document.undo.undo()
    document.infer_now()

    assert line.hasFocus()
    assert line.text() == "32"
    assert inspector.node_page.form.rows == before


def test_a_refused_text_does_not_move_on_to_the_next_node(
    inspector: Inspector, document: Document
) -> None:
    document.do("Add", edits.add(document.graph, CATALOGUE["Conv2d"](), name="conv2"))
    document.selection.set(["conv1"])
    retype(field(inspector, "out_channels"), "x")

    document.selection.set(["conv2"])

    assert field(inspector, "out_channels").text() == "32"
    assert not row(inspector, "out_channels").refusal.isVisible()

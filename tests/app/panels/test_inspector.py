"""The inspector: what is selected as a form that is always live, never in the way, and easy to undo."""

from __future__ import annotations

from typing import Any, cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLineEdit
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
from app.forms.parameter_row import ParameterRow, editor_for
from app.icons import Icons
from app.panels.inspector import Inspector
from app.panels.parameter_form import joined
from app.theme import Theme
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.initialization import Constant, KaimingNormal
from graph_engine.layers.unknown import Unknown


@pytest.fixture
def inspector(qtbot: QtBot, document: Document, theme: Theme, icons: Icons) -> Inspector:
    made = Inspector(document, theme, icons)
    qtbot.addWidget(made)
    made.resize(280, 800)
    made.show()
    made.activateWindow()
    return made


def row(inspector: Inspector, name: str) -> ParameterRow:
    return inspector.node_page.form.rows[name]


def field(inspector: Inspector, name: str) -> QLineEdit:
    editor = row(inspector, name).editor
    assert isinstance(editor, FieldEditor)
    return editor.field


def retype(line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def value(document: Document, node: str, name: str) -> Any:
    return document.graph.nodes[node].layer.values()[name]


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


# Several nodes -----------------------------------------------------------------------------------


def test_several_nodes_show_what_they_have_in_common_and_change_together(
    inspector: Inspector, document: Document
) -> None:
    # given two convolutions with different numbers of filters
    layer = CATALOGUE["Conv2d"](out_channels=64)
    document.do("Add", edits.add(document.graph, layer, name="conv2"))
    document.selection.set(["conv1", "conv2"])
    line = field(inspector, "out_channels")
    assert (line.text(), line.placeholderText()) == ("", "—")

    # when one number is typed
    retype(line, "16")

    # then both have it, in one step
    assert value(document, "conv1", "out_channels") == 16
    assert value(document, "conv2", "out_channels") == 16
    assert document.undo.count() == 2


def test_different_layers_share_only_parameters_of_the_same_kind(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1", "linear1"])

    assert list(inspector.node_page.form.rows) == ["bias", "weight_init", "bias_init", "trainable"]


# What is told ------------------------------------------------------------------------------------


def test_inferred_sizes_say_where_they_come_from_and_follow_the_drawing(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["linear1"])
    assert inspector.node_page.sizes.texts() == {"in_features": "512 ← flatten1"}

    document.do("Set", edits.set_parameter(document.graph, "conv1", "out_channels", 64))
    document.infer_now()

    assert inspector.node_page.sizes.texts() == {"in_features": "1024 ← flatten1"}
    assert inspector.node_page.cost.texts()["parameters"] == "10.2 k"


def test_shapes_of_all_ports_are_shown(inspector: Inspector, document: Document) -> None:
    document.selection.set(["conv1"])

    assert inspector.node_page.ports.texts() == {
        "input": "1×8×8 ← image",
        "output": "32×8×8 → relu1",
    }


def test_a_problem_stands_under_the_name(inspector: Inspector, document: Document) -> None:
    document.selection.set(["flatten1"])
    document.do("Cut", edits.disconnect(document.graph, PortRef("flatten1", "input")))
    document.infer_now()

    problem = inspector.node_page.header.problem
    assert problem.isVisible()
    assert "flatten1" in problem.text()


def test_nothing_selected_shows_the_network(inspector: Inspector, document: Document) -> None:
    page = inspector.network_page
    page.count()

    assert page.name.text() == "main"
    assert page.ports.texts() == {"input": "image 1×8×8", "output": "logits 10"}
    assert page.totals.texts()["parameters"] == "5.45 k"
    assert page.problems.text() == "No problems"


# Names -------------------------------------------------------------------------------------------


def test_a_node_is_renamed_and_stays_selected_through_undo(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    name = inspector.node_page.header.name

    retype(name, "stem")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert document.selection.names == ("stem",)

    document.undo.undo()
    assert document.selection.names == ("conv1",)
    assert name.text() == "conv1"


def test_a_name_that_cannot_be_is_refused_under_the_field(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["conv1"])
    header = inspector.node_page.header

    retype(header.name, "relu1")
    QTest.keyClick(header.name, Qt.Key.Key_Return)

    assert header.refusal.isVisible()
    assert "relu1" in header.refusal.text()
    assert header.name.text() == "relu1"
    QTest.keyClick(header.name, Qt.Key.Key_Escape)
    assert header.name.text() == "conv1"
    assert not header.refusal.isVisible()


def test_help_is_asked_for_the_layer(inspector: Inspector, document: Document) -> None:
    asked = QSignalSpy(inspector.help_requested)
    document.selection.set(["conv1"])

    QTest.mouseClick(inspector.node_page.header.help, Qt.MouseButton.LeftButton)

    assert asked.count() == 1
    assert asked.at(0) == ["Conv2d"]


# Muting and sharing ------------------------------------------------------------------------------


def test_muting_passes_the_input_on_and_can_be_undone(
    inspector: Inspector, document: Document
) -> None:
    document.selection.set(["relu1"])

    QTest.mouseClick(inspector.node_page.muted, Qt.MouseButton.LeftButton)
    assert document.graph.nodes["relu1"].muted

    document.undo.undo()
    assert not inspector.node_page.muted.isChecked()


def test_what_cannot_be_muted_says_so(inspector: Inspector, document: Document) -> None:
    document.selection.set(["image"])

    QTest.mouseClick(inspector.node_page.muted, Qt.MouseButton.LeftButton)

    assert "cannot be muted" in inspector.node_page.refusal.text()
    assert not inspector.node_page.muted.isChecked()


def test_weights_can_be_those_of_another_node(inspector: Inspector, document: Document) -> None:
    document.do("Add", edits.add(document.graph, CATALOGUE["Conv2d"](), name="conv2"))
    document.selection.set(["conv2"])
    shares = inspector.node_page.shares
    assert [shares.itemText(place) for place in range(shares.count())] == ["its own", "conv1"]

    shares.activated.emit(1)
    assert document.graph.nodes["conv2"].shares == "conv1"
    shares.activated.emit(0)
    assert document.graph.nodes["conv2"].shares == ""


# Blocks ------------------------------------------------------------------------------------------


def with_block(document: Document) -> None:
    document.do("Group", edits.group(document.graph, ["conv1", "relu1"], "stem"))
    document.infer_now()


def bindings(document: Document) -> dict[str, str]:
    return dict(document.graph.nodes["conv1"].bindings)


def test_an_instance_shows_its_blocks_parameters_and_repeat(
    inspector: Inspector, document: Document
) -> None:
    # given a block whose width is a parameter
    with_block(document)
    document.enter("stem")
    document.do("Add", edits.add_parameter(document.graph, "width", 32))
    document.do("Bind", edits.bind(document.graph, "conv1", "out_channels", "width"))
    document.leave()

    # when an instance is selected and its width set
    document.selection.set(["stem1"])
    assert set(inspector.node_page.form.rows) == {"width", "repeat"}
    line = field(inspector, "width")
    assert line.text() == "32"
    retype(line, "8")

    # then only that instance has it, and the default can come back
    assert dict(cast("Any", document.graph.nodes["stem1"].layer).arguments) == {"width": 8}
    QTest.mouseClick(row(inspector, "width").back, Qt.MouseButton.LeftButton)
    assert dict(cast("Any", document.graph.nodes["stem1"].layer).arguments) == {}


def test_a_formula_is_typed_like_a_number_and_shown_as_one(
    inspector: Inspector, document: Document
) -> None:
    # given that the inside of a block with a parameter is open
    with_block(document)
    document.enter("stem")
    document.do("Add", edits.add_parameter(document.graph, "width", 16))
    document.selection.set(["conv1"])

    # when a formula is typed where a number was
    retype(field(inspector, "out_channels"), "2*width")

    # then the parameter is bound to it, and the formula can be edited and taken away
    assert bindings(document) == {"out_channels": "2 * width"}
    shown = row(inspector, "out_channels")
    assert shown.formula.isVisible()
    retype(shown.formula, "width / 0")
    QTest.keyClick(shown.formula, Qt.Key.Key_Return)
    assert shown.refusal.isVisible()
    retype(shown.formula, "4*width")
    QTest.keyClick(shown.formula, Qt.Key.Key_Return)
    assert bindings(document) == {"out_channels": "4 * width"}
    shown.formula.setFocus()
    shown.formula.selectAll()
    QTest.keyClick(shown.formula, Qt.Key.Key_Delete)
    QTest.keyClick(shown.formula, Qt.Key.Key_Return)
    assert bindings(document) == {}
    assert field(inspector, "out_channels").isVisible()


def test_a_blocks_parameters_are_added_renamed_set_and_removed(
    inspector: Inspector, document: Document
) -> None:
    with_block(document)
    document.enter("stem")
    parameters = inspector.network_page.parameters

    QTest.mouseClick(parameters.more, Qt.MouseButton.LeftButton)
    retype(parameters.line("width").name, "channels")
    QTest.keyClick(parameters.line("width").name, Qt.Key.Key_Return)
    line = parameters.line("channels")
    retype(line.default, "24")
    QTest.keyClick(line.default, Qt.Key.Key_Return)
    assert {n: r.default for n, r in document.graph.parameters.items()} == {"channels": 24}

    QTest.mouseClick(line.gone, Qt.MouseButton.LeftButton)
    assert not document.graph.parameters


def test_what_a_stranger_wrote_is_never_markup(inspector: Inspector, document: Document) -> None:
    # given a block whose help would be a picture if it were read as HTML
    with_block(document)
    document.enter("stem")
    bait = '<img src="/etc/passwd">'
    document.do("Add", edits.add_parameter(document.graph, "width", 32, bait))
    assert "<img" not in inspector.network_page.parameters.line("width").toolTip()
    document.leave()

    # when an instance is looked at and a text like that is typed
    document.selection.set(["stem1"])
    retype(field(inspector, "width"), "<b>8</b>")
    QTest.keyClick(field(inspector, "width"), Qt.Key.Key_Return)

    # then both stand there as they were written
    shown = row(inspector, "width")
    assert "<img" not in shown.label.toolTip()
    assert "<b>8</b>" in shown.refusal.text()
    assert shown.refusal.textFormat() is Qt.TextFormat.PlainText


def test_an_unknown_layer_is_shown_but_not_changed(
    inspector: Inspector, document: Document
) -> None:
    unknown = Unknown(kind="Hyper", raw='{"width": 3}')
    document.do("Add", edits.add(document.graph, unknown, name="hyper"))
    document.infer_now()

    document.selection.set(["hyper"])

    assert inspector.node_page.form.rows == {}
    assert "Hyper" in inspector.node_page.header.problem.text()


# Looks -------------------------------------------------------------------------------------------


def test_another_theme_keeps_the_values_and_leaves_no_rows_behind(
    inspector: Inspector, document: Document, theme: Theme
) -> None:
    document.selection.set(["conv1"])

    theme.prefer("light")

    assert field(inspector, "out_channels").text() == "32"
    assert inspector.node_page.form.isVisible()


def test_the_rows_of_common_layers_are_made_before_they_are_asked_for(
    qtbot: QtBot, inspector: Inspector, document: Document
) -> None:
    # given a panel that was left alone for a moment
    form = inspector.node_page.form
    qtbot.waitUntil(lambda: not form._idle.isActive())
    made = len(form.findChildren(ParameterRow))

    # when a convolution is selected
    document.selection.set(["conv1"])

    # then none of its rows had to be made
    assert len(form.findChildren(ParameterRow)) == made
    assert row(inspector, "out_channels").isVisible()


def test_nothing_is_wider_than_the_panel(inspector: Inspector, document: Document) -> None:
    init = KaimingNormal()
    document.do("Init", edits.set_parameter(document.graph, "conv1", "weight_init", init))

    added = [
        edits.add(document.graph, CATALOGUE[n](), name=f"a_{n}") for n in CATALOGUE if n != "Block"
    ]
    document.do("All", joined(added))
    everything = [[name] for name in document.graph.nodes]

    for names in (*everything, ["conv1", "linear1"], []):
        document.selection.set(names)
        page = inspector.node_page if names else inspector.network_page
        assert page.minimumSizeHint().width() <= 280


def test_an_editor_alone_needs_no_document(qtbot: QtBot, theme: Theme, icons: Icons) -> None:
    editor = make_editor(CATALOGUE["Dropout"].parameters()["p"], theme, icons)
    qtbot.addWidget(editor)
    seen = QSignalSpy(editor.edited)

    editor.show_value(0.5)
    editor.step(1)

    assert seen.at(0) == [0.55]

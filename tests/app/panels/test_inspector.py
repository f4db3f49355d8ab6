"""The inspector tells of what is selected, one node or several: name, shapes, problems, sharing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.forms.parameter_row import ParameterRow
from app.panels.inspector import Inspector
from app.panels.parameter_form import joined
from app.theme import Theme
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.initialization import KaimingNormal
from graph_engine.layers.unknown import Unknown
from tests.app.panels.inspecting import field, retype, row, value, with_block

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


# Strangers ---------------------------------------------------------------------------------------


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

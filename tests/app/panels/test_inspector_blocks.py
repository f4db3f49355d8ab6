"""Blocks in the inspector: arguments of an instance, formulas, and the parameters of a block."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.document import Document
from app.panels.inspector import Inspector
from graph_engine import edits
from tests.app.panels.inspecting import field, retype, row, with_block


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

"""A wire that does not fit brings its repair: offered at the pointer, or along with the wire."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import Node, PortRef
from graph_engine.layers.normalization import BatchNorm1d
from tests.app.canvas.conftest import Hands, agree, flat_only

Control = Qt.KeyboardModifier.ControlModifier


def added(view: CanvasView, *known: str) -> list[Node]:
    """The nodes that are not among those of the template."""
    return [node for name, node in view.document.graph.nodes.items() if name not in known]


def test_a_wire_that_does_not_fit_brings_its_repair(view: CanvasView, hands: Hands) -> None:
    # Given a layer that takes flat features only
    document = view.document
    change = edits.add(document.graph, BatchNorm1d(), position=(600.0, 200.0))
    document.do("Add", change)
    name = change.added("nodes")[0]

    # When an image is wired to it
    hands.drag(hands.out("conv1"), hands.into(name), let_go=False)
    assert name in view.pointer_hint.sentence
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=hands.into(name))

    # Then the wire is there with its problem, and a button beside the pointer cures it
    assert name in view.canvas.wrong
    button = view.pointer_hint.findChild(QPushButton)
    assert button is not None
    assert button.text().startswith("Insert Flatten")
    steps = document.undo.count()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    document.infer_now()
    assert name not in view.canvas.wrong
    assert not view.pointer_hint.isVisible()
    agree(view)

    # And wire and cure are one step
    assert document.undo.count() == steps
    document.undo.undo()
    assert not document.graph.incoming(name)
    assert not any(type(n.layer).__name__ == "Flatten" for n in added(view, "flatten1"))
    agree(view)


@pytest.mark.parametrize("on_the_port", [True, False])
def test_a_drop_with_control_brings_its_repair_as_one_step(
    view: CanvasView, hands: Hands, on_the_port: bool
) -> None:
    # Given a layer that takes flat features only
    document, name = view.document, flat_only(view)
    steps = document.undo.count()
    before = document.graph.definition()

    # When an image is wired to it, or to its body
    end = hands.into(name) if on_the_port else hands.node(name)
    hands.drag(hands.out("conv1"), end, let_go=False)

    # Then the sentence says what Ctrl would do, and nothing has happened
    assert "With Ctrl: Insert Flatten" in view.pointer_hint.sentence
    assert document.graph.definition() == before
    assert document.undo.count() == steps

    # And with Ctrl, wire and Flatten come as one step
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, Control, end)
    document.infer_now()
    assert name not in view.canvas.wrong
    source = document.graph.wires[PortRef(name, "input")].node
    assert type(document.graph.nodes[source].layer).__name__ == "Flatten"
    assert document.undo.count() == steps + 1
    assert document.undo.undoText().startswith("Connect, insert Flatten")
    agree(view)
    document.undo.undo()
    assert document.graph.definition() == before
    agree(view)


def test_a_repair_taken_later_is_a_step_of_its_own(view: CanvasView, hands: Hands) -> None:
    # Given a wire that does not fit, and something done since
    document, name = view.document, flat_only(view)
    hands.drag(hands.out("conv1"), hands.into(name))
    button = view.pointer_hint.findChild(QPushButton)
    assert button is not None
    document.do("Mute", edits.set_muted(document.graph, ["relu1"], True))
    steps = document.undo.count()

    # When the repair is taken
    button.click()

    # Then what was done in between stays
    assert document.undo.count() == steps + 1
    assert document.graph.nodes["relu1"].muted
    document.infer_now()
    assert name not in view.canvas.wrong
    agree(view)


def test_a_repair_comes_along_inside_a_block_as_well(view: CanvasView, hands: Hands) -> None:
    # Given the inside of a block, with a layer that takes flat features only
    document = view.document
    document.selection.set(["conv1", "relu1"])
    view.group_selection()
    view.enter_block()
    view.land()
    x, y = document.graph.nodes["conv1"].position
    change = edits.add(document.graph, BatchNorm1d(), position=(x + 100.0, y + 160.0))
    document.do("Add", change)
    (name,) = change.added("nodes")
    before = document.graph.definition()
    view.zoom_to_fit()
    view.land()
    view.set_zoom(0.8)

    # When an image is wired to it with Ctrl
    hands.drag(hands.out("conv1"), hands.into(name), let_go=False)
    assert document.graph.definition() == before
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, Control, hands.into(name))
    document.infer_now()

    # Then the block of the project has both, and one undo takes both back
    assert name not in view.canvas.wrong
    assert document.project.blocks[document.scope.block] == document.graph.definition()
    agree(view)
    document.undo.undo()
    assert document.graph.definition() == before
    assert document.project.blocks[document.scope.block] == before
    agree(view)

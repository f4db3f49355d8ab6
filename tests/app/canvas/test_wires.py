"""Wires are drawn from port to port, taken off again, cut, and refused in words."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.activation import ReLU
from graph_engine.layers.normalization import BatchNorm1d
from tests.app.canvas.conftest import Hands, agree


def loose(view: CanvasView, x: float = 600.0, y: float = 200.0) -> str:
    document = view.document
    change = edits.add(document.graph, ReLU(), position=(x, y))
    document.do("Add", change)
    return str(change.added("nodes")[0])


def test_a_drag_from_an_output_to_an_input_wires_them(view: CanvasView, hands: Hands) -> None:
    # Given a layer that nothing is wired to
    name = loose(view)

    # When a wire is drawn from an output to its input
    hands.drag(hands.out("conv1"), hands.into(name))

    # Then the graph has that wire, as one step that can be undone
    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    agree(view)
    view.document.undo.undo()
    assert PortRef(name, "input") not in view.document.graph.wires
    agree(view)


def test_it_can_be_drawn_from_the_input_as_well(view: CanvasView, hands: Hands) -> None:
    name = loose(view)

    hands.drag(hands.into(name), hands.out("conv1"))

    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    agree(view)


def test_a_circle_is_refused_at_the_pointer(view: CanvasView, hands: Hands) -> None:
    # Given a network in which conv1 feeds linear1

    # When a wire is drawn back from linear1 to conv1
    hands.drag(hands.out("linear1"), hands.into("conv1"), let_go=False)

    # Then the sentence stands there while the button is held, and letting go changes nothing
    assert "circle" in view.pointer_hint.sentence
    before = dict(view.document.graph.wires)
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=hands.into("conv1"))
    assert dict(view.document.graph.wires) == before
    agree(view)


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
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    document.infer_now()
    assert name not in view.canvas.wrong
    assert not view.pointer_hint.isVisible()
    agree(view)


def test_a_drop_on_a_node_takes_the_sensible_port(view: CanvasView, hands: Hands) -> None:
    name = loose(view)

    hands.drag(hands.out("conv1"), hands.node(name))

    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")


def test_a_wire_pulled_off_its_port_is_gone(view: CanvasView, hands: Hands) -> None:
    # Given a wire that ends in relu1
    start = hands.into("relu1")

    # When its end is dragged onto empty canvas
    hands.drag(start, start + QPoint(-40, 200))

    # Then the wire is gone, and undo brings it back
    assert PortRef("relu1", "input") not in view.document.graph.wires
    agree(view)
    view.document.undo.undo()
    agree(view)


def test_escape_cancels_a_wire_without_a_trace(view: CanvasView, hands: Hands) -> None:
    start = hands.into("relu1")
    before = dict(view.document.graph.wires)

    hands.drag(start, start + QPoint(-40, 200), let_go=False)
    hands.key(Qt.Key.Key_Escape)

    assert dict(view.document.graph.wires) == before
    assert not view.document.undo.canUndo()
    agree(view)
    assert not view.canvas.above


def test_dropped_on_nothing_it_searches_for_what_fits(view: CanvasView, hands: Hands) -> None:
    # Given the wire of an image dropped on empty canvas
    start = hands.out("conv1")
    hands.drag(start, start + QPoint(60, 200))
    popup = view.searching.popup
    assert popup.isVisible()
    names = [popup.list.item(row).text() for row in range(popup.list.count())]
    assert "MaxPool2d" in names
    assert "Conv1d" not in names

    # When a layer is chosen
    QTest.keyClicks(popup.field, "avgpool")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)

    # Then it is there, wired
    name = view.document.selection.current
    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    agree(view)


def test_the_knife_cuts_what_it_crosses_in_one_step(view: CanvasView, hands: Hands) -> None:
    # Given the wires from conv1 to relu1 and on
    middle = (hands.out("conv1") + hands.into("relu1")) / 2

    # When the right button is dragged across with Ctrl held
    control = Qt.KeyboardModifier.ControlModifier
    hands.drag(middle - QPoint(0, 60), middle + QPoint(0, 60), control, Qt.MouseButton.RightButton)

    # Then that wire is cut
    assert PortRef("relu1", "input") not in view.document.graph.wires
    assert view.document.undo.count() == 1
    agree(view)


def test_a_wire_tells_its_shape_and_lights_its_path(view: CanvasView, hands: Hands) -> None:
    middle = (hands.out("conv1") + hands.into("relu1")) / 2

    QTest.mouseMove(hands.port, middle)

    wire = view.canvas.wires[PortRef("relu1", "input")]
    assert view.hover.wire is wire
    assert all(each.is_lit for each in view.canvas.wires.values())
    assert view.canvas.label(wire) == "32×8×8"
    QTest.mouseMove(hands.port, middle + QPoint(0, 200))
    assert not any(each.is_lit for each in view.canvas.wires.values())

"""Wires are drawn from port to port, taken off again, cut, and refused in words."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers import CATALOGUE
from graph_engine.layers.activation import ReLU
from tests.app.canvas.conftest import Hands, NoKey, agree, flat_only
from tests.app.canvas.test_looking import wheel

Control = Qt.KeyboardModifier.ControlModifier


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


def test_several_ports_to_choose_from_are_offered(view: CanvasView, hands: Hands) -> None:
    # Given a layer with three inputs that wait for a wire
    document = view.document
    change = edits.add(document.graph, CATALOGUE["Where"](), position=(600.0, 200.0))
    document.do("Add", change)
    (name,) = change.added("nodes")
    slots = document.graph.slots(name)
    assert len(slots) == 3

    # When a wire is dropped on its body
    hands.drag(hands.out("conv1"), hands.node(name), let_go=False)
    assert "choose" in view.pointer_hint.sentence
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=hands.node(name))

    # Then its ports stand at the pointer, and the one chosen gets the wire
    buttons = [b for b in view.pointer_hint.findChildren(QPushButton) if b.isVisible()]
    offered = [button.text() for button in buttons]
    assert offered == slots
    assert not document.graph.incoming(name)
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert document.graph.wires[PortRef(name, offered[1])] == PortRef("conv1", "output")
    assert not view.pointer_hint.isVisible()
    agree(view)


def test_a_port_is_chosen_by_keyboard(view: CanvasView, hands: Hands) -> None:
    document = view.document
    change = edits.add(document.graph, CATALOGUE["MatMul"](), position=(600.0, 200.0))
    document.do("Add", change)
    (name,) = change.added("nodes")
    hands.drag(hands.out("conv1"), hands.node(name))

    QTest.keyClick(view.pointer_hint.focusWidget(), Qt.Key.Key_Return)

    first = document.graph.slots(name)[0]
    assert document.graph.wires[PortRef(name, first)] == PortRef("conv1", "output")
    assert view.hasFocus()

    # And Esc leaves things as they are
    change = edits.add(document.graph, CATALOGUE["MatMul"](), position=(900.0, 200.0))
    document.do("Add", change)
    (other,) = change.added("nodes")
    hands.drag(hands.out("conv1"), hands.node(other))
    QTest.keyClick(view.pointer_hint.focusWidget(), Qt.Key.Key_Escape)
    assert not document.graph.incoming(other)
    assert not view.pointer_hint.isVisible()


def test_the_view_scrolls_and_zooms_under_a_wire(view: CanvasView, hands: Hands) -> None:
    # Given a wire in the hand
    name = loose(view)
    start, end = hands.out("conv1"), hands.into("max_pool1") + QPoint(0, 120)
    hands.drag(start, end, let_go=False)
    (sketch,) = view.canvas.above

    def loose_end() -> QPoint:
        return hands.at(sketch.path().currentPosition())

    assert (loose_end() - end).manhattanLength() <= 2

    # When the wheel turns, with and without Ctrl, and the middle button drags the view
    wheel(view, end, 240, NoKey)
    wheel(view, end, 120, Control)
    assert (loose_end() - end).manhattanLength() <= 2
    QTest.mousePress(hands.port, Qt.MouseButton.MiddleButton, pos=end)
    QTest.mouseMove(hands.port, end + QPoint(-60, 10))
    QTest.mouseRelease(hands.port, Qt.MouseButton.MiddleButton, pos=end + QPoint(-60, 10))

    # Then the wire is still in the hand, and can be let go where it fits
    assert (loose_end() - end - QPoint(-60, 10)).manhattanLength() <= 2
    QTest.mouseMove(hands.port, hands.into(name))
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=hands.into(name))
    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    agree(view)


def test_space_moves_the_view_under_a_wire(view: CanvasView, hands: Hands) -> None:
    end = hands.into("max_pool1") + QPoint(0, 120)
    hands.drag(hands.out("conv1"), end, let_go=False)
    corner = view.seen().topLeft()

    QTest.keyPress(view, Qt.Key.Key_Space)
    QTest.mouseMove(hands.port, end + QPoint(40, 0))
    QTest.keyRelease(view, Qt.Key.Key_Space)

    assert view.seen().left() < corner.x() - 50
    QTest.mouseMove(hands.port, end + QPoint(60, 0))
    assert view.seen().left() < corner.x() - 50
    hands.key(Qt.Key.Key_Escape)
    agree(view)


def test_only_ports_whose_shapes_agree_are_lit_in_full(view: CanvasView, hands: Hands) -> None:
    # Given a layer that takes images, and one that takes flat features only
    fits, other = loose(view, 300.0, 200.0), flat_only(view)
    before = view.grab().toImage()

    # When an image hangs on the pointer
    hands.drag(hands.out("conv1"), hands.out("conv1") + QPoint(30, 60), let_go=False)
    view.viewport().repaint()

    # Then the rings around their ports have different colours
    image = view.grab().toImage()
    rings = [
        {image.pixelColor(hands.into(n) + QPoint(dx, dy)).name() for dx in range(-6, 7)
         for dy in range(-6, 7)} for n in (fits, other)
    ]  # fmt: skip
    accent, warning = (view.theme.color(token).name() for token in ("accent", "warning"))
    assert accent in rings[0] - rings[1]
    assert warning not in rings[0]
    assert rings[1] != {before.pixelColor(hands.into(other)).name()}
    hands.key(Qt.Key.Key_Escape)


def test_a_wire_at_the_edge_scrolls_the_view_on(view: CanvasView, hands: Hands) -> None:
    # Given a wire that is held at the right edge
    edge = QPoint(view.viewport().width() - 5, 300)
    hands.drag(hands.out("conv1"), edge, let_go=False)
    left = view.seen().left()

    # When nothing moves for a while
    QTest.qWait(150)

    # Then the view has gone on, with the end of the wire at the pointer; and Esc ends it
    assert view.seen().left() > left + 50
    (sketch,) = view.canvas.above
    assert (hands.at(sketch.path().currentPosition()) - edge).manhattanLength() <= 2
    hands.key(Qt.Key.Key_Escape)
    left = view.seen().left()
    QTest.qWait(60)
    assert view.seen().left() == left
    agree(view)

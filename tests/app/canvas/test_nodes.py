"""Nodes are selected, moved, deleted and added by hand, each gesture one step."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from app.canvas.geometry import LOW, WIDTH
from app.canvas.view import CanvasView
from app.document import Document
from app.icons import Icons
from app.theme import Theme
from graph_engine import edits
from graph_engine.builder import NetworkBuilder
from graph_engine.graph import PortRef
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.project import Project
from tests.app.canvas.conftest import Hands, agree, shown

Shift, Control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def test_clicks_select_and_shift_adds(view: CanvasView, hands: Hands) -> None:
    hands.click(hands.node("conv1"))
    assert list(view.document.selection.names) == ["conv1"]
    hands.click(hands.node("relu1"), Shift)
    assert list(view.document.selection.names) == ["conv1", "relu1"]
    hands.click(hands.node("conv1"), Shift)
    assert list(view.document.selection.names) == ["relu1"]
    hands.click(hands.node("conv1") + QPoint(0, 200))
    assert list(view.document.selection.names) == []
    agree(view)


def test_a_rectangle_selects_what_it_touches(view: CanvasView, hands: Hands) -> None:
    start = hands.node("conv1") - QPoint(20, 100)
    hands.drag(start, hands.node("relu1") + QPoint(0, 80))
    assert set(view.document.selection.names) == {"conv1", "relu1"}
    agree(view)


def test_a_drag_moves_all_that_is_selected_as_one_step(view: CanvasView, hands: Hands) -> None:
    # Given two selected nodes
    graph = view.document.graph
    view.document.selection.set(["conv1", "relu1"])
    before = {name: node.position for name, node in graph.nodes.items()}

    # When one is dragged down
    hands.drag(hands.node("conv1"), hands.node("conv1") + QPoint(0, 120))

    # Then both have moved by as much, on the grid, and one undo brings both back
    by = {name: graph.nodes[name].position[1] - before[name][1] for name in before}
    assert by["conv1"] == by["relu1"] == 200
    assert by["flatten1"] == 0
    assert view.document.undo.count() == 1
    agree(view)
    view.document.undo.undo()
    assert {name: node.position for name, node in graph.nodes.items()} == before
    agree(view)


def test_escape_puts_a_dragged_node_back(view: CanvasView, hands: Hands) -> None:
    hands.drag(hands.node("conv1"), hands.node("conv1") + QPoint(0, 120), let_go=False)
    hands.key(Qt.Key.Key_Escape)
    agree(view)
    assert view.document.undo.count() == 0


def test_an_undo_in_the_middle_of_a_drag_ends_it(view: CanvasView, hands: Hands) -> None:
    hands.drag(hands.node("conv1"), hands.node("conv1") + QPoint(0, 120))
    hands.drag(hands.node("relu1"), hands.node("relu1") + QPoint(0, 120), let_go=False)

    view.document.undo.undo()

    agree(view)
    assert view.tool.is_idle


def test_deleting_heals_the_wire(view: CanvasView, hands: Hands) -> None:
    hands.click(hands.node("relu1"))
    hands.key(Qt.Key.Key_Delete)
    pool = PortRef("max_pool1", "input")
    assert view.document.graph.wires[pool] == PortRef("conv1", "output")
    assert view.document.selection.names == ("conv1",)
    agree(view)


def test_a_node_dragged_with_alt_leaves_its_wires(view: CanvasView, hands: Hands) -> None:
    start = hands.node("relu1")
    hands.drag(start, start + QPoint(0, 150), Qt.KeyboardModifier.AltModifier)
    graph = view.document.graph
    assert graph.wires[PortRef("max_pool1", "input")] == PortRef("conv1", "output")
    assert not graph.incoming("relu1")
    assert not graph.outgoing("relu1")
    agree(view)

    # When it is dropped on a wire again
    middle = (hands.out("conv1") + hands.into("max_pool1")) / 2
    hands.drag(hands.node("relu1"), middle)

    # Then it stands on that wire
    view.tidying.finish()
    assert graph.wires[PortRef("relu1", "input")] == PortRef("conv1", "output")
    assert graph.wires[PortRef("max_pool1", "input")] == PortRef("relu1", "output")
    agree(view)


def test_the_selection_is_taken_out_by_command_as_well(view: CanvasView) -> None:
    graph = view.document.graph
    view.document.selection.set(["conv1", "relu1"])

    view.take_out()

    # Then the wire heals, and that between the two stays
    assert graph.wires[PortRef("max_pool1", "input")] == PortRef("image", "output")
    assert graph.wires[PortRef("relu1", "input")] == PortRef("conv1", "output")
    assert not graph.incoming("conv1")
    assert graph.nodes["conv1"].position[1] > graph.nodes["image"].position[1] + LOW
    agree(view)
    view.take_out()
    assert "No wires" in view.pointer_hint.sentence
    assert view.document.undo.count() == 1


def test_what_follows_makes_room_for_a_node_dropped_on_a_wire(
    view: CanvasView, hands: Hands
) -> None:
    # Given two layers side by side, and a loose one
    graph = view.document.graph
    view.document.do("Add", edits.add(graph, CATALOGUE["Tanh"](), name="tanh", position=(500, 200)))
    before = {name: graph.nodes[name].position[0] for name in graph.nodes}
    steps = view.document.undo.count()

    # When the loose one is dropped on the wire between them
    middle = (hands.out("conv1") + hands.into("relu1")) / 2
    hands.drag(hands.node("tanh"), middle)
    view.tidying.finish()

    # Then nothing overlaps: what follows has moved aside, what comes before has not, in one step
    after = {name: graph.nodes[name].position[0] for name in graph.nodes}
    assert graph.wires[PortRef("relu1", "input")] == PortRef("tanh", "output")
    assert after["conv1"] + WIDTH < after["tanh"]
    assert after["tanh"] + WIDTH < after["relu1"]
    moved = {name for name in before if after[name] != before[name]}
    assert moved == {"tanh", "relu1", "max_pool1", "flatten1", "linear1", "logits"}
    assert view.document.undo.count() == steps + 1
    agree(view)
    view.document.undo.undo()
    agree(view)


def test_a_network_is_drawn_by_keyboard_alone(theme: Theme, icons: Icons, qtbot: object) -> None:
    # Given an empty document
    document = Document(Project("new", NetworkBuilder("main").graph))
    view = shown(document, theme, icons)
    hands = Hands(view)

    # When names are typed
    for name in ("input", "conv", "relu", "maxpool", "flatten", "fc", "output"):
        hands.type(name)

    # Then they stand in a row, wired, without touching one another
    kinds = [type(document.graph.nodes[n].layer).__name__ for n in document.graph.in_order()]
    assert kinds == ["Input", "Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "Output"]
    assert len(document.graph.wires) == 6
    places = [document.graph.nodes[n].position for n in document.graph.in_order()]
    assert all(b[0] - a[0] >= 184 for a, b in itertools.pairwise(places))
    agree(view)
    for _ in range(7):
        document.undo.undo()
    assert not document.graph.nodes
    agree(view)
    view.close()
    view.deleteLater()
    document.deleteLater()


def test_the_arrows_walk_along_wires(view: CanvasView, hands: Hands) -> None:
    hands.click(hands.node("conv1"))
    hands.key(Qt.Key.Key_Right)
    assert view.document.selection.current == "relu1"
    hands.key(Qt.Key.Key_Left)
    hands.key(Qt.Key.Key_Left)
    assert view.document.selection.current == "image"
    assert "image" in view.accessibleDescription()


def test_a_layer_between_two_makes_room(view: CanvasView, hands: Hands) -> None:
    hands.click(hands.node("conv1"))
    hands.type("batchnorm2d")
    graph = view.document.graph
    name = view.document.selection.current
    assert graph.wires[PortRef("relu1", "input")] == PortRef(name, "output")
    assert graph.nodes["relu1"].position[0] - graph.nodes[name].position[0] >= 184
    agree(view)


def drop(view: CanvasView, layer: str, at: QPoint) -> None:
    data = QMimeData()
    data.setData("application/x-netloom-layer", layer.encode())
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(at), copy, data, left, Qt.KeyboardModifier.NoModifier)
    view.drop.move(event)
    view.dropEvent(event)


def test_a_layer_of_the_palette_lands_where_it_is_dropped(view: CanvasView, hands: Hands) -> None:
    at = hands.node("conv1") + QPoint(0, 150)
    drop(view, "Dropout", at)
    name = view.document.selection.current
    assert name.startswith("dropout")
    assert view.canvas.nodes[name].sceneBoundingRect().contains(view.scene_point(QPointF(at)))
    agree(view)


def test_dropped_on_a_wire_it_is_put_in(view: CanvasView, hands: Hands) -> None:
    drop(view, "BatchNorm2d", (hands.out("conv1") + hands.into("relu1")) / 2)
    name = view.document.selection.current
    assert view.document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    assert view.document.graph.wires[PortRef("relu1", "input")] == PortRef(name, "output")
    agree(view)


def test_parameters_are_edited_on_the_node(view: CanvasView, hands: Hands) -> None:
    # Given a double click on a convolution
    QTest.mouseDClick(hands.port, Qt.MouseButton.LeftButton, pos=hands.node("conv1"))
    field = view.inline.field
    assert field is not None

    # When other values are typed
    field.selectAll()
    QTest.keyClicks(field, "out_channels=48, kernel_size=5, padding=2")
    QTest.keyClick(field, Qt.Key.Key_Return)

    # Then the layer has them
    layer = view.document.graph.nodes["conv1"].layer
    assert (layer.out_channels, layer.kernel_size) == (48, (5, 5))  # type: ignore[attr-defined]

    # And a wrong value is refused in words
    QTest.mouseDClick(hands.port, Qt.MouseButton.LeftButton, pos=hands.node("conv1"))
    assert view.inline.field is not None
    view.inline.field.selectAll()
    QTest.keyClicks(view.inline.field, "out_channels=-3")
    QTest.keyClick(view.inline.field, Qt.Key.Key_Return)
    assert "out_channels" in view.pointer_hint.sentence


def test_copies_go_through_the_clipboard_as_text(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["conv1", "relu1"])
    view.copy()
    view.paste()
    assert len(view.document.selection) == 2
    assert not {"conv1", "relu1"} & set(view.document.selection.names)
    agree(view)
    view.duplicate_selection()
    agree(view)
    view.cut()
    view.document.undo.undo()
    agree(view)


def test_blocks_are_made_entered_left_and_unpacked(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["conv1", "relu1"])
    view.group_selection()
    block = view.document.selection.current
    agree(view)
    QTest.mouseDClick(hands.port, Qt.MouseButton.LeftButton, pos=hands.node(block))
    assert "conv1" in view.document.graph.nodes
    assert view.document.scope.blocks
    agree(view)
    view.document.selection.clear()
    hands.key(Qt.Key.Key_Backspace)
    assert not view.document.scope.blocks
    agree(view)
    view.document.selection.set([block])
    view.ungroup_selection()
    assert "conv1" in view.document.graph.nodes
    agree(view)


def test_a_block_can_be_searched_and_dropped_like_a_layer(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["conv1", "relu1"])
    view.group_selection()
    block = view.document.selection.current
    hands.type("block1")
    assert view.document.graph.nodes[view.document.selection.current].layer == Block(block="block1")
    drop(view, "block:block1", hands.node(block) + QPoint(0, 150))
    assert view.document.graph.nodes[view.document.selection.current].layer == Block(block="block1")
    agree(view)
    drop(view, "nonsense", QPoint(100, 100))
    assert view.document.undo.count() == 3


def test_tidying_is_one_step_and_ends_where_the_graph_says(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["conv1"])
    hands.drag(hands.node("conv1"), hands.node("conv1") + QPoint(0, 120))
    view.tidy()
    assert view.document.undo.count() == 2
    view.tidying.finish()
    agree(view)
    view.document.selection.set(["conv1", "relu1"])
    view.align("left")
    view.distribute("horizontally")
    view.toggle_muted()
    assert view.document.graph.nodes["conv1"].muted
    agree(view)


def test_a_frame_takes_along_what_is_in_it(view: CanvasView, hands: Hands) -> None:
    # Given a frame around two nodes
    view.document.selection.set(["conv1", "relu1"])
    view.add_frame()
    view.inline.commit()
    key = next(iter(view.canvas.annotations))
    corner = view.canvas.annotations[key].pos()
    before = view.document.graph.nodes["relu1"].position

    # When its title is dragged
    title = hands.at(corner + QPointF(30, 12))
    hands.drag(title, title + QPoint(0, 60))

    # Then the nodes have moved as well
    assert view.document.graph.nodes["relu1"].position[1] > before[1]
    assert view.document.undo.count() == 2
    agree(view)
    hands.key(Qt.Key.Key_Delete)
    assert not view.document.graph.frames
    agree(view)


def test_a_node_whose_problem_was_asked_for_before_it_was_drawn_wears_it(
    document: Document, theme: Theme, icons: Icons
) -> None:
    # Given something that asks for the inference as soon as the drawing changes, before the canvas
    class Asking:
        def now(self, _: object) -> None:
            document.infer_now()

    asking = Asking()
    document.changed.connect(asking.now)
    view = shown(document, theme, icons)

    # When a layer without an input comes, and a layer with a problem is renamed
    document.do("Add", edits.add(document.graph, CATALOGUE["Linear"](), name="lost"))
    document.do("Rename", edits.rename(document.graph, "lost", "found"))

    # Then the canvas knows that something is wrong with it
    assert view.canvas.wrong == {"found"}
    view.deleteLater()

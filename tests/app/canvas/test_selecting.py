"""Selecting by a rectangle, by a lasso and along wires; and what a drag on empty canvas does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.canvas.view import CanvasView
from app.settings import DRAG
from graph_engine.graph import PortRef
from tests.app.canvas.conftest import Hands, NoKey, agree

Left = Qt.MouseButton.LeftButton
Shift, Control, Alt = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def around(
    view: CanvasView, hands: Hands, names: tuple[str, ...], keys: Qt.KeyboardModifier
) -> None:
    """Draws a loop around nodes, beginning above the first."""
    boxes = [view.canvas.nodes[name].sceneBoundingRect() for name in names]
    left, right = min(b.left() for b in boxes) - 10, max(b.right() for b in boxes) + 10
    top, low = min(b.top() for b in boxes) - 10, max(b.bottom() for b in boxes) + 10
    corners = [(left, top), (left, low), (right, low), (right, top), (left + 20, top)]
    first, *others = [hands.at(QPointF(*corner)) for corner in corners]
    QTest.mousePress(hands.port, Left, keys, first)
    for corner in others:
        QTest.mouseMove(hands.port, corner)
    QTest.mouseRelease(hands.port, Left, keys, others[-1])


def test_a_lasso_selects_what_it_goes_around(view: CanvasView, hands: Hands) -> None:
    # When a loop is drawn with Alt around two nodes
    around(view, hands, ("conv1", "relu1"), Alt)

    # Then those are selected, and nothing of the loop stays
    assert list(view.document.selection.names) == ["conv1", "relu1"]
    assert not view.canvas.above
    assert not view.document.undo.canUndo()

    # And Shift adds, Ctrl takes out
    around(view, hands, ("flatten1",), Alt | Shift)
    assert list(view.document.selection.names) == ["conv1", "relu1", "flatten1"]
    around(view, hands, ("conv1", "relu1"), Alt | Control)
    assert view.document.selection.names == ("flatten1",)
    agree(view)


def test_a_lasso_leaves_out_what_it_goes_past(view: CanvasView, hands: Hands) -> None:
    # Given three nodes in a row, and the middle one further down
    item = view.canvas.nodes
    view.document.selection.set(["relu1"])
    hands.drag(hands.node("relu1"), hands.node("relu1") + QPoint(0, 120))
    left, right = item["conv1"].pos(), item["max_pool1"].pos()

    # When the loop runs around the outer two, above the middle one
    loop = [(-20, -20), (-20, 80), (204, 80), (204, 8), (570, 8), (570, 80), (770, 80), (770, -20)]
    corners = [hands.at(left + QPointF(*corner)) for corner in loop]
    assert right.x() - left.x() == 576
    QTest.mousePress(hands.port, Left, Alt, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(hands.port, corner)
    QTest.mouseRelease(hands.port, Left, Alt, corners[-1])

    # Then the middle one is not selected
    assert view.document.selection.names == ("conv1", "max_pool1")


def test_the_command_makes_the_next_drag_a_lasso(view: CanvasView, hands: Hands) -> None:
    view.select_lasso()
    QTest.mouseMove(hands.port, hands.node("conv1"))
    assert view.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
    around(view, hands, ("conv1",), NoKey)
    assert view.document.selection.names == ("conv1",)

    # Then the drag after it is none, and Esc gives it up before it begins
    view.select_lasso()
    hands.key(Qt.Key.Key_Escape)
    assert view.document.selection.names == ("conv1",)
    at = hands.node("relu1")
    hands.drag(at, at + QPoint(0, 60))
    assert view.document.selection.names == ("relu1",)
    assert view.document.undo.undoText() == "Move"


def test_escape_brings_the_selection_back(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["linear1"])
    start = hands.at(QPointF(-30, -30))

    hands.drag(start, hands.node("conv1"), Alt, let_go=False)
    hands.key(Qt.Key.Key_Escape)

    assert view.document.selection.names == ("linear1",)
    assert not view.canvas.above


def test_control_takes_out_of_a_rectangle_as_well(view: CanvasView, hands: Hands) -> None:
    view.select_all()
    count = len(view.document.selection)
    start, end = hands.at(QPointF(260, -40)), hands.at(QPointF(700, 80))

    hands.drag(start, end, Control)

    assert len(view.document.selection) == count - 2
    assert not {"conv1", "relu1"} & set(view.document.selection.names)


def test_all_that_feeds_a_layer_is_selected(view: CanvasView) -> None:
    view.document.selection.set(["relu1"])
    view.select_before()
    assert view.document.selection.names == ("image", "conv1", "relu1")

    view.document.selection.set(["flatten1"])
    view.select_behind()
    assert set(view.document.selection.names) == {"flatten1", "linear1", "logits"}
    assert view.document.selection.current == "flatten1"


@pytest.mark.parametrize("keys", [NoKey, Shift])
def test_a_drag_on_empty_canvas_pans_where_that_is_preferred(
    view: CanvasView, hands: Hands, keys: Qt.KeyboardModifier
) -> None:
    # Given somebody whose drags move the view
    view.prefer(DRAG.key, "pan")
    view.document.selection.set(["linear1"])
    corner = view.seen().topLeft()

    # When they drag on empty canvas around a node
    start = hands.at(QPointF(260, -40))
    hands.drag(start, hands.at(QPointF(480, 80)), keys)

    # Then the view has moved, or with Shift the node is selected as well
    moved = view.seen().topLeft() != corner
    assert moved == (keys == NoKey)
    names = view.document.selection.names
    assert names == (("linear1",) if keys == NoKey else ("linear1", "conv1"))
    if keys == NoKey:
        hands.click(hands.at(QPointF(400, 300)))
        assert view.document.selection.names == ()


def test_another_layer_takes_the_place_and_keeps_the_wires(view: CanvasView, hands: Hands) -> None:
    # Given a convolution between two layers
    graph = view.document.graph
    view.document.selection.set(["max_pool1"])

    # When another layer is searched for its place
    view.replace_layer()
    field = view.searching.popup.field
    QTest.keyClicks(field, "avgpool2d")
    QTest.keyClick(field, Qt.Key.Key_Return)

    # Then it stands there with the same wires, as one step
    assert type(graph.nodes["max_pool1"].layer).__name__ == "AvgPool2d"
    assert graph.wires[PortRef("max_pool1", "input")] == PortRef("relu1", "output")
    assert graph.wires[PortRef("flatten1", "input")] == PortRef("max_pool1", "output")
    assert view.document.undo.count() == 1
    agree(view)

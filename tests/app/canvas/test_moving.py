"""While a node is moved it keeps in line with others, and what stays looks exactly as before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsItem

from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.dropout import Dropout
from tests.app.canvas.conftest import Hands, agree

Cache = QGraphicsItem.CacheMode


def lines(view: CanvasView) -> list[tuple[float, float]]:
    """How wide and high each line is that is drawn above everything."""
    boxes = [item.path().boundingRect() for item in view.canvas.above]
    return [(box.width(), box.height()) for box in boxes if not box.isNull()]


def kept(view: CanvasView) -> set[str]:
    """The nodes into which wires lead that are kept as pictures."""
    wires = view.canvas.wires.items()
    return {at.node for at, wire in wires if wire.cacheMode() is Cache.DeviceCoordinateCache}


def test_a_node_is_drawn_level_with_others_and_a_line_says_so(
    view: CanvasView, hands: Hands
) -> None:
    # Given a node that lies lower than the others
    document = view.document
    document.do("Move", edits.move(document.graph, ["relu1"], (0.0, 120.0)))
    start = hands.node("relu1")

    # When it is dragged to almost their height
    hands.drag(start, start - QPoint(0, round(118 * view.zoom)), let_go=False)

    # Then it is on their height, which a level line shows as long as the hand holds it
    level = [size for size in lines(view) if size[1] == 0.0]
    assert len(level) == 1
    assert level[0][0] >= 288.0
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=start)
    heights = {name: document.graph.nodes[name].position[1] for name in ("relu1", "conv1")}
    assert heights["relu1"] == heights["conv1"]
    assert not lines(view)
    agree(view)


def test_away_from_all_others_there_is_no_line(view: CanvasView, hands: Hands) -> None:
    start = hands.node("relu1")

    hands.drag(start, start + QPoint(47, 80), let_go=False)

    assert not lines(view)
    hands.key(Qt.Key.Key_Escape)
    agree(view)


@pytest.mark.parametrize("ends", ["release", "escape", "undo"])
def test_wires_that_stay_are_pictures_while_a_node_moves_and_curves_again_afterwards(
    view: CanvasView, hands: Hands, ends: str
) -> None:
    # Given a drawing in which another node was moved
    document = view.document
    document.do("Move", edits.move(document.graph, ["linear1"], (0.0, 40.0)))
    start = hands.node("relu1")

    # When a node is dragged
    hands.drag(start, start + QPoint(9, 60), let_go=False)

    # Then the wires that do not end in it are pictures, however the gesture ends only until then
    assert kept(view) == {"conv1", "flatten1", "linear1", "logits"}
    if ends == "release":
        QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=start)
    elif ends == "escape":
        hands.key(Qt.Key.Key_Escape)
    else:
        document.undo.undo()
    assert kept(view) == set()
    agree(view)


def test_a_picture_of_a_wire_looks_like_the_wire(view: CanvasView, hands: Hands) -> None:
    # Given a node that is held, and a drawing with wires that stay
    document = view.document
    document.do("Move", edits.move(document.graph, ["linear1"], (0.0, 160.0)))
    start = hands.node("image")
    hands.drag(start, start + QPoint(0, 90), let_go=False)
    QApplication.processEvents()
    assert "linear1" in kept(view)
    with_pictures = view.viewport().grab().toImage()

    # When its other wires are drawn as curves
    for wire in view.canvas.wires.values():
        wire.setCacheMode(Cache.NoCache)

    # Then the canvas is the same to the pixel
    assert view.viewport().grab().toImage() == with_pictures
    hands.key(Qt.Key.Key_Escape)


def test_a_picture_follows_when_its_wire_lights_up(view: CanvasView, hands: Hands) -> None:
    # Given a layer without wires, held away from all wires
    document = view.document
    document.do("Add", edits.add(document.graph, Dropout(), name="loose", position=(600.0, 300.0)))
    start, wire = hands.node("loose"), view.canvas.wires[PortRef("flatten1", "input")]
    hands.drag(start, start + QPoint(0, 20), let_go=False)
    QApplication.processEvents()
    beside_the_port = hands.into("flatten1") - QPoint(12, 0)
    before = view.viewport().grab().toImage().pixelColor(beside_the_port)

    # When it is held over a wire
    QTest.mouseMove(hands.port, hands.at((wire.start + wire.end) / 2))
    QApplication.processEvents()

    # Then that wire is lit, on the canvas as well
    assert wire.is_lit
    assert wire.cacheMode() is Cache.DeviceCoordinateCache
    assert view.viewport().grab().toImage().pixelColor(beside_the_port) != before
    hands.key(Qt.Key.Key_Escape)

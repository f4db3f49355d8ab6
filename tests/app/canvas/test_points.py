"""Points that wires bend at are added, dragged and taken away by hand, and saved with the drawing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from app.canvas.bends import bent_path
from app.canvas.menu import menu_for
from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.project import Project
from tests.app.canvas.conftest import Hands, agree

Alt = Qt.KeyboardModifier.AltModifier
INTO = PortRef("relu1", "input")


def middle(view: CanvasView, hands: Hands) -> QPoint:
    wire = view.canvas.wires[INTO]
    return hands.at((wire.start + wire.end) / 2)


def bent(view: CanvasView, *points: tuple[float, float]) -> None:
    view.document.do("Bend", edits.set_route(view.document.graph, INTO, points))


def routes(view: CanvasView) -> tuple[tuple[float, float], ...]:
    return view.document.graph.routes.get(INTO, ())


def test_alt_and_a_click_add_a_point(view: CanvasView, hands: Hands) -> None:
    # When a wire is clicked with Alt
    at = middle(view, hands)
    hands.click(at, Alt)

    # Then it bends there, as one step that can be undone
    (point,) = routes(view)
    assert (hands.at(QPointF(*point)) - at).manhattanLength() <= 4
    agree(view)
    view.document.undo.undo()
    assert routes(view) == ()
    agree(view)


def test_alt_and_a_drag_add_a_point_where_the_hand_lets_go(view: CanvasView, hands: Hands) -> None:
    start = middle(view, hands)

    hands.drag(start, start + QPoint(0, 90), Alt)

    (point,) = routes(view)
    assert (hands.at(QPointF(*point)) - start - QPoint(0, 90)).manhattanLength() <= 4
    assert view.document.undo.count() == 1
    agree(view)


def test_a_point_is_dragged_and_escape_puts_it_back(view: CanvasView, hands: Hands) -> None:
    # Given a wire with a point
    bent(view, (520.0, 120.0))
    at = hands.at(QPointF(520, 120))

    # When the point is dragged and Esc is pressed
    hands.drag(at, at + QPoint(0, 60), let_go=False)
    assert view.canvas.wires[INTO].bends != ((520.0, 120.0),)
    hands.key(Qt.Key.Key_Escape)

    # Then it is where it was; and dragged to the end, it moved in one step
    assert routes(view) == ((520.0, 120.0),)
    agree(view)
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=at)
    hands.drag(at, at + QPoint(0, 60))
    assert routes(view)[0][1] > 200
    assert view.document.undo.count() == 2
    agree(view)


@pytest.mark.parametrize("way", ["delete", "alt", "double"])
def test_a_point_goes_again(view: CanvasView, hands: Hands, way: str) -> None:
    # Given a wire with two points
    bent(view, (500.0, 120.0), (560.0, 120.0))
    at = hands.at(QPointF(560, 120))

    # When the second is clicked and deleted, clicked with Alt, or clicked twice
    if way == "delete":
        hands.click(at)
        assert view.bends.chosen == (INTO, 1)
        hands.key(Qt.Key.Key_Delete)
    elif way == "alt":
        hands.click(at, Alt)
    else:
        QTest.mouseDClick(hands.port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)

    # Then the first is left, and nothing else went
    assert routes(view) == ((500.0, 120.0),)
    assert len(view.document.graph.nodes) == 7
    agree(view)
    assert not view.canvas.above


def test_the_menu_of_a_wire_adds_and_removes_points(view: CanvasView, hands: Hands) -> None:
    def entries(at: QPoint) -> dict[str, QAction]:
        menu = menu_for(view, QPointF(at))
        menu.aboutToHide.connect(menu.deleteLater)
        return {action.text(): action for action in menu.actions()}

    # Given the menu of a plain wire
    at = middle(view, hands)
    assert "Remove all points" not in entries(at)
    entries(at)["Add a point"].trigger()
    (point,) = routes(view)

    # When there is a point, the menu there takes it away
    assert "Remove all points" in entries(hands.at(QPointF(*point)))
    entries(hands.at(QPointF(*point)))["Remove this point"].trigger()
    assert routes(view) == ()

    # And the wire can be cut; elsewhere the menu has none of this
    entries(at)["Cut the wire"].trigger()
    assert INTO not in view.document.graph.wires
    assert "Cut the wire" not in entries(hands.at(QPointF(-100, -100)))
    agree(view)


def test_points_go_along_with_the_nodes_at_both_ends(view: CanvasView, hands: Hands) -> None:
    bent(view, (520.0, 120.0))
    view.document.selection.set(["conv1", "relu1"])

    # When both ends are dragged
    start = hands.node("conv1")
    hands.drag(start, start + QPoint(0, 60), let_go=False)

    # Then the point goes along already while the hand moves, and stays in place for one end alone
    shown = view.canvas.wires[INTO].bends[0]
    assert shown[1] > 180
    QTest.mouseRelease(hands.port, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 60))
    assert routes(view) == (shown,)
    agree(view)
    view.document.selection.set(["conv1"])
    hands.drag(hands.node("conv1"), hands.node("conv1") + QPoint(0, 30))
    assert routes(view) == (shown,)
    agree(view)


def test_points_are_saved(view: CanvasView, hands: Hands, tmp_path: Path) -> None:
    hands.click(middle(view, hands), Alt)
    view.document.save(tmp_path / "bent.netloom")

    again = Project.load(tmp_path / "bent.netloom")

    assert again.networks["main"].routes == view.document.graph.routes != {}


def test_all_points_of_the_selection_go_in_one_step(view: CanvasView) -> None:
    bent(view, (500.0, 120.0), (560.0, 120.0))
    view.document.selection.set(["relu1"])

    view.remove_points()
    assert routes(view) == ()

    # And where there are none, a sentence says how to get one
    view.remove_points()
    assert "Alt" in view.pointer_hint.sentence
    assert view.document.undo.count() == 2


@pytest.mark.parametrize(
    "bends",
    [
        [(100.0, 0.0), (300.0, 0.0)],
        [(100.0, 40.0), (200.0, 60.0), (300.0, 200.0)],
        [(150.0, 200.0)],
    ],
)
def test_a_wire_never_swings_beyond_its_points(bends: list[tuple[float, float]]) -> None:
    # Given a wire that runs to the right
    path = bent_path(QPointF(0, 100), QPointF(400, 100), bends)

    # Then it goes through every point, and no part of it is higher or lower than they are
    heights = [100.0, *(y for _, y in bends)]
    places = [path.pointAtPercent(part / 500) for part in range(501)]
    assert all(min(heights) - 3 <= place.y() <= max(heights) + 3 for place in places)
    for x, y in bends:
        assert min((QPointF(x, y) - place).manhattanLength() for place in places) < 6

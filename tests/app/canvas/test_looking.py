"""Looking around: zoom at the pointer, panning, fitting, and that something is really painted."""

from __future__ import annotations

import gc

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shiboken6 import getAllValidWrappers

from app.canvas.geometry import FAR
from app.canvas.view import CanvasView
from app.document import Document
from app.icons import Icons
from app.theme import Theme
from graph_engine import edits
from tests.app.canvas.conftest import Hands, agree, shown
from tests.app.conftest import digits


def picture(view: CanvasView) -> QImage:
    QApplication.processEvents()
    return view.viewport().grab().toImage()


def wheel(view: CanvasView, at: QPoint, turned: int, keys: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(at), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def test_the_wheel_zooms_at_the_pointer(view: CanvasView, hands: Hands) -> None:
    at = hands.node("relu1")
    fixed = view.scene_point(QPointF(at))

    for _ in range(5):
        wheel(view, at, 120, Qt.KeyboardModifier.ControlModifier)

    assert view.zoom > 1.2
    moved = view.viewportTransform().map(fixed) - QPointF(at)
    assert moved.manhattanLength() < 6
    for _ in range(60):
        wheel(view, at, -120, Qt.KeyboardModifier.ControlModifier)
    assert abs(view.zoom - 0.05) < 1e-9
    for _ in range(80):
        wheel(view, at, 120, Qt.KeyboardModifier.ControlModifier)
    assert abs(view.zoom - 4.0) < 1e-9


def test_the_middle_button_the_right_one_and_space_pan(view: CanvasView, hands: Hands) -> None:
    for button in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
        before = view.scene_point(QPointF(300, 300))
        hands.drag(QPoint(300, 500), QPoint(360, 540), button=button)
        by = before - view.scene_point(QPointF(300, 300))
        assert abs(by.x() - 60 / view.zoom) < 3
        assert abs(by.y() - 40 / view.zoom) < 3
    before = view.scene_point(QPointF(300, 300))
    QTest.keyPress(view, Qt.Key.Key_Space)
    hands.drag(QPoint(300, 500), QPoint(360, 540))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.scene_point(QPointF(300, 300)).x() < before.x()
    assert view.tool.is_idle
    assert not view.document.selection.names


def test_fitting_shows_everything(view: CanvasView) -> None:
    view.set_zoom(3.0)
    view.zoom_to_fit()
    view.land()
    assert view.seen().contains(view.canvas.drawing_rect())
    view.document.selection.set(["conv1"])
    view.zoom_to_selection()
    view.land()
    assert view.zoom > 1


def test_zooming_on_the_way_to_somewhere_begins_where_that_leads(view: CanvasView) -> None:
    # Given a view that is on its way to a selected node, which it will show larger
    view.document.selection.set(["conv1"])
    view.zoom_to_selection()

    # When the person asks for 100 % before it has arrived
    view.zoom_reset()

    # Then it stays at 100 %, with that node in the middle
    view.land()
    QTest.qWait(200)
    assert view.zoom == 1.0
    assert view.seen().contains(view.canvas.nodes["conv1"].sceneBoundingRect())


def test_a_node_is_painted_in_every_way_of_looking(view: CanvasView, hands: Hands) -> None:
    # Given pictures with and without a node, near and far
    for zoom in (0.2, FAR - 0.01, FAR + 0.01, 1.0, 2.5):
        view.set_zoom(zoom)
        view.document.selection.clear()
        view.keep_in_view("conv1")
        view.settle()
        without_choice = picture(view)

        # When it is selected, its pixels change
        view.document.selection.set(["conv1"])
        chosen = picture(view)
        assert chosen != without_choice, zoom

        # And when it is gone, they change again
        view.document.do("Remove", edits.remove(view.document.graph, ["conv1"]))
        assert picture(view) != chosen, zoom
        view.document.undo.undo()
        view.document.infer_now()
    agree(view)


def test_both_themes_are_painted(view: CanvasView, theme: Theme) -> None:
    dark = picture(view)
    theme.prefer("light")
    light = picture(view)
    corner = QPoint(3, 3)
    assert dark.pixelColor(corner) == QColor("#15181D")
    assert light.pixelColor(corner) == QColor("#F5F6F8")


def test_no_gesture_changes_a_color_of_the_theme(
    view: CanvasView, hands: Hands, theme: Theme
) -> None:
    before = {
        token: theme.color(token).name(QColor.NameFormat.HexArgb)
        for token in ("accent", "canvas", "panel")
    }
    hands.drag(QPoint(20, 20), QPoint(500, 500))
    hands.drag(hands.out("conv1"), hands.into("image", "x"))
    view.minimap.renew()
    picture(view)
    after = {token: theme.color(token).name(QColor.NameFormat.HexArgb) for token in before}
    assert after == before


def test_a_node_that_comes_into_view_does_not_come_under_the_map(view: CanvasView) -> None:
    # Given a drawing so large that the map is shown, and a node low at the right, out of view
    view.set_zoom(2.0)
    view.minimap.renew()
    assert view.minimap.isVisible()
    node = view.canvas.nodes["linear1"]
    place = node.sceneBoundingRect().center()
    view.show_place(place - QPointF(2000, 2000), 2.0)
    view.land()

    # When the view goes just as far as it takes to show it
    view.keep_in_view("linear1")

    # Then it can be seen whole
    box = view.viewportTransform().mapRect(node.sceneBoundingRect())
    assert QRectF(view.viewport().rect()).contains(box)
    assert not box.intersects(QRectF(view.minimap.place))


def test_the_map_takes_less_of_a_small_canvas_and_nothing_of_a_tiny_one(view: CanvasView) -> None:
    view.set_zoom(2.0)
    taken = []
    for size in ((1000, 700), (660, 300), (300, 160)):
        view.resize(*size)
        view.minimap.renew()
        shown = view.minimap.size() if view.minimap.isVisible() else QSize(0, 0)
        taken.append(shown.width() * shown.height())
        assert shown.width() * 4 < size[0]
        assert shown.isEmpty() or view.rect().contains(view.minimap.geometry())

    assert taken[0] > taken[1] > taken[2] == 0


def test_the_map_goes_from_over_nodes_to_a_free_corner_and_leaves_a_small_canvas_to_them(
    view: CanvasView,
) -> None:
    def covers() -> bool:
        box = QRectF(view.minimap.place)
        nodes = view.canvas.nodes.values()
        port = view.viewportTransform()
        return any(port.mapRect(item.sceneBoundingRect()).intersects(box) for item in nodes)

    # Given a node in the lower right corner of a canvas of which the map shows where it is
    view.resize(660, 300)
    view.set_zoom(1.5)
    node = view.canvas.nodes["linear1"].sceneBoundingRect()
    view.show_place(node.center(), 1.5)
    view.land()
    middle = view.viewport().rect().center()
    view.scroll_by(middle.x() - 60, middle.y() - 30)

    # When the view has come to rest, then the map is in a corner where no node is
    view.minimap.renew()
    assert view.minimap.isVisible()
    assert view.minimap.place.center().y() < 150 or view.minimap.place.center().x() < 330
    assert not covers()

    # And it stays there as long as it can
    corner = view.minimap.place.topLeft()
    view.scroll_by(-6, -4)
    view.minimap.renew()
    assert view.minimap.place.topLeft() == corner
    assert not covers()

    # And where nodes are in every corner, it leaves a small canvas to them, and stays on a large one
    view.set_zoom(4.0)
    view.show_place(node.center(), 4.0)
    view.land()
    view.resize(400, 210)
    view.show_place(node.center(), 4.0)
    view.land()
    view.minimap.renew()
    assert view.minimap.isHidden()


def test_what_is_said_of_a_node_is_said_once(view: CanvasView) -> None:
    said: list[str] = []
    view.hinted.connect(said.append)
    for name in ("relu1", "conv1"):
        view.document.selection.set([name])
    assert said[0].startswith("relu1, ReLU. Gives ")
    assert said[1].startswith("conv1, Conv2d, 32 · 3×3")

    # And said anew when it becomes another
    graph = view.document.graph
    view.document.do("Set", edits.set_parameters(graph, ["conv1"], {"out_channels": 48}))
    view.document.infer_now()
    assert said[-1].startswith("conv1, Conv2d, 48 · 3×3")
    assert said[-1] == view.accessibleDescription()


def test_reveal_brings_a_node_into_view(view: CanvasView) -> None:
    view.set_zoom(2.0)
    view.reveal("image")
    box = view.canvas.nodes["image"].sceneBoundingRect()
    assert view.seen().contains(box)
    assert view.document.selection.current == "image"
    view.reveal("linear1")
    assert view.seen().contains(view.canvas.nodes["linear1"].sceneBoundingRect())


def test_canvases_leave_nothing_behind(theme: Theme, icons: Icons) -> None:
    def cycle() -> None:
        document = Document(digits())
        view = shown(document, theme, icons)
        picture(view)
        view.close()
        view.deleteLater()
        document.deleteLater()
        del view, document
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, 52)
        gc.collect()

    for _ in range(3):
        cycle()
    before = len(getAllValidWrappers())
    for _ in range(10):
        cycle()
    assert len(getAllValidWrappers()) <= before + 2

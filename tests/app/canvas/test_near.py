"""From near, a node says more; at 100 % it is painted as ever, and an export does not depend on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.canvas.node_item import NodeItem
from app.canvas.view import CanvasView
from graph_engine import edits


def at_zoom(view: CanvasView, zoom: float) -> NodeItem:
    item = view.canvas.nodes["conv1"]
    view.show_place(item.sceneBoundingRect().center(), zoom)
    view.land()
    view.settle()
    QApplication.processEvents()
    view.viewport().repaint()
    return item


def test_parameters_help_and_output_are_told_from_near(view: CanvasView) -> None:
    # Given a node at 100 %, where nobody asks for more
    assert at_zoom(view, 1.0).near is None

    # When somebody comes nearer
    near = at_zoom(view, 1.5).near

    # Then it says its parameters in full, what it does and what it gives
    assert near is not None
    assert near.parameters[0] == "Conv2d · out_channels 32 · kernel_size 3 · padding 1"
    assert "filters" in near.help
    assert near.output == "→ 32×8×8 · float32 · 8 KiB"
    assert not near.is_wrong


def test_it_follows_edits_and_tells_problems(view: CanvasView) -> None:
    at_zoom(view, 1.5)
    document = view.document

    document.do("Set", edits.set_parameter(document.graph, "conv1", "kernel_size", 11))
    document.infer_now()
    near = at_zoom(view, 1.6).near

    assert near is not None
    assert near.is_wrong
    assert "conv1" in near.help
    assert near.output == ""


def test_it_is_told_once_however_often_it_is_painted(view: CanvasView) -> None:
    item = at_zoom(view, 1.5)
    before = item.near

    for _ in range(3):
        view.scroll_by(3, 0)
        view.viewport().repaint()

    assert item.near is before


def test_an_export_is_the_same_from_near_and_far(view: CanvasView) -> None:
    def exported() -> QImage:
        image = QImage(900, 200, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        view.canvas.render(painter, QRectF(image.rect()), QRectF(200, -40, 450, 100))
        painter.end()
        return image

    def after(zoom: float) -> Callable[[], QImage]:
        at_zoom(view, zoom)
        return exported

    assert after(1.0)() == after(1.8)()

"""NodeGraphQt with the same drawing, in an environment of its own, for ``tests.benchmarks.canvas``."""

from __future__ import annotations

import gc
import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from NodeGraphQt import BaseNode, NodeGraph
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.benchmarks.measuring import HIGH, WIDE, grid, median, memory


class PeerNode(BaseNode):  # type: ignore[misc]
    """Two inputs, one output."""

    __identifier__ = "bench"
    NODE_NAME = "node"

    def __init__(self) -> None:
        super().__init__()
        self.add_input("a")
        self.add_input("b")
        self.add_output("out")


def measure(count: int) -> dict[str, float]:
    """All measurements of NodeGraphQt."""
    QApplication([])
    places, wires = grid(count)
    gc.collect()
    started = (time.process_time(), memory())
    graph = NodeGraph()
    graph.register_node(PeerNode)
    nodes = [
        graph.create_node(
            "bench.PeerNode", name=f"node{i}", pos=place, push_undo=False, selected=False
        )
        for i, place in enumerate(places)
    ]
    fed: dict[int, int] = {}
    for a, b in wires:
        nodes[a].set_output(0, nodes[b].input(min(fed.get(b, 0), 1)))
        fed[b] = fed.get(b, 0) + 1
    viewer = graph.viewer()
    viewer.resize(WIDE, HIGH)
    viewer.show()
    QApplication.processEvents()
    result = {"load": (time.process_time() - started[0]) * 1000}
    paint = viewer.viewport().repaint
    middle = nodes[len(nodes) // 2].view
    half = QPointF(WIDE / 2, HIGH / 2)
    look(viewer, QRectF(middle.scenePos() - half, middle.scenePos() + half))

    def pan(index: int) -> None:
        viewer._scene_range.translate(7 if index % 2 else -7, 0)
        viewer._update_scene()
        paint()

    result["pan"] = median(pan)
    result["drag"] = drag(viewer, middle)
    look(viewer, viewer.scene().itemsBoundingRect())
    result["fit"] = median(lambda _: paint(), 5)
    gc.collect()
    result["MB"] = memory() - started[1]
    return result


def look(viewer: object, rect: QRectF) -> None:
    """Shows a part of the drawing."""
    viewer._scene_range = rect  # type: ignore[attr-defined]
    viewer._update_scene()  # type: ignore[attr-defined]
    QApplication.processEvents()


def drag(viewer: object, item: object) -> float:
    """One real move of the mouse with a node held, until it is painted."""
    port = viewer.viewport()  # type: ignore[attr-defined]
    start = viewer.mapFromScene(item.sceneBoundingRect().center() - QPointF(0, 8))  # type: ignore[attr-defined]
    before = item.scenePos()  # type: ignore[attr-defined]
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)

    def move(number: int) -> None:
        at = start + QPoint(10 + 8 * (number % 5), 6 + 8 * (number % 3))
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(at), QPointF(port.mapToGlobal(at)),
            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(port, event)
        QApplication.processEvents()

    taken = median(move)
    assert item.scenePos() != before, "the node did not follow"  # type: ignore[attr-defined]
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start)
    return taken


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))

"""The canvas against a bare ``QGraphicsView`` and a hybrid prototype: CPU time of what one waits for.

``python -m tests.benchmarks.canvas [100 1000 5000]`` prints one table for each size. All three draw
the same grid of nodes with 1.2 wires a node in 1600 × 900 pixels; the editor has its labels, badges,
shapes and map on. Times are process-CPU milliseconds, medians; memory is what the drawing added. Each
measurement runs in a process of its own. With ``NETLOOM_PEER`` set to the Python of an environment that
has NodeGraphQt, that is measured as well.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.canvas.geometry import wire_path
from tests.benchmarks.measuring import HIGH, WIDE, Places, Wires, grid, median, memory

GOALS = {"load": ("bare", 2.0), "pan": ("hybrid", 1.6), "fit": ("hybrid", 2.5), "drag": ("hybrid", 2.0),
         "zoom": ("bare", 1.5), "MB": ("hybrid", 2.0)}  # fmt: skip


class BareNode(QGraphicsItem):
    """A rounded rectangle with a name, two inputs and one output, painted each time."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.wires = name, []  # type: ignore[var-annotated]

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(-6, -6, 196, 64)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setPen(QPen(QColor("#343C48"), 1))
        painter.setBrush(QColor("#242A33"))
        painter.drawRoundedRect(QRectF(0, 0, 184, 52), 6, 6)
        painter.setPen(QColor("#E6E9EF"))
        painter.drawText(QPointF(14, 30), self.name)
        painter.setBrush(QColor("#4C8DF6"))
        for x, y in ((0, 17), (0, 35), (184, 26)):
            painter.drawEllipse(QPointF(x, y), 4, 4)


class Bare(QGraphicsView):
    """A plain view: one item a node, one path a wire."""

    cached = False

    def __init__(self, places: Places, wires: Wires) -> None:
        self.drawing = QGraphicsScene()
        super().__init__(self.drawing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nodes = []
        for index, (x, y) in enumerate(places):
            node = BareNode(f"node{index}")
            node.setPos(x, y)
            if self.cached:
                node.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            self.drawing.addItem(node)
            self.nodes.append(node)
        pen = QPen(QColor("#7D8BA6"), 1.75)
        for a, b in wires:
            wire = QGraphicsPathItem(self._path(a, b))
            wire.setPen(pen)
            wire.setZValue(-1)
            self.drawing.addItem(wire)
            for end in (a, b):
                self.nodes[end].wires.append((wire, a, b))
        box = self.drawing.itemsBoundingRect()
        self.setSceneRect(box.adjusted(-4000, -4000, 4000, 4000))
        self.drawing.setSceneRect(box.adjusted(-4000, -4000, 4000, 4000))
        self._held = -1

    def _path(self, a: int, b: int) -> QPainterPath:
        start = self.nodes[a].pos() + QPointF(184, 26)
        return wire_path(start, self.nodes[b].pos() + QPointF(0, 17))

    def hold(self, index: int) -> None:
        """Lets a node follow the pointer."""
        self._held = index

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._held >= 0:
            node = self.nodes[self._held]
            node.setPos(self.mapToScene(event.position().toPoint()) - QPointF(90, 12))
            for wire, a, b in node.wires:
                wire.setPath(self._path(a, b))


class Hybrid(Bare):
    """The same with kept pictures of nodes, and an overview of batches from far away."""

    cached = True

    def __init__(self, places: Places, wires: Wires) -> None:
        super().__init__(places, wires)
        self._boxes = [QRectF(x, y, 184, 52) for x, y in places]
        self._lines = [
            QLineF(places[a][0] + 184, places[a][1] + 26, places[b][0], places[b][1] + 17)
            for a, b in wires
        ]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.transform().m11() >= 0.45:
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor("#15181D"))
        painter.setWorldTransform(self.viewportTransform())
        painter.setPen(QPen(QColor("#596372"), 0))
        painter.drawLines(self._lines)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#4C8DF6"))
        painter.drawRects(self._boxes)
        painter.end()


def editor(places: Places, wires: Wires, started: list[float]) -> QGraphicsView:
    """The real canvas over a real document; only the canvas counts as loading."""
    from app.canvas.view import CanvasView
    from app.document import Document
    from app.icons import Icons
    from app.theme import Theme
    from graph_engine.graph import Change, Graph, Node, PortRef
    from graph_engine.layers.activation import ReLU
    from graph_engine.layers.arithmetic import Add
    from graph_engine.layers.inputs import Input
    from graph_engine.project import Project

    fed: dict[int, int] = {}
    rows: dict[PortRef, tuple[None, PortRef]] = {}
    for a, b in wires:
        fed[b] = fed.get(b, 0) + 1
        rows[PortRef(f"node{b}", f"x{fed[b]}")] = (None, PortRef(f"node{a}", "output"))
    several = {b for b, count in fed.items() if count > 1}
    nodes = {}
    for index, place in enumerate(places):
        layer = (
            Input(shape=(16, 8, 8)) if index not in fed else Add() if index in several else ReLU()
        )
        nodes[f"node{index}"] = (None, Node(f"node{index}", layer, place))
    plain = {
        (t if int(t.node[4:]) in several else PortRef(t.node, "input")): s for t, s in rows.items()
    }
    graph = Graph("main")
    graph.apply(Change({"nodes": nodes, "wires": plain}))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, "dark")
    document = Document(Project("grid", graph))
    application.processEvents()
    gc.collect()
    started[:] = [time.process_time(), memory()]
    return CanvasView(document, theme, Icons(theme))


def measure(kind: str, count: int) -> dict[str, float]:
    """All measurements of one kind of view."""
    QApplication([])
    places, wires = grid(count)
    gc.collect()
    started = [time.process_time(), memory()]
    if kind == "editor":
        view = editor(places, wires, started)
    else:
        view = (Bare if kind == "bare" else Hybrid)(places, wires)
    view.resize(WIDE, HIGH)
    view.show()
    QApplication.processEvents()
    result = {"load": (time.process_time() - started[0]) * 1000}
    middle = QPointF(*places[len(places) // 2])
    look(view, 1.0, middle)
    result["pan"] = pan(view)
    result["zoom"] = zoom(view, kind)
    look(view, 1.0, middle)
    result["drag"] = drag(view, len(places) // 2)
    box = QRectF(0, 0, max(x for x, _ in places) + 184, max(y for _, y in places) + 52)
    fit = min(WIDE / box.width(), HIGH / box.height(), 1.0) * 0.95
    look(view, fit, box.center())
    paint = view.viewport().repaint
    result["fit"] = median(lambda _: paint())
    gc.collect()
    result["MB"] = memory() - started[1]
    result["at"] = fit
    return result


def look(view: QGraphicsView, zoom: float, at: QPointF) -> None:
    """Goes to a place and paints it, with all that comes to rest there."""
    view.setTransform(QTransform.fromScale(zoom, zoom))
    view.centerOn(at)
    settle = getattr(view, "settle", None)
    if settle:
        view._dots = None  # type: ignore[attr-defined]
        settle()
    QApplication.processEvents()
    view.viewport().repaint()


def pan(view: QGraphicsView) -> float:
    """Milliseconds of a step of 7 pixels to the side, and back."""
    bar, paint = view.horizontalScrollBar(), view.viewport().repaint

    def move(index: int) -> None:
        bar.setValue(bar.value() + (7 if index % 2 else -7))
        paint()

    return median(move)


def zoom(view: QGraphicsView, kind: str) -> float:
    """Milliseconds of a small step nearer."""
    paint = view.viewport().repaint

    def move(index: int) -> None:
        target = 1.0 + 0.02 * (index % 7 + 1)
        if kind == "editor":
            view.set_zoom(target)  # type: ignore[attr-defined]
        else:
            view.setTransform(QTransform.fromScale(target, target))
        paint()

    return median(move)


def find(view: QGraphicsView, index: int) -> QGraphicsItem:
    """The item of a node."""
    if isinstance(view, Bare):
        return view.nodes[index]
    return view.canvas.nodes[f"node{index}"]  # type: ignore[attr-defined,no-any-return]


def drag(view: QGraphicsView, index: int) -> float:
    """One real move of the mouse with a node held, until it is painted."""
    port = view.viewport()
    if isinstance(view, Bare):
        view.hold(index)
    place = find(view, index).pos()
    start = view.mapFromScene(place + QPointF(90, 12))
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)

    def move(number: int) -> None:
        at = start + QPoint(10 + 8 * (number % 5), 6 + 8 * (number % 3))
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove, QPointF(at), QPointF(port.mapToGlobal(at)),
            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(port, event)
        QApplication.processEvents()

    taken = median(move)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start)
    return taken


def run(command: list[str]) -> dict[str, float]:
    """What a measurement in a process of its own prints."""
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return found


def main(sizes: list[int]) -> None:
    """Prints the tables."""
    peer = os.environ.get("NETLOOM_PEER")
    for count in sizes:
        kinds = ("bare", "hybrid", "editor")
        module = [sys.executable, "-m", "tests.benchmarks.canvas", "--one"]
        found = {kind: run([*module, kind, str(count)]) for kind in kinds}
        if peer:
            found["peer"] = run([peer, "-m", "tests.benchmarks.canvas_peer", str(count)])
        show(count, found)


def show(count: int, found: dict[str, dict[str, float]]) -> None:
    """Prints one table."""
    print(f"\n{count} nodes, all in view at {found['bare']['at']:.0%}")
    print(" " * 8 + "".join(f"{kind:>10}" for kind in found) + "   ratio")
    for what, (against, goal) in GOALS.items():
        row = "".join(f"{each.get(what, float('nan')):10.1f}" for each in found.values())
        ratio = found["editor"][what] / max(found[against][what], 1e-9)
        line = (
            f"{what:8}{row}{ratio:7.1f}×  ≤ {goal}× {against}{'' if ratio <= goal else ', missed'}"
        )
        if what in found.get("peer", {}):
            line += f"; the peer takes {found['peer'][what] / found['editor'][what]:.1f}×"
        print(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main([int(size) for size in sys.argv[1:]] or [100, 1000, 5000])

"""A canvas with a document, and hands that reach into it by real events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas.node_item import NodeItem
from app.canvas.view import CanvasView
from app.canvas.wire_item import WireItem
from app.document import Document
from app.icons import Icons
from app.theme import Theme
from graph_engine import edits
from graph_engine.edits.arranging import place
from graph_engine.graph import PortRef
from graph_engine.layers.normalization import BatchNorm1d

Left, NoKey = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Hands:
    """Mouse and keyboard on a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view, self.document = view, view.document

    @property
    def port(self) -> QWidget:
        return self.view.viewport()

    def at(self, scene: QPointF) -> QPoint:
        return self.view.viewportTransform().map(scene).toPoint()

    def node(self, name: str) -> QPoint:
        item = self.view.canvas.nodes[name]
        return self.at(item.pos() + QPointF(90, 12))

    def out(self, name: str, port: str = "output") -> QPoint:
        return self.at(self.view.canvas.nodes[name].port(port, output=True))

    def into(self, name: str, port: str = "input") -> QPoint:
        return self.at(self.view.canvas.nodes[name].port(port, output=False))

    def click(self, at: QPoint, keys: Qt.KeyboardModifier = NoKey) -> None:
        QTest.mouseClick(self.port, Left, keys, at)

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        keys: Qt.KeyboardModifier = NoKey,
        button: Qt.MouseButton = Left,
        *,
        let_go: bool = True,
    ) -> None:
        QTest.mousePress(self.port, button, keys, start)
        for part in (0.2, 0.6, 1.0):
            QTest.mouseMove(self.port, start + (end - start) * part)
        if let_go:
            QTest.mouseRelease(self.port, button, keys, end)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NoKey) -> None:
        QTest.keyClick(self.view, key, keys)

    def type(self, text: str) -> None:
        """Opens the search, types and takes the first."""
        self.key(Qt.Key.Key_Tab)
        field = self.view.searching.popup.field
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)


def agree(view: CanvasView) -> None:
    """The items are exactly what the graph says."""
    canvas, graph = view.canvas, view.document.graph
    assert canvas.nodes.keys() == graph.nodes.keys()
    assert canvas.wires.keys() == graph.wires.keys()
    assert {k for _, k in canvas.annotations} == {*graph.notes, *graph.frames}
    for name, item in canvas.nodes.items():
        assert (item.x(), item.y()) == pytest.approx(graph.nodes[name].position)
        slots = set(graph.slots(name))
        if graph.nodes[name].collapsed:
            slots = slots & set(graph.incoming(name)) or slots
        assert {p for p, _ in item.outline.inputs} == slots
    for target, wire in canvas.wires.items():
        assert wire.source == graph.wires[target]
        assert wire.start == canvas.nodes[wire.source.node].port(wire.source.port, output=True)
        assert wire.end == canvas.nodes[target.node].port(target.port, output=False)
        assert wire.bends == graph.routes.get(target, ())
        assert wire.isVisible()
    for name, item in canvas.nodes.items():
        around = {PortRef(name, p) for p in graph.incoming(name)} | set(graph.outgoing(name))
        assert {w.target for w in item.wires if isinstance(w, WireItem)} == around
    for (table, key), note in canvas.annotations.items():
        row = getattr(graph, table)[key]
        assert note.row == row
        assert (note.x(), note.y()) == row.position
    items = canvas.items()
    assert sum(isinstance(item, NodeItem) for item in items) == len(graph.nodes)
    assert sum(isinstance(item, WireItem) for item in items) == len(graph.wires)
    assert len(items) == len(canvas.nodes) + len(canvas.wires) + len(canvas.annotations) + len(
        canvas.above
    )
    assert canvas.overview.count == (len(graph.nodes), len(graph.wires))
    assert canvas.chosen == set(view.document.selection.names)


def spread(document: Document) -> None:
    """Puts the nodes of a chain far enough apart for hands to reach between them."""
    graph = document.graph
    names = graph.in_order()
    graph.apply(place(graph, {name: (index * 288.0, 0.0) for index, name in enumerate(names)}))


def shown(document: Document, theme: Theme, icons: Icons) -> CanvasView:
    view = CanvasView(document, theme, icons)
    view.resize(1400, 700)
    view.show()
    QTest.qWaitForWindowExposed(view)
    view.zoom_to_fit()
    view.land()
    view.set_zoom(0.6)
    view.settle()
    return view


@pytest.fixture
def view(document: Document, theme: Theme, icons: Icons) -> Iterator[CanvasView]:
    spread(document)
    made = shown(document, theme, icons)
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def hands(view: CanvasView) -> Hands:
    return Hands(view)


def flat_only(view: CanvasView) -> str:
    """A layer that takes flat features, without a wire."""
    change = edits.add(view.document.graph, BatchNorm1d(), position=(600.0, 200.0))
    view.document.do("Add", change)
    return str(change.added("nodes")[0])

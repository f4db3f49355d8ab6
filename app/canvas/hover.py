"""What the pointer is over: a wire lights up with its whole path, ports and badges say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
from PySide6.QtCore import QPointF, Qt

from app.canvas import captions
from app.canvas.finding import Bounding
from app.canvas.geometry import WIDTH
from app.canvas.node_item import NodeItem
from app.canvas.wire_item import WireItem
from graph_engine.graph import PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

BADGE = 14.0


class Hover:
    """Looks at each move of the pointer without a button."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._wire: WireItem | None = None
        self._lit: list[WireItem] = []
        self._said = ""

    @property
    def wire(self) -> WireItem | None:
        """The wire under the pointer."""
        return self._wire

    def look(self, point: QPointF) -> None:
        """Finds what is at a place of the view."""
        view, canvas = self._view, self._view.canvas
        at = view.scene_point(point)
        port = None if view.is_far else canvas.port_at(at, 8.0)
        node = canvas.node_at(at, 8.0)
        wire = None
        if port is None and node is None and not view.is_far:
            wire = canvas.wire_at(at, 5 / view.zoom)
        self._light(wire)
        shape = Qt.CursorShape.CrossCursor if port else Qt.CursorShape.ArrowCursor
        if wire is not None and wire.bends and view.bends.at(wire, at) is not None:
            shape = Qt.CursorShape.SizeAllCursor
        if view.viewport().cursor().shape() != shape:
            view.viewport().setCursor(shape)
        self._say(self._words(at, port, node, wire), point)

    def forget(self) -> None:
        """Nothing is under the pointer; items of before may be gone."""
        self._wire, self._lit, self._said = None, [], ""

    def leave(self) -> None:
        """The pointer went away."""
        self._light(None)
        self._say("", QPointF())

    def _light(self, wire: WireItem | None) -> None:
        if wire is self._wire:
            return
        canvas = self._view.canvas
        canvas.light([w for w in self._lit if canvas.wires.get(w.target) is w], lit=False)
        self._wire, self._lit = wire, []
        if wire is None:
            return
        dag = self._view.document.graph.dag
        before = {wire.source.node, *nx.ancestors(dag, wire.source.node)}
        behind = {wire.target.node, *nx.descendants(dag, wire.target.node)}
        seen = canvas.items(self._view.seen(), Bounding)
        self._lit = [
            w for w in seen if isinstance(w, WireItem) and on_path(w, wire, before, behind)
        ]
        canvas.light(self._lit, lit=True)

    def _words(
        self,
        at: QPointF,
        port: tuple[NodeItem, str, bool] | None,
        node: NodeItem | None,
        wire: WireItem | None,
    ) -> str:
        inference = self._view.document.inference
        if port is not None:
            return self._port_words(*port)
        if node is not None:
            inside = at - node.pos()
            below = inside.y() - node.outline.rect.top()
            corner = abs(inside.x() - WIDTH + 5) < BADGE and abs(below - 4) < BADGE
            return captions.problem_of(inference, node.name) if corner else ""
        if wire is not None:
            ends = f"{wire.source} → {wire.target}"
            return f"{captions.wire_help(inference.type_at(wire.source))}\n{ends}"
        return ""

    def _port_words(self, item: NodeItem, port: str, output: bool) -> str:
        document = self._view.document
        ref = PortRef(item.name, port)
        source = ref if output else document.graph.wires.get(ref)
        if source is None:
            return f"{port}: nothing wired yet"
        return f"{port}: {captions.wire_help(document.inference.type_at(source))}"

    def _say(self, words: str, point: QPointF) -> None:
        if words == self._said:
            return
        self._said = words
        self._view.tip.say(words, point, "border")


def on_path(wire: WireItem, chosen: WireItem, before: set[str], behind: set[str]) -> bool:
    """Whether a wire leads to the chosen one, or on from it."""
    return wire is chosen or wire.target.node in before or wire.source.node in behind

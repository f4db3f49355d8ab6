"""Drawing a wire: from either end, onto a port, a node or empty canvas, or off its port again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPen

from app.canvas.geometry import wire_path
from app.canvas.node_item import NodeItem
from app.canvas.tools import START, Tool
from app.canvas.wire_item import WireItem
from app.canvas.wire_looks import WIDE
from graph_engine import edits
from graph_engine.change import Change
from graph_engine.errors import DesignError
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

REACH = 16.0


class DrawWire(Tool):
    """A wire whose one end hangs on the pointer.

    ``fixed`` is the end that stays, an output where ``seeks_input``. ``taken`` is the input that an
    existing wire was taken off, or at which it is to get another source.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        view: CanvasView,
        event: QMouseEvent,
        fixed: PortRef,
        *,
        seeks_input: bool,
        taken: PortRef | None = None,
    ) -> None:
        super().__init__(view)
        self.fixed, self.seeks_input, self.taken = fixed, seeks_input, taken
        self._start, self._moved = event.position(), False
        self._end: PortRef | None = None
        self._pen = QPen(view.theme.color("accent"), WIDE)
        self._refused = QPen(view.theme.color("error"), WIDE, Qt.PenStyle.DashLine)
        self._path = self.canvas.sketch(self._pen)
        self._hide(True)
        graph = view.document.graph
        follow = nx.ancestors if seeks_input else nx.descendants
        self._circular = {fixed.node, *follow(graph.dag, fixed.node)}
        self.canvas.veil.show(self._is_open, seeks_input)

    @classmethod
    def from_port(
        cls, view: CanvasView, event: QMouseEvent, item: NodeItem, port: str, output: bool
    ) -> DrawWire:
        """From a port; an input that is wired gives its wire away."""
        ref = PortRef(item.name, port)
        source = view.document.graph.wires.get(ref)
        if output:
            return cls(view, event, ref, seeks_input=True)
        if source is not None:
            return cls(view, event, source, seeks_input=True, taken=ref)
        return cls(view, event, ref, seeks_input=False)

    @classmethod
    def from_wire(
        cls, view: CanvasView, event: QMouseEvent, wire: WireItem, *, keep_source: bool
    ) -> DrawWire:
        """One end of an existing wire."""
        fixed = wire.source if keep_source else wire.target
        return cls(view, event, fixed, seeks_input=keep_source, taken=wire.target)

    # The gesture ---------------------------------------------------------------------------------

    def move(self, event: QMouseEvent) -> None:
        """The loose end follows the hand, or takes the port it is near to."""
        if (event.position() - self._start).manhattanLength() >= START:
            self._moved = True
        view = self.view
        view.scroll_at_edge(event.position())
        at = view.scene_point(event.position())
        sentence, is_refusal = "", False
        self._end = self._near(at)
        if self._end is not None:
            at = self.canvas.nodes[self._end.node].port(self._end.port, output=not self.seeks_input)
            sentence, is_refusal = self._judge(self._end)
        else:
            sentence, is_refusal = self._judge_node(at)
        self._path.setPen(self._refused if is_refusal else self._pen)
        ends = (self._fixed_place(), at) if self.seeks_input else (at, self._fixed_place())
        self._path.setPath(wire_path(*ends))
        view.pointer_hint.say(sentence, event.position(), "error" if is_refusal else "warning")
        view.refresh_far()

    def release(self, event: QMouseEvent) -> None:
        """Wires, disconnects, or opens the search for a layer to wire to."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        view, at = self.view, self.view.scene_point(event.position())
        end = self._near(at)
        node = self.canvas.node_at(at)
        self._tidy_up()
        view.rest()
        if not self._moved:
            view.document.selection.set([node.name] if node else [self.fixed.node])
        elif end is not None:
            view.attempt(lambda: self._connect(end), event.position())
            view.offer_repair(self._target(end).node, event.position())
        elif node is not None:
            view.attempt(lambda: self._connect_node(node.name), event.position())
        elif self.taken is not None:
            taken = self.taken
            view.attempt(lambda: self._disconnect(taken), event.position())
        else:
            view.searching.for_end(self.fixed, self.seeks_input, event.position())

    def cancel(self) -> None:
        """The wire is where it was."""
        self._tidy_up()

    def _tidy_up(self) -> None:
        self.canvas.erase(self._path)
        self.canvas.veil.hide()
        self.view.pointer_hint.hide()
        self._hide(False)

    def _hide(self, hidden: bool) -> None:
        wire = self.canvas.wires.get(self.taken) if self.taken else None
        if wire is not None:
            wire.setVisible(not hidden)

    # What it would do ----------------------------------------------------------------------------

    def _fixed_place(self) -> QPointF:
        item = self.canvas.nodes[self.fixed.node]
        return item.port(self.fixed.port, output=self.seeks_input)

    def _near(self, at: QPointF) -> PortRef | None:
        found = self.canvas.port_at(at, REACH / min(self.view.zoom, 1.0))
        if found is None:
            return None
        item, port, output = found
        return PortRef(item.name, port) if output != self.seeks_input else None

    def _target(self, end: PortRef) -> PortRef:
        return end if self.seeks_input else self.fixed

    def _change(self, end: PortRef) -> Change:
        graph = self.view.document.graph
        source, target = (self.fixed, end) if self.seeks_input else (end, self.fixed)
        if self.taken is not None and target == self.taken:
            return edits.connect(graph, source, target)
        change = edits.connect(graph, source, target)
        if self.taken is not None and change:
            change = edits.disconnect(graph, self.taken).then(change)
        return change

    def _judge(self, end: PortRef) -> tuple[str, bool]:
        document = self.view.document
        try:
            self._change(end)
        except DesignError as error:
            return str(error), True
        source, target = (self.fixed, end) if self.seeks_input else (end, self.fixed)
        return forecast(document.graph, document.inference, source, target), False

    def _judge_node(self, at: QPointF) -> tuple[str, bool]:
        node = self.canvas.node_at(at)
        if node is None or node.name == self.fixed.node:
            return "", False
        ends = (self.fixed.node, node.name) if self.seeks_input else (node.name, self.fixed.node)
        try:
            edits.connect_nodes(self.view.document.graph, *ends)
        except DesignError as error:
            return str(error), True
        return "", False

    def _is_open(self, name: str) -> bool:
        graph = self.view.document.graph
        if name in self._circular or name not in graph.nodes:
            return False
        return bool(graph.ports_in(name) if self.seeks_input else graph.ports_out(name))

    # Doing it ------------------------------------------------------------------------------------

    def _connect(self, end: PortRef) -> None:
        self.view.document.do("Rewire" if self.taken else "Connect", self._change(end))

    def _connect_node(self, name: str) -> None:
        document = self.view.document
        graph = document.graph
        pairs = edits.candidates(
            graph, *((self.fixed.node, name) if self.seeks_input else (name, self.fixed.node))
        )
        mine = [pair for pair in pairs if self.fixed in pair]
        if not mine:
            ends = (self.fixed.node, name) if self.seeks_input else (name, self.fixed.node)
            document.do("Connect", edits.connect_nodes(graph, *ends))
            return
        end = mine[0][1] if self.seeks_input else mine[0][0]
        document.do("Rewire" if self.taken else "Connect", self._change(end))

    def _disconnect(self, taken: PortRef) -> None:
        document = self.view.document
        document.do("Disconnect", edits.disconnect(document.graph, taken))


def forecast(graph: Graph, inference: Inference, source: PortRef, target: PortRef) -> str:
    """What would be wrong with a node if that wire ended there; nothing where it fits."""
    arriving = inference.type_at(source)
    if arriving is None:
        return ""
    slots = graph.slots(target.node)
    incoming = graph.incoming(target.node)
    kinds = [inference.type_at(incoming[slot]) if slot in incoming else None for slot in slots]
    if target.port in slots:
        kinds[slots.index(target.port)] = arriving
    else:
        kinds.append(arriving)
    optional = {port.name for port in graph.ports_in(target.node) if port.optional}
    missing = [s for s, k in zip(slots, kinds, strict=False) if k is None and s not in optional]
    if missing:
        return ""
    try:
        layer = inference.layer_of(graph.nodes[target.node])
        inference.attempt(target.node, layer, tuple(kinds))
    except DesignError as error:
        return f"`{target.node}` {error}"
    return ""

"""Drawing a wire: from either end, onto a port, a node or empty canvas, or off its port again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import networkx as nx
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPen

from app.canvas.geometry import wire_path
from app.canvas.node_item import NodeItem
from app.canvas.tools import START, Key, Tool
from app.canvas.trial import Trial, forecast, label, sensible_ends, tried
from app.canvas.wire_item import WireItem
from app.canvas.wire_looks import WIDE
from graph_engine import edits
from graph_engine.change import Change
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import PortRef

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
        self._offered: dict[str, list[PortRef]] = {}
        self._trials: dict[PortRef, Trial] = {}
        self._fitting: dict[PortRef, bool] = {}
        self._pen = QPen(view.theme.color("accent"), WIDE)
        self._refused = QPen(view.theme.color("error"), WIDE, Qt.PenStyle.DashLine)
        self._path = self.canvas.sketch(self._pen)
        self._hide(True)
        graph = view.document.graph
        follow = nx.ancestors if seeks_input else nx.descendants
        self._circular = {fixed.node, *follow(graph.dag, fixed.node)}
        self.canvas.veil.show(self._is_open, self._fits, seeks_input)

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
        """The loose end follows the hand, or takes the port that it would end in."""
        if (event.position() - self._start).manhattanLength() >= START:
            self._moved = True
        view = self.view
        view.scroll_at_edge(event.position())
        at = view.scene_point(event.position())
        try:
            sentence, is_refusal = self._told(self._ends(at)), False
        except DesignError as error:
            sentence, is_refusal = str(error), True
        ends = [] if is_refusal else self._ends(at)
        if len(ends) == 1:
            at = self.canvas.nodes[ends[0].node].port(ends[0].port, output=not self.seeks_input)
        self._path.setPen(self._refused if is_refusal else self._pen)
        places = (self._fixed_place(), at) if self.seeks_input else (at, self._fixed_place())
        self._path.setPath(wire_path(*places))
        view.pointer_hint.say(sentence, event.position(), "error" if is_refusal else "warning")
        view.refresh_far()

    def release(self, event: QMouseEvent) -> None:
        """Wires, disconnects, or opens the search for a layer to wire to."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._tidy_up()
        self.view.rest()
        if self._moved:
            repairs = bool(event.modifiers() & Key.ControlModifier)
            self.view.attempt(partial(self._drop, event.position(), repairs), event.position())
        else:
            node = self.canvas.node_at(self.view.scene_point(event.position()))
            self.view.document.selection.set([node.name] if node else [self.fixed.node])

    def _drop(self, point: QPointF, repairs: bool) -> None:
        view, at = self.view, self.view.scene_point(point)
        ends = self._ends(at)
        if len(ends) == 1:
            self._wire(ends[0], point, repairs)
        elif ends:
            self._ask(ends, point, repairs)
        elif self.canvas.node_at(at) is not None:
            return
        elif self.taken is not None:
            document = view.document
            document.do("Disconnect", edits.disconnect(document.graph, self.taken))
        else:
            view.searching.for_end(self.fixed, self.seeks_input, point)

    def _ask(self, ends: list[PortRef], point: QPointF, repairs: bool) -> None:
        view = self.view
        wires = [partial(self._wire, end, point, repairs) for end in ends]
        choices = [
            (end.port, partial(view.attempt, do, point))
            for end, do in zip(ends, wires, strict=True)
        ]
        view.pointer_hint.choose(f"Which input of {ends[0].node}?", point, choices)

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

    def _ends(self, at: QPointF) -> list[PortRef]:
        """Where the wire would end if it were let go there: in the port that is near, or in the ports
        that the node there offers. Raises DesignError where that node can take none."""
        near = self._near(at)
        if near is not None:
            return [near]
        node = self.canvas.node_at(at)
        if node is None or node.name == self.fixed.node:
            return []
        if node.name not in self._offered:
            self._offered[node.name] = self._on(node.name)
        return self._offered[node.name]

    def _on(self, name: str) -> list[PortRef]:
        document = self.view.document
        graph = document.graph
        pair = (self.fixed.node, name) if self.seeks_input else (name, self.fixed.node)
        pairs = [both for both in edits.candidates(graph, *pair) if self.fixed in both]
        if not pairs:
            edits.connect_nodes(graph, *pair)
            raise WiringError(f"`{self.fixed}` is wired. Drop the wire on a port of `{name}`.")
        ends = [both[1] if self.seeks_input else both[0] for both in pairs]
        return sensible_ends(
            graph, document.inference, self.fixed, ends, seeks_input=self.seeks_input
        )

    def _pair(self, end: PortRef) -> tuple[PortRef, PortRef]:
        return (self.fixed, end) if self.seeks_input else (end, self.fixed)

    def _change(self, end: PortRef) -> Change:
        graph = self.view.document.graph
        source, target = self._pair(end)
        change = edits.connect(graph, source, target)
        if self.taken is not None and target != self.taken and change:
            change = edits.disconnect(graph, self.taken).then(change)
        return change

    def _told(self, ends: list[PortRef]) -> str:
        """What to say about those ends. Raises DesignError where the wire may not end there."""
        if len(ends) > 1:
            return f"Let go to choose: {', '.join(end.port for end in ends)}."
        if not ends:
            return ""
        trial = self._trial(ends[0])
        if trial.repair is None:
            return trial.sentence
        return f"{trial.sentence}\nWith Ctrl: {trial.repair.label}."

    def _trial(self, end: PortRef) -> Trial:
        if end not in self._trials:
            name = self._pair(end)[1].node
            self._trials[end] = tried(self.view.document, self._change(end), name)
        return self._trials[end]

    def _is_open(self, name: str) -> bool:
        graph = self.view.document.graph
        if name in self._circular or name not in graph.nodes:
            return False
        return bool(graph.ports_in(name) if self.seeks_input else graph.ports_out(name))

    def _fits(self, end: PortRef) -> bool:
        """Whether shapes agree there; asked for each port in view, so the answer is kept."""
        if end not in self._fitting:
            document = self.view.document
            told = forecast(document.graph, document.inference, *self._pair(end))
            self._fitting[end] = not told
        return self._fitting[end]

    # Doing it ------------------------------------------------------------------------------------

    def _wire(self, end: PortRef, point: QPointF, repairs: bool) -> None:
        document = self.view.document
        change, target = self._change(end), self._pair(end)[1]
        text = "Rewire" if self.taken else "Connect"
        cure = tried(document, change, target.node).repair if repairs else None
        if cure is not None:
            document.do(label(text, cure), change.then(cure.change))
            return
        document.do(text, change)
        self.view.offer_repair(target.node, point, text, change)

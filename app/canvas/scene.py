"""The items of the shown graph. Follows the document and touches only what a change names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QPainter

from app.canvas import captions
from app.canvas.annotation_item import AnnotationItem, Key
from app.canvas.finding import Bounding, FindingScene
from app.canvas.geometry import LABEL_APART, LABEL_ROOM, WIDTH, shape_of
from app.canvas.labels import LEAST_ZOOM, Labels
from app.canvas.node_item import NodeItem
from app.canvas.node_painting import Facts, NodePainter, facts_of
from app.canvas.overview import Overview
from app.canvas.tint import Tinting
from app.canvas.veil import Veil
from app.canvas.wire_item import LABEL_REACH, WireItem
from app.canvas.wire_looks import LIT, WRONG, WirePens, plain
from app.document import Document
from app.theme import Theme
from graph_engine.change import Change
from graph_engine.graph import Point, PortRef
from graph_engine.layers.block import Block
from graph_engine.layers.shape import shape_text

AROUND = 4000.0


class CanvasScene(FindingScene):
    """Nodes, wires, notes and frames as items; ``nodes``, ``wires`` and ``annotations`` find them.

    ``leaving`` says that items are about to change, so that nobody holds on to them.
    """

    leaving = Signal()

    def __init__(self, document: Document, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.theme = document, theme
        self.painter = NodePainter(theme)
        self.pens = WirePens(theme, self.painter)
        self.labels = Labels(theme)
        self._overview = Overview(theme)
        self.tinting = Tinting(self, theme)
        self._overview.tints = self.tinting.colors
        self._adrift: set[NodeItem] = set()
        self.veil = Veil(theme, self.update)
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[PortRef, WireItem] = {}
        self.annotations: dict[Key, AnnotationItem] = {}
        self.chosen: set[str] = set()
        self.chosen_annotations: set[Key] = set()
        self.wrong: set[str] = set()
        self.found: set[str] = set()
        self._labels: dict[WireItem, str] = {}
        document.changed.connect(self.follow)
        document.shown.connect(self.rebuild)
        document.inferred.connect(self.reinfer)
        document.selection.changed.connect(self.reselect)
        theme.changed.connect(self.retint)
        self.rebuild()

    # Building ------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Makes all items anew, for another graph."""
        self.leaving.emit()
        self._empty()
        graph = self.document.graph
        for name in graph.nodes:
            self._add_node(name)
        for target, source in graph.wires.items():
            self._add_wire(target, source)
        for table in ("frames", "notes"):
            for key in getattr(graph, table):
                self._set_annotation((table, key))
        self.wrong = {n for n, r in self.document.inference.refused.items() if r.problem}
        self._fit_rect()
        self.reselect()

    def _empty(self) -> None:
        self.clear()
        self.nodes, self.wires, self.annotations = {}, {}, {}
        self.above.clear()
        self._labels.clear()
        self._overview.clear()
        self._adrift.clear()
        self.chosen, self.chosen_annotations, self.wrong = set(), set(), set()
        self.found = set()

    def drawing_rect(self) -> QRectF:
        """Where there is something: an empty rectangle for an empty drawing."""
        found = QRectF()
        lefts = [item.x() for item in self.nodes.values()]
        if lefts:
            tops = [item.y() for item in self.nodes.values()]
            lows = [item.y() + item.outline.height for item in self.nodes.values()]
            found = QRectF(QPointF(min(lefts), min(tops)), QPointF(max(lefts) + WIDTH, max(lows)))
        for annotation in self.annotations.values():
            found |= annotation.sceneBoundingRect()
        return found

    def _fit_rect(self) -> None:
        """A scene far larger than the drawing, set rarely: each time sorts all items into it again."""
        wanted = self.drawing_rect()
        near = wanted.adjusted(-AROUND / 4, -AROUND / 4, AROUND / 4, AROUND / 4)
        if not self.sceneRect().contains(near) or self.sceneRect().isNull():
            self.setSceneRect(wanted.adjusted(-AROUND, -AROUND, AROUND, AROUND))

    def _make_place(self, names: Iterable[str]) -> None:
        inner = self.sceneRect().adjusted(AROUND / 4, AROUND / 4, -AROUND / 4, -AROUND / 4)
        if not all(inner.contains(self.nodes[n].pos()) for n in names if n in self.nodes):
            self._fit_rect()

    def _add_node(self, name: str) -> None:
        graph = self.document.graph
        item = NodeItem(self, name, shape_of(graph, name))
        item.setPos(*graph.nodes[name].position)
        self.nodes[name] = item
        known = self.document.inference.refused.get(name)  # a view before this one may have asked
        if known and known.problem:
            self.wrong.add(name)
        self.addItem(item)
        self._place(item)

    def _remove_node(self, name: str) -> None:
        self.removeItem(self.nodes.pop(name))
        self._overview.drop(name)
        self._adrift = {item for item in self._adrift if item.name != name}
        for names in (self.chosen, self.wrong, self.found):
            names.discard(name)

    def _place(self, item: NodeItem) -> None:
        layer = self.document.graph.nodes[item.name].layer
        rect = item.outline.rect.translated(item.pos())
        title = captions.name_line(self.document.graph.nodes[item.name])
        self._overview.place(item.name, layer.family, rect, title, always=isinstance(layer, Block))

    def _add_wire(self, target: PortRef, source: PortRef) -> None:
        wire = WireItem(target, source)
        self.wires[target] = wire
        self.nodes[target.node].wires.add(wire)
        self.nodes[source.node].wires.add(wire)
        self._lead(wire)
        self.wear(wire)
        self.addItem(wire)

    def _remove_wire(self, target: PortRef) -> None:
        wire = self.wires.pop(target)
        for end in (wire.target.node, wire.source.node):
            if end in self.nodes:
                self.nodes[end].wires.discard(wire)
        self._labels.pop(wire, None)
        self._overview.cut(target)
        self.removeItem(wire)

    def _lead(self, wire: WireItem, bends: Sequence[Point] | None = None) -> None:
        self._stretch(wire, bends)
        self._overview.lead(wire.target, QLineF(wire.start, wire.end))

    def _stretch(self, wire: WireItem, bends: Sequence[Point] | None) -> None:
        start = self.nodes[wire.source.node].port(wire.source.port, output=True)
        end = self.nodes[wire.target.node].port(wire.target.port, output=False)
        if bends is None:
            bends = self.document.graph.routes.get(wire.target, ())
        text = self.label(wire) if wire.scene() is self else ""
        room = self.labels.width(text) + LABEL_APART if text else 0.0
        before = wire.label_box(room) if room and wire.room() >= room else QRectF()
        wire.lead(start, end, bends)
        after = wire.label_box(room) if room and wire.room() >= room else QRectF()
        if before or after:
            self.update(before | after)

    def bend(self, wire: WireItem, bends: Sequence[Point]) -> None:
        """Shows a wire with other points before that is an edit."""
        self._lead(wire, bends)

    @property
    def overview(self) -> Overview:
        """The drawing from far away; what the hand has moved since is put where it is now."""
        adrift, self._adrift = self._adrift, set()
        for item in adrift:
            if self.nodes.get(item.name) is item:
                self._place(item)
                for wire in item.wires:
                    assert isinstance(wire, WireItem)
                    self._overview.lead(wire.target, QLineF(wire.start, wire.end))
        return self._overview

    # Following the document ----------------------------------------------------------------------

    def follow(self, change: Change) -> None:
        """Brings the items that the change names up to date."""
        self.leaving.emit()
        nodes, wires = change.pairs("nodes"), change.pairs("wires")
        for target, (before, _) in wires.items():
            if before is not None and target in self.wires:
                self._remove_wire(target)
        for name, (before, after) in nodes.items():
            if before is not None and after is None:
                self._remove_node(name)
            elif before is None:
                self._add_node(name)
        for target, (_, source) in wires.items():
            if source is not None:
                self._add_wire(target, source)
        touched = {n for n, (b, a) in nodes.items() if a is not None and b is not None}
        touched |= {end.node for t, (b, a) in wires.items() for end in (t, b, a) if end is not None}
        if change.pairs("blocks"):
            touched |= {n for n, v in self.document.graph.nodes.items() if type(v.layer) is Block}
        self._refresh_nodes(touched & self.nodes.keys(), change.pairs("routes"))
        for table in ("frames", "notes"):
            for key in change.pairs(table):
                self._set_annotation((table, key))
        self._make_place(touched | nodes.keys())
        if any(after is None for _, after in nodes.values()):
            self.document.selection.follow(change)
        self.update()

    def _refresh_nodes(self, names: Iterable[str], routes: Iterable[PortRef]) -> None:
        graph = self.document.graph
        loose = {self.wires[target] for target in routes if target in self.wires}
        for name in names:
            item = self.nodes[name]
            x, y = graph.nodes[name].position
            moved = item.reshape(shape_of(graph, name))
            if item.x() != x or item.y() != y:
                item.setPos(x, y)
                moved = True
            if moved:
                loose |= item.wires  # type: ignore[arg-type]
            item.forget()
            self._place(item)
        for wire in loose:
            self._lead(wire)

    def _set_annotation(self, key: Key) -> None:
        row = getattr(self.document.graph, key[0]).get(key[1])
        item = self.annotations.get(key)
        if row is None:
            if item is not None:
                self.removeItem(self.annotations.pop(key))
            self.chosen_annotations.discard(key)
        elif item is not None:
            item.show_row(row)
        else:
            self.annotations[key] = made = AnnotationItem(self.theme, key, row)
            self.addItem(made)

    def reinfer(self, names: Iterable[str]) -> None:
        """Refreshes what stands on these nodes and on the wires that leave them."""
        refused, items = self.document.inference.refused, set[NodeItem]()
        wires = set[object]()
        for name in names:
            item = self.nodes.get(name)
            if item is None:
                self.wrong.discard(name)
                continue
            items.add(item)
            wires |= item.wires
            found = refused.get(name)
            (self.wrong.add if found and found.problem else self.wrong.discard)(name)
        for wire in wires:
            assert isinstance(wire, WireItem)
            self._labels.pop(wire, None)
            self.wear(wire)
            if wire.target.node in self.nodes:
                items.add(self.nodes[wire.target.node])
        for item in items:
            item.forget()
        self.update()

    def retint(self) -> None:
        """Draws everything in the colours of another theme."""
        self.painter.refresh()
        self.labels.refresh()
        self.pens.clear()
        for item in self.nodes.values():
            item.update()
        for annotation in self.annotations.values():
            annotation.forget()
        for wire in self.wires.values():
            wire.look = None
            self.wear(wire)
        self.update()

    # What is selected and lit --------------------------------------------------------------------

    def reselect(self) -> None:
        """Shows the document's selection."""
        now = {name for name in self.document.selection.names if name in self.nodes}
        differing = now ^ self.chosen
        self.chosen = now
        for name in differing:
            if name in self.nodes:
                self.nodes[name].choose(name in now)
        if differing:
            around = [self.nodes[n].wires for n in differing if n in self.nodes]
            for wire in set().union(*around):
                assert isinstance(wire, WireItem)
                self.wear(wire)

    def choose_annotations(self, keys: Iterable[Key]) -> None:
        """Selects exactly these notes and frames."""
        now = set(keys)
        for key in now ^ self.chosen_annotations:
            if key in self.annotations:
                self.annotations[key].choose(key in now)
        self.chosen_annotations = now

    def show_found(self, names: Iterable[str]) -> None:
        """Marks exactly these nodes as found."""
        now = {name for name in names if name in self.nodes}
        for name in now ^ self.found:
            self.nodes[name].find(name in now)
        self.found = now

    def light(self, wires: Iterable[WireItem], lit: bool) -> None:
        """Shows wires as part of the path that is pointed at."""
        for wire in wires:
            wire.is_lit = lit
            self.wear(wire)

    def wear(self, wire: WireItem) -> None:
        """Gives a wire the look that is its own now."""
        inference = self.document.inference
        refused = inference.refused.get(wire.target.node)
        problem = refused.problem if refused else None
        if problem is not None and problem.port == wire.target.port:
            look = WRONG
        elif wire.is_lit or wire.source.node in self.chosen or wire.target.node in self.chosen:
            look = LIT
        else:
            rank = captions.rank_of(inference.type_at(wire.source))
            look = plain(rank, self.tinting.flow(wire))
        wire.wear(look, self.pens.pen(look))

    # Asking --------------------------------------------------------------------------------------

    def facts(self, item: NodeItem) -> Facts | None:
        """What a node is to show; None for one that the graph does not have any more."""
        graph = self.document.graph
        if item.name not in graph.nodes:
            return None
        return facts_of(graph, self.document.inference, item.name, item.outline)

    # Moving before it is an edit -----------------------------------------------------------------

    def preview(self, names: Iterable[str], dx: float, dy: float) -> None:
        """Shows nodes moved from where the graph has them, their wires following; points of wires
        between them as well."""
        loose: set[object] = set()
        graph, moved = self.document.graph, set(names)
        for name in moved:
            item = self.nodes.get(name)
            if item is None or name not in graph.nodes:
                continue
            x, y = graph.nodes[name].position
            item.setPos(x + dx, y + dy)
            self._adrift.add(item)
            loose |= item.wires
        for wire in loose:
            assert isinstance(wire, WireItem)
            bends = graph.routes.get(wire.target, ())
            if bends and wire.source.node in moved and wire.target.node in moved:
                bends = tuple((x + dx, y + dy) for x, y in bends)
            self._stretch(wire, bends)

    # Drawing -------------------------------------------------------------------------------------

    def label(self, wire: WireItem) -> str:
        """The shape on a wire; nothing where it is not known."""
        text = self._labels.get(wire)
        if text is None:
            kind = self.document.inference.type_at(wire.source)
            text = captions.shortened(shape_text(kind.shape), 24) if kind else ""
            self._labels[wire] = text
        return text

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        """The shapes on the wires, where there is room."""
        assert isinstance(rect, QRectF)
        readable = painter.worldTransform().m11() >= LEAST_ZOOM
        if not readable and not self.veil.is_shown:
            return
        found: list[tuple[QPointF, str]] = []
        items = self.items(rect.adjusted(-LABEL_REACH, -10, LABEL_REACH, 10), Bounding)
        if self.veil.is_shown:
            self.veil.paint(painter, [item for item in items if isinstance(item, NodeItem)])
            self.paint_sketches(painter)
        for item in items if readable else ():
            if isinstance(item, WireItem) and (room := item.room()) >= LABEL_ROOM:
                text = self.label(item)
                if text and self.labels.width(text) + LABEL_APART <= room:
                    found.append((item.label_place(), text))
        self.labels.paint(painter, found)

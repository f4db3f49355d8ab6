"""An instance of a block becomes its nodes again, one set for each copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graph_engine.edits.blocks import Bound, refuse_shared, require_instance, settled
from graph_engine.edits.draft import Draft, shifted
from graph_engine.edits.placing import COLUMN
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Definition, Graph, Node, Point, PortRef
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output

MOST_NODES = 10_000
Sources = Mapping[str, PortRef | None]
Meaning = Mapping[str, int | float | bool | str | Bound]


def ungroup(graph: Graph, name: str) -> Change:
    """The nodes of a block in the place of an instance; copies of a repeated one follow one another.

    The instance's arguments take the place of the block's parameters. The block itself stays in the
    project. Raises DesignError for a muted instance, one that shares weights, or too many nodes.
    """
    node, layer, definition = require_instance(graph, name)
    refuse_shared(graph, name)
    _refuse_odd(node, layer, definition)
    draft = Draft(graph)
    outside = _take_out(draft, name)
    entries: dict[str, PortRef | None] = {
        port: graph.incoming(name).get(port) for port in definition.input_names()
    }
    unpacking = _Unpacking(draft, definition, _meaning(node, layer, definition))
    left, width = _middle(definition)
    results: dict[str, PortRef | None] = {}
    for copy in range(layer.repeat):
        by = (node.position[0] - left[0] + copy * width, node.position[1] - left[1])
        results = unpacking.copy(entries, by, first=copy == 0)
        if entries and results:
            entries = {**entries, next(iter(entries)): next(iter(results.values()))}
    for target, port in outside.items():
        source = results.get(port)
        if source is not None:
            draft.wire(target, source)
    return draft.change()


def _refuse_odd(node: Node, layer: Block, definition: Definition) -> None:
    if node.muted:
        raise DesignError(f"`{node.name}` is muted. Unmute it before you unpack it.")
    count = layer.repeat * len(definition.nodes)
    if count > MOST_NODES:
        raise DesignError(
            f"`{node.name}` unpacks to {count:,} nodes; at most {MOST_NODES:,} are drawn at once."
        )
    ports = (len(definition.input_names()), len(definition.output_names()))
    if layer.repeat > 1 and (ports[0] < 1 or ports[1] != 1):
        raise DesignError(
            f"`{node.name}` is repeated, which needs a block with an input and exactly one output."
        )


def _take_out(draft: Draft, name: str) -> dict[PortRef, str]:
    """Removes the instance; the inputs that it fed, with the port that fed each."""
    outside = dict(draft.graph.outgoing(name))
    for target in outside:
        draft.unwire(target)
    for port in draft.graph.incoming(name):
        draft.unwire(PortRef(name, port))
    draft.put("nodes", name, None)
    return outside


def _meaning(node: Node, layer: Block, definition: Definition) -> Meaning:
    """What each parameter of the block stands for in this instance."""
    defaults = {name: row.default for name, row in definition.parameters.items()}
    bound = {name: Bound(text) for name, text in node.bindings if name in defaults}
    return {**defaults, **layer.arguments_map(), **bound}


def _middle(definition: Definition) -> tuple[Point, float]:
    """The middle of a block's nodes, and the way from one copy to the next."""
    inner = [n for n in definition.nodes.values() if not isinstance(n.layer, Input | Output)]
    if not inner:
        return (0.0, 0.0), COLUMN
    xs, ys = zip(*(n.position for n in inner), strict=True)
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2), max(xs) - min(xs) + COLUMN


class _Unpacking:
    """Puts copies of a block's content into a draft."""

    def __init__(self, draft: Draft, definition: Definition, meaning: Meaning) -> None:
        self.draft, self.definition, self.meaning = draft, definition, meaning

    def copy(self, entries: Sources, by: Point, first: bool) -> dict[str, PortRef | None]:
        """One more copy, fed by ``entries``; gives what feeds each output of the block."""
        content = self.definition
        names = self._place(by)
        for target, source in content.wires.items():
            if target.node in names:
                self._wire(
                    PortRef(names[target.node], target.port), target, source, names, entries, by
                )
        if first:
            for table, stem in (("notes", "note"), ("frames", "frame")):
                for row in getattr(content, table).values():
                    moved = replace(row, position=shifted(row.position, by))
                    self.draft.put(table, self.draft.free_key(table, stem), moved)
        return {
            port: self._behind(content.wires.get(PortRef(port, "input")), names, entries)
            for port in content.output_names()
        }

    def _place(self, by: Point) -> dict[str, str]:
        names: dict[str, str] = {}
        for name, node in self.definition.nodes.items():
            if isinstance(node.layer, Input | Output):
                continue
            names[name] = self.draft.free_name(name)
            position = shifted(node.position, by)
            moved = replace(node, name=names[name], position=position, serial=0)
            self.draft.put_node(settled(moved, self.meaning))
        for new in names.values():
            shares = self.draft.node(new).shares
            if shares:
                self.draft.update(new, shares=names.get(shares, ""))
        return names

    def _wire(
        self,
        moved: PortRef,
        target: PortRef,
        source: PortRef,
        names: Mapping[str, str],
        entries: Sources,
        by: Point,
    ) -> None:
        behind = self._behind(source, names, entries)
        if behind is None:
            return
        self.draft.wire(moved, behind)
        points = self.definition.routes.get(target)
        if points and source.node in names:
            self.draft.route(moved, tuple(shifted(point, by) for point in points))

    def _behind(
        self, source: PortRef | None, names: Mapping[str, str], entries: Sources
    ) -> PortRef | None:
        if source is None or source.node not in names:
            return entries.get(source.node) if source else None
        return PortRef(names[source.node], source.port)

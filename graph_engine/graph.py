"""The drawing: nodes and wires over a networkx DAG. ``Graph.apply(change)`` is the only mutation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import networkx as nx

from graph_engine.change import Change, Pairs
from graph_engine.errors import DesignError, WiringError
from graph_engine.layers.base import Layer, Port
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.unknown import Unknown
from graph_engine.order import TopologicalOrder

Point = tuple[float, float]

TABLES = ("nodes", "wires", "routes", "notes", "frames", "parameters", "blocks")


class PortRef(NamedTuple):
    """One port of one node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}.{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What has a place among others: ``serial`` counts up as rows are made, and travels with the row
    through undo and renaming, so that the table keeps its order. The graph gives it."""

    serial: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Node(Row):
    """A layer in a graph.

    ``bindings`` tie parameters of the layer to expressions over the parameters of the block that the
    node is drawn in. ``shares`` names the node whose weights this one uses: a layer of the same kind is
    then called a second time, another kind shares the tensor called ``weight``. A ``muted`` node passes
    its first input on; a ``collapsed`` one is drawn as its name alone. ``extra`` is the JSON text of
    keys that a newer version wrote.
    """

    name: str
    layer: Layer
    position: Point = (0.0, 0.0)
    title: str = ""
    bindings: tuple[tuple[str, str], ...] = ()
    shares: str = ""
    muted: bool = False
    collapsed: bool = False
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Markdown text on the canvas."""

    text: str
    position: Point = (0.0, 0.0)
    size: Point = (200.0, 80.0)
    color: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled rectangle behind a group of nodes."""

    title: str
    position: Point = (0.0, 0.0)
    size: Point = (300.0, 200.0)
    color: str = ""


@dataclass(frozen=True, slots=True)
class BlockParameter(Row):
    """What can be set on each instance of a block."""

    name: str
    default: int | float | bool | str
    help: str = ""


@dataclass(frozen=True)
class Definition:
    """A graph that does not change: how a block is stored, shared and compared."""

    name: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: Mapping[PortRef, PortRef] = field(default_factory=dict)
    routes: Mapping[PortRef, tuple[Point, ...]] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    frames: Mapping[str, Frame] = field(default_factory=dict)
    parameters: Mapping[str, BlockParameter] = field(default_factory=dict)
    extra: str = ""

    @cached_property
    def _inputs(self) -> tuple[str, ...]:
        return tuple(name for name, node in self.nodes.items() if type(node.layer) is Input)

    @cached_property
    def _outputs(self) -> tuple[str, ...]:
        return tuple(name for name, node in self.nodes.items() if type(node.layer) is Output)

    def input_names(self) -> tuple[str, ...]:
        """The names of its inputs, which are the input ports of its instances."""
        return self._inputs

    def output_names(self) -> tuple[str, ...]:
        """The names of its outputs, which are the output ports of its instances."""
        return self._outputs


class Graph:
    """A network or the inside of a block; acyclic at all times.

    The tables are read-only views. ``blocks`` is shared by all graphs of a project. ``dag`` is the
    networkx graph of the nodes, ``order`` a topological order that is kept up to date.
    ``last_serial`` is the highest that a row was given.
    """

    def __init__(self, name: str, blocks: dict[str, Definition] | None = None) -> None:
        self.name = name
        self.extra = ""
        self._tables: dict[str, dict[Any, Any]] = {table: {} for table in TABLES}
        if blocks is not None:
            self._tables["blocks"] = blocks
        view = {table: MappingProxyType(rows) for table, rows in self._tables.items()}
        self.nodes: Mapping[str, Node] = view["nodes"]
        self.wires: Mapping[PortRef, PortRef] = view["wires"]
        self.routes: Mapping[PortRef, tuple[Point, ...]] = view["routes"]
        self.notes: Mapping[str, Note] = view["notes"]
        self.frames: Mapping[str, Frame] = view["frames"]
        self.parameters: Mapping[str, BlockParameter] = view["parameters"]
        self.blocks: Mapping[str, Definition] = view["blocks"]
        self.dag: nx.DiGraph[str] = nx.DiGraph()
        self.order = TopologicalOrder(self.dag)
        self._incoming: dict[str, dict[str, PortRef]] = {}
        self._outgoing: dict[str, dict[PortRef, str]] = {}
        self.last_serial = 0

    # Reading -------------------------------------------------------------------------------------

    def incoming(self, name: str) -> Mapping[str, PortRef]:
        """Input port → the output port wired to it."""
        return self._incoming[name]

    def outgoing(self, name: str) -> Mapping[PortRef, str]:
        """Input port of another node → the output port of this one that feeds it."""
        return self._outgoing[name]

    def ports_in(self, name: str) -> tuple[Port, ...]:
        """The declared input ports of a node."""
        layer = self.nodes[name].layer
        if isinstance(layer, Block):
            return tuple(Port(n) for n in self.block_of(layer).input_names())
        if isinstance(layer, Unknown):
            return tuple(Port(port, optional=True) for port in sorted(self._incoming[name]))
        return layer.input_ports()

    def ports_out(self, name: str) -> tuple[Port, ...]:
        """The declared output ports of a node."""
        layer = self.nodes[name].layer
        if isinstance(layer, Block):
            return tuple(Port(n) for n in self.block_of(layer).output_names())
        if isinstance(layer, Unknown):
            return tuple(Port(port) for port in sorted(set(self._outgoing[name].values())))
        return layer.output_ports()

    def block_of(self, layer: Block) -> Definition:
        """What an instance is an instance of; an empty one where the project has none of that name."""
        return self.blocks.get(layer.block) or Definition(layer.block)

    def slots(self, name: str) -> list[str]:
        """The names of the inputs as they stand: one for each port, and the wired ones of a variadic
        port in the order of their numbers."""
        found: list[str] = []
        for port in self.ports_in(name):
            if port.variadic:
                found += sorted(
                    (p for p in self._incoming[name] if is_variadic(p, port)), key=variadic_key
                )
            else:
                found.append(port.name)
        return found

    def slot_at(self, name: str, port: str) -> str:
        """The wired slot that a layer's rule means by ``x2``: rules count, and slots may have gaps."""
        for declared in self.ports_in(name):
            if declared.variadic and is_variadic(port, declared):
                slots = [slot for slot in self.slots(name) if is_variadic(slot, declared)]
                number = variadic_key(port)
                return slots[number - 1] if number <= len(slots) else port
        return port

    def in_order(self) -> list[str]:
        """The names of all nodes, each after those it depends on; ties in the order of the table."""
        return self.order.stable(self.nodes)

    def definition(self) -> Definition:
        """The graph as it stands now, frozen."""
        t = self._tables
        return Definition(
            self.name, dict(t["nodes"]), dict(t["wires"]), dict(t["routes"]), dict(t["notes"]),
            dict(t["frames"]), dict(t["parameters"]), self.extra,
        )  # fmt: skip

    @classmethod
    def opened(cls, definition: Definition, blocks: dict[str, Definition] | None = None) -> Graph:
        """A graph with that content, to be read or edited. Raises WiringError for a cycle."""
        graph = cls(definition.name, blocks)
        graph.extra = definition.extra
        tables: dict[str, dict[Any, tuple[None, Any]]] = {}
        for table in TABLES:
            if table != "blocks":
                rows = getattr(definition, table).items()
                tables[table] = {key: (None, graph._numbered(row)) for key, row in rows}
        graph.apply(Change(tables))
        graph.order.settle()
        return graph

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Graph) and self.name == other.name and self._tables == other._tables
        )

    __hash__ = None  # type: ignore[assignment]

    # Changing ------------------------------------------------------------------------------------

    def apply(self, change: Change) -> None:
        """Makes the change, whole or not at all.

        Raises WiringError where a wire would close a circle or hang in the air, DesignError where the
        change was made for another state of the graph.
        """
        self._check(change)
        wires = change.pairs("wires")
        self._unwire((key, before) for key, (before, after) in wires.items() if before is not None)
        for name, (before, after) in change.pairs("nodes").items():
            if before is None:
                self._add_node(name)
            elif after is None:
                self._remove_node(name)
        added = [(key, after) for key, (_, after) in wires.items() if after is not None]
        try:
            self._wire(added)
        except WiringError:
            self._restore(change)
            raise
        for table, pairs in change.tables.items():
            self._write(table, pairs)

    def _check(self, change: Change) -> None:
        for table, pairs in change.tables.items():
            rows = self._tables[table]
            for key, (before, _) in pairs.items():
                if rows.get(key) != before:
                    raise DesignError(
                        f"This change of `{key}` was made for another state of the graph."
                    )
        nodes = change.pairs("nodes")
        for key, (_, source) in change.pairs("wires").items():
            for end in (key, source) if source is not None else ():
                after = nodes[end.node][1] if end.node in nodes else self.nodes.get(end.node)
                if after is None:
                    raise WiringError(f"No node is called `{end.node}`.")
        for name, (_, after) in nodes.items():
            if after is None:
                self._check_unwired(name, change.pairs("wires"))

    def _check_unwired(self, name: str, wires: Pairs) -> None:
        ends = [PortRef(name, port) for port in self._incoming.get(name, {})]
        ends += self._outgoing.get(name, {})
        for key in ends:
            if key not in wires:
                raise WiringError(f"`{name}` still has a wire at `{key}`: remove the wire as well.")

    def _write(self, table: str, pairs: Pairs) -> None:
        rows = self._tables[table]
        in_place = True
        for key, (_, after) in pairs.items():
            if after is None:
                rows.pop(key, None)
                continue
            if not isinstance(after, Row):
                rows[key] = after
                continue
            old = rows.get(key)
            row = after if after.serial else self._numbered(after, old)
            in_place &= row.serial == old.serial if old else row.serial >= self.last_serial
            self.last_serial = max(self.last_serial, row.serial)
            rows[key] = row
        if not in_place:
            found = sorted(rows.items(), key=lambda item: item[1].serial)
            rows.clear()
            rows.update(found)

    def _numbered(self, row: Any, before: Row | None = None) -> Any:
        """The row with its place in the table: the one it had there, or the last."""
        if not isinstance(row, Row):
            return row
        if before is not None:
            return replace(row, serial=before.serial)
        self.last_serial += 1
        return replace(row, serial=self.last_serial)

    def _restore(self, change: Change) -> None:
        """Brings the derived indices back to the tables, which were not written yet."""
        nodes, wires = change.pairs("nodes"), change.pairs("wires")
        self._unwire((k, after) for k, (_, after) in wires.items() if after is not None)
        for name, (before, after) in nodes.items():
            if before is None:
                self._remove_node(name)
            elif after is None:
                self._add_node(name)
        self._wire([(k, before) for k, (before, _) in wires.items() if before is not None])

    def _add_node(self, name: str) -> None:
        self._incoming[name], self._outgoing[name] = {}, {}
        self.order.add_node(name)

    def _remove_node(self, name: str) -> None:
        del self._incoming[name], self._outgoing[name]
        self.order.remove_node(name)

    def _unwire(self, wires: Iterable[tuple[PortRef, PortRef]]) -> None:
        for target, source in wires:
            if self._incoming[target.node].pop(target.port, None) is None:
                continue
            del self._outgoing[source.node][target]
            if not any(s.node == source.node for s in self._incoming[target.node].values()):
                self.order.remove_edge(source.node, target.node)

    def _wire(self, wires: list[tuple[PortRef, PortRef]]) -> None:
        self.order.add_edges((source.node, target.node) for target, source in wires)
        for target, source in wires:
            self._incoming[target.node][target.port] = source
            self._outgoing[source.node][target] = source.port


def is_variadic(name: str, port: Port) -> bool:
    """Whether ``x12`` is one of the inputs that a variadic port ``x`` stands for."""
    number = name[len(port.name) :]
    return (
        name.startswith(port.name) and number.isdecimal() and number.isascii() and number[0] != "0"
    )


def variadic_key(name: str) -> int:
    """The number in ``x12``."""
    return int(name.lstrip("abcdefghijklmnopqrstuvwxyz_"))


def wires_from(graph: Graph, names: Iterable[str]) -> Iterator[tuple[PortRef, PortRef]]:
    """Every wire that begins or ends at one of the nodes, once."""
    chosen = set(names)
    for target, source in graph.wires.items():
        if target.node in chosen or source.node in chosen:
            yield target, source


__all__ = [
    "TABLES",
    "BlockParameter",
    "Change",
    "Definition",
    "Frame",
    "Graph",
    "Node",
    "Note",
    "Pairs",
    "Point",
    "PortRef",
    "Row",
    "is_variadic",
    "variadic_key",
    "wires_from",
]

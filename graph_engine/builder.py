"""A graph in a few lines of Python: the way to draw without a canvas.

net = NetworkBuilder("lenet5")
x = net.input("image", shape=(1, 32, 32))
x = net.add("Conv2d", x, out_channels=6, kernel_size=5)
net.output("features", x)
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from graph_engine.errors import DesignError, WiringError
from graph_engine.formula import parse, written
from graph_engine.graph import BlockParameter, Change, Definition, Graph, Node, PortRef
from graph_engine.layers import CATALOGUE, Layer
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.names import check_name, free_name, snake

COLUMN = 288.0


class Bound(str):
    """A formula over the parameters of the block that is being drawn, such as ``4 * width``.

    Bounds can be calculated with: ``4 * width`` is ``Bound("4 * width")``.
    """

    def __add__(self, other: object) -> Bound:
        return _formula(self, "+", other)

    def __radd__(self, other: object) -> Bound:
        return _formula(other, "+", self)

    def __sub__(self, other: object) -> Bound:
        return _formula(self, "-", other)

    def __rsub__(self, other: object) -> Bound:
        return _formula(other, "-", self)

    def __mul__(self, other: object) -> Bound:
        return _formula(self, "*", other)

    def __rmul__(self, other: object) -> Bound:
        return _formula(other, "*", self)

    def __floordiv__(self, other: object) -> Bound:
        return _formula(self, "//", other)

    def __truediv__(self, other: object) -> Bound:
        return _formula(self, "/", other)


def _formula(left: object, operator: str, right: object) -> Bound:
    a, b = (f"({x})" if isinstance(x, Bound) and " " in x else f"{x}" for x in (left, right))
    return Bound(written(f"{a} {operator} {b}"))


class Handle:
    """A node just added; ``handle["hidden"]`` is one of its outputs, the handle alone the first."""

    def __init__(self, graph: Graph, name: str) -> None:
        self._graph = graph
        self.name = name

    def __getitem__(self, port: str) -> PortRef:
        """The output port of that name. Raises WiringError where the layer has none."""
        ports = [p.name for p in self._graph.ports_out(self.name)]
        if port not in ports:
            raise WiringError(
                f"`{self.name}` has no output `{port}`; it has {', '.join(ports) or 'none'}."
            )
        return PortRef(self.name, port)

    @property
    def first(self) -> PortRef:
        """The first output. Raises WiringError for a node without outputs."""
        ports = self._graph.ports_out(self.name)
        if not ports:
            raise WiringError(f"`{self.name}` has no output to wire from.")
        return PortRef(self.name, ports[0].name)


Wirable = Handle | PortRef


class NetworkBuilder:
    """Adds layers one by one and wires them; ``graph`` is the result."""

    def __init__(self, name: str, blocks: dict[str, Definition] | None = None) -> None:
        self._blocks: dict[str, Definition] = {} if blocks is None else blocks
        self.graph = Graph(check_name(name, "The name of a network"), self._blocks)

    def input(self, name: str, shape: tuple[int | str, ...] = (), dtype: str = "float32") -> Handle:
        """An input of that shape, without the batch; a text names a size that varies."""
        return self._place(check_name(name), Input(shape=shape, dtype=dtype), (), {})  # type: ignore[arg-type]

    def output(self, name: str, source: Wirable) -> Handle:
        """An output that returns ``source`` under that name."""
        return self._place(check_name(name), Output(), (source,), {})

    def add(
        self,
        kind: str,
        *sources: Wirable,
        name: str = "",
        shares: Wirable | str = "",
        title: str = "",
        inputs: Mapping[str, Wirable] | None = None,
        **parameters: Any,
    ) -> Handle:
        """A layer of the catalogue, or an instance of a block, wired to ``sources`` in the order of its
        inputs.

        ``inputs`` wires further inputs by name, and ``shares`` uses the weights of another node. For a
        block, ``repeat`` sets the number of copies and the other parameters are its own.
        Raises DesignError for an unknown kind, parameter or port.
        """
        bindings = {k: str(v) for k, v in parameters.items() if isinstance(v, Bound)}
        values = {k: v for k, v in parameters.items() if not isinstance(v, Bound)}
        layer = self._layer(kind, values)
        for text in bindings.values():
            parse(text)
        wish = check_name(name) if name else free_name(_stem(kind), _Taken(self.graph, kind))
        owner = shares.node if isinstance(shares, PortRef) else getattr(shares, "name", shares)
        extras = {"shares": owner, "title": title, "bindings": tuple(bindings.items())}
        return self._place(wish, layer, sources, inputs or {}, extras)

    def block(self, name: str) -> BlockBuilder:
        """Starts a block; its graph is drawn like a network, and ``done()`` makes it available."""
        return BlockBuilder(self.graph, check_name(name, "The name of a block"), self._blocks)

    def _layer(self, kind: str, values: dict[str, Any]) -> Layer:
        if kind in self.graph.blocks:
            repeat = values.pop("repeat", 1)
            return Block(block=kind, repeat=repeat, arguments=tuple(values.items()))
        if kind not in CATALOGUE:
            near = difflib.get_close_matches(kind, [*CATALOGUE, *self.graph.blocks], 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise DesignError(f"There is no layer called {kind!r}.{hint}")
        return CATALOGUE[kind](**values)

    def _place(
        self,
        name: str,
        layer: Layer,
        sources: tuple[Wirable, ...],
        named: Mapping[str, Wirable],
        extras: Mapping[str, Any] | None = None,
    ) -> Handle:
        if name in self.graph.nodes:
            raise DesignError(
                f"There is a node called `{name}` already; names are unique in a network."
            )
        node = Node(name, layer, (COLUMN * len(self.graph.nodes), 0.0), **(extras or {}))
        self.graph.apply(Change({"nodes": {name: (None, node)}}))
        ports = self._slots(name, len(sources))
        pairs = [*zip(ports, sources, strict=False), *named.items()]
        wires = {PortRef(name, port): (None, _ref(source)) for port, source in pairs}
        try:
            self._check_ports(name, ports, sources, named)
            self.graph.apply(Change({"wires": wires}))
        except DesignError:
            self.graph.apply(Change({"nodes": {name: (node, None)}}))
            raise
        return Handle(self.graph, name)

    def _slots(self, name: str, count: int) -> list[str]:
        found: list[str] = []
        for port in self.graph.ports_in(name):
            if port.variadic:
                found += [f"{port.name}{i}" for i in range(1, count - len(found) + 1)]
            else:
                found.append(port.name)
        return found

    def _check_ports(
        self,
        name: str,
        ports: list[str],
        sources: tuple[Wirable, ...],
        named: Mapping[str, Wirable],
    ) -> None:
        if len(sources) > len(ports):
            raise WiringError(
                f"`{name}` has {len(ports)} input{'s' * (len(ports) != 1)}, "
                f"but {len(sources)} sources were given."
            )
        for port in named:
            if port not in ports or port in ports[: len(sources)]:
                raise WiringError(
                    f"`{name}` has no free input `{port}`; it has {', '.join(ports)}."
                )
        for source in (*sources, *named.values()):
            ref = _ref(source)
            if ref.node not in self.graph.nodes:
                raise WiringError(f"`{ref.node}` is not a node of this network.")


class BlockBuilder(NetworkBuilder):
    """Draws a block: a network of its own, with parameters."""

    def __init__(self, outer: Graph, name: str, blocks: dict[str, Definition]) -> None:
        super().__init__(name, blocks)
        self._outer = outer

    def parameter(self, name: str, default: int | float | bool | str, help: str = "") -> Bound:
        """Something that each instance can set; use the result as the value of a layer's parameter."""
        row = BlockParameter(check_name(name, "The name of a parameter"), default, help)
        self.graph.apply(Change({"parameters": {name: (None, row)}}))
        return Bound(name)

    def done(self) -> str:
        """Stores the block and gives its name, for ``add``."""
        before = self._outer.blocks.get(self.graph.name)
        change = Change({"blocks": {self.graph.name: (before, self.graph.definition())}})
        self._outer.apply(change)
        return self.graph.name


class _Taken:
    """The names that a new node must not have: those of nodes; and always number the first one."""

    def __init__(self, graph: Graph, kind: str) -> None:
        self._graph, self._stem = graph, _stem(kind)

    def __contains__(self, name: object) -> bool:
        return name in self._graph.nodes or name == self._stem


def _stem(kind: str) -> str:
    return snake(kind)


def _ref(source: Wirable) -> PortRef:
    return source.first if isinstance(source, Handle) else source

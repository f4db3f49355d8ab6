"""A selection becomes a block, and an instance becomes its nodes again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from graph_engine import formula
from graph_engine.edits.draft import Draft, on_grid, require_nodes
from graph_engine.edits.placing import COLUMN
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import BlockParameter, Change, Definition, Graph, Node, Point, PortRef
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import BATCH, Symbol, TensorType
from graph_engine.names import check_name, free_name, snake

TypeAt = Callable[[PortRef], TensorType | None]


def group(
    graph: Graph, names: Iterable[str], block: str = "", type_at: TypeAt | None = None
) -> Change:
    """The nodes become a block with one instance in their place.

    Wires that cross the border become its inputs and outputs: one input for each source, one output for
    each port that is used outside. Formulas over the parameters of the graph around it become parameters
    of the block. ``type_at`` (of an inference) tells what its inputs declare.
    Raises DesignError where the selection has an Input or Output or shares weights with nodes outside,
    WiringError where a path leaves it and comes back.
    """
    chosen = require_nodes(graph, names)
    name = _block_name(graph, block)
    _refuse_interface(graph, chosen)
    _refuse_shared(graph, chosen)
    _refuse_detours(graph, chosen)
    border = _border(graph, chosen)
    draft = Draft(graph)
    draft.put("blocks", name, _definition(graph, name, chosen, border, type_at))
    instance = _instance(draft, name, chosen)
    _replace(draft, chosen, instance, border)
    return draft.change()


@dataclass(frozen=True)
class _Border:
    """The ports of a block to be: the source of each input, the inner port of each output."""

    inputs: Mapping[str, PortRef]
    outputs: Mapping[str, PortRef]


def _block_name(graph: Graph, wish: str) -> str:
    taken = {*graph.blocks, graph.name}
    if not wish:
        return free_name("block1", taken)
    if check_name(wish, "The name of a block") in taken:
        raise DesignError(f"There is a block or network called `{wish}` already.")
    return wish


def _refuse_interface(graph: Graph, names: list[str]) -> None:
    for name in names:
        if isinstance(graph.nodes[name].layer, Input | Output):
            kind = type(graph.nodes[name].layer).__name__
            raise DesignError(
                f"`{name}` is an {kind} of `{graph.name}` itself: leave it out of the selection."
            )


def _refuse_shared(graph: Graph, names: list[str]) -> None:
    inside = set(names)
    for name, node in graph.nodes.items():
        if node.shares and (name in inside) != (node.shares in inside):
            raise DesignError(
                f"`{name}` uses the weights of `{node.shares}`: select both, or give each its own "
                f"weights first."
            )


def _refuse_detours(graph: Graph, names: list[str]) -> None:
    """Refuses a selection that a path leaves and comes back to: its block would feed itself."""
    inside, position = set(names), graph.order.position
    last = max(position[name] for name in names)
    followers = graph.dag.adj
    stack = [after for name in names for after in followers[name] if after not in inside]
    seen = set(stack)
    while stack:
        name = stack.pop()
        for after in followers[name]:
            if after in inside:
                raise WiringError(
                    f"`{name}` lies between selected nodes and feeds `{after}`: the block would close a "
                    f"circle with it. Select `{name}` as well."
                )
            if after not in seen and position[after] < last:
                seen.add(after)
                stack.append(after)


def _border(graph: Graph, names: list[str]) -> _Border:
    inside = set(names)
    ordered = sorted(names, key=graph.order.position.__getitem__)
    sources: dict[PortRef, None] = {}
    used: dict[PortRef, None] = {}
    for name in ordered:
        wired = graph.incoming(name)
        for slot in [*graph.slots(name), *wired]:
            if slot in wired and wired[slot].node not in inside:
                sources[wired[slot]] = None
        leaving = [port for t, port in graph.outgoing(name).items() if t.node not in inside]
        for port in graph.ports_out(name):
            if port.name in leaving:
                used[PortRef(name, port.name)] = None
    if not used:
        ends = [n for n in ordered if not graph.outgoing(n) and graph.ports_out(n)]
        used = {PortRef(n, graph.ports_out(n)[0].name): None for n in ends}
    inputs = _named(list(sources), inside, "x", "")
    return _Border(inputs, _named(list(used), inside | inputs.keys(), "y", "_out"))


def _named(ports: list[PortRef], taken: set[str], single: str, ending: str) -> dict[str, PortRef]:
    """A name for each port: a short one for a single port, else that of its node."""
    found: dict[str, PortRef] = {}
    for port in ports:
        wish = single if len(ports) == 1 else f"{port.node}{ending}"
        found[free_name(wish, taken | found.keys())] = port
    return found


def _definition(
    graph: Graph, name: str, names: list[str], border: _Border, type_at: TypeAt | None
) -> Definition:
    inside, entries = set(names), {source: port for port, source in border.inputs.items()}
    places = [graph.nodes[n].position for n in names]
    left, right = min(x for x, _ in places) - COLUMN, max(x for x, _ in places) + COLUMN
    nodes: dict[str, Node] = {}
    for port, source in border.inputs.items():
        fed = [n for n in names if source in graph.incoming(n).values()]
        height = min(graph.nodes[n].position[1] for n in fed)
        layer = _declared(type_at(source) if type_at else None)
        nodes[port] = Node(port, layer, (left, height))
    nodes |= {n: graph.nodes[n] for n in names}
    wires: dict[PortRef, PortRef] = {}
    for n in names:
        for slot, source in graph.incoming(n).items():
            inner = source if source.node in inside else PortRef(entries[source], "output")
            wires[PortRef(n, slot)] = inner
    for port, source in border.outputs.items():
        nodes[port] = Node(port, Output(), (right, graph.nodes[source.node].position[1]))
        wires[PortRef(port, "input")] = source
    routes = {
        target: points
        for target, points in graph.routes.items()
        if target.node in inside and wires[target].node in inside
    }
    return Definition(name, nodes, wires, routes, parameters=_parameters(graph, names))


def _declared(kind: TensorType | None) -> Input:
    """An Input that declares a type, as far as it can."""
    if kind is None or not kind.shape or kind.shape[0] != BATCH:
        return Input()
    declared = Input().replace(dtype=kind.dtype)
    sizes: list[int | str] = []
    for size in kind.shape[1:]:
        if isinstance(size, Symbol) and size != Symbol.named(str(size)):
            return declared
        sizes.append(size if isinstance(size, int) else str(size))
    return declared.replace(shape=tuple(sizes))


def _parameters(graph: Graph, names: list[str]) -> dict[str, BlockParameter]:
    texts = [text for name in names for _, text in graph.nodes[name].bindings]
    used = {word for text in texts for word in formula.names_in(text)}
    return {name: row for name, row in graph.parameters.items() if name in used}


def _instance(draft: Draft, block: str, names: list[str]) -> Node:
    graph = draft.graph
    places = [graph.nodes[name].position for name in names]
    xs, ys = zip(*places, strict=True)
    middle: Point = (on_grid(sum(xs) / len(xs)), on_grid(sum(ys) / len(ys)))
    bindings = tuple((name, name) for name in _parameters(graph, names))
    stem = snake(block).rstrip("0123456789_")
    free = free_name(f"{stem}1", graph.nodes)
    node = Node(free, Block(block=block), middle, bindings=bindings)
    draft.put_node(node)
    return node


def _replace(draft: Draft, names: list[str], instance: Node, border: _Border) -> None:
    graph, inside = draft.graph, set(names)
    leave = {source: port for port, source in border.outputs.items()}
    for name in names:
        for slot in graph.incoming(name):
            draft.unwire(PortRef(name, slot))
        for target, port in graph.outgoing(name).items():
            if target.node not in inside:
                exit_port = leave.get(PortRef(name, port))
                if exit_port is None:
                    draft.unwire(target)
                else:
                    draft.wire(target, PortRef(instance.name, exit_port))
        draft.put("nodes", name, None)
    for port, source in border.inputs.items():
        draft.wire(PortRef(instance.name, port), source)

"""Parts of a graph that can be put somewhere else: what copying, duplicating and unpacking share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from graph_engine import formula
from graph_engine.edits.draft import Draft, require_row, shifted
from graph_engine.edits.instances import blocks_in, blocks_within
from graph_engine.errors import DesignError
from graph_engine.graph import Definition, Graph, Node, Point, PortRef
from graph_engine.layers.block import Block
from graph_engine.names import free_name


@dataclass(frozen=True)
class Fragment:
    """Nodes with the wires between them, the wires that reach them from outside, and their blocks."""

    content: Definition
    inputs: Mapping[PortRef, PortRef] = field(default_factory=dict)
    blocks: Mapping[str, Definition] = field(default_factory=dict)


def fragment_of(
    graph: Graph, names: list[str], notes: Iterable[str] = (), frames: Iterable[str] = ()
) -> Fragment:
    """Nodes of a graph, with notes and frames, as a fragment."""
    nodes = {name: graph.nodes[name] for name in names}
    wires: dict[PortRef, PortRef] = {}
    inputs: dict[PortRef, PortRef] = {}
    for name in names:
        for port, source in graph.incoming(name).items():
            (wires if source.node in nodes else inputs)[PortRef(name, port)] = source
    content = Definition(
        graph.name,
        nodes,
        wires,
        {target: points for target, points in graph.routes.items() if target in wires},
        {key: require_row(graph, "notes", key) for key in notes},
        {key: require_row(graph, "frames", key) for key in frames},
    )
    needed = {b for block in blocks_in(nodes) for b in blocks_within(graph.blocks, block)}
    blocks = {name: row for name, row in graph.blocks.items() if name in needed}
    return Fragment(content, inputs, blocks)


def graft(draft: Draft, fragment: Fragment, by: Point, keep_inputs: bool) -> dict[str, str]:
    """Puts a fragment into a draft, moved by some pixels, under names that are free.

    With ``keep_inputs``, wires from outside stay where their source is there as well. Returns the new
    name of each node. Raises DesignError where a block would come to contain itself.
    """
    content, graph = fragment.content, draft.graph
    blocks = _take_blocks(draft, fragment)
    names: dict[str, str] = {}
    for name, node in content.nodes.items():
        names[name] = draft.free_name(name)
        draft.put_node(_adopted(graph, replace(node, name=names[name], serial=0), blocks, by))
    for name, new in names.items():
        owner = content.nodes[name].shares
        if owner:
            draft.update(new, shares=names.get(owner) or _known_owner(graph, content.nodes[name]))
    for target, source in content.wires.items():
        moved = PortRef(names[target.node], target.port)
        draft.wire(moved, PortRef(names[source.node], source.port))
        points = content.routes.get(target, ())
        draft.route(moved, tuple(shifted(point, by) for point in points))
    for target, source in fragment.inputs.items() if keep_inputs else ():
        if source.node in graph.nodes and source.port in _outputs(graph, source.node):
            draft.wire(PortRef(names[target.node], target.port), source)
    _take_annotations(draft, content, by)
    return names


def _outputs(graph: Graph, name: str) -> list[str]:
    return [port.name for port in graph.ports_out(name)]


def _adopted(graph: Graph, node: Node, blocks: Mapping[str, str], by: Point) -> Node:
    """The node as it can stand in the graph: formulas over parameters that are not there go."""
    known = graph.parameters.keys()
    bindings = tuple(pair for pair in node.bindings if formula.names_in(pair[1]) <= known)
    return replace(
        renamed_block(node, blocks),
        position=shifted(node.position, by),
        bindings=bindings,
        shares="",
    )


def renamed_block(node: Node, names: Mapping[str, str]) -> Node:
    """The node as an instance of its block under that block's new name."""
    layer = node.layer
    if isinstance(layer, Block) and names.get(layer.block, layer.block) != layer.block:
        return replace(node, layer=layer.replace(block=names[layer.block]))
    return node


def _known_owner(graph: Graph, node: Node) -> str:
    owner = graph.nodes.get(node.shares)
    if owner is None or owner.shares:
        return ""
    fits = type(owner.layer) is not type(node.layer) or owner.layer == node.layer
    return node.shares if fits else ""


# Blocks ------------------------------------------------------------------------------------------


def _take_blocks(draft: Draft, fragment: Fragment) -> dict[str, str]:
    """Brings the blocks along that are not there yet; where another has the name, under a free one."""
    graph, blocks = draft.graph, fragment.blocks
    others = _different(graph, blocks)
    _refuse_circles(graph, fragment, others)
    taken = {*graph.blocks, *blocks, graph.name}
    names: dict[str, str] = {}
    for name in blocks:
        is_taken = name in graph.blocks or name == graph.name
        names[name] = free_name(name, taken) if name in others and is_taken else name
        taken.add(names[name])
    for name, row in blocks.items():
        if names[name] not in graph.blocks:
            nodes = {key: renamed_block(node, names) for key, node in row.nodes.items()}
            draft.put("blocks", names[name], replace(row, name=names[name], nodes=nodes))
    return names


def _different(graph: Graph, blocks: Mapping[str, Definition]) -> set[str]:
    """The blocks that are not the project's own of that name, or that contain such a one."""
    found = {
        name
        for name, row in blocks.items()
        if graph.blocks.get(name, None if name == graph.name else row) != row
    }
    while True:
        more = {name for name, row in blocks.items() if found & set(blocks_in(row.nodes))}
        if more <= found:
            return found
        found |= more


def _refuse_circles(graph: Graph, fragment: Fragment, others: set[str]) -> None:
    blocks = {**graph.blocks, **fragment.blocks}
    for name, row in fragment.blocks.items():
        if any(name in blocks_within(blocks, inner) for inner in blocks_in(row.nodes)):
            raise DesignError(f"The block `{name}` contains itself, which never ends.")
    for block in dict.fromkeys(blocks_in(fragment.content.nodes)):
        if graph.name not in others and graph.name in blocks_within(blocks, block):
            raise DesignError(
                f"`{graph.name}` cannot contain `{block}`: a block that contains itself never ends."
            )


def _take_annotations(draft: Draft, content: Definition, by: Point) -> None:
    for table, stem in (("notes", "note"), ("frames", "frame")):
        for row in getattr(content, table).values():
            moved = replace(row, position=shifted(row.position, by))
            draft.put(table, draft.free_key(table, stem), moved)

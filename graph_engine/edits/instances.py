"""Instances of blocks: where they are, and what becomes of them when their block changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from graph_engine.edits.draft import Draft
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Definition, Graph, Node, Point, PortRef, Row
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block

Names = Mapping[str, str | None]


def blocks_in(nodes: Mapping[str, Node]) -> Iterator[str]:
    """The names of the blocks that have an instance among the nodes."""
    for node in nodes.values():
        if isinstance(node.layer, Block):
            yield node.layer.block


def blocks_within(blocks: Mapping[str, Definition], name: str) -> set[str]:
    """A block and all blocks that it contains, however deep."""
    found, waiting = {name}, [name]
    while waiting:
        definition = blocks.get(waiting.pop())
        for inner in blocks_in(definition.nodes) if definition else ():
            if inner not in found:
                found.add(inner)
                waiting.append(inner)
    return found


def refuse_recursion(graph: Graph, layer: Layer) -> None:
    """Refuses an instance of a block inside that block itself, directly or through others."""
    if isinstance(layer, Block) and graph.name in blocks_within(graph.blocks, layer.block):
        raise DesignError(
            f"`{graph.name}` cannot contain `{layer.block}`: a block that contains itself never ends."
        )


def follow(graph: Graph, change: Change) -> Change:
    """What the instances in a graph need when ``change`` edits their blocks: wires and arguments move
    to ports and parameters that have a new name, and go where those are gone.

    ``edit_block`` has done this for the graph that it was given and for all blocks; a project with
    several networks does it for each of the others.
    """
    draft = Draft(graph)
    for name, (before, after) in change.pairs("blocks").items():
        if before is not None and after is not None and name != graph.name:
            follow_block(draft, before, after)
    return draft.change()


def follow_block(draft: Draft, before: Definition, after: Definition) -> None:
    """Brings the instances of one block up to date with it."""
    inputs = renames(_ports(before, before.input_names()), _ports(after, after.input_names()))
    outputs = renames(_ports(before, before.output_names()), _ports(after, after.output_names()))
    settings = renames(before.parameters, after.parameters)
    if not any((inputs, outputs, settings)):
        return
    found = {
        name: node.layer
        for name, node in draft.graph.nodes.items()
        if isinstance(node.layer, Block) and node.layer.block == before.name
    }
    _rekey(draft, found.keys(), inputs, outputs)
    for name, layer in found.items():
        _reset(draft, name, layer, settings)


def renames(before: Mapping[str, Row], after: Mapping[str, Row]) -> Names:
    """For each name that its row has no more, the one that it has now, or None where it is gone.

    A row is known by its serial; one that went and came back under its name counts as the same.
    """
    now = {row.serial: name for name, row in after.items()}
    now |= {row.serial: name for name, row in before.items() if _stays(row, after.get(name))}
    heirs = {name: now.get(row.serial) for name, row in before.items()}
    taken = set(heirs.values())
    return {
        name: heir
        for name, heir in heirs.items()
        if heir != name and (heir is not None or name not in after or name in taken)
    }


def _stays(row: Row, now: Row | None) -> bool:
    return now is not None and now.serial == row.serial


def _ports(definition: Definition, names: tuple[str, ...]) -> dict[str, Node]:
    return {name: definition.nodes[name] for name in names}


def _rekey(draft: Draft, instances: Collection[str], inputs: Names, outputs: Names) -> None:
    """Moves the wires of instances to the ports that have the place of those they ended at."""
    graph = draft.graph
    touched = {PortRef(name, port) for name in instances for port in graph.incoming(name)}
    touched |= {target for name in instances for target in graph.outgoing(name)}
    moved: list[tuple[PortRef, PortRef, tuple[Point, ...] | None]] = []
    for target in sorted(touched):
        source = graph.wires[target]
        end = _heir(target, instances, inputs)
        start = _heir(source, instances, outputs)
        if (end, start) != (target, source):
            draft.unwire(target)
            if end is not None and start is not None:
                moved.append((end, start, graph.routes.get(target)))
    for end, start, bends in moved:
        draft.wire(end, start)
        draft.route(end, bends)


def _heir(ref: PortRef, instances: Collection[str], names: Names) -> PortRef | None:
    if ref.node not in instances:
        return ref
    port = names.get(ref.port, ref.port)
    return None if port is None else PortRef(ref.node, port)


def _reset(draft: Draft, name: str, layer: Block, settings: Names) -> None:
    if not settings:
        return
    arguments = {settings.get(k, k): v for k, v in layer.arguments if settings.get(k, k)}
    bindings = tuple(
        (heir, text)
        for key, text in draft.node(name).bindings
        if (heir := settings.get(key, key)) is not None
    )
    draft.update(name, layer=layer.replace(arguments=arguments), bindings=bindings)

"""Editing blocks from the graph that uses them, and the parameters of a block from the inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graph_engine import formula
from graph_engine.edits.draft import Draft, require_nodes
from graph_engine.edits.instances import blocks_in, follow_block
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import BlockParameter, Change, Definition, Graph, Node
from graph_engine.layers.block import Block
from graph_engine.names import check_name, free_name

Default = int | float | bool | str
WHAT = "The name of a parameter"


def edit_block(graph: Graph, block: str, change: Change) -> Change:
    """An edit of the inside of a block, as an edit of the graph that is open around it.

    ``change`` was made for ``Graph.opened(graph.blocks[block])``. Instances, in this graph and inside
    other blocks, follow: their wires and arguments move to ports and parameters that were renamed and go
    where those went.
    Raises DesignError for an unknown block, or where the change is for another state of it.
    """
    before, after, inner = _edited(graph, block, change)
    rows: dict[str, tuple[Definition | None, Definition | None]] = dict(inner.pairs("blocks"))
    rows[block] = (before, after)
    blocks = {name: new for name, (_, new) in rows.items() if new is not None}
    draft = Draft(graph)
    follow_block(draft, before, after)
    for name, definition in graph.blocks.items():
        current = blocks.get(name, definition)
        if name != block and block in blocks_in(current.nodes):
            followed = _followed(current, before, after)
            rows[name] = (definition, followed)
    return Change.of({"blocks": rows}).then(draft.change())


def _edited(graph: Graph, block: str, change: Change) -> tuple[Definition, Definition, Change]:
    definition = graph.blocks.get(block)
    if definition is None:
        raise DesignError(f"There is no block called `{block}` in the project.")
    inside = Graph.opened(definition, dict(graph.blocks))
    before = inside.definition()
    inside.apply(change)
    return before, inside.definition(), change


def _followed(definition: Definition, before: Definition, after: Definition) -> Definition:
    inside = Graph.opened(definition)
    draft = Draft(inside)
    follow_block(draft, before, after)
    inside.apply(draft.change())
    return inside.definition()


def make_unique(graph: Graph, name: str, block: str = "") -> Change:
    """Gives an instance a block of its own: a copy, under ``block`` or a free name.

    Raises DesignError for a node that is not an instance, or one whose weights are shared.
    """
    node, layer, definition = require_instance(graph, name)
    refuse_shared(graph, name)
    wish = (
        check_name(block, "The name of a block") if block else free_name(layer.block, graph.blocks)
    )
    if wish in graph.blocks or wish == graph.name:
        raise DesignError(f"There is a block or network called `{wish}` already.")
    copy = replace(definition, name=wish)
    draft = Draft(graph)
    draft.put("blocks", wish, copy)
    draft.put_node(replace(node, layer=layer.replace(block=wish)))
    return draft.change()


def require_instance(graph: Graph, name: str) -> tuple[Node, Block, Definition]:
    """The node, its layer and its block. Raises DesignError for what is not an instance."""
    require_nodes(graph, (name,))
    node = graph.nodes[name]
    if not isinstance(node.layer, Block):
        kind = type(node.layer).__name__
        raise DesignError(f"`{name}` is a {kind} and not an instance of a block.")
    definition = graph.blocks.get(node.layer.block)
    if definition is None:
        raise DesignError(f"The block `{node.layer.block}` of `{name}` is not in the project.")
    return node, node.layer, definition


def refuse_shared(graph: Graph, name: str) -> None:
    """Refuses an instance that uses the weights of another or lends its own."""
    users = [other for other, node in graph.nodes.items() if node.shares == name]
    other = graph.nodes[name].shares or next(iter(users), "")
    if other:
        raise DesignError(
            f"`{name}` and `{other}` share their weights. Give each its own weights first."
        )


# Parameters, seen from inside the block ----------------------------------------------------------


def add_parameter(graph: Graph, name: str, default: Default, help: str = "") -> Change:
    """A new parameter of the block that is open. Raises DesignError for a name that is taken."""
    check_name(name, WHAT)
    if name in graph.parameters:
        raise DesignError(f"`{graph.name}` has a parameter `{name}` already.")
    return _row(graph, name, BlockParameter(name, _checked(name, default), help))


def set_parameter_default(
    graph: Graph, name: str, default: Default, help: str | None = None
) -> Change:
    """Another default, and another help text where one is given, for a parameter of the block."""
    row = _parameter(graph, name)
    text = row.help if help is None else help
    return _row(graph, name, replace(row, default=_checked(name, default), help=text))


def rename_parameter(graph: Graph, old: str, new: str) -> Change:
    """Another name for a parameter of the block; formulas follow, and instances through
    ``edit_block``."""
    row = _parameter(graph, old)
    if new == old:
        return Change()
    check_name(new, WHAT)
    if new in graph.parameters:
        raise DesignError(f"`{graph.name}` has a parameter `{new}` already.")
    draft = Draft(graph)
    draft.put("parameters", old, None)
    draft.put("parameters", new, replace(row, name=new))
    for name, node in graph.nodes.items():
        if any(old in formula.names_in(text) for _, text in node.bindings):
            renamed = ((key, formula.substituted(text, {old: new})) for key, text in node.bindings)
            draft.update(name, bindings=tuple(renamed))
    return draft.change()


def remove_parameter(graph: Graph, name: str) -> Change:
    """Without a parameter of the block: its default takes its place wherever it was used."""
    row = _parameter(graph, name)
    draft = Draft(graph)
    draft.put("parameters", name, None)
    for other, node in graph.nodes.items():
        if any(name in formula.names_in(text) for _, text in node.bindings):
            draft.put_node(settled(draft.node(other), {name: row.default}))
    return draft.change()


def settled(node: Node, meaning: Mapping[str, Default | Bound]) -> Node:
    """The node with names in its formulas replaced by what they mean; a formula that no name is left
    in becomes the value of the layer's parameter."""
    kept: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for key, text in node.bindings:
        used = {name: meaning[name] for name in formula.names_in(text) & meaning.keys()}
        texts = {name: m.text for name, m in used.items() if isinstance(m, Bound)}
        constants = {name: m for name, m in used.items() if not isinstance(m, Bound)}
        if formula.names_in(text) == constants.keys():
            values[key] = formula.evaluate(text, constants)
        elif used:
            numbers = {name: _number(name, value) for name, value in constants.items()}
            kept.append((key, formula.substituted(text, {**texts, **numbers})))
        else:
            kept.append((key, text))
    layer = node.layer
    if isinstance(layer, Block):
        own = {"repeat": values.pop("repeat")} if "repeat" in values else {}
        layer = layer.replace(arguments={**layer.arguments_map(), **values}, **own)
    else:
        layer = layer.replace(**values)
    return replace(node, layer=layer, bindings=tuple(kept))


class Bound:
    """A formula over the parameters of the surrounding block, where a value could stand as well."""

    def __init__(self, text: str) -> None:
        self.text = text


def _number(name: str, value: Default) -> float:
    if isinstance(value, str):
        raise ParameterError(f"`{name}` is a text, which cannot stand in a calculation.")
    return value


def _parameter(graph: Graph, name: str) -> BlockParameter:
    row = graph.parameters.get(name)
    if row is None:
        have = ", ".join(graph.parameters) or "none"
        raise ParameterError(f"`{graph.name}` has no parameter `{name}`; it has {have}.")
    return row


def _checked(name: str, value: Default) -> Default:
    formula.evaluate(name, {name: value})
    return value


def _row(graph: Graph, name: str, row: BlockParameter) -> Change:
    draft = Draft(graph)
    draft.put("parameters", name, row)
    return draft.change()

"""The values of layers: parameters, formulas over the parameters of a block, muting, shared weights;
and whether they are drawn in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph_engine import formula
from graph_engine.edits.draft import Draft, require_nodes
from graph_engine.edits.instances import refuse_recursion
from graph_engine.edits.ports import input_ports, output_ports
from graph_engine.edits.replacing import keep_wires
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import Change, Definition, Graph, Node
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block

OF_INSTANCES = frozenset({"repeat", "block"})


def set_parameter(graph: Graph, name: str, parameter: str, value: object) -> Change:
    """Another value for one parameter of a node; see ``set_parameters``."""
    return set_parameters(graph, (name,), {parameter: value})


def set_parameters(graph: Graph, names: Iterable[str], values: Mapping[str, object]) -> Change:
    """Other values for parameters of one or several nodes; a formula that stood there goes.

    On an instance of a block, the names are those of the block's parameters, and ``repeat``; None
    brings a default back. A node that uses the weights of another of its kind changes that one. Wires
    to ports that vanish go with them.
    Raises ParameterError, with the node's name, for a value that a parameter does not take.
    """
    draft = Draft(graph)
    users = _users(graph)
    for name in require_nodes(graph, names):
        for each in _sharing(graph, name, users):
            _set(draft, each, values)
    return draft.change()


def set_repeat(graph: Graph, name: str, repeat: int) -> Change:
    """How many copies of its block an instance runs one after another."""
    return set_parameters(graph, (name,), {"repeat": repeat})


def bind(graph: Graph, name: str, parameter: str, text: str) -> Change:
    """Ties a parameter to a formula over the parameters of the block that is open, such as
    ``4 * width``.

    Raises ParameterError where the formula cannot be read, names a parameter that the block does not
    have, or gives a value, for the defaults, that the layer does not take.
    """
    require_nodes(graph, (name,))
    defaults = {row.name: row.default for row in graph.parameters.values()}
    value = formula.evaluate(text, defaults)
    draft = Draft(graph)
    for each in _sharing(graph, name, _users(graph)):
        node = graph.nodes[each]
        _changed(graph, node, {parameter: value})
        others = tuple(pair for pair in node.bindings if pair[0] != parameter)
        draft.update(each, bindings=(*others, (parameter, formula.written(text))))
    return draft.change()


def unbind(graph: Graph, name: str, parameter: str) -> Change:
    """The layer's own value again, in the place of a formula."""
    require_nodes(graph, (name,))
    draft = Draft(graph)
    for each in _sharing(graph, name, _users(graph)):
        bindings = graph.nodes[each].bindings
        draft.update(each, bindings=tuple(pair for pair in bindings if pair[0] != parameter))
    return draft.change()


def set_muted(graph: Graph, names: Iterable[str], muted: bool) -> Change:
    """Whether nodes pass their first input on instead of computing.

    Raises DesignError for a node without an input or an output.
    """
    draft = Draft(graph)
    for name in require_nodes(graph, names):
        if muted and not (graph.ports_in(name) and graph.ports_out(name)):
            kind = type(graph.nodes[name].layer).__name__
            raise DesignError(f"`{name}` ({kind}) has nothing to pass on, so it cannot be muted.")
        draft.update(name, muted=muted)
    return draft.change()


def set_collapsed(graph: Graph, names: Iterable[str], collapsed: bool) -> Change:
    """Whether nodes are drawn as their names alone; what they compute stays the same."""
    draft = Draft(graph)
    for name in require_nodes(graph, names):
        draft.update(name, collapsed=collapsed)
    return draft.change()


# Weights -----------------------------------------------------------------------------------------


def share_weights(graph: Graph, name: str, owner: str) -> Change:
    """Lets a node use the weights of another: a layer of the same kind takes its parameters as well, one
    of another kind uses the tensor called ``weight``.

    Raises DesignError where the owner has none to give or uses those of a third node.
    """
    require_nodes(graph, (name, owner))
    if name == owner:
        raise DesignError(f"`{name}` uses its own weights already.")
    node, lender = graph.nodes[name], graph.nodes[owner]
    if lender.shares:
        return share_weights(graph, name, lender.shares)
    users = [other for other, row in graph.nodes.items() if row.shares == name]
    if users:
        raise DesignError(
            f"`{users[0]}` uses the weights of `{name}`, which therefore cannot use others."
        )
    if type(node.layer) is not type(lender.layer):
        draft = Draft(graph)
        draft.update(name, shares=owner)
        return draft.change()
    if isinstance(node.layer, Block) and node.layer.block != getattr(lender.layer, "block", ""):
        raise DesignError(f"`{name}` and `{owner}` are instances of different blocks.")
    draft = Draft(graph)
    _relayer(draft, name, lender.layer)
    draft.update(name, shares=owner, bindings=lender.bindings)
    return draft.change()


def unshare_weights(graph: Graph, names: Iterable[str]) -> Change:
    """Gives nodes weights of their own again."""
    draft = Draft(graph)
    for name in require_nodes(graph, names):
        draft.update(name, shares="")
    return draft.change()


def _users(graph: Graph) -> dict[str, list[str]]:
    """For each node whose weights others share, those others."""
    found: dict[str, list[str]] = {}
    for name, node in graph.nodes.items():
        if node.shares:
            found.setdefault(node.shares, []).append(name)
    return found


def _sharing(graph: Graph, name: str, users: Mapping[str, list[str]]) -> list[str]:
    """The nodes of one kind that use the same weights as this one, the owner first."""
    node = graph.nodes[name]
    owner = graph.nodes.get(node.shares)
    first = node.shares if owner and type(owner.layer) is type(node.layer) else name
    kind = type(graph.nodes[first].layer)
    return [first, *(n for n in users.get(first, ()) if type(graph.nodes[n].layer) is kind)]


# Values ------------------------------------------------------------------------------------------


def _set(draft: Draft, name: str, values: Mapping[str, object]) -> None:
    node = draft.node(name)
    layer = _changed(draft.graph, node, values)
    bindings = tuple(pair for pair in node.bindings if pair[0] not in values)
    draft.update(name, bindings=bindings)
    _relayer(draft, name, layer)


def _relayer(draft: Draft, name: str, layer: Layer) -> None:
    graph = draft.graph
    refuse_recursion(graph, layer)
    draft.update(name, layer=layer)
    inputs, outputs = input_ports(graph, layer), output_ports(graph, layer)
    if inputs != graph.ports_in(name) or outputs != graph.ports_out(name):
        keep_wires(draft, name, inputs, outputs, move=False)


def _changed(graph: Graph, node: Node, values: Mapping[str, object]) -> Layer:
    try:
        if isinstance(node.layer, Block):
            return _instance(node.layer, graph.block_of(node.layer), values)
        return node.layer.replace(**values)
    except ParameterError as error:
        raise ParameterError(f"`{node.name}`: {error}") from error


def _instance(layer: Block, definition: Definition, values: Mapping[str, object]) -> Layer:
    arguments: dict[str, Any] = dict(layer.arguments_map())
    for name, value in values.items():
        row = definition.parameters.get(name)
        if name in OF_INSTANCES:
            continue
        if row is None:
            have = ", ".join(definition.parameters) or "none"
            raise ParameterError(f"`{layer.block}` has no parameter `{name}`; it has {have}.")
        arguments.pop(name, None)
        if value is not None:
            arguments[name] = _like(name, value, row.default)
    own = {name: value for name, value in values.items() if name in OF_INSTANCES}
    return layer.replace(**own, arguments=arguments)


def _like(name: str, value: object, default: object) -> object:
    """A value of the kind that the default has; a whole number is a number as well."""
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(value) is not type(default):
        raise ParameterError(
            f"`{name}` takes {WORDS[type(default)]}, as its default {default!r} is, not {value!r}."
        )
    return value


WORDS: Mapping[type, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
}

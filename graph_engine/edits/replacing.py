"""Another layer in the place of one: what fits of its parameters and wires stays."""

from __future__ import annotations

from graph_engine.declaration import Parameter
from graph_engine.edits.draft import Draft, require_nodes
from graph_engine.edits.instances import refuse_recursion
from graph_engine.edits.ports import Wired, input_ports, output_ports, slot_names
from graph_engine.edits.removing import hand_weights_on
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import Change, Graph, PortRef, is_variadic
from graph_engine.layers.base import CATALOGUE, Layer, Port
from graph_engine.layers.block import Block


def replace_layer(graph: Graph, name: str, kind: str) -> Change:
    """Another kind of layer, or an instance of a block, in the place of a node.

    Parameters that a person set stay where the new layer has one of the same name that takes the value.
    Wires stay where the new layer has the same port; the others move to its free ports in their order.
    Raises DesignError for an unknown kind.
    """
    require_nodes(graph, (name,))
    node = graph.nodes[name]
    layer = _made(graph, kind, node.layer)
    refuse_recursion(graph, layer)
    draft = Draft(graph)
    if type(layer) is not type(node.layer) or isinstance(layer, Block):
        hand_weights_on(draft, {name})
        draft.update(name, shares="")
    bindings = tuple(pair for pair in node.bindings if pair[0] in layer.parameters())
    draft.update(name, layer=layer, bindings=bindings)
    keep_wires(draft, name, input_ports(graph, layer), output_ports(graph, layer), move=True)
    return draft.change()


def _made(graph: Graph, kind: str, old: Layer) -> Layer:
    if kind in graph.blocks:
        return Block(block=kind)
    if kind not in CATALOGUE:
        raise DesignError(f"There is no layer called `{kind}`.")
    layer = CATALOGUE[kind]()
    own = old.parameters()
    for parameter in layer.parameters().values():
        if parameter.name in own and _was_chosen(own[parameter.name], old):
            try:
                layer = layer.replace(**{parameter.name: getattr(old, parameter.name)})
            except ParameterError:
                continue
    return layer


def _was_chosen(parameter: Parameter, layer: Layer) -> bool:
    """Whether a person set the value, or the layer is nothing without it."""
    chosen = getattr(layer, parameter.name) != parameter.default
    return bool(chosen or parameter.positional or parameter.required)


def keep_wires(
    draft: Draft, name: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...], *, move: bool
) -> None:
    """Leaves the wires of a node that its new ports can take; with ``move``, the others go to free
    inputs in their order and to the first output. What is left over goes away."""
    graph = draft.graph
    wired = draft.incoming(name)
    fitted = _fitted(wired, graph.ports_in(name), inputs, move)
    for slot in wired:
        if slot not in fitted:
            draft.unwire(PortRef(name, slot))
    for slot, source in fitted.items():
        draft.wire(PortRef(name, slot), source)
    names = [port.name for port in outputs]
    first = graph.ports_out(name)[0].name if graph.ports_out(name) else ""
    for target, port in graph.outgoing(name).items():
        if port in names or draft.row("wires", target) != PortRef(name, port):
            continue
        if move and port == first and names:
            draft.wire(target, PortRef(name, names[0]))
        else:
            draft.unwire(target)


def _fitted(
    wired: Wired, old: tuple[Port, ...], new: tuple[Port, ...], move: bool
) -> dict[str, PortRef]:
    plain = {port.name for port in new if not port.variadic}
    variadic = next((port for port in new if port.variadic), None)
    order = [name for name in slot_names(old, wired) if name in wired]
    found = {
        name: wired[name]
        for name in order
        if name in plain or (variadic and is_variadic(name, variadic))
    }
    if not move:
        return found
    free = [port.name for port in new if not (port.optional or port.variadic or port.name in found)]
    number = 0
    for name in order:
        if name in found:
            continue
        if free:
            found[free.pop(0)] = wired[name]
        elif variadic:
            number += 1
            while f"{variadic.name}{number}" in found:
                number += 1
            found[f"{variadic.name}{number}"] = wired[name]
    return found

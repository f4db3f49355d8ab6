"""Which ports of a layer a wire would naturally take."""

from __future__ import annotations

from collections.abc import Mapping

from graph_engine.errors import WiringError
from graph_engine.graph import Graph, PortRef, is_variadic, variadic_key
from graph_engine.layers.base import Layer, Port
from graph_engine.layers.block import Block

Wired = Mapping[str, PortRef]


def input_ports(graph: Graph, layer: Layer) -> tuple[Port, ...]:
    """The inputs that a layer would have in this graph."""
    if isinstance(layer, Block):
        return tuple(Port(name) for name in graph.block_of(layer).input_names())
    return layer.input_ports()


def output_ports(graph: Graph, layer: Layer) -> tuple[Port, ...]:
    """The outputs that a layer would have in this graph."""
    if isinstance(layer, Block):
        return tuple(Port(name) for name in graph.block_of(layer).output_names())
    return layer.output_ports()


def slot_names(ports: tuple[Port, ...], wired: Wired) -> list[str]:
    """The names of the inputs as they stand: variadic ports by their wired slots, in order."""
    found: list[str] = []
    for port in ports:
        if port.variadic:
            found += sorted((name for name in wired if is_variadic(name, port)), key=variadic_key)
        else:
            found.append(port.name)
    return found


def first_input(ports: tuple[Port, ...]) -> str | None:
    """The input that a sequence is wired through, or None for a layer without inputs."""
    for port in ports:
        return f"{port.name}1" if port.variadic else port.name
    return None


def passing_input(ports: tuple[Port, ...], wired: Wired) -> str | None:
    """The one input whose wire can take the layer's place when it goes; None where several matter."""
    needed = [name for name in slot_names(ports, wired) if name in wired]
    optional = {port.name for port in ports if port.optional}
    main = [name for name in needed if name not in optional]
    return main[0] if len(main) == 1 else None


def next_slot(port: Port, wired: Wired) -> str:
    """The next free number of a variadic input."""
    taken = [variadic_key(name) for name in wired if is_variadic(name, port)]
    return f"{port.name}{max(taken, default=0) + 1}"


def slot_for(graph: Graph, target: PortRef) -> PortRef:
    """The input that a wire dropped on ``target`` would end in; a variadic port offers its next slot.

    Raises WiringError where the node has no such input.
    """
    ports, wired = graph.ports_in(target.node), graph.incoming(target.node)
    for port in ports:
        if target.port == port.name:
            return target._replace(port=next_slot(port, wired)) if port.variadic else target
        if port.variadic and is_variadic(target.port, port):
            free = next_slot(port, wired)
            in_reach = len(target.port) <= len(free) and variadic_key(target.port) <= variadic_key(
                free
            )
            return target if in_reach else target._replace(port=free)
    kind = type(graph.nodes[target.node].layer).__name__
    have = ", ".join(port.name for port in ports) or "no inputs"
    raise WiringError(f"`{target.node}` ({kind}) has no input `{target.port}`; it has {have}.")


def require_output(graph: Graph, source: PortRef) -> None:
    """Raises WiringError where the node has no such output."""
    ports = [port.name for port in graph.ports_out(source.node)]
    if source.port not in ports:
        kind = type(graph.nodes[source.node].layer).__name__
        raise WiringError(
            f"`{source.node}` ({kind}) has no output `{source.port}`; it has "
            f"{', '.join(ports) or 'no outputs'}."
        )

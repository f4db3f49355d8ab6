"""Graphs as plain values and back: tables of nodes, wires, routes, notes, frames and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from graph_engine.errors import ProjectError, WiringError
from graph_engine.graph import Definition, Graph, Node, Point, PortRef
from graph_engine.serial.nodes import (
    FRAME_KEYS,
    NOTE_KEYS,
    PARAMETER_KEYS,
    frame_from_dict,
    frame_to_dict,
    node_from_dict,
    node_to_dict,
    note_from_dict,
    note_to_dict,
    parameter_from_dict,
    parameter_to_dict,
)
from graph_engine.serial.plain import (
    Plain,
    as_extra,
    as_key,
    as_list,
    as_node_name,
    as_object,
    as_point,
    from_extra,
    left_over,
    point,
    refusal,
)

TABLES = ("parameters", "nodes", "wires", "routes", "notes", "frames")
KEEPING = {"parameters": PARAMETER_KEYS, "notes": NOTE_KEYS, "frames": FRAME_KEYS}

MOST_NODES = 50_000
MOST_WIRES = 200_000
MOST_NOTES = 10_000
MOST_BENDS = 1_000

Row = TypeVar("Row")


def wires_to_dict(wires: Mapping[PortRef, PortRef], nodes: Mapping[str, Node]) -> dict[str, str]:
    """``{"conv1.input": "image.output"}``, in the order of the nodes that they lead to."""
    return {str(target): str(wires[target]) for target in _in_order(wires, nodes)}


def _in_order(targets: Mapping[PortRef, Any], nodes: Mapping[str, Node]) -> list[PortRef]:
    place = {name: index for index, name in enumerate(nodes)}
    return sorted(targets, key=lambda t: (place[t.node], len(t.port), t.port))


def wires_from_dict(
    saved: object, nodes: Mapping[str, Node], place: str = ""
) -> dict[PortRef, PortRef]:
    """The wires between those nodes. Raises ProjectError for one that hangs in the air."""
    fields = as_object(saved, place)
    if len(fields) > MOST_WIRES:
        raise refusal(place, f"at most {MOST_WIRES:,} wires", fields)
    return {_port(key, nodes, place): _port(value, nodes, place) for key, value in fields.items()}


def _port(text: object, nodes: Mapping[str, Node], place: str) -> PortRef:
    if type(text) is not str:
        raise refusal(place, "a port such as conv1.output", text)
    node, _, port = text.partition(".")
    if node not in nodes:
        raise refusal(place, "the name of a node that is there, a dot and a port", text)
    return PortRef(node, as_key(port, place))


def routes_from_dict(
    saved: object, wires: Mapping[PortRef, PortRef], nodes: Mapping[str, Node], place: str = ""
) -> dict[PortRef, tuple[Point, ...]]:
    """The bends of wires. Raises ProjectError for a route without a wire."""
    found = {}
    for key, bends in as_object(saved, place).items():
        target = _port(key, nodes, place)
        if target not in wires:
            raise refusal(place, "the input that a wire ends in", key)
        points = as_list(bends, f"{place}.{key}", MOST_BENDS)
        found[target] = tuple(as_point(each, f"{place}.{key}") for each in points)
    return found


def definition_to_dict(definition: Definition) -> Plain:
    """The content of a graph, without its name and without tables that are empty.

    ``Graph.definition()`` gives the definition of a network.
    """
    d = definition
    tables: dict[str, Plain] = {
        "parameters": {name: parameter_to_dict(row) for name, row in d.parameters.items()},
        "nodes": {name: node_to_dict(node) for name, node in d.nodes.items()},
        "wires": wires_to_dict(d.wires, d.nodes),
        "routes": {
            str(target): [point(bend) for bend in d.routes[target]]
            for target in _in_order(d.routes, d.nodes)
        },
        "notes": {name: note_to_dict(note) for name, note in d.notes.items()},
        "frames": {name: frame_to_dict(frame) for name, frame in d.frames.items()},
    }
    fields: Plain = {name: table for name, table in tables.items() if table}
    for key, value in from_extra(d.extra).items():
        if key not in KEEPING:
            fields[key] = value
            continue
        for name, more in value.items():
            if name in tables[key]:
                tables[key][name] |= more
    return fields


def definition_from_dict(name: str, saved: object, place: str = "") -> Definition:
    """The graph of that name. Raises ProjectError, with the place, for what is not one.

    Wires may lead to ports that a layer does not have; inference reports those. ``opened`` refuses
    wires that close a circle.
    """
    fields = as_object(saved, place)
    inside = {table: f"{place}.{table}".lstrip(".") for table in TABLES}
    nodes = _rows(fields, "nodes", inside, MOST_NODES, node_from_dict, as_node_name)
    wires = wires_from_dict(fields.get("wires", {}), nodes, inside["wires"])
    routes = routes_from_dict(fields.get("routes", {}), wires, nodes, inside["routes"])
    notes = _rows(fields, "notes", inside, MOST_NOTES, note_from_dict)
    frames = _rows(fields, "frames", inside, MOST_NOTES, frame_from_dict)
    parameters = _rows(fields, "parameters", inside, MOST_NOTES, parameter_from_dict, as_node_name)
    extra = _kept(fields)
    return Definition(name, nodes, wires, routes, notes, frames, parameters, extra)


def _rows(
    fields: Plain,
    table: str,
    places: Mapping[str, str],
    most: int,
    read: Callable[[str, object, str], Row],
    check: Callable[[str, str], str] = as_key,
) -> dict[str, Row]:
    """The rows of one table, each read by its key."""
    place = places[table]
    rows = as_object(fields.get(table, {}), place)
    if len(rows) > most:
        raise refusal(place, f"at most {most:,} entries", rows)
    return {key: read(check(key, place), row, f"{place}.{key}") for key, row in rows.items()}


def _kept(fields: Plain) -> str:
    """What a newer version wrote into the graph, and into rows that have no place for it."""
    extra = left_over(fields, frozenset(TABLES))
    for table, known in KEEPING.items():
        rows: Mapping[str, Plain] = fields.get(table, {})
        more = {key: kept for key, row in rows.items() if (kept := left_over(row, known))}
        extra |= {table: more} if more else {}
    return as_extra(extra)


def opened(
    definition: Definition, blocks: dict[str, Definition] | None = None, place: str = ""
) -> Graph:
    """The graph, to be read or edited. Raises ProjectError for wires that close a circle."""
    try:
        return Graph.opened(definition, blocks)
    except WiringError as error:
        raise ProjectError(f"{place}.wires: {error}".lstrip(".")) from error

"""Steps from every older version of the project file to the present one.

A step takes the plain values of a file of its version and gives those of the next; it may rely on
nothing, because the file may be a stranger's. What it does not recognise it passes on, for the reader of
the present version to refuse with a place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph_engine.errors import ProjectError
from graph_engine.serial.plain import Plain, as_whole, refusal

VERSION = 1
READABLE_BY = 1
NEWEST_EVER = 1_000_000


def migrated(fields: Plain) -> Plain:
    """The values of a file of any version, as the present version writes them.

    A newer file stays as it is where its writer says that this version can read it; what is new in it
    is kept as unknown keys. Raises ProjectError for what is not a project and for a file that needs a
    newer Netloom.
    """
    if fields.get("format") != "netloom":
        raise refusal("format", "'netloom', as every project file has", fields.get("format"))
    version = as_whole(fields.get("version"), "version", 0, NEWEST_EVER)
    readable_by = as_whole(fields.get("readable_by", version), "readable_by", 0, NEWEST_EVER)
    if readable_by > VERSION:
        raise ProjectError(
            f"This project was saved by a newer Netloom (file version {version}, readable from "
            f"version {readable_by} on; this one reads up to {VERSION}). Update Netloom to open it. "
            "The file was not changed."
        )
    for step in STEPS[version:]:
        fields = step(dict(fields))
    return fields


def from_version_0(fields: Plain) -> Plain:
    """Wires were a list of [source node, source port, target node, target port]; now the input port that
    a wire ends in is its key, so that no input can have two."""
    for group in ("blocks", "networks"):
        graphs = fields.get(group)
        if type(graphs) is dict:
            fields[group] = {
                name: _with_keyed_wires(graph, f"{group}.{name}") for name, graph in graphs.items()
            }
    return fields | {"version": 1, "readable_by": 1}


def _with_keyed_wires(graph: Any, place: str) -> Any:
    if type(graph) is not dict or type(graph.get("wires")) is not list:
        return graph
    wires: dict[str, str] = {}
    for wire in graph["wires"]:
        if type(wire) is not list or len(wire) != 4 or not all(type(end) is str for end in wire):
            raise refusal(f"{place[:60]}.wires", "a list of four names", wire)
        source, target = ".".join(wire[:2]), ".".join(wire[2:])
        if target in wires:
            raise refusal(f"{place[:60]}.wires", "one wire into each input", wire)
        wires[target] = source
    return graph | {"wires": wires}


STEPS: tuple[Callable[[Plain], Plain], ...] = (from_version_0,)
assert len(STEPS) == VERSION

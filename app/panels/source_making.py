"""The source of a network for the panel: the same text as ``netloom code``, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.background import Snapshot
from graph_engine.codegen import Place, Source, make_source
from graph_engine.errors import DesignError
from graph_engine.inference import Inference


@dataclass(frozen=True, slots=True)
class Made:
    """The source with the lines of each graph's nodes, or the sentence that says why there is none."""

    source: Source | None
    refusal: str = ""
    lines: Mapping[str, Mapping[str, list[int]]] = field(default_factory=dict)


def made_from(inference: Inference) -> Made:
    """The source of a network that is known already."""
    try:
        source = make_source(inference)
    except DesignError as error:
        return Made(None, str(error))
    return Made(source, lines=nodes_by_line(source))


def made_beside(snapshot: Snapshot) -> Made:
    """The source of a copy; for a thread of its own."""
    return made_from(snapshot.inference())


def nodes_by_line(source: Source) -> dict[str, dict[str, list[int]]]:
    """For each graph and node the lines it stands in."""
    found: dict[str, dict[str, list[int]]] = {}
    for line, place in source.lines.items():
        found.setdefault(place.graph, {}).setdefault(place.node, []).append(line)
    return found


__all__ = ["Made", "Place", "made_beside", "made_from", "nodes_by_line"]

"""What a run keeps to while the drawing moves on: sources, recipe and data as they were at its start."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from graph_engine.codegen import Place, Source
from graph_engine.training.recipe import Recipe

ABOUT = (
    "network",
    "class_name",
    "inputs",
    "data_folder",
    "lines",
    "paths",
    "nodes",
    "created",
    "begun_from",
    "shapes",
    "fed",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a run keeps to while the drawing moves on.

    ``class_name`` is the network's class in ``source``, ``inputs`` its inputs in their order, and
    ``lines`` leads from lines of the source (from 1) to graph and node. ``data`` is the saved form of
    the data choice, whose files lie in ``data_folder``. ``paths`` and ``nodes`` are those of ``Source``.
    ``begun_from`` names the run whose weights this one begins with, if there is one. ``shapes`` has the
    shape of one sample of each of the network's own inputs. Where the recipe's procedure trains several
    networks, the ``others`` have a snapshot each, and ``fed`` names the one that the data feed.
    """

    network: str
    class_name: str
    source: str
    inputs: tuple[str, ...]
    recipe: Recipe
    data: Mapping[str, Any]
    data_folder: str = ""
    lines: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    begun_from: str = ""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    fed: str = ""
    others: tuple[Snapshot, ...] = ()

    @classmethod
    def of(cls, source: Source, **others: Any) -> Self:
        """The snapshot of a source with its maps; ``others`` are the fields that it does not have."""
        lines = {number: (place.graph, place.node) for number, place in source.lines.items()}
        return cls(
            class_name=source.class_name,
            source=source.text,
            lines=lines,
            paths=source.paths,
            nodes=source.nodes,
            **others,
        )

    def as_source(self) -> Source:
        """The text that the run executes, with the way from its lines to the drawing."""
        lines = {number: Place(*place) for number, place in self.lines.items()}
        return Source(self.source, self.class_name, lines, self.paths, self.nodes)

    # In the folder -------------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        """What ``run.json`` holds; source, recipe and data are files of their own."""
        others = [{**each.about(), "source": each.source} for each in self.others]
        return {**{name: getattr(self, name) for name in ABOUT}, "others": others}

    @classmethod
    def read(
        cls, about: Mapping[str, Any], source: str, recipe: Recipe, data: Mapping[str, Any]
    ) -> Snapshot:
        """The snapshot again. Raises TypeError, ValueError, KeyError or AttributeError otherwise."""
        values = dict(about)
        others = values.pop("others", ())
        values["inputs"] = tuple(values["inputs"])
        values["lines"] = {
            int(n): (str(graph), str(node)) for n, (graph, node) in values["lines"].items()
        }
        values["shapes"] = {
            str(name): tuple(map(int, shape)) for name, shape in values.get("shapes", {}).items()
        }
        return cls(
            source=source,
            recipe=recipe,
            data=data,
            others=tuple(cls.read(each, each.pop("source"), recipe, data) for each in others),
            **values,
        )

"""Graph → Source: the one generator behind the source panel, the export and the training.

The text runs with torch alone. The same graph always gives the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graph_engine.codegen.imports import import_lines
from graph_engine.codegen.pause import collection_paused
from graph_engine.codegen.plan import Plan, instances, make_plan
from graph_engine.codegen.specialize import ClassPlan, specialize
from graph_engine.codegen.writer import ClassWriter, Line
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.base import Layer
from graph_engine.layers.expression import Call, Value
from graph_engine.modules import definition, definition_imports
from graph_engine.names import SOURCE_NAMES, free_name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of source comes from: a node of the network, or of a block."""

    graph: str
    node: str


@dataclass(frozen=True)
class Source:
    """PyTorch source, and the way from its lines and modules back to the drawing.

    ``lines`` counts from 1. ``paths`` has, for each class, the attribute path of every node's module,
    and ``nodes`` the kind of layer of every node, inputs first, in the order in which they compute.
    """

    text: str
    class_name: str
    lines: Mapping[int, Place]
    paths: Mapping[str, Mapping[str, str]]
    nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def lines_of(self, graph: str, node: str) -> list[int]:
        """The lines that a node of that graph stands in."""
        return [number for number, place in self.lines.items() if place == Place(graph, node)]


def generate_source(graph: Graph) -> str:
    """The PyTorch source of a network. Raises DesignError where the drawing has errors."""
    return make_source(Inference(graph)).text


def make_source(inference: Inference) -> Source:
    """The source with its maps. Raises DesignError, with the first sentences, for a faulty drawing."""
    wrong = [p for p in inference.problems() if p.severity == "error"]
    if wrong:
        more = f" (and {len(wrong) - 3} more problems)" if len(wrong) > 3 else ""
        raise DesignError("\n".join(p.sentence for p in wrong[:3]) + more)
    with collection_paused():
        return _Generator(inference).source()


class _Generator:
    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.class_of: dict[int, tuple[ClassPlan, int]] = {}
        self.classes: list[ClassPlan] = []
        self.uses = instances(inference)
        layers = list(self._layers())
        self.supplied = list(dict.fromkeys(name for x in layers for name in x.definitions()))
        self.imports = {line for x in layers for line in x.imports()}
        self.names: set[str] = {*SOURCE_NAMES, *self.supplied}
        for each in (inference, *(found[0] for found in self.uses.values())):
            self.names |= each.graph.parameters.keys()

    def source(self) -> Source:
        for name, found in self.uses.items():
            self._add(name, [make_plan(inference, self._call) for inference in found])
        self._add(self.inference.graph.name, [make_plan(self.inference, self._call)])
        lines = self._lines()
        return Source(
            "\n".join([line.text for _, line in lines]) + "\n",
            self.classes[-1].name,
            {n: Place(graph, line.node) for n, (graph, line) in enumerate(lines, 1) if line.node},
            {made.name: made.plan.paths() for made in self.classes},
            {made.name: made.plan.kinds() for made in self.classes},
        )

    def _layers(self) -> Iterator[Layer]:
        """Every layer of the network and of its blocks that is called."""
        for each in (*(each for found in self.uses.values() for each in found), self.inference):
            nodes = each.graph.nodes
            yield from (v.layer for name, v in each.visits.items() if not nodes[name].muted)

    def _add(self, name: str, plans: list[Plan]) -> None:
        wish = free_name(class_name(name), self.names)
        for number, made in enumerate(specialize(wish, plans), 1):
            made.name = free_name(wish if number == 1 else f"{wish}{number}", self.names)
            self.names.add(made.name)
            self.classes.append(made)
            for index, plan in enumerate(made.plans):
                self.class_of[id(plan.inference)] = (made, index)

    def _call(self, inference: Inference) -> Call:
        made, index = self.class_of[id(inference)]
        return made.call(index)

    def _lines(self) -> list[tuple[str, Line]]:
        defaults: dict[str, dict[str, Value]] = {made.name: made.defaults for made in self.classes}
        body: list[tuple[str, Line]] = []
        for name in self.supplied:
            body += _gap()
            body += [("", Line(text)) for text in definition(name).rstrip("\n").split("\n")]
        for made in self.classes:
            body += _gap()
            body += [(made.plan.graph.name, line) for line in ClassWriter(made, defaults).lines()]
        text = "\n".join([line.text for _, line in body])
        others = [line for name in self.supplied for line in definition_imports(name)]
        imports = import_lines(text, [*others, *sorted(self.imports)])
        return [*(("", Line(line)) for line in imports), *body]


def _gap() -> list[tuple[str, Line]]:
    return [("", Line("")), ("", Line(""))]


def class_name(name: str) -> str:
    """``cnn_digits`` → ``CnnDigits``; ``main`` → ``Network``."""
    if name == "main":
        return "Network"
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))

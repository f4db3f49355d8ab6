"""Graph → Source: the one generator behind the source panel, the export and the training.

The text runs with torch alone. The same graph always gives the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graph_engine.codegen.plan import Plan, instances, make_plan
from graph_engine.codegen.specialize import ClassPlan, specialize
from graph_engine.codegen.writer import ClassWriter, Line
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
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

    ``lines`` counts from 1. ``paths`` has, for each class, the attribute path of every node's module.
    """

    text: str
    class_name: str
    lines: Mapping[int, Place]
    paths: Mapping[str, Mapping[str, str]]

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
    return _Generator(inference).source()


class _Generator:
    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.class_of: dict[int, tuple[ClassPlan, int]] = {}
        self.classes: list[ClassPlan] = []
        self.names: set[str] = set(SOURCE_NAMES)

    def source(self) -> Source:
        uses = instances(self.inference)
        self.names |= {d for plan in self._all(uses) for d in _definitions(plan)}
        for name, found in uses.items():
            plans = [make_plan(inference, self._call) for inference in found]
            self._add(name, plans)
        self._add(self.inference.graph.name, [make_plan(self.inference, self._call)])
        lines = list(self._lines())
        places = {n: line for n, line in enumerate(lines, 1) if line[1].node}
        return Source(
            "\n".join(line.text for _, line in lines) + "\n",
            self.classes[-1].name,
            {number: Place(graph, line.node) for number, (graph, line) in places.items()},
            {
                made.name: {n: made.plan.path(n) for n in made.plan.attributes}
                for made in self.classes
            },
        )

    def _all(self, uses: Mapping[str, list[Inference]]) -> list[Inference]:
        return [self.inference, *(found[0] for found in uses.values())]

    def _add(self, name: str, plans: list[Plan]) -> None:
        wish = free_name(class_name(name), self.names)
        for made in specialize(wish, plans):
            made.name = free_name(made.name, self.names)
            self.names.add(made.name)
            self.classes.append(made)
            for index, plan in enumerate(made.plans):
                self.class_of[id(plan.inference)] = (made, index)

    def _call(self, inference: Inference) -> Call:
        made, index = self.class_of[id(inference)]
        return made.call(index)

    def _lines(self) -> Iterator[tuple[str, Line]]:
        defaults: dict[str, dict[str, Value]] = {made.name: made.defaults for made in self.classes}
        body: list[tuple[str, Line]] = []
        for made in self.classes:
            written = list(ClassWriter(made, defaults).lines())
            body += [("", Line("")), ("", Line(""))]
            body += [(made.plan.graph.name, line) for line in written]
        needed = dict.fromkeys(
            d for made in self.classes for d in _definitions(made.plan.inference)
        )
        for text in self._imports(list(needed), body):
            yield "", Line(text)
        for name in needed:
            yield "", Line("")
            yield "", Line("")
            for text in definition(name).rstrip("\n").split("\n"):
                yield "", Line(text)
        yield from body

    def _imports(self, needed: list[str], body: list[tuple[str, Line]]) -> list[str]:
        extra = {line for name in needed for line in definition_imports(name)}
        for made in self.classes:
            for visit in made.plan.inference.visits.values():
                extra |= set(visit.layer.imports())
        text = "\n".join(line.text for _, line in body)
        text += "".join(definition(name) for name in needed)
        if "OrderedDict(" in text:
            extra.add("from collections import OrderedDict")
        if "torch." in text:
            extra.add("import torch")
        extra.add("from torch import Tensor, nn" if "Tensor" in text else "from torch import nn")
        return _sorted_imports(extra)


def _sorted_imports(lines: set[str]) -> list[str]:
    """Standard library first, then torch; ``import x`` before ``from x import y``, as ruff sorts."""
    plain = sorted(line for line in lines if line.startswith("import "))
    parts: dict[str, set[str]] = {}
    for line in lines - set(plain):
        module, _, names = line.removeprefix("from ").partition(" import ")
        parts.setdefault(module, set()).update(names.split(", "))
    every = plain + [
        f"from {module} import {', '.join(sorted(names, key=_by_kind))}"
        for module, names in sorted(parts.items())
    ]
    standard = [line for line in every if not line.split()[1].startswith("torch")]
    return [*standard, *([""] if standard else []), *(x for x in every if x not in standard)]


def _by_kind(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then the rest."""
    return not name.isupper(), not name[0].isupper(), name


def _definitions(inference: Inference) -> list[str]:
    return [d for visit in inference.visits.values() for d in visit.layer.definitions()]


def class_name(name: str) -> str:
    """``cnn_digits`` → ``CnnDigits``; ``main`` → ``Network``."""
    if name == "main":
        return "Network"
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))

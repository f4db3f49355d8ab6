"""One class for all instances of a block: what differs between them becomes a constructor parameter.

Instances may see different inputs, so that the sizes that follow from them differ, and may set the
block's own parameters. Equal values stay literals; values that vary are written as the block's parameter
(or formula) that has the same values, or as a new parameter such as ``in_channels``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from graph_engine import formula
from graph_engine.codegen.layout import flat
from graph_engine.codegen.plan import Plan
from graph_engine.codegen.starting import starting_lines
from graph_engine.graph import Definition, Graph
from graph_engine.layers.base import Module
from graph_engine.layers.block import Block
from graph_engine.layers.expression import (
    Call,
    Chain,
    Display,
    Listing,
    Raw,
    Repeated,
    Value,
    square,
)
from graph_engine.names import RESERVED

WIDTHS = frozenset(
    {"out_channels", "out_features", "hidden_size", "hidden_features", "embedding_dim", "features"}
)
"""Parameters that say how many values come out: the next layer's inferred sizes follow from them."""


COINCIDENCES = 3


class UnlikeError(Exception):
    """Two instances whose classes differ in more than numbers."""


@dataclass
class ClassPlan:
    """A class of the source: its name, its plan, and the parameters of its constructor.

    ``values`` has, for every parameter, its value in each of the merged plans; ``defaults`` those that
    may be left out.
    """

    name: str
    plans: list[Plan]
    constructors: dict[str, Call]
    values: dict[str, list[Value]] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan that stands for all."""
        return self.plans[0]

    def call(self, index: int) -> Call:
        """The call that makes the instance with that plan, with all arguments."""
        return Call(self.name, (), {name: values[index] for name, values in self.values.items()})


def specialize(name: str, plans: list[Plan]) -> list[ClassPlan]:
    """As few classes as the plans allow; usually one."""
    if len(plans) == 1 and not plans[0].graph.parameters:
        return [ClassPlan(name, plans, plans[0].constructors)]
    groups: dict[Hashable, list[Plan]] = {}
    for plan in plans:
        groups.setdefault(_signature(plan), []).append(plan)
    return [made for group in groups.values() for made in _merged(name, group)]


def _merged(name: str, plans: list[Plan]) -> list[ClassPlan]:
    """One class, or where the constructors cannot become one, as many as it takes."""
    try:
        return [_Merger(name, plans).merged()]
    except UnlikeError:
        alike: list[Plan] = []
        others: list[Plan] = []
        for plan in plans:
            try:
                _Merger(name, [*alike, plan]).merged()
                alike.append(plan)
            except UnlikeError:
                others.append(plan)
        return [_Merger(name, alike).merged(), *_merged(name, others)]


def _signature(plan: Plan) -> Hashable:
    """What has to be equal for two plans to share a class: everything but constructor values."""
    forward = []
    for step in plan.steps:
        visit = plan.inference.visits[step.nodes[0]]
        names = ["" if ref is None else "v" for ref in step.inputs]
        shown: tuple[str, ...] = ()
        if not visit.copies:
            outputs = [str(number) for number in range(len(step.outputs))]
            expression = flat(visit.layer.expression("m", names, *visit.inputs))
            shown = (expression, visit.layer.unpack(outputs))
        forward.append((step, shown))
    made = tuple((name, call.function) for name, call in plan.constructors.items())
    starting = tuple(line for name in plan.constructors for line in starting_lines(plan, name))
    return (made, tuple(forward), tuple(plan.chains), starting)


def _same(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether two values are written alike: ``True`` is not ``1``, and ``1.0`` is not ``1``."""
    return all(x == y and type(x) is type(y) for x, y in zip(a, b, strict=True))


def _alike(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether values mean the same to torch: ``1.0`` and ``1`` do, ``True`` and ``1`` do not."""
    return all(
        x == y and isinstance(x, bool) == isinstance(y, bool) for x, y in zip(a, b, strict=True)
    )


class _Merger:
    """Merges the constructor calls of several plans, collecting parameters on the way."""

    def __init__(self, name: str, plans: list[Plan]) -> None:
        self.made = ClassPlan(name, plans, {})
        self.plans = plans
        self.graph = plans[0].graph
        self.used: set[str] = set()
        self.known: dict[str, list[Value]] = {}
        self.behind: dict[str, set[str]] = {}
        """For each formula that says how many values come out of a node: the nodes behind that one."""
        for text in self.graph.parameters:
            self._know(text)
        for each, node in self.graph.nodes.items():
            for key, text in node.bindings:
                self._know(text)
                if _is_width(self.graph, node.layer, key):
                    self.behind.setdefault(text, set()).update(nx.descendants(self.graph.dag, each))

    def _know(self, text: str) -> None:
        if text not in self.known:
            arguments = [plan.inference.arguments for plan in self.plans]
            self.known[text] = [formula.evaluate(text, given) for given in arguments]

    def merged(self) -> ClassPlan:
        """The class. Raises UnlikeError where one class cannot serve all plans."""
        for name in self.plans[0].constructors:
            calls: list[Value] = [plan.constructors[name] for plan in self.plans]
            call = self._value(calls, name, "")
            assert isinstance(call, Call)
            self.made.constructors[name] = call
        for name, parameter in self.graph.parameters.items():
            if name in self.used:
                self.made.values[name] = self.known[name]
                self.made.defaults[name] = parameter.default
        return self.made

    def _written(self, text: str) -> Raw:
        self.used |= formula.names_in(text)
        return Raw(formula.written(text))

    def _value(self, values: Sequence[Value], node: str, key: str) -> Value:
        first = values[0]
        if isinstance(first, Call):
            return self._call(values, node)
        if isinstance(first, Repeated):
            return self._repeated([v for v in values if isinstance(v, Repeated)], len(values), node)
        if isinstance(first, Listing):
            if any(not isinstance(v, Listing) for v in values):
                raise UnlikeError
            return Listing(self._each([v.items for v in values if isinstance(v, Listing)], node))
        if any(isinstance(v, Raw | Call | Repeated | Listing | Display | Chain) for v in values):
            if any(v != first for v in values):
                raise UnlikeError
            return first
        return self._literal(list(values), node, key)

    def _repeated(self, runs: list[Repeated], wanted: int, node: str) -> Repeated:
        if len(runs) < wanted:
            raise UnlikeError
        call = self._call([run.call for run in runs], node)
        counts: list[Value] = [run.count for run in runs]
        text = dict(self.graph.nodes[node].bindings).get("repeat")
        if text is not None and _same(self.known[text], counts):
            return Repeated(call, self._written(text))
        if any(count != counts[0] for count in counts):
            raise UnlikeError
        return Repeated(call, runs[0].count)

    def _each(self, rows: Sequence[tuple[Value, ...]], node: str) -> tuple[Value, ...]:
        if len({len(row) for row in rows}) > 1:
            raise UnlikeError
        return tuple(self._value(column, node, "") for column in zip(*rows, strict=True))

    def _call(self, values: Sequence[Value], node: str) -> Call:
        calls = [value for value in values if isinstance(value, Call)]
        first = calls[0]
        if len(calls) < len(values) or any(
            call.function != first.function or len(call.positional) != len(first.positional)
            for call in calls
        ):
            raise UnlikeError
        names = self._positional_names(node, first)
        positional = [
            self._value([call.positional[i] for call in calls], node, names[i])
            for i in range(len(first.positional))
        ]
        keywords: dict[str, Value] = {}
        for key in dict.fromkeys(key for call in calls for key in call.keywords):
            filled = [
                self._filled(call, plan, node, key)
                for call, plan in zip(calls, self.plans, strict=True)
            ]
            keywords[key] = self._value(filled, node, key)
        rank = {name: i for i, name in enumerate(self.plans[0].layer(node).parameters())}
        ordered = sorted(keywords, key=lambda key: rank.get(key, len(rank)))
        return Call(first.function, tuple(positional), {key: keywords[key] for key in ordered})

    def _positional_names(self, node: str, call: Call) -> list[str]:
        layer = self.plans[0].layer(node)
        names: list[str] = []
        if isinstance(layer, Module) and call.function == layer.function():
            names = list(layer.inferred(*self.plans[0].inference.visits[node].inputs))
            names += [p.name for p in layer.parameters().values() if p.positional]
        return names + [""] * (len(call.positional) - len(names))

    @staticmethod
    def _filled(call: Call, plan: Plan, node: str, key: str) -> Value:
        if key in call.keywords:
            return call.keywords[key]
        layer = plan.layer(node)
        values: dict[str, Any] = layer.values()
        if key not in values:
            raise UnlikeError
        return (
            layer.argument(key, values[key]) if isinstance(layer, Module) else square(values[key])
        )

    def _literal(self, values: list[Value], node: str, key: str) -> Value:
        text = dict(self.graph.nodes[node].bindings).get(key)
        if text is not None and _alike(self.known[text], values):
            return self._written(text)
        varies = not _same(values, values[:1] * len(values))
        inferred = self._is_inferred(node, key)
        for text, known in self.known.items() if varies or inferred else ():
            if _same(known, values) and (not inferred or self._explains(text, node, values)):
                return self._written(text)
        if not varies:
            return values[0]
        for name, known in self.made.values.items():
            if _same(known, values) and (name == key or not key):
                return Raw(name)
        name = self._free(key or "value", node)
        self.made.values[name] = values
        return Raw(name)

    def _free(self, wish: str, node: str) -> str:
        """A name for a new parameter: ``in_channels``, or with the node's name in front of it."""
        number, name = 1, wish
        while name in self.made.values or name in self.graph.parameters or name in RESERVED:
            name = f"{node}_{wish}" if number == 1 else f"{node}_{wish}{number}"
            number += 1
        return name

    def _is_inferred(self, node: str, key: str) -> bool:
        """Whether the value follows from the shape of what arrives."""
        layer = self.plans[0].layer(node)
        if isinstance(layer, Block):
            return key not in self.graph.block_of(layer).parameters
        inputs = self.plans[0].inference.visits[node].inputs
        return isinstance(layer, Module) and key in layer.inferred(*inputs)

    def _explains(self, text: str, node: str, values: Sequence[Value]) -> bool:
        """Whether an inferred size may be written as that formula: because the node lies behind one
        whose width it is, or because it agrees too often for a coincidence (in a residual block, what
        comes in has the width of what comes out)."""
        behind = self.behind.get(text)
        return behind is not None and (node in behind or len(set(values)) >= COINCIDENCES)


def _is_width(graph: Graph | Definition, layer: object, key: str, blocks: Any = None) -> bool:
    """Whether a parameter says how many values come out, of a layer or of what is in a block."""
    if not isinstance(layer, Block):
        return key in WIDTHS
    known = graph.blocks if isinstance(graph, Graph) else blocks
    inner = known.get(layer.block)
    return inner is not None and any(
        _is_width(inner, node.layer, name, known)
        for node in inner.nodes.values()
        for name, text in node.bindings
        if key in formula.names_in(text)
    )

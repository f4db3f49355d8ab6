"""One class for all instances of a block: what differs between them becomes a constructor parameter.

Instances may see different inputs, so that the sizes that follow from them differ, and may set the
block's own parameters. Equal values stay literals; values that vary are written as the block's parameter
(or formula) that has the same values, or as a new parameter such as ``in_channels``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph_engine import formula
from graph_engine.codegen.layout import flat
from graph_engine.codegen.plan import Plan
from graph_engine.layers.base import Module
from graph_engine.layers.expression import (
    Call,
    Listing,
    Raw,
    Repeated,
    Value,
    square,
)


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
    groups: dict[Hashable, list[Plan]] = {}
    for plan in plans:
        groups.setdefault(_signature(plan), []).append(plan)
    made: list[ClassPlan] = []
    for group in groups.values():
        try:
            made.append(_Merger(_numbered(name, len(made)), group).merged())
        except UnlikeError:
            made += [
                _Merger(_numbered(name, len(made) + i), [plan]).merged()
                for i, plan in enumerate(group)
            ]
    return made


def _numbered(name: str, count: int) -> str:
    return f"{name}{count + 1}" if count else name


def _signature(plan: Plan) -> Hashable:
    """What has to be equal for two plans to share a class: everything but constructor values."""
    forward = []
    for step in plan.steps:
        visit = plan.inference.visits[step.nodes[0]]
        names = ["" if ref is None else "v" for ref in step.inputs]
        shown = "" if visit.copies else flat(visit.layer.expression("m", names, *visit.inputs))
        forward.append((step, shown))
    made = tuple((name, call.function) for name, call in plan.constructors.items())
    return (made, tuple(forward), tuple(plan.chains))


class _Merger:
    """Merges the constructor calls of several plans, collecting parameters on the way."""

    def __init__(self, name: str, plans: list[Plan]) -> None:
        self.made = ClassPlan(name, plans, {})
        self.plans = plans
        inferences = [plan.inference for plan in plans]
        self.graph = plans[0].graph
        self.used: set[str] = set()
        self.known: dict[str, list[Value]] = {
            text: [formula.evaluate(text, i.arguments) for i in inferences]
            for text in self._formulas()
        }

    def merged(self) -> ClassPlan:
        """The class. Raises UnlikeError where one class cannot serve all plans."""
        for name in self.plans[0].constructors:
            calls: list[Value] = [plan.constructors[name] for plan in self.plans]
            call = self._value(calls, name, "")
            assert isinstance(call, Call)
            self.made.constructors[name] = call
        for name, parameter in self.graph.parameters.items():
            if name in self.used:
                self.made.values[name] = [plan.inference.arguments[name] for plan in self.plans]
                self.made.defaults[name] = parameter.default
        return self.made

    def _formulas(self) -> list[str]:
        texts = list(self.graph.parameters)
        texts += [text for node in self.graph.nodes.values() for _, text in node.bindings]
        return list(dict.fromkeys(texts))

    def _written(self, text: str) -> Raw:
        self.used |= formula.names_in(text)
        return Raw(formula.written(text))

    def _value(self, values: Sequence[Value], node: str, key: str) -> Value:
        first = values[0]
        bound = dict(self.graph.nodes[node].bindings)
        if key in bound:
            return self._written(bound[key])
        if isinstance(first, Call):
            return self._call(values, node)
        if isinstance(first, Repeated):
            if any(not isinstance(v, Repeated) or v.count != first.count for v in values):
                raise UnlikeError
            call = self._call([v.call for v in values if isinstance(v, Repeated)], node)
            return Repeated(call, first.count)
        if isinstance(first, Listing):
            return Listing(self._each([v.items for v in values if isinstance(v, Listing)], node))
        if isinstance(first, Raw) or any(
            isinstance(v, Raw | Call | Repeated | Listing) for v in values
        ):
            if any(v != first for v in values):
                raise UnlikeError
            return first
        return self._literal(list(values), node, key)

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
        return names + [f"value{i}" for i in range(len(names), len(call.positional))]

    @staticmethod
    def _filled(call: Call, plan: Plan, node: str, key: str) -> Value:
        if key in call.keywords:
            return call.keywords[key]
        values: dict[str, Any] = plan.layer(node).values()
        if key not in values:
            raise UnlikeError
        return square(values[key])

    def _literal(self, values: list[Value], node: str, key: str) -> Value:
        varies = any(v != values[0] or type(v) is not type(values[0]) for v in values)
        if varies or self._is_inferred(node, key):
            same = next((text for text, known in self.known.items() if known == values), None)
            if same is not None:
                return self._written(same)
        if not varies:
            return values[0]
        for name, known in self.made.values.items():
            if known == values:
                return Raw(name)
        name = key or "value"
        if name in self.made.values or name in self.graph.parameters:
            name = f"{node}_{name}"
        self.made.values[name] = values
        return Raw(name)

    def _is_inferred(self, node: str, key: str) -> bool:
        layer = self.plans[0].layer(node)
        inputs = self.plans[0].inference.visits[node].inputs
        return isinstance(layer, Module) and key in layer.inferred(*inputs)

"""Writes one class: constructor, initialisation and forward method, and notes which line is whose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph_engine.codegen.layout import item, statement
from graph_engine.codegen.plan import Plan, Step, types_at
from graph_engine.codegen.specialize import ClassPlan
from graph_engine.codegen.variables import Assignment, Variables
from graph_engine.graph import PortRef
from graph_engine.layers.base import Learned
from graph_engine.layers.expression import Call, Listing, Raw, Repeated, Value
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import shape_text

MOST_LINES_EACH = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source and the node that it comes from, or ``""``."""

    text: str
    node: str = ""


class ClassWriter:
    """The lines of one class."""

    def __init__(self, made: ClassPlan, defaults: dict[str, dict[str, Value]]) -> None:
        self.made, self.plan = made, made.plan
        self._defaults = defaults
        self._shown = len(made.plans) == 1
        self._used = set(made.plan.source_of.values())

    def lines(self) -> Iterator[Line]:
        """The class from its first line to its last."""
        yield Line(f"class {self.made.name}(nn.Module):")
        yield Line(f'    """{self._summary()}"""')
        yield Line("")
        constructor = [*self._modules(), *self._ties(), *self._initialisations()]
        if constructor:
            yield from self._head("def __init__", self._parameters(), "None")
            yield Line("        super().__init__()")
            yield from constructor
            yield Line("")
        yield from self._forward()

    # The constructor -----------------------------------------------------------------------------

    def _parameters(self) -> list[str]:
        required = [n for n in self.made.values if n not in self.made.defaults]
        texts = [f"{name}: {self._annotation(name)}" for name in required]
        for name, default in self.made.defaults.items():
            texts += statement(f"{name}: {self._annotation(name)} = ", default, 0)
        return texts

    def _annotation(self, name: str) -> str:
        kinds = {_annotation(value) for value in self.made.values[name]}
        if name in self.made.defaults:
            kinds.add(_annotation(self.made.defaults[name]))
        return " | ".join(sorted(kinds))

    def _head(self, head: str, parameters: list[str], result: str) -> Iterator[Line]:
        flat = f"    {head}({', '.join(['self', *parameters])}) -> {result}:"
        if len(flat) <= 88:
            yield Line(flat)
            return
        yield Line(f"    {head}(")
        for parameter in ["self", *parameters]:
            yield Line(f"        {parameter},")
        yield Line(f"    ) -> {result}:")

    def _modules(self) -> Iterator[Line]:
        for nodes in self.plan.members():
            if len(nodes) == 1:
                call = self._trimmed(self.made.constructors[nodes[0]])
                name = self.plan.attributes[nodes[0]]
                yield from _owned(statement(f"self.{name} = ", call, 2), nodes[0])
            else:
                yield from self._chain(nodes)

    def _chain(self, nodes: tuple[str, ...]) -> Iterator[Line]:
        name = self.plan.attributes[nodes[0]]
        yield Line(f"        self.{name} = nn.Sequential(")
        yield Line("            OrderedDict(")
        for node in nodes:
            call = self._trimmed(self.made.constructors[node])
            yield from _owned(item(f"{node}=", call, 4, self._comment(node)), node)
        yield Line("            ),")
        yield Line("        )")

    def _trimmed(self, value: Value) -> Value:
        """Without arguments of block classes that equal the defaults."""
        if isinstance(value, Call):
            defaults = self._defaults.get(value.function, {})
            keywords = {
                key: self._trimmed(item)
                for key, item in value.keywords.items()
                if not (
                    key in defaults and item == defaults[key] and type(item) is type(defaults[key])
                )
            }
            return Call(value.function, tuple(map(self._trimmed, value.positional)), keywords)
        if isinstance(value, Repeated):
            call = self._trimmed(value.call)
            assert isinstance(call, Call)
            return Repeated(call, value.count)
        if isinstance(value, Listing):
            return Listing(tuple(map(self._trimmed, value.items)))
        return value

    def _ties(self) -> Iterator[Line]:
        for name, node in self.plan.graph.nodes.items():
            if node.shares and name in self.plan.constructors:
                here, there = self.plan.path(name), self.plan.path(node.shares)
                yield Line(f"        self.{here}.weight = self.{there}.weight", name)

    def _initialisations(self) -> Iterator[Line]:
        for name in self.plan.constructors:
            layer, node = self.plan.layer(name), self.plan.graph.nodes[name]
            if not isinstance(layer, Learned):
                continue
            yield from _owned(list(self._initialised(name, layer, node.shares)), name)
            if not layer.trainable:
                yield Line(f"        self.{self.plan.path(name)}.requires_grad_(False)", name)

    def _initialised(self, name: str, layer: Learned, shares: str) -> Iterator[str]:
        visit, path = self.plan.inference.visits[name], self.plan.path(name)
        shapes = layer.weights(*visit.inputs)
        for init, found in layer.initialised(*visit.inputs):
            keys = [key for key in found if not (shares and key == "weight")]
            if len(keys) <= MOST_LINES_EACH:
                for key in keys:
                    yield from statement("", init.call(f"self.{path}.{key}".rstrip(".")), 2)
                continue
            which = '"bias" in' if "bias" in keys[0] else '"bias" not in'
            least = min(len(shapes[key]) for key in keys)
            yield f"        for name, weight in self.{path}.named_parameters():"
            yield f"            if {which} name and weight.dim() >= {least}:"
            yield from statement("", init.call("weight"), 4)

    # The forward method --------------------------------------------------------------------------

    def _forward(self) -> Iterator[Line]:
        variables = Variables(self.plan)
        outputs = [n for n, v in self.plan.inference.visits.items() if isinstance(v.layer, Output)]
        result = "Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(outputs))}]"
        yield from self._head("def forward", [f"{n}: Tensor" for n in variables.arguments], result)
        muted = [n for n, node in self.plan.graph.nodes.items() if node.muted]
        for name in muted:
            yield Line(f"        # {name} ({type(self.plan.layer(name)).__name__}) is muted", name)
        for index, step in enumerate(self.plan.steps):
            yield from self._step(step, variables.assign(index, step), index)
        named = variables.results()
        yield from (Line(text) for text in self._return([named[name] for name in outputs]))

    def _step(self, step: Step, names: Assignment, index: int) -> Iterator[Line]:
        node = step.nodes[-1]
        comment = self._comment(node)
        visit = self.plan.inference.visits[step.nodes[0]]
        if step.loop:
            yield from _owned(self._loop(step, names, comment), node)
        else:
            value: Value = Call(step.module, tuple(Raw(name) for name in names.reads))
            if len(step.nodes) == 1 and not visit.copies:
                module = (
                    f"self.{self.plan.path(node)}" if node in self.plan.attributes else step.module
                )
                value = visit.layer.expression(module, names.reads, *visit.inputs)
            target = (
                visit.layer.unpack(names.writes) if not visit.copies else ", ".join(names.writes)
            )
            if len(step.nodes) > 1:
                target = names.writes[0]
            yield from _owned(statement(f"{target} = ", value, 2, comment), node)
        if names.stale and index + 1 < len(self.plan.steps):
            yield Line(f"        del {', '.join(names.stale)}", node)

    @staticmethod
    def _loop(step: Step, names: Assignment, comment: str) -> list[str]:
        target, (first, *others) = names.writes[0], names.reads
        inside = ", ".join([target, *others])
        lines = [] if target == first else [f"        {target} = {first}"]
        lines.append(f"        for layer in {step.module}:")
        return lines + statement(f"{target} = layer(", Raw(f"{inside})"), 3, comment)

    def _return(self, names: list[str]) -> list[str]:
        return [f"        return {', '.join(names)}"]

    # Words ---------------------------------------------------------------------------------------

    def _comment(self, name: str) -> str:
        """The shapes that come out of a node, where they are the same for all instances."""
        visits = [plan.inference.visits[name] for plan in self.made.plans]
        shown = {tuple(visit.outputs.values()) for visit in visits}
        if len(shown) != 1:
            return ""
        ports = self.plan.graph.ports_out(name)
        outputs = visits[0].outputs
        used = (p.name for p in ports if PortRef(name, p.name) in self._used)
        return ", ".join(shape_text(outputs[port].shape) for port in used)

    def _summary(self) -> str:
        """``image 1×32×32 → logits 10``"""
        visits = self.plan.inference.visits
        ins = [n for n, v in visits.items() if isinstance(v.layer, Input)]
        outs = [n for n, v in visits.items() if isinstance(v.layer, Output)]
        sides = []
        for names in (ins, outs):
            words = []
            for name in names:
                visit = visits[name]
                seen = visit.outputs["output"] if name in ins else visit.inputs[0]
                words.append(f"{name} {seen}" if self._shown else name)
            sides.append(", ".join(words))
        text = f"{sides[0]} → {sides[1]}." if ins else f"{sides[1]}."
        return text if len(text) <= 78 else f"{len(ins)} inputs → {len(outs)} outputs."


def _annotation(value: Value) -> str:
    if isinstance(value, tuple):
        return "tuple[int, ...]"
    return "None" if value is None else type(value).__name__


def _owned(texts: list[str], node: str) -> Iterator[Line]:
    return (Line(text, node) for text in texts)


__all__ = ["ClassWriter", "Line", "Plan", "types_at"]

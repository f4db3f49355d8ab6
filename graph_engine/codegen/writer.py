"""Writes one class: constructor, initialisation and forward method, and notes which line is whose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph_engine.codegen.layout import WIDTH, bracketed, divided, item, listed, statement
from graph_engine.codegen.plan import Step
from graph_engine.codegen.specialize import ClassPlan
from graph_engine.codegen.starting import starting_lines, tie_lines
from graph_engine.codegen.variables import Assignment, Variables
from graph_engine.graph import PortRef
from graph_engine.layers.expression import Call, Listing, Raw, Repeated, Value
from graph_engine.layers.shape import shape_text

LOOP_NAMES = ("layer", "block", "each", "part", "copy_of_layer")
LONGEST_SUMMARY = 78
MOST_OUTPUTS = 4
"""From here on a result's annotation is ``tuple[Tensor, ...]``."""


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
        constructor = [*self._modules(), *self._starts()]
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
        if "float" in kinds:
            kinds.discard("int")
        return " | ".join(sorted(kinds, key=lambda kind: (kind == "None", kind)))

    def _head(self, head: str, parameters: list[str], result: str) -> Iterator[Line]:
        every = ["self", *parameters]
        flat = f"    {head}({', '.join(every)}) -> {result}:"
        if len(flat) <= WIDTH:
            yield Line(flat)
            return
        yield Line(f"    {head}(")
        for text in listed(every, 2):
            yield Line(text)
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

    def _starts(self) -> Iterator[Line]:
        for name in self.plan.constructors:
            yield from _owned(tie_lines(self.plan, name), name)
        for name in self.plan.constructors:
            yield from (Line(text, name) for text in starting_lines(self.plan, name))

    # The forward method --------------------------------------------------------------------------

    def _forward(self) -> Iterator[Line]:
        variables, outputs = Variables(self.plan), self.plan.outputs
        result = ", ".join(
            ["Tensor"] * len(outputs) if len(outputs) < MOST_OUTPUTS else ["Tensor", "..."]
        )
        result = result if len(outputs) == 1 else f"tuple[{result}]"
        yield from self._head("def forward", [f"{n}: Tensor" for n in variables.arguments], result)
        for name, node in self.plan.graph.nodes.items():
            if node.muted:
                kind = type(self.plan.layer(name)).__name__
                yield Line(f"        # {name} ({kind}) is muted", name)
        steps = [(step, variables.assign(i, step)) for i, step in enumerate(self.plan.steps)]
        named = variables.results()
        returned = [named[name] for name in outputs]
        last = self._final(steps, returned)
        for step, names in steps[: len(steps) - last]:
            yield from self._step(step, names)
            if names.stale and step is not self.plan.steps[-1]:
                yield from _owned(bracketed("del ", list(names.stale)), step.nodes[-1])
        if last:
            step = steps[-1][0]
            value = self._computed(step, steps[-1][1].reads)
            comment = self._comment(step.nodes[-1])
            yield from _owned(statement("return ", value, 2, comment), step.nodes[-1])
        else:
            yield from (Line(text) for text in bracketed("return ", returned))

    def _final(self, steps: list[tuple[Step, Assignment]], returned: list[str]) -> int:
        """1 where the last step computes just what is returned, and can stand behind ``return``."""
        if not steps or steps[-1][0].loop:
            return 0
        return int(len(returned) == 1 and self._target(*steps[-1]) == returned[0])

    def _target(self, step: Step, names: Assignment) -> str:
        """The left side of a step: ``x``, or ``x, (_, y)``."""
        visit = self.plan.inference.visits[step.nodes[0]]
        single = len(step.nodes) == 1 and not visit.copies
        return visit.layer.unpack(names.writes) if single else ", ".join(names.writes)

    def _step(self, step: Step, names: Assignment) -> Iterator[Line]:
        node, comment = step.nodes[-1], self._comment(step.nodes[-1])
        if step.loop:
            yield from _owned(self._loop(step, names, comment), node)
            return
        target, value = self._target(step, names), self._computed(step, names.reads)
        if value == Raw(target):
            kind = type(self.plan.layer(node)).__name__
            yield Line(f"        # {node} ({kind}) has one input, which it passes on", node)
            return
        *before, head = (
            bracketed("", divided(target), " = ") if len(target) > 60 else [f"{target} = "]
        )
        texts = statement(head.lstrip(), value, 2, comment)
        yield from _owned([*before, *texts], node)

    def _computed(self, step: Step, reads: tuple[str, ...]) -> Value:
        """The expression of a step: a call of its module, or what its layer says."""
        visit = self.plan.inference.visits[step.nodes[0]]
        if len(step.nodes) > 1 or visit.copies:
            return Call(step.module, tuple(Raw(name) for name in reads))
        return visit.layer.expression(f"self.{self.plan.path(step.nodes[0])}", reads, *visit.inputs)

    def _loop(self, step: Step, names: Assignment, comment: str) -> list[str]:
        target, (first, *others) = names.writes[0], names.reads
        each = next(name for name in LOOP_NAMES if name not in self.plan.inputs)
        call = Call(each, tuple(map(Raw, [target, *others])))
        lines = [] if target == first else [f"        {target} = {first}"]
        lines.append(f"        for {each} in {step.module}:")
        return lines + statement(f"{target} = ", call, 3, comment)

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
        visits, ins, outs = self.plan.inference.visits, self.plan.inputs, self.plan.outputs
        types = {name: visits[name].outputs["output"] for name in ins}
        types |= {name: visits[name].inputs[0] for name in outs}  # type: ignore[misc]
        left, right = (
            ", ".join(f"{name} {types[name]}" if self._shown else name for name in names)
            for names in (ins, outs)
        )
        text = f"{left} → {right}." if ins else f"{right}."
        return text if len(text) <= LONGEST_SUMMARY else f"{len(ins)} inputs → {len(outs)} outputs."


def _annotation(value: Value) -> str:
    if isinstance(value, tuple):
        kinds = dict.fromkeys(map(_annotation, value))
        return f"tuple[{' | '.join(kinds)}, ...]" if kinds else "tuple[()]"
    return "None" if value is None else type(value).__name__


def _owned(texts: list[str], node: str) -> Iterator[Line]:
    return (Line(text, node) for text in texts)

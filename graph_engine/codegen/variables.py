"""Names for the values of a forward method.

The running value is called ``x``; where a second one has to wait, ``y``, ``z`` and so on; from the
eleventh on they have their nodes' names. The next value takes a name over as soon as nobody needs the
old one, so that its memory is released: that is how people write it, and forty fresh names would keep
forty activations alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from graph_engine.codegen.plan import Plan, Step
from graph_engine.graph import PortRef

REGISTERS = ("x", "y", "z", "w", "v", "u", "t", "s", "r", "q")


@dataclass(frozen=True, slots=True)
class Assignment:
    """The names of one step: what it reads (``""`` where nothing is wired), what it writes (``_`` where
    nobody looks), and what is no longer needed afterwards but still holds memory."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    stale: tuple[str, ...]


class Variables:
    """Gives every value of a plan its name, step by step."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.arguments: tuple[str, ...] = tuple(plan.inputs)
        self._last_use = self._uses()
        self._name_of: dict[PortRef, str] = {PortRef(n, "output"): n for n in self.arguments}
        self._held: dict[str, PortRef] = {name: ref for ref, name in self._name_of.items()}
        self._stale: dict[str, None] = {}

    def assign(self, index: int, step: Step) -> Assignment:
        """The names for the step at that place of the plan."""
        reads = tuple("" if ref is None else self._name_of[ref] for ref in step.inputs)
        freed = [name for name in dict.fromkeys(reads) if name and self._is_last_use(name, index)]
        for name in freed:
            if self._held.pop(name).node not in self.arguments:
                self._stale[name] = None
        blocked = reads[1:] if step.loop else ()
        mine = [name for name in freed if name not in blocked]
        writes = tuple(self._write(ref, mine, blocked) for ref in step.outputs)
        if len(self._stale) < 2:
            return Assignment(reads, writes, ())
        stale, self._stale = tuple(self._stale), {}
        return Assignment(reads, writes, stale)

    def results(self) -> Mapping[str, str]:
        """The name of each output's value at the end."""
        source_of = self._plan.source_of
        return {n: self._name_of[source_of[PortRef(n, "input")]] for n in self._plan.outputs}

    def _uses(self) -> dict[PortRef, int]:
        """The last step that reads each value; the return statement counts as the step after all."""
        last: dict[PortRef, int] = {}
        for index, step in enumerate(self._plan.steps):
            for ref in step.inputs:
                if ref is not None:
                    last[ref] = index
        for name in self._plan.outputs:
            last[self._plan.source_of[PortRef(name, "input")]] = len(self._plan.steps)
        return last

    def _is_last_use(self, name: str, index: int) -> bool:
        return self._last_use[self._held[name]] <= index

    def _write(self, ref: PortRef, freed: list[str], blocked: tuple[str, ...]) -> str:
        """A name for a value: one that was just freed, the first free register, or one of its own."""
        if ref not in self._last_use:
            return "_"
        name = next(
            name
            for name in chain(freed, REGISTERS, self._own(ref))
            if name not in self._held
            and name not in blocked
            and (name in REGISTERS or name not in self.arguments)
        )
        self._held[name] = ref
        self._name_of[ref] = name
        self._stale.pop(name, None)
        return name

    def _own(self, ref: PortRef) -> Iterator[str]:
        """``relu17``, or ``lstm3_hidden`` for one of several outputs."""
        if len(self._plan.inference.visits[ref.node].outputs) == 1:
            yield ref.node
        yield from (f"{ref.node}_{ref.port}{'_' * count}" for count in range(len(self._held) + 2))

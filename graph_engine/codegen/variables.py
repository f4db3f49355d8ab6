"""Names for the values of a forward method.

The running value is called ``x``; where a second one has to wait, ``y``, ``z`` and so on. The next value
takes a name over as soon as nobody needs the old one, so that its memory is released: that is how people
write it, and forty fresh names would keep forty activations alive.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from graph_engine.codegen.plan import Plan, Step
from graph_engine.graph import PortRef
from graph_engine.layers.inputs import Input, Output

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
        self._last_use = self._uses()
        names = [n for n, v in plan.inference.visits.items() if isinstance(v.layer, Input)]
        self.arguments: tuple[str, ...] = tuple(names)
        self._name_of: dict[PortRef, str] = {PortRef(name, "output"): name for name in names}
        self._held: dict[str, PortRef] = {name: PortRef(name, "output") for name in names}
        self._stale: dict[str, None] = {}

    def assign(self, index: int, step: Step) -> Assignment:
        """The names for the step at that place of the plan."""
        reads = tuple("" if ref is None else self._name_of[ref] for ref in step.inputs)
        freed = [name for name in dict.fromkeys(reads) if name and self._is_last_use(name, index)]
        for name in freed:
            del self._held[name]
            self._stale[name] = None
        writes = tuple(self._write(ref, freed) for ref in step.outputs)
        stale = tuple(name for name in self._stale if name in REGISTERS)
        if len(stale) > 1:
            for name in stale:
                del self._stale[name]
            return Assignment(reads, writes, stale)
        return Assignment(reads, writes, ())

    def results(self) -> Mapping[str, str]:
        """The name of each output's value at the end."""
        found = {}
        for name, visit in self._plan.inference.visits.items():
            if isinstance(visit.layer, Output):
                found[name] = self._name_of[self._plan.source_of[PortRef(name, "input")]]
        return found

    def _uses(self) -> dict[PortRef, int]:
        """The last step that reads each value; the return statement counts as the step after all."""
        last: dict[PortRef, int] = {}
        for index, step in enumerate(self._plan.steps):
            last |= {ref: index for ref in step.inputs if ref is not None}
        for name, visit in self._plan.inference.visits.items():
            if isinstance(visit.layer, Output):
                last[self._plan.source_of[PortRef(name, "input")]] = len(self._plan.steps)
        return last

    def _is_last_use(self, name: str, index: int) -> bool:
        ref = self._held[name]
        return self._last_use[ref] <= index

    def _write(self, ref: PortRef, freed: Sequence[str]) -> str:
        if ref not in self._last_use:
            return "_"
        name = self._free(ref, freed, self._held)
        self._held[name] = ref
        self._name_of[ref] = name
        self._stale.pop(name, None)
        return name

    @staticmethod
    def _free(ref: PortRef, freed: Sequence[str], held: Container[str]) -> str:
        taken_over = (name for name in freed if name in REGISTERS and name not in held)
        free = (name for name in REGISTERS if name not in held)
        name = next(taken_over, None) or next(free, None)
        if name is not None:
            return name
        wish = f"{ref.node}_{ref.port}"
        while wish in held:
            wish += "_"
        return wish

"""A problem with what is known around it, and the trial that each repair has to pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_engine.edits import insert_on_wire
from graph_engine.errors import DesignError, ShapeError
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference import Inference, Problem
from graph_engine.layers.base import Layer
from graph_engine.layers.shape import TensorType

Types = Mapping[str, TensorType | None]


@dataclass(frozen=True)
class Repair:
    """A change that makes a problem go away, and its name on a button: “Insert Flatten before fc1”."""

    label: str
    change: Change


class Case:
    """One problem in its surroundings."""

    def __init__(self, problem: Problem, inference: Inference) -> None:
        self.problem = problem
        self.inference = inference
        self.graph: Graph = inference.graph
        self.name, self.port = problem.node, problem.port

    @property
    def node(self) -> Node:
        """The node at fault."""
        return self.graph.nodes[self.name]

    @property
    def layer(self) -> Layer:
        """Its layer as it counts."""
        return self.inference.layer_of(self.node)

    def argument(self, index: int, default: str = "") -> str:
        """A word of the problem's fix."""
        fix = self.problem.fix
        return str(fix[index]) if len(fix) > index else default

    def slot(self, port: str) -> str:
        """The slot that a rule means by a port."""
        return self.graph.slot_at(self.name, port)

    def type_at(self, slot: str) -> TensorType | None:
        """The type that arrives at an input of the node, where it is known."""
        source = self.graph.incoming(self.name).get(slot)
        return self.inference.type_at(source) if source else None

    def works(self, types: Types, layer: Layer | None = None) -> bool:
        """Whether the node accepts these types in the place of what arrives, or at least finds fault
        with another input."""
        fault = self.fault(types, layer)
        return fault is None or (
            isinstance(fault, ShapeError) and fault.port not in ("", self.port)
        )

    def helps(self, types: Types) -> bool:
        """Whether the node, with these types, has another fault instead, which has a cure of its own."""
        fault = self.fault(types)
        known = self.problem.fix[0]
        return isinstance(fault, ShapeError) and bool(fault.fix) and fault.fix[0] != known

    def fault(self, types: Types, layer: Layer | None = None) -> DesignError | None:
        """What the node would refuse these types for."""
        try:
            self.attempt(types, layer)
        except DesignError as error:
            return error
        return None

    def attempt(self, types: Types, layer: Layer | None = None) -> None:
        """Infers the node with other inputs or another layer. Raises DesignError where it refuses, and
        where the drawing has changed since the problem: an input is gone, or what arrives at another
        is not known any more."""
        slots, ports = self.graph.slots(self.name), self.graph.ports_in(self.name)
        arriving = {slot: self.type_at(slot) for slot in slots} | dict(types)
        optional = {port.name for port in ports if port.optional}
        grows = any(port.variadic for port in ports)
        for slot, kind in arriving.items():
            if slot not in slots and not grows:
                raise DesignError(f"`{self.name}` has no input `{slot}` any more.")
            if kind is None and slot not in optional:
                raise DesignError(f"What arrives at `{self.name}.{slot}` is not known.")
        self.inference.attempt(self.name, layer or self.layer, tuple(arriving.values()))

    def inserted(self, slot: str, chains: Iterable[list[Layer]]) -> Repair | None:
        """The first chain of layers that, put before an input, makes the node accept it; where there
        is none, the first that brings it a step further."""
        arriving = self.type_at(slot)
        if arriving is None:
            return None
        steps: list[list[Layer]] = []
        for chain in chains:
            after = passed_through(chain, arriving)
            if after is not None and self.works({slot: after}):
                return self._insertion(slot, chain)
            if after is not None and self.helps({slot: after}):
                steps.append(chain)
        return self._insertion(slot, steps[0]) if steps else None

    def _insertion(self, slot: str, chain: list[Layer]) -> Repair:
        kinds = " and ".join(type(layer).__name__ for layer in chain)
        place = self.name if slot in ("input", "x1") else f"{self.name}.{slot}"
        change = insert_on_wire(self.graph, PortRef(self.name, slot), *chain)
        return Repair(f"Insert {kinds} before {place}", change)


def passed_through(chain: list[Layer], arriving: TensorType) -> TensorType | None:
    """The type behind a chain of layers, or None where one of them refuses."""
    found = arriving
    for layer in chain:
        try:
            outputs = layer.infer(found)
        except DesignError:
            return None
        found = outputs if isinstance(outputs, TensorType) else outputs[0]
    return found

"""What a network costs: parameters, multiply-adds, memory and receptive field, layer by layer.

Blocks are unrolled and their layers named by dotted path (``stage1.0.conv1``). Multiply-adds follow the
convention of torchvision's published figures: matrix products and convolutions count, for one sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

from graph_engine.graph import Node, PortRef
from graph_engine.inference import Inference, Visit
from graph_engine.layers.base import EVERYTHING
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import BYTES, TensorType, evaluate, product, shape_text

NOMINAL_SIZE = 64
FLOAT_BYTES = 4

Axis = tuple[int | Fraction, int | Fraction]
Field = tuple[Axis, ...] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the table.

    ``activation_bytes`` is what its outputs take for one sample, ``saved_bytes`` what training keeps of
    them for the backward pass. ``receptive_field`` has the pixels seen along each spatial axis; it is
    empty where a value sees the whole input.
    """

    name: str
    layer: str
    output_shape: str
    parameters: int
    trainable_parameters: int
    multiply_adds: int
    activation_bytes: int
    saved_bytes: int
    receptive_field: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """The table and its totals; ``sizes`` are the values taken for symbolic sizes."""

    rows: tuple[Row, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """All learned numbers, shared ones once."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable_parameters(self) -> int:
        """The learned numbers that training may change."""
        return sum(row.trainable_parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """For one sample."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """The outputs of all layers together, for one sample."""
        return sum(row.activation_bytes for row in self.rows)

    def training_bytes(self, batch_size: int, optimizer_states: int = 2) -> int:
        """A forecast of the memory that training takes: weights, their gradients, the optimizer's state
        (two numbers a weight for Adam), and the activations kept for the backward pass."""
        weights = FLOAT_BYTES * (
            self.parameters + (1 + optimizer_states) * self.trainable_parameters
        )
        return weights + batch_size * sum(row.saved_bytes for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The document that ``netloom summary --json`` prints."""
        return {
            "parameters": self.parameters,
            "trainable_parameters": self.trainable_parameters,
            "multiply_adds": self.multiply_adds,
            "activation_bytes": self.activation_bytes,
            "sizes": dict(self.sizes),
            "layers": [
                {
                    "name": row.name,
                    "layer": row.layer,
                    "output_shape": row.output_shape,
                    "parameters": row.parameters,
                    "trainable_parameters": row.trainable_parameters,
                    "multiply_adds": row.multiply_adds,
                    "activation_bytes": row.activation_bytes,
                    "receptive_field": list(row.receptive_field),
                }
                for row in self.rows
            ],
        }


def summarize(inference: Inference, sizes: Mapping[str, int] | None = None) -> Summary:
    """The table of a network.

    Layers whose inputs are not known (because of a problem upstream) are left out. Symbolic sizes that
    ``sizes`` does not name count as ``NOMINAL_SIZE``; the batch is always 1.
    """
    names = {
        name
        for visit in inference.visits.values()
        for shape in visit.outputs.values()
        for size in shape.shape
        if not isinstance(size, int)
        for name in size.names()
    }
    known = dict.fromkeys(sorted(names - {"B"}), NOMINAL_SIZE) | dict(sizes or {})
    walk = _Walk(inference, "", known | {"B": 1}, {}, set())
    return Summary(tuple(walk.rows()), known)


class _Walk:
    """Walks one graph along its data flow, entering blocks; ``fields`` are those of its inputs."""

    def __init__(
        self,
        inference: Inference,
        prefix: str,
        sizes: Mapping[str, int],
        fields: Mapping[str, Field],
        kept: set[PortRef],
    ) -> None:
        self.inference, self.prefix, self.sizes = inference, prefix, sizes
        self.given, self.kept = fields, kept
        self.fields: dict[PortRef, Field] = {}
        self.results: dict[str, Field] = {}

    def rows(self) -> Iterator[Row]:
        """The rows of the graph, in the order of its data flow."""
        for name in self.inference.graph.in_order():
            visit, node = self.inference.visits.get(name), self.inference.graph.nodes[name]
            if visit is None:
                continue
            fields = [self._seen(name, slot) for slot in self.inference.graph.slots(name)]
            if isinstance(visit.layer, Input):
                given = self.given.get(name, _own_field(visit.outputs["output"]))
                self.fields[PortRef(name, "output")] = given
            elif isinstance(visit.layer, Output):
                self.results[name] = fields[0]
            elif node.muted:
                self._set(name, visit, fields[0])
            elif visit.copies:
                yield from self._enter(name, visit, fields)
            else:
                self._set(name, visit, _grown(visit, fields))
                yield self._row(name, node, visit)

    def _enter(self, name: str, visit: Visit, fields: list[Field]) -> Iterator[Row]:
        ports = [port.name for port in self.inference.graph.ports_in(name)]
        given = dict(zip(ports, fields, strict=True))
        for number, copy in enumerate(visit.copies):
            middle = f"{number}." if len(visit.copies) > 1 else ""
            inner = _Walk(copy, f"{self.prefix}{name}.{middle}", self.sizes, given, self.kept)
            yield from inner.rows()
            if ports:
                given = {**given, ports[0]: next(iter(inner.results.values()))}
            self.fields |= {PortRef(name, port): seen for port, seen in inner.results.items()}

    def _row(self, name: str, node: Node, visit: Visit) -> Row:
        parameters = self._parameters(node, visit)
        outputs = list(visit.outputs.values())
        first = self.inference.graph.ports_out(name)[0].name
        seen = self.fields[PortRef(name, first)]
        return Row(
            name=self.prefix + name,
            layer=type(visit.layer).__name__,
            output_shape=shape_text(outputs[0].shape),
            parameters=parameters,
            trainable_parameters=parameters if getattr(visit.layer, "trainable", True) else 0,
            multiply_adds=evaluate(visit.layer.multiply_adds(*visit.inputs), self.sizes),
            activation_bytes=sum(map(self._bytes, outputs)),
            saved_bytes=self._saved(name, visit),
            receptive_field=tuple(ceil(size) for size, _ in seen) if seen else (),
        )

    def _parameters(self, node: Node, visit: Visit) -> int:
        weights = dict(visit.layer.weights(*visit.inputs))
        if node.shares:
            owner = self.inference.graph.nodes[node.shares]
            if type(owner.layer) is type(node.layer):
                return 0
            weights.pop("weight", None)
        return sum(evaluate(product(shape), self.sizes) for shape in weights.values())

    def _saved(self, name: str, visit: Visit) -> int:
        """The bytes that autograd keeps because of this layer and of no earlier one."""
        saves, total = visit.layer.saves, 0
        if saves in ("input", "both"):
            for slot, seen in zip(self.inference.graph.slots(name), visit.inputs, strict=True):
                source = self.inference.graph.incoming(name).get(slot)
                if source is not None and seen is not None:
                    total += self._keep(source, seen)
        if saves in ("output", "both"):
            for port, made in visit.outputs.items():
                total += self._keep(PortRef(name, port), made)
        return total

    def _keep(self, ref: PortRef, what: TensorType) -> int:
        key = PortRef(self.prefix + ref.node, ref.port)
        if key in self.kept:
            return 0
        self.kept.add(key)
        return self._bytes(what)

    def _bytes(self, what: TensorType) -> int:
        return evaluate(product(what.shape), self.sizes) * BYTES[what.dtype]

    def _seen(self, name: str, slot: str) -> Field:
        source = self.inference.graph.incoming(name).get(slot)
        return self.fields.get(source) if source else None

    def _set(self, name: str, visit: Visit, seen: Field) -> None:
        self.fields |= {PortRef(name, port): seen for port in visit.outputs}


def _own_field(what: TensorType) -> Field:
    spatial = len(what.shape) - 2
    return ((1, 1),) * spatial if spatial > 0 else None


def _grown(visit: Visit, fields: list[Field]) -> Field:
    """The field behind a layer: ``size + (kernel - 1) · jump`` along each axis, where ``jump`` is the
    product of the strides so far (Araujo et al., “Computing receptive fields”, Distill 2019)."""
    window = visit.layer.window()
    first = next(iter(visit.outputs.values()), None)
    if window == EVERYTHING or first is None or len(first.shape) < 3 or not fields:
        return None
    known = [seen for seen in fields if seen is not None]
    if not known or len(known) < len(fields) or len({len(seen) for seen in known}) > 1:
        return None
    widest = tuple(max(axis) for axis in zip(*known, strict=True))
    if len(first.shape) - 2 != len(widest):
        return None
    kernels = window.kernel * len(widest) if len(window.kernel) == 1 else window.kernel
    strides = window.stride * len(widest) if len(window.stride) == 1 else window.stride
    return tuple(
        (size + (k - 1) * jump, jump * s)
        for (size, jump), k, s in zip(widest, kernels, strides, strict=True)
    )

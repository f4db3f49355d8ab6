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
from graph_engine.inference.sharing import is_same_kind
from graph_engine.layers.base import EVERYTHING
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import (
    BYTES,
    COMPLEX,
    FLOATING,
    TensorType,
    evaluate,
    product,
    shape_text,
)

NOMINAL_SIZE = 64
FLOAT_BYTES = 4
FLOWING = FLOATING | COMPLEX

Axis = tuple[int | Fraction, int | Fraction]
Field = tuple[Axis, ...] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the table.

    ``activation_bytes`` is what its outputs take for one sample (nothing for a mere view of the input),
    ``saved_bytes`` what training keeps of
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

    @property
    def saved_bytes(self) -> int:
        """What training keeps for the backward pass, for one sample."""
        return sum(row.saved_bytes for row in self.rows)

    def training_bytes(self, batch_size: int, optimizer_states: int = 2) -> int:
        """A forecast of the memory that training takes: weights, their gradients, the optimizer's state
        (two numbers a weight for Adam), and the activations kept for the backward pass."""
        weights = FLOAT_BYTES * (
            self.parameters + (1 + optimizer_states) * self.trainable_parameters
        )
        return weights + batch_size * self.saved_bytes

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


@dataclass(frozen=True, slots=True)
class _Value:
    """What is known of an output port: its receptive field, the storage that it lies in, and whether
    gradients flow through it."""

    field: Field
    storage: tuple[str, TensorType]
    learns: bool


class _Walk:
    """Walks one graph along its data flow, entering blocks; ``given`` are the values of its inputs.

    A storage is named after the port that made it. ``kept`` are those that the backward pass needs,
    which count once however many layers need them. ``counted`` is false inside of blocks whose weights
    count elsewhere.
    """

    def __init__(
        self,
        inference: Inference,
        prefix: str,
        sizes: Mapping[str, int],
        given: Mapping[str, _Value],
        kept: set[str],
        counted: bool = True,
    ) -> None:
        self.inference, self.prefix, self.sizes = inference, prefix, sizes
        self.given, self.kept, self.counted = given, kept, counted
        self.values: dict[PortRef, _Value] = {}
        self.results: dict[str, _Value] = {}

    def rows(self) -> Iterator[Row]:
        """The rows of the graph, in the order of its data flow."""
        graph = self.inference.graph
        for name in graph.in_order():
            visit, node = self.inference.visits.get(name), graph.nodes[name]
            if visit is None:
                continue
            incoming = graph.incoming(name)
            arriving = [self.values[incoming[s]] for s in graph.slots(name) if s in incoming]
            if type(visit.layer) is Output:
                self.results[name] = arriving[0]
            elif node.muted:
                self.values |= {PortRef(name, port): arriving[0] for port in visit.outputs}
            elif visit.copies:
                yield from self._enter(name, visit, arriving)
            else:
                self._compute(name, visit, arriving)
                if type(visit.layer) is not Input:
                    yield self._row(name, node, visit, arriving)

    def _enter(self, name: str, visit: Visit, arriving: list[_Value]) -> Iterator[Row]:
        graph = self.inference.graph
        ports = [port.name for port in graph.ports_in(name)]
        given = dict(zip(ports, arriving, strict=True))
        counted = self.counted and not graph.nodes[name].shares
        for number, copy in enumerate(visit.copies):
            middle = f"{number}." if len(visit.copies) > 1 else ""
            prefix = f"{self.prefix}{name}.{middle}"
            inner = _Walk(copy, prefix, self.sizes, given, self.kept, counted)
            yield from inner.rows()
            if ports:
                given = {**given, ports[0]: next(iter(inner.results.values()))}
            self.values |= {PortRef(name, port): value for port, value in inner.results.items()}

    def _compute(self, name: str, visit: Visit, arriving: list[_Value]) -> None:
        """Notes the values that come out of a layer or an input."""
        layer = visit.layer
        if type(layer) is Input:
            made = visit.outputs["output"]
            storage = (f"{self.prefix}{name}.output", made)
            own = _Value(_own_field(made), storage, False)
            self.values[PortRef(name, "output")] = self.given.get(name, own)
            return
        seen = _grown(visit, [value.field for value in arriving])
        learns = any(value.learns for value in arriving) or (
            bool(layer.weights(*visit.inputs)) and getattr(layer, "trainable", True)
        )
        is_view = bool(arriving) and layer.is_view()
        for port, made in visit.outputs.items():
            storage = arriving[0].storage if is_view else (f"{self.prefix}{name}.{port}", made)
            flows = learns and made.dtype in FLOWING and type(layer).__name__ != "Detach"
            self.values[PortRef(name, port)] = _Value(seen, storage, flows)

    def _row(self, name: str, node: Node, visit: Visit, arriving: list[_Value]) -> Row:
        parameters = self._parameters(node, visit) if self.counted else 0
        made = [self.values[PortRef(name, port)] for port in visit.outputs]
        outputs = list(visit.outputs.values())
        own = [
            value.storage[1] for value in made if value.storage not in [a.storage for a in arriving]
        ]
        return Row(
            name=self.prefix + name,
            layer=type(visit.layer).__name__,
            output_shape=shape_text(outputs[0].shape),
            parameters=parameters,
            trainable_parameters=parameters if getattr(visit.layer, "trainable", True) else 0,
            multiply_adds=evaluate(visit.layer.multiply_adds(*visit.inputs), self.sizes),
            activation_bytes=sum(map(self._bytes, own)),
            saved_bytes=self._saved(visit, arriving, made),
            receptive_field=tuple(ceil(size) for size, _ in made[0].field or ()),
        )

    def _parameters(self, node: Node, visit: Visit) -> int:
        weights = dict(visit.layer.weights(*visit.inputs))
        if node.shares:
            if is_same_kind(self.inference.graph.nodes[node.shares], node):
                return 0
            weights.pop("weight", None)
        return sum(evaluate(product(shape), self.sizes) for shape in weights.values())

    def _saved(self, visit: Visit, arriving: list[_Value], made: list[_Value]) -> int:
        """The bytes that autograd keeps because of this layer and of no earlier one."""
        if not any(value.learns for value in made):
            return 0
        saves = visit.layer.saves
        needed = arriving if saves in ("input", "both") else []
        needed = needed + made if saves in ("output", "both") else needed
        beside = evaluate(visit.layer.kept_beside(*visit.inputs), self.sizes)
        return beside + sum(self._keep(*value.storage) for value in needed)

    def _keep(self, name: str, what: TensorType) -> int:
        if name in self.kept:
            return 0
        self.kept.add(name)
        return self._bytes(what)

    def _bytes(self, what: TensorType) -> int:
        return evaluate(product(what.shape), self.sizes) * BYTES[what.dtype]


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

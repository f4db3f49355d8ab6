"""Networks of a single layer, executed for real on the CPU: what the catalogue is held against.

A ``Case`` is a layer with types on its inputs. ``rules`` says what the declaration makes of it,
``torch_says`` what PyTorch does with tensors of those types.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from graph_engine.codegen import Source, make_source
from graph_engine.codegen.layout import flat
from graph_engine.compile import compile_source, load_source
from graph_engine.errors import DesignError, ShapeError
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference import Inference
from graph_engine.layers.base import Example, Layer
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import FLOATING, TensorType, evaluate
from graph_engine.modules import definition, definition_imports

Types = tuple[TensorType | None, ...]
SIZES = {"T": 5, "S": 4, "L": 12}
NODE = "tested"
UNUSED = "unused_in"  # a network has an input, also around a layer that has none
REFUSALS = (
    RuntimeError, ValueError, IndexError, TypeError, AssertionError, NotImplementedError, KeyError,
    ZeroDivisionError, OverflowError, DesignError,
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A layer, the types of its inputs, and the range of the sample values.

    ``valid`` are the types of the example that the case was made from; a module that refuses ``types``
    already when it is constructed is constructed for those. In a ``steady`` case whole numbers are all
    the same, so that no index falls out of a range that was changed.
    """

    layer: Layer
    types: Types
    low: float = -1.0
    high: float = 1.0
    valid: Types = ()
    steady: bool = False

    @classmethod
    def of(cls, kind: type[Layer], example: Example) -> Case:
        """The case of an example."""
        layer = kind(**example.parameters)
        return cls(layer, example.inputs, example.low, example.high, example.inputs)

    def at(self, batch: int) -> Case:
        """The case with a batch of that size and with its unknown sizes known."""
        return replace(self, types=known(self.types, batch), valid=known(self.valid, batch))

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the inputs, with variadic ones counted."""
        found: list[str] = []
        ports = self.layer.input_ports()
        for port in ports:
            if port.variadic:
                count = len(self.types) - len(ports) + 1
                found += [f"{port.name}{i}" for i in range(1, count + 1)]
            else:
                found.append(port.name)
        return tuple(found)


def known(types: Iterable[TensorType | None], batch: int) -> Types:
    """The types with numbers in the place of unknown sizes."""
    sizes = {"B": batch, **SIZES}
    return tuple(
        t and TensorType(tuple(evaluate(size, sizes) for size in t.shape), t.dtype) for t in types
    )


# The rules ---------------------------------------------------------------------------------------


def inference(case: Case) -> Inference:
    """A network of inputs, the layer and its outputs, with the case's types on its wires."""
    graph = Graph("main")
    nodes = {NODE: Node(NODE, case.layer)}
    wires: dict[PortRef, PortRef] = {}
    given: dict[str, TensorType] = {}
    for slot, kind in zip(case.slots, case.types, strict=True):
        if kind is not None:
            name = f"{slot}_in"
            nodes[name] = Node(name, Input().replace(dtype=kind.dtype))
            given[name] = kind
            wires[PortRef(NODE, slot)] = PortRef(name, "output")
    if not given:
        nodes[UNUSED], given[UNUSED] = Node(UNUSED, Input()), TensorType((2,))
    for port in case.layer.output_ports():
        name = f"{port.name}_out"
        nodes[name] = Node(name, Output())
        wires[PortRef(name, "input")] = PortRef(NODE, port.name)
    graph.apply(Change({"nodes": {name: (None, node) for name, node in nodes.items()}}))
    graph.apply(Change({"wires": {target: (None, source) for target, source in wires.items()}}))
    return Inference(graph, given)


def rules(case: Case) -> tuple[TensorType, ...] | DesignError:
    """The types of the outputs, or the refusal."""
    try:
        outputs = case.layer.infer(*case.types)
    except DesignError as error:
        return error
    return (outputs,) if isinstance(outputs, TensorType) else tuple(outputs)


# PyTorch -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What PyTorch made of a case: types, and the shapes of the learned tensors by name."""

    outputs: tuple[TensorType, ...]
    weights: Mapping[str, tuple[int, ...]]


def torch_says(case: Case) -> Run | Exception:
    """The result of executing the emitted source, or what PyTorch raised.

    A case that the rules refuse has no source; its layer is then executed by itself.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = isinstance(rules(case), DesignError)
        try:
            module, prefix = _alone(case) if refused else _emitted(case)
            return _execute(case, module, prefix)
        except REFUSALS as error:
            return error


def emit(case: Case) -> Source:
    """The source of the network around the layer."""
    return make_source(inference(case))


def _emitted(case: Case) -> tuple[nn.Module, str]:
    source = emit(case)
    return compile_source(source), source.paths[source.class_name].get(NODE, "") + "."


def _alone(case: Case) -> tuple[nn.Module, str]:
    """The layer without inference: what remains of a case that the rules refuse."""
    layer = case.layer
    names = tuple(f"i{i}" if t else "" for i, t in enumerate(case.types))
    try:
        call = layer.construct(*case.types)
    except DesignError:
        call = layer.construct(*case.valid)
    value = flat(layer.expression("self.layer", names, *case.types))
    outputs = [f"o{i}" for i in range(len(layer.output_ports()))]
    text = "\n".join(
        [
            "import math, torch",
            "from torch import Tensor, nn",
            *layer.imports(),
            *(line for name in layer.definitions() for line in definition_imports(name)),
            *(definition(name) for name in layer.definitions()),
            "class Main(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            f"        self.layer = {flat(call) if call is not None else None}",
            f"    def forward(self, {', '.join(name for name in names if name)}):",
            f"        {layer.unpack(outputs)} = {value}",
            f"        return {', '.join(outputs)}",
        ]
    )
    module: nn.Module = load_source(text).Main()
    return module, "layer."


def _execute(case: Case, module: nn.Module, prefix: str) -> Run:
    torch.manual_seed(0)
    module.train()
    inputs = [sample(kind, case) for kind in case.types if kind is not None]
    learns = case.layer.family == "Loss" and inputs and inputs[0].is_floating_point()
    if learns:
        inputs[0].requires_grad_()
    result = module(*(inputs or [torch.zeros(2)]))
    outputs = result if isinstance(result, tuple) else (result,)
    if learns:
        outputs[0].sum().backward()
    shapes = {
        f"{name}.".removeprefix(prefix).removesuffix("."): tuple(weight.shape)
        for name, weight in module.named_parameters()
    }
    return Run(tuple(type_of(output) for output in outputs), shapes)


def sample(kind: TensorType, case: Case) -> Tensor:
    """Values of that type within the case's range."""
    shape = tuple(evaluate(size, SIZES) for size in kind.shape)
    dtype: torch.dtype = getattr(torch, kind.dtype)
    if dtype.is_complex:
        return torch.randn(shape, dtype=dtype)
    if kind.dtype in FLOATING:
        return (torch.rand(shape) * (case.high - case.low) + case.low).to(dtype)
    if case.steady:
        return torch.full(shape, math.ceil(case.low) if case.low >= 0 else 1).to(dtype)
    if kind.dtype == "bool":
        return (
            torch.randint(0, 2, shape).to(dtype)
            if case.low != case.high
            else torch.zeros(shape).bool()
        )
    low = 0 if kind.dtype == "uint8" and case.low < 0 else math.ceil(case.low)
    return torch.randint(low, math.floor(case.high) + 1, shape).to(dtype)


def type_of(value: Tensor) -> TensorType:
    """The type of a tensor."""
    return TensorType(tuple(value.shape), str(value.dtype).removeprefix("torch."))


def is_unsafe(case: Case) -> bool:
    """Whether PyTorch 2.13 would write outside its memory, so that the case cannot be executed."""
    values = case.layer.values()
    offsets = case.types[1] if type(case.layer).__name__ == "EmbeddingBag" else None
    return bool(offsets and offsets.shape == (1,) and values["include_last_offset"])


def is_unbatched(case: Case, refusal: DesignError) -> bool:
    """Whether the refusal is about a missing batch, which torch's layers do without."""
    if not isinstance(refusal, ShapeError) or refusal.fix[:1] != ("rank",):
        return False
    least = refusal.fix[1]
    found = dict(zip(case.slots, case.types, strict=True)).get(refusal.port or case.slots[0])
    return found is not None and isinstance(least, int) and len(found.shape) < least

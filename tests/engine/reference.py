"""Computes drawings independently of the emitted forward methods: walks the graph node by node and calls
the compiled modules one at a time."""

from __future__ import annotations

import math
import re
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine import Graph, Inference
from graph_engine.codegen import Source
from graph_engine.codegen.layout import flat
from graph_engine.compile import load_source
from graph_engine.graph import PortRef
from graph_engine.inference import Visit
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType, evaluate
from graph_engine.modules import definition
from tests.engine.random_networks import SIZES


def sample_inputs(graph: Graph, batch: int) -> list[Tensor]:
    """A tensor for each input of a network."""
    visits = Inference(graph).visits
    inputs = [visits[n].outputs["output"] for n, v in graph.nodes.items() if type(v.layer) is Input]
    return [torch.rand(sizes(known(kind, batch))) for kind in inputs]


def sizes(kind: TensorType) -> list[int]:
    """The shape of a type whose sizes are all known."""
    known_ones = [size for size in kind.shape if isinstance(size, int)]
    assert len(known_ones) == len(kind.shape)
    return known_ones


def known(kind: TensorType, batch: int) -> TensorType:
    """The type with numbers in the place of unknown sizes."""
    return kind._replace(shape=tuple(evaluate(s, {"B": batch, **SIZES}) for s in kind.shape))


class Reference:
    """Computes a drawing node by node with the modules of the compiled network."""

    def __init__(self, source: Source, batch: int) -> None:
        self.source, self.batch = source, batch
        self.scope: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "math": math}

    def run(self, inference: Inference, module: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
        """The outputs of a graph, in the order of the drawing; checks every type on the way."""
        nodes, values = inference.graph.nodes, dict[PortRef, Tensor]()
        given = iter(inputs)
        for name, node in nodes.items():
            if type(node.layer) is Input:
                values[PortRef(name, "output")] = next(given)
        results = {}
        for name in inference.graph.in_order():
            visit = inference.visits[name]
            incoming = inference.graph.incoming(name)
            slots = inference.graph.slots(name)
            arguments = [values[incoming[s]] if s in incoming else None for s in slots]
            if type(visit.layer) is Input:
                continue
            if type(visit.layer) is Output:
                results[name] = arguments[0]
                continue
            made = self._node(inference, name, module, arguments)
            for (port, kind), value in zip(visit.outputs.items(), made, strict=True):
                values[PortRef(name, port)] = value
                self._check(kind, value, name)
        return [results[name] for name in nodes if name in results]  # type: ignore[misc]

    def _node(
        self, inference: Inference, name: str, module: nn.Module, arguments: list[Tensor | None]
    ) -> list[Tensor]:
        visit, node = inference.visits[name], inference.graph.nodes[name]
        if node.muted:
            return [arguments[0]]  # type: ignore[list-item]
        own = self.part(module, name)
        if visit.copies:
            copies = list(own) if len(visit.copies) > 1 else [own]
            assert len(copies) == len(visit.copies)
            made: list[Tensor] = []
            for inner, part in zip(visit.copies, copies, strict=True):
                made = self.run(inner, part, arguments)  # type: ignore[arg-type]
                arguments = [made[0], *arguments[1:]]
            return made
        self._check_module(visit, own)
        names = [f"a{i}" if value is not None else "" for i, value in enumerate(arguments)]
        scope = {**self.scope, "own": own, **dict(zip(names, arguments, strict=True))}
        value = eval(flat(visit.layer.expression("own", names, *visit.inputs)), scope)
        outputs = [f"o{i}" for i in range(len(visit.outputs))]
        exec(f"{visit.layer.unpack(outputs)} = value", {"value": value}, scope)
        return [scope[name] for name in outputs]

    def part(self, module: nn.Module, name: str) -> Any:
        """The module or tensor of a node, or None."""
        path = self.source.paths[type(module).__name__].get(name, name)
        found: Any = module
        for step in path.split("."):
            found = getattr(found, step, None)
        return found

    def _check_module(self, visit: Visit, own: Any) -> None:
        """The module has exactly the arguments that its own inputs and parameters call for."""
        call = visit.layer.construct(*visit.inputs)
        if call is None:
            return
        scope = dict(self.scope)
        names = visit.layer.definitions()
        if names:
            scope |= vars(load_source(_preamble(names)))
        made = eval(flat(call), scope)
        assert (
            (_plain(made) == _plain(own))
            if isinstance(made, nn.Module)
            else made.shape == own.shape
        )
        if isinstance(own, nn.Module):
            trainable = all(weight.requires_grad for weight in own.parameters())
            frozen = not any(weight.requires_grad for weight in own.parameters())
            assert trainable if getattr(visit.layer, "trainable", True) else frozen

    def _check(self, kind: TensorType, value: Tensor, name: str) -> None:
        wanted = known(kind, self.batch)
        assert tuple(value.shape) == wanted.shape, name
        assert str(value.dtype) == f"torch.{wanted.dtype}", name


def _plain(module: nn.Module) -> str:
    """The module in words, with ``1.0`` as ``1``: a formula may give either."""
    return re.sub(r"(?<=\d)\.0\b", "", repr(module))


def _preamble(names: tuple[str, ...]) -> str:
    imports = "from typing import Any\nimport math\nimport torch\nfrom torch import Tensor, nn\n"
    imports += "from torch.nn import functional as F\n"
    return imports + "\n".join(definition(name) for name in names)

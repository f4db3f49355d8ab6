"""Whatever a drawing contains, every node's output is seen, and it is the one that the drawing says."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graph_engine import Inference
from graph_engine.codegen import make_source
from graph_engine.compile import compile_source
from graph_engine.training.anatomy import Anatomy
from graph_engine.training.tracing import Trace
from tests.engine.random_networks import drawing
from tests.engine.reference import Reference, sample_inputs

pytestmark = pytest.mark.torch


class Remembering(Reference):
    """Keeps what every node gave, by its path."""

    prefix = ""

    def _node(
        self, inference: Inference, name: str, module: nn.Module, arguments: list[Tensor | None]
    ) -> list[Tensor]:
        visit, outer = inference.visits[name], self.prefix
        if not visit.copies:
            made = super()._node(inference, name, module, arguments)
        else:
            own = self.part(module, name)
            copies = list(own) if len(visit.copies) > 1 else [own]
            for number, (inner, part) in enumerate(zip(visit.copies, copies, strict=True)):
                self.prefix = f"{outer}{name}.{number}." if len(copies) > 1 else f"{outer}{name}."
                made = self.run(inner, part, arguments)  # type: ignore[arg-type]
                arguments = [made[0], *arguments[1:]]
            self.prefix = outer
        if not inference.graph.nodes[name].muted:
            self.kept()[outer + name] = made
        return made

    def kept(self) -> dict[str, list[Tensor]]:
        """The outputs so far."""
        found: dict[str, list[Tensor]] = self.__dict__.setdefault("values", {})
        return found


@pytest.mark.parametrize("seed", range(60))
def test_every_node_of_any_drawing_is_seen_with_what_it_gives(seed: int) -> None:
    # Given a drawing with blocks, copies, shared and muted layers, and several inputs and outputs
    graph = drawing(random.Random(seed))
    inference = Inference(graph)
    source = make_source(inference)
    module = compile_source(source).eval()
    inputs = sample_inputs(graph, 2)
    expected = Remembering(source, 2)
    expected.run(inference, module, inputs)
    plain = module(*inputs)

    # When it computes while somebody looks on
    anatomy, seen = Anatomy.of(module, source), dict[str, Tensor]()
    trace = Trace(anatomy, lambda row, output, _: _see(seen, anatomy.nodes[row], output))
    trace.attach()
    watched = module(*inputs)

    # Then the result is the same, and nothing is left behind
    assert _same(plain, watched)
    assert trace._handles == []
    assert trace._calls == []

    # And every node was seen once, in order, with one of the outputs that it has
    computed = {
        path for path, layer in zip(anatomy.nodes, anatomy.layers, strict=True) if layer != "Input"
    }
    assert computed == expected.kept().keys()
    for path, made in expected.kept().items():
        if any(isinstance(each, Tensor) for each in made):
            assert any(_same(seen[path], each) for each in made), path
    assert list(seen) == [path for path in anatomy.nodes if path in seen]


def test_a_tracer_that_was_there_before_is_there_afterwards() -> None:
    # Given a debugger, and a network that fails
    graph = drawing(random.Random(3))
    source = make_source(Inference(graph))
    module = compile_source(source)
    called: list[str] = []

    def debugger(frame: Any, event: str, argument: Any) -> None:
        called.append(event)

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        trace = Trace(Anatomy.of(module, source), lambda *_: None)
        trace.attach()
        with pytest.raises(TypeError):
            module()
        trace.detach()

        # Then it is back when the look is over
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(before)


def _see(seen: dict[str, Tensor], path: str, output: Tensor) -> None:
    assert path not in seen
    seen[path] = output.detach().clone()


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor):
        return first.shape == second.shape and torch.equal(first, second)
    return all(map(_same, first, second))

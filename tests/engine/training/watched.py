"""Runs that are measured at every step, on networks that were drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.codegen import Source, make_source
from graph_engine.compile import compile_source
from graph_engine.data.loading import Batches
from graph_engine.data.prepared import PreparedData
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
from graph_engine.training.commands import Look
from graph_engine.training.events import Event, Frame, Layers
from graph_engine.training.governor import Governor
from graph_engine.training.loop import Loop
from graph_engine.training.probes import RATES, Probes
from graph_engine.training.randomness import seed_everything
from graph_engine.training.recipe import Recipe

Draw = Callable[[NetworkBuilder, Handle], Handle]


def drawn(draw: Draw, shape: tuple[int, ...] = (1, 8, 8)) -> Source:
    """The source of a network from one input ``x`` to one output."""
    net = NetworkBuilder("main")
    net.output("y", draw(net, net.input("x", shape=shape)))
    return source_of(net.graph)


def source_of(graph: Graph) -> Source:
    """The source of a graph."""
    return make_source(Inference(graph))


def made(source: Source, seed: int = 0) -> nn.Module:
    """The module, with the weights of a seed."""
    seed_everything(seed)
    return compile_source(source)


class Watched:
    """One run in this process, measured as often as can be unless ``eager`` is false."""

    def __init__(
        self,
        source: Source,
        recipe: Recipe,
        data: PreparedData,
        *,
        eager: bool = True,
        folder: Path | None = None,
        resume: Checkpoint | None = None,
        stop: Callable[[], bool] = lambda: False,
        look: Look | None = None,
    ) -> None:
        self.events: list[Event] = []
        self.module = made(source)
        store = CheckpointStore(folder) if folder else None
        self.loop = Loop(self.module, recipe, data, store, self.events.append, stop)
        self.probes = Probes(self.module, self.loop.procedure, data, self.events.append, source)
        self.loop.procedure.observer = self.probes
        if resume is not None:
            self.loop.go_on(resume)
        self.probes.look(look or Look())
        if eager:
            without_limit(self.probes)
        self.loop.run("", "")

    @property
    def layers(self) -> Layers:
        """What the rows stand for."""
        return next(event for event in self.events if isinstance(event, Layers))

    def frames(self, title: str) -> list[Frame]:
        """The frames of a title, in their order."""
        return [e for e in self.events if isinstance(e, Frame) and e.title == title]

    def at(self, title: str, step: int) -> np.ndarray[Any, Any]:
        """The last array of a title at a step."""
        return [frame.array() for frame in self.frames(title) if frame.step == step][-1]


def without_limit(probes: Probes) -> None:
    """Lets everything be measured at every step."""
    wanted = dict.fromkeys(RATES["full"], 1e9)
    probes.governor = Governor(1e9, wanted, probes.clock)
    probes.wake = 0.0


def close(first: Any, second: Any, tolerance: float = 1e-5) -> bool:
    """Whether two arrays agree, what is NaN in both included."""
    one, other = (
        each.detach().numpy() if isinstance(each, Tensor) else each for each in (first, second)
    )
    return bool(np.allclose(one, other, rtol=tolerance, atol=1e-7, equal_nan=True))


def batch_of(data: PreparedData, recipe: Recipe, epoch: int, step: int) -> tuple[Tensor, Tensor]:
    """The batch that a run meets in a step of an epoch: the first input, and the target."""
    batches = Batches(data.train, recipe.batch_size, seed=recipe.seed, epoch=epoch)
    inputs, target = batches.at(step, batches.order())
    return inputs[0], target

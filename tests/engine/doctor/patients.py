"""Small sick designs: each is drawn, given data and trained in this process, examined, and cured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.codegen import make_source
from graph_engine.compile import compile_source
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.inputs import Input
from graph_engine.training.commands import Look
from graph_engine.training.doctor import Case, Cure, Finding, examine, facts_of
from graph_engine.training.doctor.evidence import Evidence
from graph_engine.training.events import Event, Failed
from graph_engine.training.governor import Governor
from graph_engine.training.loop import Loop
from graph_engine.training.probes import RATES, Probes
from graph_engine.training.randomness import seed_everything
from graph_engine.training.recipe import Recipe

Draw = Callable[[NetworkBuilder, Handle], Handle]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Ran:
    """What came of a run: the evidence for the rules, and the last figures."""

    evidence: Evidence
    weights: int

    @property
    def failed(self) -> bool:
        """Whether it broke off."""
        return bool(self.evidence.failure)

    def metric(self, name: str) -> float:
        """A figure of the last epoch."""
        return float(self.evidence.epochs[-1][name])

    def mean_metric(self, name: str) -> float:
        """A figure as the mean over the last third of the epochs."""
        values = self.evidence.epoch_values(name)
        return float(values[-max(1, len(values) // 3) :].mean())


@dataclass(frozen=True)
class Patient:
    """A design with recipe and data; ``folder`` is where its arrays lie."""

    graph: Graph
    recipe: Recipe
    data: DataChoice
    folder: Path | None = None
    runs: dict[str, Ran] = field(default_factory=dict, compare=False)

    @cached_property
    def inference(self) -> Inference:
        """What is inferred from the drawing."""
        return Inference(self.graph)

    @cached_property
    def prepared(self) -> PreparedData:
        """The data as the network meets them."""
        names = [n for n, node in self.graph.nodes.items() if type(node.layer) is Input]
        return prepare(self.data, self.folder, names)

    @property
    def ran(self) -> Ran:
        """A run in this process, measured at every step."""
        if "" not in self.runs:
            self.runs[""] = self._train()
        return self.runs[""]

    def case(self, with_run: bool = True) -> Case:
        """What the rules are asked about."""
        run = self.ran.evidence if with_run else None
        return Case(self.inference, self.recipe, self.data, facts_of(self.prepared), run)

    def findings(self, rule: str, with_run: bool = True) -> list[Finding]:
        """What one rule finds."""
        return [found for found in examine(self.case(with_run)) if found.rule == rule]

    def cured(self, cure: Cure) -> Patient:
        """The design after a cure."""
        graph = Graph.opened(self.graph.definition(), dict(self.graph.blocks))
        if cure.change is not None:
            graph.apply(cure.change)
        return replace(
            self,
            graph=graph,
            recipe=cure.recipe or self.recipe,
            data=cure.data or self.data,
            runs={},
        )

    def _train(self) -> Ran:
        events: list[Event] = []
        source = make_source(self.inference)
        seed_everything(self.recipe.seed)
        module = compile_source(source)
        weights = sum(each.numel() for each in module.parameters())
        try:
            loop = Loop(module, self.recipe, self.prepared, None, events.append)
            probes = Probes(module, loop.procedure, loop.data, events.append, source)
            loop.procedure.observer = probes
            probes.look(Look())
            probes.governor = Governor(1e9, dict.fromkeys(RATES["full"], 1e9), probes.clock)
            probes.wake = 0.0
            loop.run("", "")
        except (TrainingError, RuntimeError, ValueError, IndexError) as error:
            events.append(Failed(message=str(error), node=getattr(error, "node", "")))
        return Ran(Evidence.of(events), weights)


def drawn(draw: Draw, shape: tuple[int, ...], dtype: str = "float32") -> Graph:
    """A network from one input ``x`` to one output ``y``."""
    net = NetworkBuilder("main")
    net.output("y", draw(net, net.input("x", shape=shape, dtype=dtype)))
    return net.graph


def recipe(rate: float = 0.01, optimizer: str = "AdamW", **values: Any) -> Recipe:
    """A recipe for one thread."""
    own = values.pop("own", {})
    settings = {"epochs": 8, "batch_size": 32, **values}
    return Recipe(optimizer={"name": optimizer, "lr": rate, **own}, threads=1, **settings)


def builtin(name: str, scaling: Any = ({},), **values: Any) -> DataChoice:
    """A shipped data set, scaled."""
    source = {"source": "builtin", "name": name}
    choice: DataChoice = DataChoice.read({"source": source, "scaling": list(scaling), **values})
    return choice


def stored(folder: Path, arrays: Arrays, scaling: Any = (), **values: Any) -> DataChoice:
    """Arrays as a data set of their own: field ``x`` and target ``label``."""
    np.savez(folder / "data.npz", **arrays)  # type: ignore[arg-type]
    source = {"source": "npz", "path": "data.npz", "target": "label"}
    choice: DataChoice = DataChoice.read({"source": source, "scaling": list(scaling), **values})
    return choice

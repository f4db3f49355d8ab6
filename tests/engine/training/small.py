"""Small real networks and shipped data for tests that train in their own process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import Builtin
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import Event
from graph_engine.training.loop import Outcome, train
from graph_engine.training.recipe import Recipe


@cache
def data(name: str = "iris", validation: float = 0.15, test: float = 0.15) -> PreparedData:
    """A shipped data set, its numbers standardised."""
    choice = DataChoice(
        source=Builtin.read({"source": "builtin", "name": name}),
        validation=validation,
        test=test,
        scaling=(Scaling(),),
    )
    return prepare(choice, None, ["x"])


def mlp(inputs: int = 4, outputs: int = 3, seed: int = 0, dropout: float = 0.2) -> nn.Module:
    """A network with everything that a careless resume would lose: dropout and running statistics."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(16, outputs),
    )


def state(module: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights and statistics."""
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def is_equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """Whether all bits are the same."""
    return first.keys() == second.keys() and all(map(torch.equal, first.values(), second.values()))


def after_steps(count: int) -> Callable[[], bool]:
    """A ``stop`` that says yes when asked for the time after so many."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= count


def interrupted(
    make: Callable[[], nn.Module],
    recipe: Recipe,
    samples: PreparedData,
    folder: Path,
    steps: int,
) -> tuple[nn.Module, Outcome, list[Event]]:
    """A run that is stopped after some steps and goes on in a new module, as in a new process."""
    train(make(), recipe, samples, store=CheckpointStore(folder), stop=after_steps(steps))
    store, module, events = CheckpointStore(folder), make(), list[Event]()
    checkpoint, note = store.load()
    assert checkpoint is not None
    assert not note
    with torch.no_grad():  # nothing may depend on what the new module starts with
        for weight in module.parameters():
            weight.fill_(7.0)
    outcome = train(module, recipe, samples, store=store, resume=checkpoint, on_event=events.append)
    return module, outcome, events


def recipe(**values: Any) -> Recipe:
    """Two epochs on the processor."""
    return Recipe(**{"epochs": 2, "batch_size": 16, "threads": 1, "device": "cpu", **values})


def trained(module: nn.Module, chosen: Recipe, name: str = "iris", **more: Any) -> list[Event]:
    """Trains, and gives what was told of it."""
    events: list[Event] = []
    train(module, chosen, data(name), on_event=events.append, **more)
    return events

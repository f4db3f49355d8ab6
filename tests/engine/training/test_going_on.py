"""Runs that were stopped go on to the same bits, whatever their recipe and whatever they draw from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.loop import train
from graph_engine.training.recipe import Recipe

from .small import after_steps, data, interrupted, is_equal, mlp, state

pytestmark = pytest.mark.torch


def recipe(**values: Any) -> Recipe:
    return Recipe(**{"epochs": 2, "batch_size": 16, "threads": 1, "device": "cpu", **values})


@given(
    steps=st.integers(1, 20),
    accumulate=st.integers(1, 3),
    drop_last=st.booleans(),
    patience=st.integers(0, 2),
    extra=st.sampled_from(
        [
            {},
            {"clip_norm": 0.1},
            {"clip_value": 0.01},
            {"l1": 1e-3},
            {"l2": 1e-3},
            {"precision": "bfloat16"},
            {"scheduler": "OneCycleLR"},
            {"scheduler": "ReduceLROnPlateau"},
            {"shuffle": False},
        ]
    ),
)
@settings(max_examples=30)
def test_a_stopped_run_goes_on_to_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory,
    steps: int,
    accumulate: int,
    drop_last: bool,
    patience: int,
    extra: dict[str, Any],
) -> None:
    # Given a recipe and a moment to stop
    values = {"accumulate": accumulate, "drop_last": drop_last, "patience": patience, **extra}
    chosen = recipe(epochs=3, **values)
    whole = mlp()
    outcome = train(whole, chosen, data())

    # When the run is stopped then and goes on
    folder = tmp_path_factory.mktemp("run")
    module, after, _ = interrupted(mlp, chosen, data(), folder, steps)

    # Then weights and metrics are those of the undisturbed run
    assert is_equal(state(whole), state(module))
    assert after == outcome


class Whimsical(nn.Module):
    """Draws from Python's and numpy's generators, as a layer written by hand might."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        import random

        import numpy as np

        noise = random.random() + np.random.random() + np.random.normal() if self.training else 0.0
        scores: Tensor = self.fc(x + noise)
        return scores


def test_generators_outside_torch_go_on_too(tmp_path: Path) -> None:
    # Given a network with randomness of its own, seeded alike before each run
    import random

    import numpy as np

    def make() -> nn.Module:
        torch.manual_seed(0)
        return Whimsical()

    random.seed(1), np.random.seed(1)
    whole = make()
    train(whole, recipe(), data())

    # When a run is stopped and goes on in a process whose generators stand elsewhere
    random.seed(1), np.random.seed(1)
    store = CheckpointStore(tmp_path)
    train(make(), recipe(), data(), store=store, stop=after_steps(5))
    random.seed(99), np.random.seed(99)
    module = make()
    train(module, recipe(), data(), resume=store.load()[0])

    # Then the bits are the same
    assert is_equal(state(whole), state(module))


def test_a_finished_run_goes_on_with_more_epochs(tmp_path: Path) -> None:
    # Given a run of two epochs that is finished, and one of five
    short, long = recipe(epochs=2), recipe(epochs=5)
    whole = mlp()
    train(whole, long, data())
    train(mlp(), short, data(), store=CheckpointStore(tmp_path))

    # When the first goes on to five
    module = mlp()
    checkpoint, _ = CheckpointStore(tmp_path).load()
    outcome = train(module, short.going_on(long), data(), resume=checkpoint)

    # Then it is as if it had been of five from the beginning
    assert is_equal(state(whole), state(module))
    assert outcome.epoch == 5


def test_another_networks_checkpoint_is_refused(tmp_path: Path) -> None:
    # Given the checkpoint of a smaller network
    train(nn.Linear(4, 3), recipe(epochs=1), data(), store=CheckpointStore(tmp_path))
    checkpoint, _ = CheckpointStore(tmp_path).load()

    # When a larger one should go on from it, then a sentence names the weights
    with pytest.raises(TrainingError, match=r"another network's: 1\.weight is missing"):
        train(mlp(), recipe(epochs=1), data(), resume=checkpoint)

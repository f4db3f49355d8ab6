"""How a run ends before its time: stopped, gone astray, or refused before it begins."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graph_engine.errors import ParameterError, TrainingError
from graph_engine.training import weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import Checkpointed, Finished
from graph_engine.training.loop import train
from graph_engine.training.recipe import Recipe

from .runs import of_kind
from .small import after_steps, data, interrupted, is_equal, mlp, recipe, state, trained

pytestmark = pytest.mark.torch


def test_a_stop_leaves_a_checkpoint_and_no_test(tmp_path: Path) -> None:
    # Given a run that is asked to stop before its fifth step
    events = trained(mlp(), recipe(), store=CheckpointStore(tmp_path), stop=after_steps(4))

    # Then it ends there with a checkpoint and weights, and without judging
    (finished,) = of_kind(events, Finished)
    assert (finished.reason, finished.step) == ("stopped", 4)
    assert "test_accuracy" not in finished.metrics
    assert [event.step for event in of_kind(events, Checkpointed)] == [4]
    assert (tmp_path / finished.weights).is_file()


def test_a_stop_while_measuring_is_obeyed_and_made_good(tmp_path: Path) -> None:
    # Given a run that is asked to stop in the middle of the validation samples (2 batches of them,
    # after 7 steps and the question behind them)
    whole = mlp()
    outcome = train(whole, recipe(), data())
    module, after, _ = interrupted(mlp, recipe(), data(), tmp_path, steps=9)

    # Then the run that goes on measures anew, and ends as if nothing had happened
    assert is_equal(state(whole), state(module))
    assert after.metrics == outcome.metrics


class Astray(nn.Module):
    """Gives nothing but infinity from its eleventh training step on."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.calls += 1
        scores: Tensor = self.fc(x)
        return scores * torch.where(self.calls > 10, math.inf, 1.0)


def test_an_infinite_loss_ends_the_run_and_names_the_step(tmp_path: Path) -> None:
    # Given a network that goes astray in step 11, and checkpoints every three steps
    store = CheckpointStore(tmp_path)

    # When it is trained, then a sentence names the step
    with pytest.raises(TrainingError, match=r"loss of step 11 is .*nan.*Lower the learning rate"):
        trained(Astray(), recipe(epochs=4, checkpoint_steps=3), store=store)

    # And the last checkpoint is from before, and sound
    checkpoint, note = store.load()
    assert checkpoint is not None
    assert (checkpoint.step, note) == (9, "")
    assert weights.are_finite(checkpoint.weights)


class Overflowing(nn.Module):
    """Its loss is finite, but one weight is not."""

    sum: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.register_buffer("sum", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.sum += 1e38
        scores: Tensor = self.fc(x)
        return scores


def test_weights_that_overflow_are_not_written_over_sound_ones(tmp_path: Path) -> None:
    # Given a network one of whose statistics overflows in the fourth step
    store = CheckpointStore(tmp_path)

    # When a checkpoint of step 4 is due, then the run ends with a sentence and keeps that of step 2
    with pytest.raises(TrainingError, match="no longer finite after step 4"):
        trained(Overflowing(), recipe(checkpoint_steps=2), store=store)
    checkpoint, _ = store.load()
    assert checkpoint is not None
    assert checkpoint.step == 2


@pytest.mark.parametrize(
    ("module", "values", "words"),
    [
        (nn.Linear(4, 2), {}, "3 classes, but the network answers with 2 scores"),
        (nn.Linear(4, 3), {"batch_size": 200, "drop_last": True}, "do not fill one batch of 200"),
        (nn.Linear(4, 3), {"monitor": "validation_acuracy"}, "Did you mean 'validation_accuracy'"),
        (nn.Linear(4, 3), {"metrics": ("acuracy",)}, "Did you mean 'accuracy'"),
        (nn.Linear(4, 3), {"loss": "MSELoss"}, "MSELoss needs one number for each of the target's"),
        (nn.Linear(4, 3), {"precision": "float16"}, "float16 needs a CUDA device"),
        (nn.Linear(4, 3), {"loss": "TripletMarginLoss"}, "needs a network with 3 outputs, not 1"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_in_a_sentence(
    module: nn.Module, values: dict[str, Any], words: str
) -> None:
    # Given a recipe that this network or these data cannot follow, when training starts, then a
    # sentence says what was expected
    with pytest.raises((TrainingError, ParameterError), match=words):
        trained(module, Recipe(**{"epochs": 1, "threads": 1, **values}))

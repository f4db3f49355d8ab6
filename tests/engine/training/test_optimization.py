"""Every optimizer and scheduler of the catalogue trains, saves its state and goes on exactly."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from graph_engine.data.loading import Batches
from graph_engine.errors import ParameterError, TrainingError
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.choices import OPTIMIZERS, SCHEDULERS
from graph_engine.training.loop import train
from graph_engine.training.losses import LossMeter
from graph_engine.training.optimization import clip, make_optimizer, penalty
from graph_engine.training.procedures import Supervised
from graph_engine.training.recipe import Recipe

from .small import after_steps, data, interrupted, is_equal, mlp, state

pytestmark = pytest.mark.torch

MOVES_EACH_STEP = {"OneCycleLR", "CyclicLR"}


def recipe(**values: Any) -> Recipe:
    return Recipe(**{"epochs": 3, "batch_size": 32, "threads": 1, **values})


def network(optimizer: str) -> nn.Module:
    if optimizer != "SparseAdam":
        return mlp()
    torch.manual_seed(0)
    return nn.Sequential(
        Rounded(), nn.Embedding(10, 4, sparse=True), nn.Flatten(), nn.Linear(16, 3)
    )


class Rounded(nn.Module):
    """Standardised numbers as indices from 0 to 9."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (2 * x + 5).clamp(0, 9).long()


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_an_optimizer_lowers_the_loss_and_goes_on_exactly(name: str, tmp_path: Path) -> None:
    # Given a run of twelve steps with this optimizer, and one like it that is stopped after five
    chosen = recipe(optimizer=name)
    whole = network(name)
    outcome = train(whole, chosen, data())

    # When the second goes on from its checkpoint
    module, after, _ = interrupted(lambda: network(name), chosen, data(), tmp_path, steps=5)

    # Then both end alike to the bit, and something was learned
    assert is_equal(state(whole), state(module))
    assert after.metrics == outcome.metrics
    assert outcome.step == 12
    assert not is_equal(state(whole), state(network(name)))


@pytest.mark.parametrize("each", ["epoch", "step"])
@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_a_scheduler_changes_the_rate_and_goes_on_exactly(
    name: str, each: str, tmp_path: Path
) -> None:
    # Given a run with this scheduler, its parameters as they come, and one like it that is stopped
    chosen = recipe(optimizer="SGD", scheduler=name, schedule_each=each, epochs=8)
    whole = mlp()
    outcome = train(whole, chosen, data())

    # When the second goes on
    module, after, _ = interrupted(mlp, chosen, data(), tmp_path, steps=18)

    # Then both end alike to the bit
    assert is_equal(state(whole), state(module))
    assert after.metrics == outcome.metrics


def test_schedules_that_follow_the_run_reach_its_end() -> None:
    # Given schedules whose length is left open, in a run of 4 epochs of 4 steps
    rates: dict[str, list[float]] = {}
    for name in ("CosineAnnealingLR", "OneCycleLR"):
        chosen = recipe(
            scheduler=name, schedule_each="step", epochs=4, optimizer={"name": "SGD", "lr": 0.1}
        )

        # When the run is trained
        found: list[float] = []
        train(mlp(), chosen, data(), on_event=partial(note_rate, found))
        rates[name] = found

    # Then the last of 16 steps has the rate that is one step from zero, or the lowest of the cycle
    assert rates["CosineAnnealingLR"][-1] == pytest.approx(0.05 * (1 + math.cos(math.pi * 15 / 16)))
    assert rates["OneCycleLR"][-1] == pytest.approx(0.1 / 25 / 10_000)


def note_rate(found: list[float], event: Any) -> None:
    if event.name == "epoch":
        found.append(event.learning_rate)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Adagrad", "Muon"])
@pytest.mark.parametrize("scheduler", ["OneCycleLR", "CyclicLR"])
def test_cycles_move_the_momentum_only_where_there_is_one(optimizer: str, scheduler: str) -> None:
    # Given a cyclic scheduler whose momentum is left open, when it meets optimizers with momentum,
    # with betas and with neither, then all of them train
    outcome = train(mlp(), recipe(optimizer=optimizer, scheduler=scheduler), data())
    assert outcome.reason == "completed"


def test_more_epochs_stretch_a_schedule_that_follows_the_run(tmp_path: Path) -> None:
    # Given a run of 2 epochs with OneCycleLR, which refuses a step too many
    short = recipe(scheduler="OneCycleLR", epochs=2)
    train(mlp(), short, data())

    # When it is stopped and goes on with 5 epochs
    store = CheckpointStore(tmp_path)
    train(mlp(), short, data(), store=store, stop=after_steps(5))
    checkpoint, _ = CheckpointStore(tmp_path).load()
    outcome = train(mlp(), short.going_on(short.replace(epochs=5)), data(), resume=checkpoint)

    # Then it gets there
    assert outcome.step == 20


def test_plateau_lowers_the_rate_when_the_watched_metric_stays() -> None:
    # Given a rate so small that no metric changes, and no patience
    chosen = recipe(
        optimizer={"name": "SGD", "lr": 1e-30},
        scheduler={"name": "ReduceLROnPlateau", "patience": 0, "eps": 0.0},
        monitor="validation_accuracy",
        epochs=4,
    )
    rates: list[float] = []

    # When it is trained, with the running statistics held still
    train(nn.Linear(4, 3), chosen, data(), on_event=partial(note_rate, rates))

    # Then the rate falls after every epoch but the first, which was the best so far
    assert rates == pytest.approx([1e-30, 1e-30, 1e-31, 1e-32], rel=1e-6)


def test_muon_takes_matrices_and_adamw_the_rest() -> None:
    # Given a network of matrices, vectors and scales
    optimizer = make_optimizer(Recipe(optimizer="Muon").optimizer, mlp())

    # Then the groups of both are one optimizer's, which a scheduler can move together
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 4]


@pytest.mark.parametrize(
    ("name", "module", "words"),
    [
        ("Adam", nn.ReLU(), "nothing to train"),
        ("Muon", nn.BatchNorm1d(3), "Muon is for matrices"),
        ("SparseAdam", nn.Linear(2, 2), "SparseAdam is for Embedding layers"),
    ],
)
def test_an_optimizer_that_does_not_fit_is_refused_in_a_sentence(
    name: str, module: nn.Module, words: str
) -> None:
    # Given a network that the optimizer cannot train, when it is made, then a sentence says why
    with pytest.raises(TrainingError, match=words):
        make_optimizer(Recipe(optimizer=name).optimizer, module)


def test_values_that_only_torch_refuses_become_a_sentence() -> None:
    # Given values that are fine one by one
    nesterov = Recipe(optimizer={"name": "SGD", "nesterov": True})

    # When torch is asked for the optimizer, then its refusal is ours
    with pytest.raises(TrainingError, match="SGD refuses its values: Nesterov"):
        make_optimizer(nesterov.optimizer, nn.Linear(1, 1))
    chosen = recipe(optimizer="Adagrad", scheduler={"name": "CyclicLR", "cycle_momentum": True})
    with pytest.raises(TrainingError, match="CyclicLR refuses its values"):
        train(mlp(), chosen, data())


def test_penalties_count_matrices_and_filters_only() -> None:
    # Given a layer with known weights and a bias
    layer = nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, -4.0]]))
        layer.bias.fill_(100.0)

    # When the penalties are taken, then the bias does not count
    assert penalty(layer.parameters(), 1.0, 0.0).item() == 7.0
    assert penalty(layer.parameters(), 0.0, 0.5).item() == 12.5
    assert penalty(layer.parameters(), 1.0, 1.0).item() == 32.0
    assert penalty([layer.bias], 1.0, 1.0).item() == 0.0


def test_clipping_shortens_or_cuts_gradients() -> None:
    # Given gradients of length 5
    weight = nn.Parameter(torch.zeros(2))

    # When they are clipped by norm and by value
    clipped = {}
    for key in ("clip_norm", "clip_value"):
        weight.grad = torch.tensor([3.0, -4.0])
        clip(Recipe().replace(**{key: 1.0}), [weight])
        clipped[key] = weight.grad.clone()

    # Then the first keeps the direction, the second only the signs
    torch.testing.assert_close(clipped["clip_norm"], torch.tensor([0.6, -0.8]))
    torch.testing.assert_close(clipped["clip_value"], torch.tensor([1.0, -1.0]))


@given(data_=st.data())
@settings(max_examples=40)
def test_what_the_recipe_takes_torch_takes_too(data_: st.DataObject) -> None:
    # Given an optimizer and values of its float parameters from inside their ranges
    name = data_.draw(st.sampled_from(sorted(set(OPTIMIZERS) - {"SparseAdam", "Muon"})))
    kind = OPTIMIZERS[name]
    values = {}
    for parameter in kind.parameters().values():
        if parameter.kind.words == "a number":
            low = 0.0 if parameter.low is None else parameter.low
            high = 1.0 if parameter.high is None else parameter.high
            values[parameter.name] = data_.draw(st.floats(low, max(low, high)))

    # When the recipe takes them
    try:
        chosen = kind(**values)
    except ParameterError:
        return

    # Then torch makes the optimizer
    made = make_optimizer(chosen, mlp())
    assert type(made).__name__ == name


def test_float16_leaves_out_steps_with_infinite_gradients() -> None:
    # Given training in float16 with a scale far too large, on the one device that every machine has
    module = mlp(dropout=0.0)
    chosen = Recipe(
        precision="float16", threads=1, clip_norm=1.0, scheduler="StepLR", schedule_each="step"
    )
    procedure = Supervised(module, chosen, "classification", torch.device("cpu"))
    procedure.begin(4, True, lambda: None)
    assert procedure.scaler is not None
    procedure.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    (x,), y = next(iter(Batches(data().train, 32)))
    before = state(module)["1.weight"]

    # When a step is taken, then weights and schedule stay, and the scale falls
    procedure.step([((x,), y)])
    assert torch.equal(module.get_parameter("1.weight"), before)
    assert procedure.scaler.get_scale() < 2.0**40
    assert procedure.schedule.scheduler.last_epoch == 0

    # And when the scale has fallen far enough, the network learns, and its state goes on
    losses = [procedure.step([((x,), y)]).item() for _ in range(60)]
    assert losses[-1] < losses[0]
    assert procedure.schedule.scheduler.last_epoch > 0
    other = Supervised(mlp(), chosen, "classification", torch.device("cpu"))
    other.begin(4, True, lambda: None)
    other.load_state_dict(procedure.state_dict())
    assert other.scaler is not None
    assert other.scaler.get_scale() == procedure.scaler.get_scale()


def test_float16_and_lbfgs_do_not_go_together() -> None:
    # Given a line search and scaled gradients, when both are asked for, then a sentence says no
    chosen = Recipe(precision="float16", optimizer="LBFGS")
    with pytest.raises(TrainingError, match="LBFGS cannot be used with float16"):
        Supervised(mlp(), chosen, "classification", torch.device("cpu"))


def test_losses_on_a_device_are_read_together_and_name_their_step() -> None:
    # Given losses that are gathered, as on a GPU
    told: list[Any] = []
    meter = LossMeter(told.append, at_once=False)
    for step in range(1, 11):
        meter.add(torch.tensor(float(step)), 2, 0, step, 0.1)

    # When they are told, then all are there in order, and the mean is theirs
    meter.report(now=True)
    assert [event.losses for event in told] == [tuple(float(step) for step in range(1, 11))]
    assert meter.end_epoch() == 5.5

    # And the first that is not finite is named, however late it is read
    for step in range(11, 14):
        meter.add(torch.tensor(float("nan") if step == 12 else 1.0), 2, 1, step, 0.1)
    with pytest.raises(TrainingError, match="The loss of step 12 is nan"):
        meter.end_epoch()

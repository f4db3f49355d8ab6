"""A learning rate that is set by hand scales the schedule, and goes on from checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.choices import SCHEDULERS
from graph_engine.training.commands import Pause, RestoreBest, SaveCheckpoint, SetLearningRate, Stop
from graph_engine.training.events import Checkpointed, EpochEnded
from graph_engine.training.loop import Loop

from .riding import STEPS, Plan, Ride, recipe, undisturbed
from .runs import of_kind
from .small import is_equal, mlp, state

pytestmark = pytest.mark.torch


def rates_of(optimizer: str, scheduler: str | None, plan: Plan) -> dict[int, list[float]]:
    """The rates of all groups before each step."""
    found: dict[int, list[float]] = {}

    def see(loop: Loop) -> None:
        groups = loop.procedure.optimizer.param_groups  # type: ignore[attr-defined]
        found[loop.position.step] = [float(group["lr"]) for group in groups]

    Ride(mlp(), recipe(optimizer=optimizer, scheduler=scheduler), plan, seen=see).run()
    return found


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    [
        *(("SGD", name) for name in (None, *sorted(SCHEDULERS))),
        *(("Muon", name) for name in (None, "OneCycleLR", "StepLR")),
    ],
)
def test_a_rate_set_by_hand_scales_the_whole_schedule(
    optimizer: str, scheduler: str | None
) -> None:
    # Given the rates of a run that is left alone
    alone = rates_of(optimizer, scheduler, {})
    chosen, again = 3 * alone[5][0], 0.5 * alone[9][0]

    # When another rate is set before the sixth step, and once more in the second epoch
    plan: Plan = {5: [SetLearningRate(chosen)], 9: [SetLearningRate(again)]}
    steered = rates_of(optimizer, scheduler, plan)

    # Then all groups keep their proportion, and the schedule its shape, from the next step on
    for step, before in alone.items():
        factor = 1.0 if step <= 5 else 3.0 if step <= 9 else 0.5
        assert steered[step] == pytest.approx([factor * rate for rate in before], rel=1e-12)


def test_a_steered_run_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run with a schedule whose rate is changed and whose weights go back to the best
    chosen = recipe(epochs=4, scheduler="CosineAnnealingLR")
    plan: Plan = {3: [SetLearningRate(0.004)], 9: [RestoreBest()]}
    whole = Ride(mlp(), chosen, plan).run()

    # When it is stopped later on and goes on in a new module
    part = Ride(mlp(), chosen, {**plan, 12: [Stop()]}, store=CheckpointStore(tmp_path)).run()
    checkpoint, _ = CheckpointStore(tmp_path).load()
    rest = Ride(mlp(seed=5), chosen, {})
    assert checkpoint is not None
    rest.loop.go_on(checkpoint)
    rest.run()

    # Then losses and weights are those of the run that was steered and not stopped
    assert part.losses + rest.losses == whole.losses
    assert is_equal(state(rest.module), state(whole.module))


def test_a_checkpoint_of_a_run_that_is_measuring_leads_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run that is held, saved and stopped while it measures the validation samples
    whole, losses = undisturbed(recipe())
    late = {STEPS: [Pause(), SaveCheckpoint(), Stop()]}
    part = Ride(mlp(), recipe(), {}, late=late, store=CheckpointStore(tmp_path)).run()
    assert [each.step for each in of_kind(part.events, Checkpointed)] == [STEPS]
    assert not of_kind(part.events, EpochEnded)

    # When it goes on, then it measures anew, and its bits are those of a run that was left alone
    checkpoint, _ = CheckpointStore(tmp_path).load()
    assert checkpoint is not None
    rest = Ride(mlp(seed=5), recipe(), {})
    rest.loop.go_on(checkpoint)
    rest.run()
    assert [each.epoch for each in of_kind(rest.events, EpochEnded)] == [1, 2, 3]
    assert part.losses + rest.losses == losses
    assert is_equal(state(rest.module), state(whole))


def test_what_is_set_after_a_checkpoint_is_in_the_last_one(tmp_path: Path) -> None:
    # Given a run that is paused, saved, given another rate and stopped, all before one step
    plan = {3: [Pause(), SaveCheckpoint(), SetLearningRate(0.5), Stop()]}
    Ride(mlp(), recipe(), plan, store=CheckpointStore(tmp_path)).run()

    # When it goes on, then it does so with that rate
    checkpoint, _ = CheckpointStore(tmp_path).load()
    assert checkpoint is not None
    rest = Ride(mlp(), recipe(), {})
    rest.loop.go_on(checkpoint)
    assert rest.loop.procedure.learning_rate() == pytest.approx(0.5)


def test_nothing_is_in_proportion_to_a_rate_of_zero() -> None:
    # Given a schedule that has come to zero, when a rate is set, then a sentence says why it is not
    chosen = recipe(scheduler={"name": "PolynomialLR", "total_iters": 1})
    ride = Ride(mlp(), chosen, {STEPS + 1: [SetLearningRate(0.1)]}).run()
    ((action, _, message),) = ride.told
    assert action == "learning_rate"
    assert "nothing is in proportion to 0" in message

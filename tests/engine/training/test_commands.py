"""Steering a run: every command does what it says, between two steps, and is answered in a sentence."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest
import torch

from graph_engine.errors import TrainingError
from graph_engine.training import weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.choices import OPTIMIZERS
from graph_engine.training.commands import (
    COMMANDS,
    Advance,
    Command,
    Look,
    Pause,
    ResetWeights,
    RestoreBest,
    Resume,
    SaveCheckpoint,
    SetLearningRate,
    Start,
    Stop,
)
from graph_engine.training.events import Checkpointed, EpochEnded, Event, Finished, Stepped
from graph_engine.training.loop import Loop, train

from .riding import STEPS, Plan, Ride, recipe, undisturbed
from .runs import of_kind
from .small import after_steps, data, is_equal, mlp, state

pytestmark = pytest.mark.torch


# Pausing -----------------------------------------------------------------------------------------


def test_pauses_leave_no_trace() -> None:
    # Given a run that is paused at its start, between steps, while measuring, and before its end
    chosen = recipe(scheduler="OneCycleLR")
    whole, losses = undisturbed(chosen)
    rest = (Pause(), Resume())
    plan: Plan = {0: rest, 3: (*rest, *rest), STEPS: rest, 3 * STEPS: rest}

    # When it is over
    ride = Ride(mlp(), chosen, plan, late={STEPS: rest, 2 * STEPS: rest}).run()

    # Then its bits are those of a run that was left alone
    assert is_equal(state(ride.module), state(whole))
    assert ride.losses == losses

    # And each pause was told, and its end
    assert [action for action, _, _ in ride.told] == ["pause", "resume"] * 7
    assert ride.told[2] == ("pause", 3, "Paused after step 3.")
    assert ride.told[3] == ("resume", 3, "Going on.")


def test_some_steps_are_taken_and_no_more() -> None:
    # Given a run that is paused, takes one step, then two over the end of an epoch, and goes on
    plan: Plan = {4: [Pause(), Advance(1)], 5: [Advance(3)], 8: [Pause(), Resume()]}

    # When it is over, then it rested exactly there, and a pause in a pause is no news
    ride = Ride(mlp(), recipe(), plan).run()
    assert ride.told == [
        ("pause", 4, "Paused after step 4."),
        ("advance", 4, "Going on for 1 step."),
        ("pause", 5, "Paused after step 5."),
        ("advance", 5, "Going on for 3 steps."),
        ("pause", 8, "Paused after step 8."),
        ("pause", 8, "It is paused already."),
        ("resume", 8, "Going on."),
    ]
    assert ride.losses == undisturbed(recipe())[1]


def test_a_pause_takes_no_time_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a run whose clock goes on by an hour while it is paused
    ride = Ride(mlp(), recipe(), {3: [Pause(), SaveCheckpoint(), Resume()]})
    now = iter(range(0, 10**9, 3600))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))

    # When time is read before, in and after the pause
    before = ride.loop.steering.clock()
    ride.loop.steering.resting_since = time.monotonic()
    inside = [ride.loop.steering.clock() for _ in range(5)]

    # Then it stands still from the pause's beginning on
    assert set(inside) == {before + 3600.0}


# Checkpoints and weights -------------------------------------------------------------------------


def test_a_checkpoint_is_written_when_asked(tmp_path: Path) -> None:
    # Given a run with a store, when a checkpoint is asked for before the sixth step
    ride = Ride(mlp(), recipe(), {5: [SaveCheckpoint()]}, store=CheckpointStore(tmp_path)).run()

    # Then it was written there and told
    assert ("checkpoint", 5, "Wrote a checkpoint of step 5.") in ride.told
    assert of_kind(ride.events, Checkpointed)[0].step == 5

    # And a run without a store says that it keeps none
    other = Ride(mlp(), recipe(), {5: [SaveCheckpoint()]}).run()
    assert other.told == [("checkpoint", 5, "This run keeps no checkpoints.")]


def test_a_run_goes_back_to_its_best_weights() -> None:
    # Given a run whose rate becomes far too high after the first epoch
    seen: list[bool] = []
    plan: Plan = {
        STEPS + 1: [SetLearningRate(10.0)],
        STEPS + 5: [RestoreBest(), SetLearningRate(0.01)],
    }

    def see(loop: Loop) -> None:
        if loop.best is not None and loop.position.epoch == 1:
            best, now = loop.best, weights.snapshot(loop.module)
            seen.append(all(torch.equal(best[name], now[name]) for name in best))

    # When it goes back to the best
    ride = Ride(mlp(), recipe(), plan, seen=see)
    ride.run()

    # Then it had the best weights before the epoch's first step and again after the command
    assert seen[0]
    assert not seen[4]
    assert "Went back to the weights of epoch 1, the best so far." in ride.told[1][2]

    # And ended much nearer to them than a run that stays astray
    astray = Ride(mlp(), recipe(), {STEPS + 1: [SetLearningRate(10.0)]}).run()
    ends = [of_kind(each.events, EpochEnded)[1].metrics for each in (ride, astray)]
    assert ends[0]["train_loss"] < ends[1]["train_loss"]


def test_there_is_not_always_a_best() -> None:
    # Given a run in its first epoch, and one without validation samples, when the best is wanted
    early = Ride(mlp(), recipe(), {2: [RestoreBest()]}).run()
    never = Ride(mlp(), recipe(), {STEPS + 5: [RestoreBest()]}, validation=0.0).run()

    # Then each says why there is none, and goes on
    assert early.told[0][2] == "There are no best weights before the end of the first epoch."
    assert never.told[0][2] == "Without validation samples no weights are known as the best."
    assert of_kind(never.events, Finished)[0].reason == "completed"


@pytest.mark.parametrize("optimizer", sorted(set(OPTIMIZERS) - {"SparseAdam"}))
def test_a_reset_before_the_first_step_changes_nothing(optimizer: str) -> None:
    # Given a run with any optimizer, when its weights are reset before they have learned anything
    chosen = recipe(epochs=1, optimizer=optimizer)
    whole, losses = undisturbed(chosen)
    ride = Ride(mlp(), chosen, {0: [ResetWeights()]}).run()

    # Then nothing is different: weights and optimizer are those of the beginning
    assert ride.told == [("reset_weights", 0, "Began again with the first weights of seed 0.")]
    assert ride.losses == losses
    assert is_equal(state(ride.module), state(whole))


@pytest.mark.parametrize("optimizer", ["Adam", "Muon", "Adagrad"])
def test_a_reset_makes_the_run_forget_what_it_learned(optimizer: str) -> None:
    # Given a run whose samples come in one batch, always the same, and whose weights are reset
    chosen = recipe(epochs=8, batch_size=106, shuffle=False, optimizer=optimizer)
    ride = Ride(mlp(dropout=0.0), chosen, {4: [ResetWeights()]}).run()

    # When it is over, then it has learned the same twice over
    assert ride.losses[4:] == ride.losses[:4]
    assert ride.losses[3] < ride.losses[0]


def test_weights_that_are_replaced_while_measured_are_measured_anew() -> None:
    # Given a run that is reset while it measures the validation samples for the first time
    ride = Ride(mlp(), recipe(epochs=1), {}, late={STEPS: [ResetWeights()]}).run()

    # When it is over, then what it measured is what a network that learned nothing is worth
    (epoch,) = of_kind(ride.events, EpochEnded)
    fresh = Ride(mlp(), recipe(epochs=1), {STEPS: [ResetWeights()]}).run()
    (expected,) = of_kind(fresh.events, EpochEnded)
    assert epoch.metrics == expected.metrics
    (alone,) = of_kind(Ride(mlp(), recipe(epochs=1), {}).run().events, EpochEnded)
    assert alone.metrics["validation_loss"] != epoch.metrics["validation_loss"]


def test_a_result_is_not_changed_while_it_is_measured() -> None:
    # Given a run of one epoch that measures its test samples at the end
    asked: list[int] = []

    def late(loop: Loop) -> None:
        if loop.steering.is_result and not asked:
            asked.append(1)
            for command in (ResetWeights(), Pause(), SetLearningRate(1.0), Resume()):
                ride.wishes.ask(command)

    # When it is steered then
    ride = Ride(mlp(), recipe(epochs=1), {}, seen=late)
    ride.run()

    # Then it can be held, and its weights stay as they are
    refusal = "The run is at its end: its result is being measured."
    assert [message for _, _, message in ride.told] == [
        refusal,
        f"Paused after step {STEPS}.",
        refusal,
        "Going on.",
    ]
    assert is_equal(state(ride.module), state(undisturbed(recipe(epochs=1))[0]))


# Stopping and misunderstandings ------------------------------------------------------------------


def test_wishes_are_carried_out_in_their_order_up_to_the_stop() -> None:
    # Given a pause that a stop ends, with wishes behind it
    ride = Ride(mlp(), recipe(), {4: [Pause(), Stop(), SetLearningRate(1.0)]}).run()

    # Then the run has stopped there, and nothing more was done
    assert [action for action, _, _ in ride.told] == ["pause", "stop"]
    assert of_kind(ride.events, Finished)[0].reason == "stopped"
    assert len(ride.losses) == 4


def test_a_run_cannot_be_started_again() -> None:
    # Given a run that goes on, when it is told to start, then it says no
    ride = Ride(mlp(), recipe(epochs=1), {4: [Start("/tmp/run-001")]}).run()
    assert ride.told == [("start", 4, "A run cannot be asked to start while it goes on.")]


def test_words_that_are_no_command_are_answered() -> None:
    # Given a run that hears something it does not know, then it says so and goes on
    ride = Ride(mlp(), recipe(epochs=1), {})
    ride.wishes.ask(TrainingError("Expected a command."))
    ride.run()
    assert ride.told == [("", 0, "Expected a command.")]


def test_a_command_is_one_line_of_json_and_comes_back() -> None:
    # Given one of each kind
    sent = [
        Start("/runs/run-001"), Stop(), Pause(), Resume(), Advance(7), SetLearningRate(0.25),
        SaveCheckpoint(), RestoreBest(), ResetWeights(),
        Look(("stage1.conv",), (3, 5), "train", "lean"),
    ]  # fmt: skip
    assert {type(each) for each in sent} == set(COMMANDS.values())

    # When they are written and read, then they are the same, fields of other versions left out
    for command in sent:
        line = command.to_json()
        assert "\n" not in line
        assert Command.from_json(line) == command
        assert Command.from_json(json.dumps({**json.loads(line), "later": 1})) == command


@pytest.mark.parametrize(
    "line",
    [
        "", "sing", "[]", "{}", '{"command": "sing"}', '{"command": ["stop"]}', "[" * 100_000,
        '{"command": "advance", "steps": 0}', '{"command": "advance", "steps": true}',
        '{"command": "advance", "steps": "many"}', '{"command": "learning_rate"}',
        '{"command": "learning_rate", "value": 0}', '{"command": "learning_rate", "value": NaN}',
        '{"command": "learning_rate", "value": 1e999}', '{"command": "learning_rate", "value": "1"}',
        '{"command": "look", "nodes": "conv"}', '{"command": "look", "samples": [0.5]}',
        '{"command": "look", "split": "all"}', '{"command": "look", "detail": 3}',
        '{"command": "look", "split": ["train"]}', '{"command": "start", "folder": 7}',
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused(line: str) -> None:
    # Given a line that is none, or one with values that cannot be, then a sentence says so
    with pytest.raises(TrainingError, match=r"^(Expected|A learning rate is)"):
        Command.from_json(line)


def test_a_stop_from_outside_is_still_asked_before_each_step() -> None:
    # Given a function that says stop, as those who train without a worker have it
    events: list[Event] = []
    outcome = train(mlp(), recipe(), data(), on_event=events.append, stop=after_steps(5))
    assert outcome.step == 5
    assert math.isfinite(of_kind(events, Stepped)[-1].loss)

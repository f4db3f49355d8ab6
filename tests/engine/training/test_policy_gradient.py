"""Acting for reward: episodes, gradients that are those of the formula, and what cannot be acted in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graph_engine.builder import NetworkBuilder
from graph_engine.codegen import make_source
from graph_engine.compile import compile_source
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.generated import Generated
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import Builtin
from graph_engine.errors import TrainingError
from graph_engine.inference import Inference
from graph_engine.training import titles
from graph_engine.training.environments import CartPole, play, returns
from graph_engine.training.events import EpochEnded, Event, Frame
from graph_engine.training.loop import Loop, train
from graph_engine.training.prediction import interpreted, predict
from graph_engine.training.probes import Probes
from graph_engine.training.procedures.policy_gradient import (
    PolicyGradient,
    advantages,
    drawn,
    surrogate,
)

from .acting import CPU, agent, poles, pushed, recipe
from .small import interrupted, is_equal, state

pytestmark = pytest.mark.torch


# Episodes ----------------------------------------------------------------------------------------


def test_episodes_end_each_at_its_own_time() -> None:
    # Given a pole that is pushed to the right for ever, and one that is nearly down
    starts = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.2, 0.9]])
    episodes = play(CartPole(), lambda s: torch.ones(len(s), dtype=torch.long), starts, 500)

    # When each is played by hand
    lengths = []
    for start in starts.tolist():
        length, now = 0, start
        while abs(now[0]) <= 2.4 and abs(now[2]) <= math.radians(12):
            length, now = length + 1, pushed(now, 1)
        lengths.append(length)

    # Then they last as long, are worth as much, and stay where they ended
    assert episodes.running.sum(0).tolist() == episodes.rewards.sum(0).tolist() == lengths
    assert len(episodes.states) == max(lengths) > min(lengths)
    assert CartPole().is_over(episodes.ends).all()


def test_returns_are_what_is_still_to_come() -> None:
    torch.manual_seed(0)
    rewards = torch.randn(7, 3, dtype=torch.float64)
    expected = [
        [sum(0.9 ** (k - t) * float(rewards[k, n]) for k in range(t, 7)) for n in range(3)]
        for t in range(7)
    ]
    assert returns(rewards, 0.9).tolist() == [pytest.approx(row) for row in expected]


def test_actions_are_drawn_with_the_chances_of_their_scores() -> None:
    torch.manual_seed(0)
    chances = torch.tensor([0.1, 0.2, 0.7])
    found = drawn((chances.log() + 3.0).expand(20_000, 3))
    assert (found.bincount() / 20_000).tolist() == pytest.approx(chances.tolist(), abs=0.01)


# Learning ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", ["none", "mean", "normalised"])
def test_the_gradient_is_that_of_the_formula(baseline: str) -> None:
    # Given a network, starts, and how the weights were before
    data, module = poles(), agent()
    chosen = recipe(procedure={"baseline": baseline, "discount": 0.9, "entropy": 0.1})
    procedure = PolicyGradient(module, chosen, "control", CPU)
    procedure.prepare(data)
    starts, target = data.train.plain().batch(np.arange(8))
    module.train()
    module[3] = nn.Dropout(0.0)

    # When a step's gradient is computed
    torch.manual_seed(5)
    loss = procedure.loss((torch.as_tensor(starts[0]),), torch.as_tensor(target))
    loss.backward()
    found = [each.grad.clone() for each in module.parameters() if each.grad is not None]

    # And the same episodes are played one after the other, as one would write it
    torch.manual_seed(5)
    episodes = play(CartPole(), lambda s: drawn(module(s)), torch.as_tensor(starts[0]), 40)
    module.zero_grad()
    gains, logs, entropies = [], [], []
    for number in range(8):
        length = int(episodes.running[:, number].sum())
        for t in range(length):
            chances = torch.softmax(module(episodes.states[t, number][None])[0], 0)
            gains.append(sum(0.9 ** (k - t) for k in range(t, length)))
            logs.append(torch.log(chances[episodes.actions[t, number]]))
            entropies.append(-(chances * torch.log(chances)).sum())
    gain = torch.tensor(gains)
    if baseline != "none":
        gain = gain - gain.mean()
    if baseline == "normalised":
        gain = gain / gain.square().mean().sqrt()
    formula = -(torch.stack(logs) * gain).mean() - 0.1 * torch.stack(entropies).mean()
    formula.backward()

    # Then the gradients agree, and the loss that is told is minus the mean length
    for mine, own in zip(found, module.parameters(), strict=True):
        torch.testing.assert_close(mine, own.grad, rtol=1e-3, atol=1e-6)
    assert loss.item() == -episodes.running.sum().item() / 8


def test_what_brings_more_than_usual_becomes_likelier() -> None:
    # Given equal scores, and one action that brought more than the other
    scores = torch.zeros(2, 2, requires_grad=True)
    advantage = advantages(torch.tensor([3.0, 1.0]), "mean")
    surrogate(scores, torch.tensor([0, 1]), advantage, 0.0).backward()

    # Then following the gradient raises the first and lowers the second
    assert advantage.tolist() == [1.0, -1.0]
    assert scores.grad is not None
    assert (scores.grad[:, 0] < 0).all()


def test_a_pole_is_held_longer_and_longer() -> None:
    # Given few poles, when a network learns for some epochs
    events: list[Event] = []
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
    wish = recipe(procedure={"steps": 100}, epochs=8, optimizer={"name": "Adam", "lr": 0.02})
    outcome = train(module, wish, poles(80), on_event=events.append)

    # Then it does so far longer than in the beginning, on starts that it never practised
    told = [each.metrics for each in events if isinstance(each, EpochEnded)]
    assert -told[0]["train_loss"] < 60
    assert outcome.metrics["test_return"] > 90
    assert outcome.metrics["test_return"] == outcome.metrics["test_episode_length"]
    assert outcome.metrics["test_loss"] == -outcome.metrics["test_return"]
    assert 0 <= outcome.metrics["test_solved"] <= 1

    # And pictures of an episode were made, its beginning and its end among them
    frame = [each for each in events if isinstance(each, Frame)][-1]
    pictures = frame.array()
    assert frame.title == titles.GENERATED + "samples"
    assert pictures.shape[1:] == (1, 32, 48)
    assert frame.about["steps"][0] == 0
    assert len(frame.about["steps"]) == len(pictures) <= 24


@pytest.mark.parametrize("optimizer", ["SGD", "LBFGS", "Muon"])
def test_other_optimizers_clipping_and_gathering_work_as_well(optimizer: str) -> None:
    module = agent()
    before = state(module)
    wish = recipe(optimizer={"name": optimizer, "lr": 0.01}, accumulate=2, clip_norm=1.0, epochs=1)
    if optimizer == "Muon":
        module = nn.Sequential(nn.Linear(4, 8, bias=False), nn.Linear(8, 2, bias=False))
        before = state(module)
    outcome = train(module, wish, poles())

    assert outcome.reason == "completed"
    assert not is_equal(before, state(module))


def test_a_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run that is left alone
    whole = agent()
    expected = train(whole, recipe(accumulate=1), poles())

    # When another is stopped in the middle of an epoch and goes on in a new module
    again, outcome, _ = interrupted(agent, recipe(accumulate=1), poles(), tmp_path, 4)

    # Then weights and figures are the same in every bit
    assert is_equal(state(whole), state(again))
    assert outcome.metrics == expected.metrics


def test_one_learns_to_walk_in_mazes() -> None:
    # Given a few mazes, seen by a network as pictures
    source = Generated(name="grid_world", samples=30)
    data = prepare(DataChoice(source=source), None, ["maze"])
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(108, 32), nn.ReLU(), nn.Linear(32, 4))
    wish = recipe(
        procedure={"environment": "grid_world", "steps": 12, "greedy": False},
        optimizer={"name": "Adam", "lr": 0.02},
        batch_size=20,
        epochs=60,
    )

    # When it learns, and is measured with actions drawn by chance
    events: list[Event] = []
    train(module, wish, data, on_event=events.append)

    # Then the goal is found more often than in the beginning, and pictures are of four pixels a field
    told = [each.metrics["train_loss"] for each in events if isinstance(each, EpochEnded)]
    assert np.mean(told[-5:]) < np.mean(told[:5]) - 0.2
    assert [each for each in events if isinstance(each, Frame)][-1].array().shape[1:] == (1, 24, 24)


def test_weights_that_go_astray_stop_the_run_in_a_sentence() -> None:
    module = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    told = refused(module, poles(), optimizer={"name": "SGD", "lr": 1e38})
    assert "not finite" in told or "nan" in told


def test_playing_leaves_statistics_alone_and_dropout_out() -> None:
    # Given a network with both, in training
    torch.manual_seed(0)
    module = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    procedure = PolicyGradient(module, recipe(), "control", CPU)
    data = procedure.prepare(poles())
    starts, _ = data.train.plain().batch(np.arange(8))
    before = state(module)

    # When episodes are played with the better action, twice
    module.train()
    first, second = (
        procedure._played(torch.as_tensor(starts[0]), lambda scores: scores.argmax(1))
        for _ in range(2)
    )

    # Then they are the same, and the network is as before
    assert torch.equal(first.actions, second.actions)
    assert is_equal(before, state(module))
    assert module.training


def test_gradients_of_activations_are_those_of_the_pass_that_is_learned_from() -> None:
    # Given a drawn network that is watched
    net = NetworkBuilder("main")
    x = net.add("Linear", net.input("seen", shape=(4,)), out_features=8, name="hidden")
    net.output("scores", net.add("Linear", net.add("Tanh", x), out_features=2, name="actions"))
    source = make_source(Inference(net.graph))
    module = compile_source(source)
    events: list[Event] = []
    data = poles()
    loop = Loop(module, recipe(epochs=1), data, None, events.append)
    probes = Probes(module, loop.procedure, data, events.append, source)
    loop.procedure.observer = probes

    # When it plays and learns
    loop.run("", "")

    # Then every layer's gradient was seen, though the network was asked many times before
    tables = [
        each.array()
        for each in events
        if isinstance(each, Frame) and each.title == titles.ACTIVATION_GRADIENTS
    ]
    rows = [n for n, layer in enumerate(probes.anatomy.layers) if layer == "Linear"]
    assert tables
    assert len(rows) == 2
    assert np.isfinite(tables[-1][rows]).all()


def test_answers_are_the_chances_of_the_actions() -> None:
    # Given a trained network's task and loss, when it is asked about states
    data, module = poles(), agent()
    states, _ = data.test.plain().batch(np.arange(3))
    answer = interpreted(predict(module, states), "control", None, data.preprocessing)

    # Then it gives a chance to each action
    assert answer.values.shape == (3, 2)
    assert answer.values.sum(1) == pytest.approx(np.ones(3))
    assert set(answer.labels) <= {"0", "1"}


# Refusals ----------------------------------------------------------------------------------------


def refused(module: nn.Module, data: PreparedData, **values: Any) -> str:
    with pytest.raises(TrainingError) as error:
        train(module, recipe(**values), data)
    return str(error.value)


def test_a_network_needs_a_score_for_each_action() -> None:
    assert refused(agent(3), poles()) == (
        "cart_pole has 2 actions (left, right), and the network answers with 3 scores for a state. It "
        "needs one for each action: change the last layer."
    )


def test_samples_have_to_be_states_of_the_world() -> None:
    digits = prepare(DataChoice(source=Builtin(name="digits")), None, ["image"])
    assert refused(agent(2, 64), digits) == (
        "A state of cart_pole has 4 numbers, and the samples of “image” have 1×8×8. Choose the "
        "generated data `cart_pole`."
    )
    pole = refused(agent(4), poles(), procedure={"environment": "grid_world"})
    assert pole.startswith(
        "A state of grid_world has 3×any×any numbers, and the samples of “state”"
    )


def test_episodes_have_to_begin_before_their_end() -> None:
    iris = prepare(DataChoice(source=Builtin(name="iris")), None, ["x"])
    told = refused(agent(), iris)
    assert told.startswith("In 106 of 106 samples cart_pole is over before the first step")


def test_states_are_not_scaled() -> None:
    told = refused(agent(), poles(scaling=(Scaling(),)))
    assert "Take its scaling away" in told


def test_a_loss_of_its_own_is_refused() -> None:
    told = refused(agent(), poles(), loss="MSELoss")
    assert told == (
        "Policy gradients follow rewards and not MSELoss: leave `loss` empty, or choose another "
        "procedure."
    )

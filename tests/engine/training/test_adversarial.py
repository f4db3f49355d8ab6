"""Adversarial training: games against steps made by hand, turns, labels, resuming, refusals."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine import NetworkBuilder, Project
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.errors import TrainingError
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.launch import snapshot_of
from graph_engine.training.loop import train
from graph_engine.training.procedures import Adversarial
from graph_engine.training.procedures.networks import Networks, Shapes
from graph_engine.training.recipe import Recipe

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")
RATE = 0.1
Critic = Callable[[Tensor, Tensor], Tensor]


class Told(nn.Module):
    """A network that is told the class besides its first input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.names, self.layer = nn.Embedding(3, 2), nn.Linear(inputs + 2, outputs)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        made: Tensor = self.layer(torch.cat([x, self.names(label)], 1))
        return made


def pair() -> Networks:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))
    told = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    shapes = {"generator": {"noise": (2,)}, "discriminator": {"x": (3,)}}
    return Networks({"generator": made, "discriminator": told}, shapes, "discriminator")


def told_pair() -> Networks:
    torch.manual_seed(0)
    shapes = {"generator": {"noise": (2,), "label": ()}, "discriminator": {"x": (3,), "label": ()}}
    networks = {"generator": Told(2, 3), "discriminator": Told(3, 1)}
    return Networks(networks, shapes, "discriminator")


def playing(module: nn.Module, **procedure: object) -> Adversarial:
    recipe = Recipe(
        procedure={"name": "adversarial", **procedure}, optimizer={"name": "SGD", "lr": RATE}
    )
    made = Adversarial(module, recipe, "generation", CPU)
    made.begin(10, True, lambda: None)
    return made


def batch(count: int = 4) -> tuple[tuple[Tensor, ...], Tensor]:
    made = torch.Generator().manual_seed(1)
    return (torch.randn(count, 3, generator=made),), torch.arange(count) % 3


def moved(loss: Tensor, module: nn.Module, rate: float = RATE) -> None:
    """A step of gradient descent by hand."""
    weights = list(module.parameters())
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.sub_(rate * gradient)


def assert_equal(first: nn.Module, second: nn.Module) -> None:
    for (name, own), other in zip(first.named_parameters(), second.parameters(), strict=True):
        assert torch.allclose(own, other, atol=1e-6), name


# One step by hand --------------------------------------------------------------------------------


def classic(real: Tensor, fake: Tensor) -> Tensor:
    return -(F.logsigmoid(real).mean() + torch.log(1 - fake.sigmoid()).mean())


def smoothed(real: Tensor, fake: Tensor) -> Tensor:
    chance = real.sigmoid()
    of_real = 0.8 * chance.log() + 0.2 * (1 - chance).log()
    return -(of_real.mean() + (1 - fake.sigmoid()).log().mean())


GAMES: dict[str, tuple[dict[str, object], Critic, Callable[[Tensor], Tensor]]] = {
    "classic": ({"game": "classic"}, classic, lambda fake: -F.logsigmoid(fake).mean()),
    "smoothed": (
        {"game": "classic", "smoothing": 0.2},
        smoothed,
        lambda fake: -F.logsigmoid(fake).mean(),
    ),
    "least squares": (
        {"game": "least_squares"},
        lambda real, fake: ((real - 1) ** 2).mean() + (fake**2).mean(),
        lambda fake: ((fake - 1) ** 2).mean(),
    ),
    "wasserstein": (
        {"game": "wasserstein", "gradient_penalty": 0.0},
        lambda real, fake: fake.mean() - real.mean(),
        lambda fake: -fake.mean(),
    ),
}


@pytest.mark.parametrize("game", GAMES)
def test_a_step_is_that_of_the_game(game: str) -> None:
    # Given two equal pairs
    settings, of_critic, of_generator = GAMES[game]
    own = pair()
    other = copy.deepcopy(own)
    (real,), target = batch()

    # When one plays a step, and the other's is made by hand from the same noise
    procedure = playing(own, **settings)
    torch.manual_seed(7)
    told = procedure.step([((real,), target)])
    torch.manual_seed(7)
    first, second = torch.randn(4, 2), torch.randn(4, 2)
    made, judge = other["generator"], other["discriminator"]
    loss = of_critic(judge(real), judge(made(first).detach()))
    moved(loss, judge)
    moved(of_generator(judge(made(second))), made)

    # Then loss and weights are the same
    assert torch.allclose(told, loss.detach())
    assert_equal(own, other)


def test_the_slope_of_a_wasserstein_critic_is_held_to_one() -> None:
    # Given two equal pairs
    own = pair()
    other = copy.deepcopy(own)
    (real,), target = batch()
    procedure = playing(own, game="wasserstein", gradient_penalty=10.0, critic_steps=2)

    # When one plays a step, and by hand each sample's slope is taken between real and made
    torch.manual_seed(7)
    told = procedure.step([((real,), target)])
    torch.manual_seed(7)
    made, judge = other["generator"], other["discriminator"]
    fake = made(torch.randn(4, 2)).detach()
    share = torch.rand(4, 1)
    slopes = []
    for place in share * real + (1 - share) * fake:
        between = place.clone().requires_grad_()
        (slope,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
        slopes.append((slope.norm() - 1) ** 2)
    loss = judge(fake).mean() - judge(real).mean() + 10 * torch.stack(slopes).mean()
    moved(loss, judge)

    # Then both critics are equal, and no generator has moved
    assert torch.allclose(told, loss.detach(), atol=1e-6)
    assert_equal(own, other)


def test_a_linear_critic_pays_for_what_its_slope_is_beyond_one() -> None:
    module = pair()
    line = nn.Linear(3, 1)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([[0.0, 3.0, 4.0]]))
    module["discriminator"] = line
    (real,), _ = batch()
    procedure = playing(module, game="wasserstein", gradient_penalty=1.0)

    assert float(procedure._slope(real, real, ()).detach()) == pytest.approx((5 - 1) ** 2)


def test_the_generator_moves_at_its_turn() -> None:
    # Given three steps of the critic for each of the generator's
    module = pair()
    procedure = playing(module, critic_steps=3)
    (real,), target = batch()
    still = []

    # When six steps are made
    for _ in range(6):
        before = copy.deepcopy(module)
        procedure.step([((real,), target)])
        made, told = "generator.0.weight", "discriminator.0.weight"
        still.append(torch.equal(before.get_parameter(made), module.get_parameter(made)))
        assert not torch.equal(before.get_parameter(told), module.get_parameter(told))

    # Then the generator has moved twice
    assert still == [True, True, False, True, True, False]


def test_the_discriminator_has_a_rate_of_its_own() -> None:
    own = pair()
    other = copy.deepcopy(own)
    (real,), target = batch()
    procedure = playing(own, discriminator_rate=0.5, critic_steps=2)

    torch.manual_seed(7)
    procedure.step([((real,), target)])
    torch.manual_seed(7)
    made, judge = other["generator"], other["discriminator"]
    moved(classic(judge(real), judge(made(torch.randn(4, 2)).detach())), judge, 0.5 * RATE)

    assert_equal(own, other)
    assert procedure.learning_rate() == RATE


# Labels ------------------------------------------------------------------------------------------


def test_both_are_told_the_class() -> None:
    # Given a pair whose players take a class as well
    own = told_pair()
    other = copy.deepcopy(own)
    (real,), label = batch()

    # When the data give labels only as the target
    procedure = playing(own)
    torch.manual_seed(7)
    procedure.step([((real,), label)])
    torch.manual_seed(7)
    first, second = torch.randn(4, 2), torch.randn(4, 2)
    made, judge = other["generator"], other["discriminator"]
    moved(classic(judge(real, label), judge(made(first, label).detach(), label)), judge)
    moved(-F.logsigmoid(judge(made(second, label), label)).mean(), made)

    # Then these are what both are told; as an input they are as good
    assert_equal(own, other)
    again = told_pair()
    torch.manual_seed(7)
    playing(again).step([((real, label), torch.zeros(4))])
    assert_equal(again, other)


# Measuring and showing ---------------------------------------------------------------------------


def test_what_is_measured_of_a_game() -> None:
    # Given a critic that takes the first number of a sample for its verdict
    module = pair()
    line = nn.Linear(3, 1)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([[1.0, 0.0, 0.0]]))
        line.bias.zero_()
    module["discriminator"] = line
    real = torch.tensor([[1.0, 0, 0], [2.0, 0, 0], [3.0, 0, 0], [-1.0, 0, 0]])
    target = torch.zeros(4)

    found = playing(module).evaluate([((real[:3],), target), ((real[3:],), target)], lambda: False)

    assert set(found) == {"loss", "generator_loss", "real_taken_for_real", "made_taken_for_real"}
    assert found["real_taken_for_real"] == 0.75
    assert 0 <= found["made_taken_for_real"] <= 1


def test_samples_come_from_the_same_noise_and_disturb_nothing() -> None:
    module = pair()
    procedure = playing(module)
    module.train()
    before = torch.get_rng_state()

    (first,), (second,) = procedure.made(), procedure.made()

    assert first.array.shape == (64, 3)
    assert (first.array == second.array).all()
    assert module.training
    assert torch.equal(torch.get_rng_state(), before)


# A whole run -------------------------------------------------------------------------------------


def digits() -> PreparedData:
    scaled = (Scaling(method="divide", divisor=16.0),)
    return prepare(DataChoice(scaling=scaled, limit=200, test=0.0), None, ["image"])


def drawing() -> Networks:
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 64), nn.Sigmoid(),
        nn.Unflatten(1, (1, 8, 8)),
    )  # fmt: skip
    told = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Dropout(0.3), nn.Linear(16, 1))
    shapes: dict[str, Shapes] = {
        "generator": {"noise": (4,)},
        "discriminator": {"image": (1, 8, 8)},
    }
    return Networks({"generator": made, "discriminator": told}, shapes, "discriminator")


def test_a_game_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run that is stopped in the middle of its second epoch, and of the critic's steps
    values: dict[str, Any] = {
        "procedure": {"name": "adversarial", "critic_steps": 3},
        "optimizer": {"name": "Adam", "lr": 0.002},
        "epochs": 3,
        "threads": 1,
    }
    data, whole = digits(), drawing()
    train(whole, Recipe(**values), data)

    (tmp_path / "checkpoints").mkdir()
    store, asked = CheckpointStore(tmp_path), 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 14

    train(drawing(), Recipe(**values, checkpoint_steps=1), data, store=store, stop=stop)
    checkpoint, _ = store.load()
    assert checkpoint is not None
    assert 0 < checkpoint.step < 21

    # When it goes on, then its weights are those of a run that was left alone
    again = drawing()
    train(again, Recipe(**values, checkpoint_steps=1), data, resume=checkpoint)
    others = again.state_dict()
    for name, own in whole.state_dict().items():
        assert torch.equal(own, others[name]), name


# Refusals ----------------------------------------------------------------------------------------


def test_a_single_network_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="several networks of a project together"):
        playing(nn.Linear(2, 2))


def test_a_missing_player_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match=r"network called `critic`.* has generator, discrim"):
        playing(pair(), discriminator="critic")


@pytest.mark.parametrize("setting", [{"accumulate": 2}, {"precision": "bfloat16"}])
def test_what_the_game_cannot_do_is_refused_in_words(setting: dict[str, Any]) -> None:
    recipe = Recipe(procedure={"name": "adversarial"}, **setting)
    with pytest.raises(TrainingError, match="set `precision` to float32 and `accumulate` to 1"):
        Adversarial(pair(), recipe, "generation", CPU)


def test_a_project_without_the_player_is_refused_before_a_run_is_made() -> None:
    net = NetworkBuilder("generator")
    net.output("y", net.add("Linear", net.input("noise", shape=(4,)), out_features=2))
    recipe = Recipe(procedure={"name": "adversarial"})

    with pytest.raises(TrainingError, match="network called `discriminator`"):
        snapshot_of(Project("alone", net.graph), net.graph, recipe)

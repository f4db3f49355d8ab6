"""Procedures for few labels: pretraining without any, guessing them, taking another task along,
distances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graph_engine.data.augmentation import Augmentation
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.errors import TrainingError
from graph_engine.modules.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import EpochEnded, Event, Frame
from graph_engine.training.loop import Outcome, train
from graph_engine.training.procedures import Supervised
from graph_engine.training.procedures.transfer import Transfer
from graph_engine.training.procedures.triplet import hardest, partners
from graph_engine.training.randomness import STEP, Randomness
from graph_engine.training.recipe import Recipe

pytestmark = pytest.mark.torch

SCALED = (Scaling(method="divide", divisor=16.0),)


def digits(**choice: Any) -> PreparedData:
    return prepare(DataChoice(scaling=SCALED, **choice), None, ["image"])


def mlp(outputs: int, width: int = 32) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, outputs))


def cnn(outputs: int) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, outputs),
    )  # fmt: skip


def belief(*widths: int) -> nn.Sequential:
    torch.manual_seed(0)
    sizes = [64, *widths]
    machines = [RestrictedBoltzmannMachine(a, b) for a, b in zip(sizes, widths, strict=False)]
    return nn.Sequential(nn.Flatten(), *machines, nn.Linear(sizes[-1], 10))


def told(module: nn.Module, data: PreparedData, **recipe: Any) -> tuple[Outcome, list[Event]]:
    events: list[Event] = []
    values: dict[str, Any] = {
        "batch_size": 32, "threads": 1, "optimizer": {"name": "Adam", "lr": 0.003},
    }  # fmt: skip
    outcome = train(module, Recipe(**{**values, **recipe}), data, on_event=events.append)
    return outcome, events


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [each for each in events if isinstance(each, EpochEnded)]


# Deep belief networks ----------------------------------------------------------------------------


def test_machines_learn_one_after_the_other() -> None:
    # Given two machines and a last layer
    module = belief(40, 30)
    machines = [each for each in module if isinstance(each, RestrictedBoltzmannMachine)]
    before = [each.weight.detach().clone() for each in machines]

    # When only the first one's epochs are run
    procedure = {"name": "contrastive_divergence", "pretraining_epochs": 3}
    procedure["pretraining_rate"] = 0.5
    _, events = told(module, digits(), procedure=procedure, epochs=3)

    # Then it has learned to reconstruct, and nothing else has moved
    losses = [each.metrics["validation_loss"] for each in epochs(events)]
    assert losses[-1] < 0.8 * losses[0]
    assert not torch.equal(machines[0].weight, before[0])
    assert torch.equal(machines[1].weight, before[1])


def test_the_whole_is_fine_tuned_behind_the_machines() -> None:
    # Given a deep belief network, when it is trained beyond the machines' epochs
    procedure = {"name": "contrastive_divergence", "pretraining_epochs": 2}
    outcome, events = told(belief(60), digits(), procedure=procedure, epochs=10)

    # Then it classifies, and the best weights are among those of fine-tuning
    assert outcome.metrics["test_accuracy"] > 0.85
    assert outcome.best_epoch > 2
    assert "validation_accuracy" not in epochs(events)[1].metrics
    shown = [e for e in events if isinstance(e, Frame) and e.title == "generated/samples"]
    assert shown[-1].array().shape == (64, 1, 8, 8)


def test_a_step_is_that_of_contrastive_divergence() -> None:
    # Given a machine, and the same one stepped by hand with the same randomness
    module, other = belief(20), belief(20)
    data = digits(limit=32)
    procedure = {"name": "contrastive_divergence", "pretraining_epochs": 1, "momentum": 0.0}
    recipe = Recipe(procedure=procedure, epochs=1, batch_size=2000, threads=1, shuffle=False)
    train(module, recipe, data)

    # When the same update is made by hand: all samples, labelled or not, in one batch
    machine = next(each for each in other if isinstance(each, RestrictedBoltzmannMachine))
    both = np.sort(np.concatenate([data.train.indices, data.rest.indices]))
    positions = np.arange(len(both))
    (inputs,), _ = replace(data.train, indices=both).batch(positions)
    Randomness(0, torch.device("cpu")).restart(STEP, 0)
    visible = torch.bernoulli(torch.as_tensor(inputs).flatten(1).clamp(0, 1))
    loss, _ = machine.contrastive_divergence(visible, 1)
    loss.backward()
    with torch.no_grad():
        for weight in machine.parameters():
            assert weight.grad is not None
            weight.sub_(0.05 * weight.grad)

    # Then both machines are equal
    own = next(each for each in module if isinstance(each, RestrictedBoltzmannMachine))
    assert torch.allclose(own.weight, machine.weight, atol=1e-6)


def test_a_network_without_machines_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="RestrictedBoltzmannMachine"):
        told(mlp(10), digits(), procedure={"name": "contrastive_divergence"}, epochs=1)


def test_pretraining_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run that is stopped within the second machine's epochs
    procedure = {"name": "contrastive_divergence", "pretraining_epochs": 2}
    data = digits(limit=200)
    whole = belief(20, 10)
    train(whole, Recipe(procedure=procedure, epochs=5, threads=1), data)

    store = CheckpointStore(tmp_path)
    (tmp_path / "checkpoints").mkdir(exist_ok=True)
    parted = belief(20, 10)
    recipe = Recipe(procedure=procedure, epochs=5, threads=1, checkpoint_steps=1)
    steps = 0

    def stop() -> bool:
        nonlocal steps
        steps += 1
        return steps > 130

    train(parted, recipe, data, store=store, stop=stop)
    again = belief(20, 10)
    checkpoint, _ = store.load()
    assert checkpoint is not None
    assert 0 < checkpoint.epoch < 5

    # When it goes on, then its weights are those of a run that was left alone
    train(again, recipe, data, resume=checkpoint)
    for own, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(own, other)


# Pseudo-labels -----------------------------------------------------------------------------------


def test_nothing_is_guessed_before_its_time() -> None:
    # Given the same network, trained with and without guessing for as long as it is not time yet
    plain, guessing = mlp(10), mlp(10)
    told(plain, digits(limit=50), epochs=3)
    procedure = {"name": "pseudo_labels", "after": 3}
    told(guessing, digits(limit=50), procedure=procedure, epochs=3)

    # Then both are equal
    for own, other in zip(plain.parameters(), guessing.parameters(), strict=True):
        assert torch.equal(own, other)


@pytest.mark.parametrize("ratio", [1, 3])
def test_for_each_labelled_sample_so_many_others_are_guessed(ratio: int) -> None:
    # Given a network that is always sure, and a record of what it is given
    seen: list[tuple[int, float]] = []
    module = mlp(10)

    def note(_: nn.Module, inputs: tuple[torch.Tensor, ...], __: torch.Tensor) -> None:
        seen.append((len(inputs[0]), float(inputs[0].max())))

    module.register_forward_hook(note)
    noisy = Augmentation(noise=5.0)
    procedure = {"name": "pseudo_labels", "after": 0, "ratio": ratio, "threshold": 0.0}

    # When an epoch of two steps is trained, with noise that no digit has
    told(module, digits(limit=50, augmentation=noisy), procedure=procedure, epochs=1, batch_size=25)

    # Then each step sees the labelled ones plain, and of the others so many, plain and noisy
    begin = next(place for place, (count, _) in enumerate(seen) if count == 25)
    first, second = seen[begin : begin + 3], seen[begin + 3 : begin + 6]
    for step in (first, second):
        assert [count for count, _ in step] == [25, 25 * ratio, 25 * ratio]
        assert [most > 2 for _, most in step] == [False, False, True]


def test_a_step_learns_from_labels_and_from_sure_guesses() -> None:
    # Given a network, its data, and one step by the procedure
    module, other = mlp(10), mlp(10)
    data = digits(limit=50)
    procedure = {"name": "pseudo_labels", "after": 0, "ratio": 2, "threshold": 0.13, "weight": 0.7}
    recipe = Recipe(
        procedure=procedure, epochs=1, batch_size=50, threads=1, shuffle=False,
        optimizer={"name": "SGD", "lr": 0.5},
    )  # fmt: skip
    train(module, recipe, data)

    # When the same is written out: both losses, the guesses' being a mean over sure and unsure ones
    (inputs,), label = data.train.batch(np.arange(50))
    Randomness(0, torch.device("cpu")).restart(STEP, 0)
    positions = torch.randint(len(data.rest), (100,)).numpy()
    (others,), _ = data.rest.batch(positions)
    chance, guess = other(torch.as_tensor(others)).detach().softmax(1).max(1)
    sure = chance >= 0.13
    assert 0 < int(sure.sum()) < 100
    known = nn.functional.cross_entropy(other(torch.as_tensor(inputs)), torch.as_tensor(label))
    guessed = nn.functional.cross_entropy(
        other(torch.as_tensor(others))[sure], guess[sure], reduction="sum"
    )
    (known + 0.7 * guessed / 100).backward()
    with torch.no_grad():
        for weight in other.parameters():
            assert weight.grad is not None
            weight.sub_(0.5 * weight.grad)

    # Then both networks are equal
    for own, wanted in zip(module.parameters(), other.parameters(), strict=True):
        assert torch.allclose(own, wanted, atol=1e-6)


def test_sure_guesses_help() -> None:
    # Given fifty labels
    found, _ = told(mlp(10, 64), digits(limit=50), epochs=60)
    procedure = {"name": "pseudo_labels", "after": 15, "threshold": 0.8}
    guessed, _ = told(mlp(10, 64), digits(limit=50), procedure=procedure, epochs=60)

    # When the others are guessed, then more of the test is right
    assert guessed.metrics["test_accuracy"] > found.metrics["test_accuracy"] + 0.01


def test_without_unlabelled_samples_there_is_nothing_to_guess() -> None:
    with pytest.raises(TrainingError, match="limit"):
        told(mlp(10), digits(), procedure={"name": "pseudo_labels"}, epochs=1)


# Transfer ----------------------------------------------------------------------------------------

FIRST, SECOND = ("0", "1", "2", "3", "4"), ("5", "6", "7", "8", "9")


def test_what_was_learned_is_taken_along() -> None:
    # Given few samples of five digits, learned from scratch and behind five others
    few = digits(classes=SECOND, limit=50)
    recipe = {"batch_size": 5, "optimizer": {"name": "Adam", "lr": 0.001}}
    alone, _ = told(cnn(5), few, epochs=3, **recipe)
    procedure = {"name": "transfer", "classes": FIRST, "pretraining_epochs": 6, "frozen_epochs": 0}
    taken, events = told(cnn(5), few, procedure=procedure, epochs=9, **recipe)

    # When both have had three epochs, then what was taken along is ahead
    assert taken.metrics["test_accuracy"] > alone.metrics["test_accuracy"] + 0.05
    assert taken.best_epoch > 6
    assert epochs(events)[5].metrics["validation_accuracy"] > 0.9


def test_frozen_layers_stay_and_the_last_is_new() -> None:
    # Given a run that ends while all but the last layer are frozen
    procedure = {"name": "transfer", "classes": FIRST, "pretraining_epochs": 1, "frozen_epochs": 1}
    before = mlp(5)
    few = digits(classes=SECOND, limit=50)
    told(before, few, procedure=procedure, epochs=1)
    after = mlp(5)
    told(after, few, procedure=procedure, epochs=2)

    # Then the first layer is that of the first task, and the last is not
    first, last = "1.weight", "3.weight"
    assert torch.equal(after.get_parameter(first), before.get_parameter(first))
    assert not torch.equal(after.get_parameter(last), before.get_parameter(last))


def test_earlier_layers_have_lower_rates() -> None:
    recipe = Recipe(
        procedure={"name": "transfer", "classes": FIRST, "decay": 0.5},
        optimizer={"name": "SGD", "lr": 0.1},
        threads=1,
    )
    procedure = Transfer(mlp(5), recipe, "classification", torch.device("cpu"))
    rates = [group["lr"] for group in procedure.optimizer.param_groups]
    assert rates == [0.1, 0.05]
    assert isinstance(procedure, Supervised)


# Distances ---------------------------------------------------------------------------------------


def test_the_hardest_triplets() -> None:
    # Given four places on a line, two of each class
    places = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    labels = torch.tensor([0, 0, 1, 1])

    # Then for each the farthest of its own and the nearest of the other class count
    expected = np.mean([max(0, 1 - 3 + 1), max(0, 1 - 2 + 1), max(0, 4 - 2 + 1), max(0, 4 - 6 + 1)])
    assert float(hardest(places, labels, 1.0)) == pytest.approx(expected)


def test_partners_are_of_the_own_and_of_another_class() -> None:
    labels = torch.tensor([0, 1, 1, 0, 2, 2, 0])
    torch.manual_seed(0)
    near, far = partners(labels)
    own = torch.arange(7)
    assert (labels[near] == labels).all()
    assert (near != own).all()
    assert (labels[far] != labels).all()


class Threefold(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place = mlp(8)

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.place(each) for each in inputs)


@pytest.mark.parametrize("is_single", [True, False])
def test_samples_of_a_class_come_to_lie_near_one_another(is_single: bool) -> None:
    # Given a network that places digits, alone or threefold with shared weights
    names = ["image"] if is_single else ["anchor", "positive", "negative"]
    inputs = dict.fromkeys(names, "image")
    data = prepare(DataChoice(scaling=SCALED, inputs=inputs), None, names)
    module = mlp(8) if is_single else Threefold()

    # When distances are learned
    outcome, events = told(module, data, procedure={"name": "triplet"}, epochs=6)

    # Then one known sample of each class tells most of the others
    assert epochs(events)[-1].metrics["validation_one_shot"] > 0.7
    assert outcome.metrics["test_one_shot"] > 0.7

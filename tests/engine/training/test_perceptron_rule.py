"""The perceptron rule: the same corrections as a rule written by hand, and an end on separable data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from graph_engine import NetworkBuilder, compile_graph
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.loop import train
from graph_engine.training.procedures import PROCEDURES
from graph_engine.training.procedures.base import Batch
from graph_engine.training.procedures.perceptron_rule import PerceptronRule
from graph_engine.training.recipe import Recipe
from tests.engine.training.small import after_steps, is_equal, state

pytestmark = pytest.mark.torch

RECIPE = Recipe.read(
    {
        "procedure": "perceptron_rule",
        "optimizer": {"name": "SGD", "lr": 0.1},
        "epochs": 10,
        "batch_size": 8,
        "threads": 1,
        "device": "cpu",
    }
)


def iris(*classes: str) -> PreparedData:
    choice = DataChoice.read(
        {
            "source": {"source": "builtin", "name": "iris"},
            "classes": list(classes),
            "scaling": [{}],
        }
    )
    return prepare(choice, None, ["features"])


def perceptron(inputs: int, outputs: int, step: str = "") -> nn.Module:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(inputs,))
    x = net.add("Linear", x, out_features=outputs, name="weighted")
    x = net.add(step, x, name="step") if step else x
    net.output("answer", x)
    torch.manual_seed(0)
    return compile_graph(net.graph)


def procedure(module: nn.Module, task: str) -> PerceptronRule:
    torch.set_num_threads(1)
    made = PROCEDURES["perceptron_rule"](module, RECIPE, task, torch.device("cpu"))
    assert isinstance(made, PerceptronRule)
    made.begin(1, True, lambda: None)
    return made


def cloud(samples: int, inputs: int, classes: int) -> Batch:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(samples, inputs)).astype(np.float32)
    target = (x @ rng.normal(size=(inputs, classes)) + rng.normal(size=(samples, classes))).argmax(
        1
    )
    return (torch.from_numpy(x),), torch.from_numpy(target)


def by_hand(
    weight: NDArray[np.float32], bias: NDArray[np.float32], batch: Batch, rate: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The rule as the textbooks have it, sample by sample."""
    for x, right in zip(batch[0][0].numpy(), batch[1].tolist(), strict=True):
        s = weight @ x + bias
        if len(s) == 1:
            said = int(s[0] >= 0)
            weight[0] += rate * (right - said) * x
            bias[0] += rate * (right - said)
        else:
            said = int(s.argmax())
            for unit, sign in ((right, 1.0), (said, -1.0)):
                weight[unit] += rate * sign * x
                bias[unit] += rate * sign
    return weight, bias


@pytest.mark.parametrize(("outputs", "task"), [(1, "binary"), (3, "classification")])
def test_its_corrections_are_those_of_the_rule_written_by_hand(outputs: int, task: str) -> None:
    # given a cloud that no border divides, so that there are mistakes to the end
    module = perceptron(4, outputs, "Step" if outputs == 1 else "")
    rule = procedure(module, task)
    batch = cloud(60, 4, max(outputs, 2))
    weight, bias = (each.detach().numpy().copy() for each in rule.linear.parameters())

    # when both see it three times, once in whole batches
    for _ in range(3):
        rule.step([batch])
        weight, bias = by_hand(weight, bias, batch, 0.1)

    # then they have come to the same weights
    np.testing.assert_allclose(rule.linear.weight.detach().numpy(), weight, atol=1e-5)
    np.testing.assert_allclose(rule.linear.bias.detach().numpy(), bias, atol=1e-5)


def test_the_size_of_batches_does_not_matter() -> None:
    whole, single = perceptron(4, 3), perceptron(4, 3)
    (x,), target = cloud(40, 4, 3)

    procedure(whole, "classification").step([((x,), target)])
    rule = procedure(single, "classification")
    for at in range(40):
        rule.step([((x[at : at + 1],), target[at : at + 1])])

    assert is_equal(state(whole), state(single))


def test_what_is_right_is_left_alone() -> None:
    module = perceptron(4, 1, "Step")
    rule = procedure(module, "binary")
    (x,), _ = cloud(30, 4, 2)
    before = state(module)

    loss = rule.step([((x,), module(x)[:, 0].long())])

    assert float(loss) == 0
    assert is_equal(before, state(module))


def test_two_species_that_a_line_divides_are_told_apart_without_a_mistake() -> None:
    outcome = train(perceptron(4, 1, "Step"), RECIPE, iris("setosa", "versicolor"))

    assert outcome.metrics["train_loss"] == 0
    assert outcome.metrics["test_accuracy"] == 1


def test_three_species_are_told_apart_by_the_strongest() -> None:
    outcome = train(perceptron(4, 3), RECIPE.replace(epochs=30), iris())

    assert outcome.metrics["test_accuracy"] > 0.85


def test_layers_before_the_last_stay_as_they_are() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3))
    before = state(module)

    train(module, RECIPE, iris())

    after = state(module)
    assert all(torch.equal(before[f"0.{name}"], after[f"0.{name}"]) for name in ("weight", "bias"))
    assert not torch.equal(before["2.weight"], after["2.weight"])


def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    data = iris("versicolor", "virginica")
    recipe = RECIPE.replace(scheduler="CosineAnnealingLR")
    whole, parts = perceptron(4, 1, "Step"), perceptron(4, 1, "Step")
    train(whole, recipe, data)

    store = CheckpointStore(tmp_path)
    train(parts, recipe, data, store=store, stop=after_steps(43))
    again = perceptron(4, 1, "Step")
    train(again, recipe, data, store=store, resume=store.load()[0])

    assert is_equal(state(whole), state(again))


def test_what_it_cannot_do_is_said() -> None:
    with pytest.raises(TrainingError, match="found BatchNorm1d"):
        procedure(nn.Sequential(nn.Linear(4, 1), nn.BatchNorm1d(1)), "binary")
    with pytest.raises(TrainingError, match="the task is regression"):
        procedure(perceptron(4, 1), "regression")


def test_a_threshold_elsewhere_is_refused() -> None:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(4,))
    x = net.add("Linear", x, out_features=1, name="weighted")
    net.output("answer", net.add("Step", x, threshold=0.5))

    with pytest.raises(TrainingError, match="learns its threshold as the bias"):
        train(compile_graph(net.graph), RECIPE, iris("setosa", "versicolor"))

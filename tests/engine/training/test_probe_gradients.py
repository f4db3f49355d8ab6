"""The figures of gradients, weights and updates are those of a loop written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.training import titles
from graph_engine.training.recipe import Recipe
from graph_engine.training.titles import ACTIVATION_GRADIENT_COLUMNS, GRADIENT_COLUMNS

from .small import data
from .watched import Watched, batch_of, close, drawn, made

pytestmark = pytest.mark.torch

BASE = Recipe(
    optimizer={"name": "SGD", "lr": 0.1, "momentum": 0.9},
    epochs=1,
    batch_size=64,
    threads=1,
    seed=5,
)


def mlp(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Linear", net.add("Flatten", x), out_features=24, name="fc1")
    return net.add("Linear", net.add("Tanh", x), out_features=10, name="fc2")


def cnn(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Conv2d", x, out_channels=6, kernel_size=3, name="conv")
    x = net.add("ReLU", net.add("BatchNorm2d", x, name="norm"))
    return net.add("Linear", net.add("Flatten", x), out_features=10, name="fc")


def lstm(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Reshape", x, shape=(8, 8), name="rows")
    x = net.add("LSTM", x, hidden_size=12, name="lstm")
    return net.add("Linear", net.add("Select", x, dim=1, index=-1), out_features=10, name="fc")


def shared(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Linear", net.add("Flatten", x), out_features=16, name="first")
    middle = net.add("Linear", net.add("ReLU", x), out_features=16, name="middle")
    again = net.add("Linear", net.add("ReLU", middle), out_features=16, name="again", shares=middle)
    return net.add("Linear", net.add("Add", again, x, name="total"), out_features=10, name="last")


def frozen(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Linear", net.add("Flatten", x), out_features=16, name="kept", trainable=False)
    return net.add("Linear", net.add("ReLU", x), out_features=10, name="fc")


NETWORKS = [mlp, cnn, lstm, shared, frozen]


def by_hand(
    module: nn.Module,
    recipe: Recipe,
    steps: int,
    clip: Callable[[list[nn.Parameter]], Any] | None = None,
) -> list[np.ndarray[Any, Any]]:
    """The table of each step, from a loop as one writes it."""
    weights = list(module.parameters())
    trainable = [each for each in weights if each.requires_grad]
    optimizer = torch.optim.SGD(trainable, lr=0.1, momentum=0.9)
    tables = []
    for step in range(steps):
        optimizer.zero_grad()
        gather_gradients(module, recipe, step)
        columns = {
            "norm": [_of(w.grad, torch.linalg.vector_norm) for w in weights],
            "mean": [_of(w.grad, lambda g: g.abs().mean()) for w in weights],
            "largest": [_of(w.grad, lambda g: g.abs().max()) for w in weights],
        }
        if clip is not None:
            clip(trainable)
        columns["clipped_norm"] = [_of(w.grad, torch.linalg.vector_norm) for w in weights]
        columns["weight_norm"] = [float(torch.linalg.vector_norm(w.detach())) for w in weights]
        before = [w.detach().clone() for w in weights]
        optimizer.step()
        updates = [
            float(torch.linalg.vector_norm(w.detach() - old)) if w.requires_grad else np.nan
            for w, old in zip(weights, before, strict=True)
        ]
        columns["update_norm"] = updates
        columns["ratio"] = [
            update / norm if norm else np.nan
            for update, norm in zip(updates, columns["weight_norm"], strict=True)
        ]
        tables.append(np.array([columns[name] for name in GRADIENT_COLUMNS], np.float32).T)
    return tables


def gather_gradients(module: nn.Module, recipe: Recipe, step: int) -> None:
    """Gathers the gradients of one step, whose batches weigh by their samples."""
    parts = [
        batch_of(data("digits"), recipe, 0, step * recipe.accumulate + number)
        for number in range(recipe.accumulate)
    ]
    samples = sum(len(target) for _, target in parts)
    for inputs, target in parts:
        loss = F.cross_entropy(module(inputs), target.long())
        (loss * len(target) / samples).backward()


def _of(gradient: Tensor | None, figure: Callable[[Tensor], Tensor]) -> float:
    return float("nan") if gradient is None else float(figure(gradient))


@pytest.mark.parametrize("draw", NETWORKS)
def test_the_table_is_that_of_a_loop_by_hand(draw: Any) -> None:
    # Given a network, measured at every step
    source = drawn(draw)
    run = Watched(source, BASE, data("digits"))

    # When the same steps are made by hand, then every figure of every weight agrees
    hand = by_hand(made(source), BASE, 5)
    for step, table in enumerate(hand, 1):
        assert close(run.at(titles.GRADIENTS, step), table, 2e-4)

    # And the rows are the weights, shared ones once, each with its node
    names = [name for name, _ in made(source).named_parameters()]
    assert list(run.layers.weights) == names
    assert all(node in run.layers.nodes for node in run.layers.weight_nodes)


def test_frozen_weights_have_a_norm_and_nothing_else() -> None:
    # Given a network whose first layer is frozen, when it is measured
    run = Watched(drawn(frozen), BASE, data("digits"))
    table = run.at(titles.GRADIENTS, 3)
    rows = [n for n, node in enumerate(run.layers.weight_nodes) if node == "kept"]

    # Then its rows tell the weight alone
    column = GRADIENT_COLUMNS.index("weight_norm")
    assert len(rows) == 2
    assert np.isfinite(table[rows, column]).all()
    assert np.isnan(np.delete(table[rows], column, axis=1)).all()


@pytest.mark.parametrize(
    ("setting", "clip"),
    [
        ({"clip_norm": 0.5}, lambda weights: nn.utils.clip_grad_norm_(weights, 0.5)),
        ({"clip_value": 0.01}, lambda weights: nn.utils.clip_grad_value_(weights, 0.01)),
    ],
)
def test_gradients_are_told_before_and_after_clipping(setting: Any, clip: Any) -> None:
    # Given a run that clips
    recipe = BASE.replace(**setting)
    source = drawn(cnn)
    run = Watched(source, recipe, data("digits"))

    # When the same is done by hand, then the figures of both sides of clipping agree
    for step, table in enumerate(by_hand(made(source), recipe, 4, clip), 1):
        assert close(run.at(titles.GRADIENTS, step), table, 2e-4)

    # And clipping made them smaller
    first = run.at(titles.GRADIENTS, 1)
    norm, clipped = (first[:, GRADIENT_COLUMNS.index(n)] for n in ("norm", "clipped_norm"))
    assert np.nansum(clipped**2) < np.nansum(norm**2)


def test_gathered_batches_are_told_as_one_gradient() -> None:
    # Given a run that gathers three batches a step, the last step of the epoch fewer
    recipe = BASE.replace(accumulate=3)
    source = drawn(mlp)
    run = Watched(source, recipe, data("digits"))

    # When the same is done by hand, then the figures are those of the whole step
    for step, table in enumerate(by_hand(made(source), recipe, 4), 1):
        assert close(run.at(titles.GRADIENTS, step), table, 2e-4)


@pytest.mark.parametrize("draw", NETWORKS)
def test_gradients_of_outputs_are_those_of_retained_ones(draw: Any) -> None:
    # Given a network, measured at every step
    source = drawn(draw)
    run = Watched(source, BASE, data("digits"))

    # When the first step is done by hand and the network's own modules keep their outputs' gradients
    module = made(source)
    kept: dict[str, Tensor] = {}
    names = {id(part): name for name, part in module.named_modules()}

    def keep(part: nn.Module, _: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if first.requires_grad and names[id(part)] not in kept:
            first.retain_grad()
            kept[names[id(part)]] = first

    for part in module.modules():
        part.register_forward_hook(keep)
    inputs, target = batch_of(data("digits"), BASE, 0, 0)
    F.cross_entropy(module(inputs), target.long()).backward()

    # Then each node that is a module has the same figures
    table = run.at(titles.ACTIVATION_GRADIENTS, 1)
    compared = 0
    for name, output in kept.items():
        node = name.rpartition(".")[2]
        if node in run.layers.nodes and output.grad is not None:
            gradient = output.grad
            figures = [
                float(torch.linalg.vector_norm(gradient)),
                float(gradient.abs().mean()),
                float(gradient.abs().max()),
            ]
            assert close(table[run.layers.nodes.index(node)], np.array(figures, np.float32), 1e-4)
            compared += 1
    assert compared >= (1 if draw is frozen else 2)
    assert table.shape[1] == len(ACTIVATION_GRADIENT_COLUMNS)


def test_gradients_of_expressions_and_shared_layers_are_told_too() -> None:
    # Given a network in which a sum is only an expression, and one module serves two nodes
    source = drawn(shared)
    run = Watched(source, BASE, data("digits"))
    table = run.at(titles.ACTIVATION_GRADIENTS, 1)

    # When the same is computed with every value by its name
    module = made(source)
    inputs, target = batch_of(data("digits"), BASE, 0, 0)
    values = {"first": module.get_submodule("first")(inputs.flatten(1))}
    values["middle"] = module.get_submodule("middle")(values["first"].relu())
    values["again"] = module.get_submodule("middle")(values["middle"].relu())
    values["total"] = values["again"] + values["first"]
    for each in values.values():
        each.retain_grad()
    F.cross_entropy(module.get_submodule("last")(values["total"]), target.long()).backward()

    # Then each of them has its own figures
    for node, output in values.items():
        assert output.grad is not None
        norm = float(torch.linalg.vector_norm(output.grad))
        assert table[run.layers.nodes.index(node), 0] == pytest.approx(norm, rel=1e-4)
    assert len({round(float(table[run.layers.nodes.index(n), 0]), 6) for n in values}) >= 3


def test_lbfgs_tells_the_gradient_that_its_step_began_with() -> None:
    # Given an optimizer that computes each step several times
    recipe = BASE.replace(optimizer={"name": "LBFGS", "max_iter": 4})
    source = drawn(mlp)
    run = Watched(source, recipe, data("digits"))

    # When the first gradient is taken by hand, then the table has it, with an update that was made
    module = made(source)
    inputs, target = batch_of(data("digits"), recipe, 0, 0)
    F.cross_entropy(module(inputs), target.long()).backward()
    table = run.at(titles.GRADIENTS, 1)
    norms = [
        float(torch.linalg.vector_norm(w.grad)) for w in module.parameters() if w.grad is not None
    ]
    assert close(table[:, 0], np.array(norms, np.float32), 1e-4)
    assert (table[:, GRADIENT_COLUMNS.index("update_norm")] > 0).all()

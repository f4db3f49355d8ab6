"""A run with a number that is none stops at that step and names where it arose first."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.data.prepared import PreparedData
from graph_engine.layers.initialization import Constant
from graph_engine.training import weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import Failed
from graph_engine.training.folder import RunFolder
from graph_engine.training.guard import DivergedError
from graph_engine.training.history import History
from graph_engine.training.loop import Loop
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot

from .runs import DIGITS, all_events
from .small import data
from .watched import Draw, drawn, made

pytestmark = pytest.mark.torch

RECIPE = Recipe(
    optimizer={"name": "SGD", "lr": 0.01}, epochs=2, batch_size=64, threads=1, checkpoint_steps=1
)
ZERO = Constant(val=0.0)


def head(net: NetworkBuilder, x: Handle) -> Handle:
    return net.add("Linear", net.add("Flatten", x, name="flat"), out_features=8, name="fc1")


def last(net: NetworkBuilder, x: Handle) -> Handle:
    return net.add("Linear", x, out_features=10, name="fc2")


def logarithm(net: NetworkBuilder, x: Handle) -> Handle:
    """The logarithm of what is negative now and then."""
    return last(net, net.add("Log", head(net, x), name="log"))


def exponential(net: NetworkBuilder, x: Handle) -> Handle:
    """An exponential that overflows."""
    low = Constant(val=200.0)
    x = net.add("Linear", net.add("Flatten", x), out_features=8, name="fc1", bias_init=low)
    return last(net, net.add("Exp", x, name="exp"))


def root(net: NetworkBuilder, x: Handle) -> Handle:
    """A root of zero, which is fine, and whose slope is not."""
    flat = net.add("Flatten", x, name="flat")
    x = net.add("Linear", flat, out_features=8, name="fc1", weight_init=ZERO, bias_init=ZERO)
    return last(net, net.add("Sqrt", net.add("Abs", x, name="size"), name="root"))


def inside(net: NetworkBuilder, x: Handle) -> Handle:
    """The logarithm in the second of three copies of a block, where something negative arrives."""
    block = net.block("Unit")
    a = block.add("Log", block.input("a", shape=(8,)), name="log")
    block.output("y", block.add("Subtract", a, block.add("Exp", a, name="exp"), name="less"))
    block.done()
    x = net.add("Sigmoid", head(net, x), name="squashed")
    return last(net, net.add("Unit", x, name="units", repeat=3))


def failure(draw: Draw, samples: PreparedData | None = None, **changes: Any) -> DivergedError:
    loop = Loop(
        made(drawn(draw)), RECIPE.replace(**changes), samples or data("digits"), None, print
    )
    with pytest.raises(DivergedError) as caught:
        loop.run("", "")
    return caught.value


@pytest.mark.parametrize(
    ("draw", "node", "words"),
    [
        (logarithm, "log", "It arose first in `log` (Log), whose output has NaN."),
        (exponential, "exp", "It arose first in `exp` (Exp), whose output has infinity."),
        (inside, "units.1.log", "It arose first in `units.1.log` (Log), whose output has NaN."),
        (root, "root", "The gradient first has infinity behind `root` (Sqrt), on its way back."),
    ],
)
def test_a_sick_network_is_told_with_the_node_where_it_arose(
    draw: Draw, node: str, words: str
) -> None:
    # Given a network in which a number stops being one, when it is trained
    error = failure(draw)

    # Then the first step is told, and the very node
    assert error.node == node
    assert words in str(error)
    assert str(error).startswith("The loss of step 1 is ")
    assert str(error).endswith("look for unscaled inputs.")


def test_the_step_with_the_bad_gradient_is_not_made() -> None:
    # Given a network whose loss is finite and whose gradient is not
    module = made(drawn(root))
    before = weights.snapshot(module)
    with pytest.raises(DivergedError, match="its gradient is not finite"):
        Loop(module, RECIPE, data("digits"), None, print).run("", "")

    # Then its weights are those from before that step
    after = weights.snapshot(module)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_weights_that_overflowed_are_named() -> None:
    # Given a rate so high that the first update overflows
    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        return last(net, net.add("Tanh", head(net, x)))

    error = failure(
        draw,
        optimizer={"name": "SGD", "lr": 1e38},
        loss={"name": "CrossEntropyLoss", "reduction": "sum"},
    )

    # Then the next step says so, and names the node whose weight is the first such
    assert error.node == "fc1"
    assert str(error).startswith(
        "The loss of step 2 is nan. The weight of `fc1` (Linear) is not finite"
    )


def test_data_that_are_no_numbers_are_named() -> None:
    # Given an input with one entry that is no number
    whole = data("iris")
    (name, feed), *_ = whole.train.inputs.items()
    assert feed.ready is not None
    spoiled = feed.ready.copy()
    spoiled[whole.train.indices[3], 0] = np.nan
    train = dataclasses.replace(
        whole.train, inputs={name: dataclasses.replace(feed, ready=spoiled)}
    )

    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        return net.add("Linear", x, out_features=3, name="fc")

    # When a network learns from it, then the data are blamed and no layer
    loop = Loop(
        made(drawn(draw, (4,))), RECIPE, dataclasses.replace(whole, train=train), None, print
    )
    with pytest.raises(
        DivergedError, match=r"The data have it already, in the input `x`\."
    ) as caught:
        loop.run("", "")
    assert caught.value.node == "x"


def test_a_loss_that_is_no_number_of_finite_outputs_is_named() -> None:
    # Given outputs below zero, of which the loss takes the logarithm
    recipe = {"task": "regression", "loss": {"name": "PoissonNLLLoss", "log_input": False}}
    samples = data("diabetes")

    def one(net: NetworkBuilder, x: Handle) -> Handle:
        low = Constant(val=-5.0)
        return net.add("Linear", x, out_features=1, name="fc", bias_init=low)

    # When it is trained, then the loss itself is blamed
    loop = Loop(made(drawn(one, (10,))), RECIPE.replace(**recipe), samples, None, print)
    with pytest.raises(DivergedError, match="it arose in the loss itself") as caught:
        loop.run("", "")
    assert caught.value.node == ""


def test_a_worker_tells_the_node_in_its_last_event(tmp_path: Path) -> None:
    # Given a run of a sick network in a process of its own
    folder = RunFolder(tmp_path / "run-001")
    folder.create(
        Snapshot.of(drawn(inside), network="main", inputs=("x",), recipe=RECIPE, data=DIGITS)
    )
    events = all_events(folder)

    # Then its last event names the node, in the second copy of the block
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.node == "units.1.log"
    assert failed.message.startswith("The loss of step 1 is nan. It arose first in `units.1.log`")
    assert History(tmp_path).runs()[0].status == "failed"


def test_the_last_checkpoint_is_finite(tmp_path: Path) -> None:
    # Given a run with a checkpoint after each step that goes well for a while
    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        x = net.add("Linear", net.add("Flatten", x), out_features=8, name="fc1")
        return last(net, net.add("Log", net.add("Sigmoid", x), name="log"))

    recipe = RECIPE.replace(optimizer={"name": "SGD", "lr": 1e4}, epochs=50)
    store = CheckpointStore(tmp_path)
    with pytest.raises(DivergedError) as caught:
        Loop(made(drawn(draw)), recipe, data("digits"), store, print).run("", "")

    # Then the checkpoint is of the step before, and whole
    told = re.match(r"The loss of step (\d+) ", str(caught.value))
    assert told is not None
    checkpoint, note = CheckpointStore(tmp_path).load()
    assert checkpoint is not None
    assert note == ""
    assert checkpoint.step == int(told[1]) - 1
    assert weights.are_finite(checkpoint.weights)

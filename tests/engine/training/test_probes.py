"""Measuring changes nothing of a run, takes its samples by time, and tells answers at epochs' ends."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.modules.module as torch_module
from torch import Tensor, nn
from torch.nn import functional as F

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.training import titles
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.commands import Look
from graph_engine.training.events import Event, Frame, Layers, Started, Stepped
from graph_engine.training.folder import RunFolder
from graph_engine.training.loop import Loop
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session
from graph_engine.training.snapshot import Snapshot
from graph_engine.training.stillness import undisturbed

from .runs import DIGITS, all_events, of_kind
from .small import after_steps, data, is_equal, state
from .watched import Watched, drawn, made

pytestmark = pytest.mark.torch

RECIPE = Recipe(
    optimizer={"name": "Adam", "lr": 0.01},
    epochs=3,
    batch_size=64,
    threads=1,
    seed=9,
    clip_norm=1.0,
)


def careless(net: NetworkBuilder, x: Handle) -> Handle:
    """Everything that a careless look would disturb: dropout, running statistics, noise."""
    x = net.add("Conv2d", x, out_channels=4, kernel_size=3, name="conv")
    x = net.add("GaussianNoise", net.add("BatchNorm2d", x, name="norm"), name="noise")
    x = net.add("RReLU", x, name="act", inplace=True)
    x = net.add("Dropout", net.add("Flatten", x), p=0.3)
    return net.add("Linear", x, out_features=10, name="fc")


def bare(recipe: Recipe, source: Any) -> tuple[dict[str, Tensor], list[float]]:
    """Weights and losses of a run that nobody measures."""
    module = made(source)
    events: list[Event] = []
    Loop(module, recipe, data("digits"), None, events.append).run("", "")
    return state(module), [loss for each in of_kind(events, Stepped) for loss in each.losses]


def numpy_state() -> list[int]:
    """Where numpy's generator stands."""
    keys: list[int] = np.random.get_state(legacy=False)["state"]["key"].tolist()
    return keys


# Nothing changes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"accumulate": 3},
        {"optimizer": {"name": "LBFGS", "max_iter": 3}, "epochs": 1},
        {"precision": "bfloat16", "epochs": 1},
    ],
)
def test_a_run_has_the_same_bits_with_everything_measured_at_every_step(changes: Any) -> None:
    # Given a network with dropout, noise, in-place and running statistics, trained unseen
    source, recipe = drawn(careless), RECIPE.replace(**changes)
    weights, losses = bare(recipe, source)

    # When the same run is measured at every step in every way
    look = Look(nodes=("x", "conv", "norm", "noise", "act", "fc"))
    run = Watched(source, recipe, data("digits"), look=look)

    # Then weights, statistics and losses have the very same bits, though much was told
    told = [loss for each in of_kind(run.events, Stepped) for loss in each.losses]
    assert is_equal(state(run.module), weights)
    assert told == losses
    assert len(run.frames(titles.GRADIENTS)) == len(losses)
    assert len(run.frames(titles.ACTIVATION_GRADIENTS)) == len(losses)
    assert len(run.frames(f"{titles.MAP}conv")) >= len(losses)


def test_a_measured_run_that_is_interrupted_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    # Given a run that nobody measures, and one that is measured, stopped on the way and resumed
    source = drawn(careless)
    weights, _ = bare(RECIPE, source)
    Watched(source, RECIPE, data("digits"), folder=tmp_path, stop=after_steps(31))
    checkpoint, _ = CheckpointStore(tmp_path).load()
    assert checkpoint is not None
    run = Watched(source, RECIPE, data("digits"), folder=tmp_path, resume=checkpoint)

    # Then both end alike
    assert is_equal(state(run.module), weights)
    assert run.frames(titles.GRADIENTS)[0].step == checkpoint.step + 1


def test_a_look_on_the_side_leaves_no_trace() -> None:
    # Given a network some of whose parts are in evaluation mode, and one that draws and counts
    class Restless(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.zeros(()))
            self.count: Tensor

        def forward(self, x: Tensor) -> Tensor:
            count = self.count
            count += 1
            self.seen = torch.zeros(())
            drawn = random.random() + float(np.random.rand()) + float(torch.rand(()))
            return x + drawn

    module = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), Restless(), nn.BatchNorm1d(3))
    module.train()
    module[3].eval()
    before = state(module)
    generators = torch.get_rng_state(), random.getstate(), numpy_state()

    def fail() -> None:
        with undisturbed(module, torch.device("cpu")):
            module(torch.randn(4, 3))
            assert not any(each.training for each in module.modules())
            assert not torch.is_grad_enabled()
            module(torch.randn(4, 2))

    # When it computes on the side, and even fails there
    with pytest.raises(RuntimeError, match="running_mean"):
        fail()

    # Then modes, buffers, generators and the recording of gradients are as before
    assert [each.training for each in module] == [True, True, True, False]
    assert is_equal(state(module), before)
    assert torch.equal(torch.get_rng_state(), generators[0])
    assert random.getstate() == generators[1]
    assert numpy_state() == generators[2]
    assert torch.is_grad_enabled()


# What is measured when ---------------------------------------------------------------------------


def test_the_rows_are_told_before_the_first_frame() -> None:
    # Given a run
    run = Watched(drawn(careless), RECIPE, data("digits"))

    # Then Layers comes behind Started and before any frame
    kinds = [type(event) for event in run.events]
    first = next(n for n, event in enumerate(run.events) if isinstance(event, Frame))
    started = kinds.index(Started)
    assert any(kind is Layers for kind in kinds[started : started + 2])
    assert kinds.index(Layers) < first or kinds.index(Layers) == started + 1
    assert run.layers.nodes[0] == "x"
    assert run.layers.layers[:2] == ("Input", "Conv2d")


def test_measuring_off_tells_losses_alone() -> None:
    # Given a run that shall not be measured
    run = Watched(drawn(careless), RECIPE, data("digits"), look=Look(detail="off"), eager=False)

    # Then there are losses and what the rows would be, and no frames
    assert of_kind(run.events, Stepped)
    assert run.layers.nodes
    assert of_kind(run.events, Frame) == []


def test_a_step_that_fails_leaves_nothing_attached() -> None:
    # Given a measured run, stopped before its first step
    run = Watched(drawn(careless), RECIPE, data("digits"), stop=lambda: True)
    procedure = run.loop.procedure
    run.probes.begin(run.module, 0, 0)
    assert torch_module._global_forward_hooks, "the step is looked at"

    # When a step gets a batch that the network cannot take
    with pytest.raises(RuntimeError, match="channels"):
        run.loop._update([((torch.zeros(2, 7, 8, 8),), torch.zeros(2, dtype=torch.long))])

    # Then no hook is left, and the next step is measured again
    assert not torch_module._global_forward_hooks
    run.probes.begin(run.module, 0, 0)
    procedure.step([((torch.zeros(2, 1, 8, 8),), torch.zeros(2, dtype=torch.long))])
    run.probes.ended(run.module, 0, 1)
    assert [frame.step for frame in run.frames(titles.ACTIVATION_GRADIENTS)] == [1]


def test_looking_at_what_is_not_there_is_told_and_does_no_harm() -> None:
    # Given a measured run, when a node is asked for that does not exist, and samples that do not
    run = Watched(drawn(careless), RECIPE.replace(epochs=1), data("digits"))
    told = run.probes.look(Look(nodes=("conv", "nobody"), samples=(10**6,)))

    # Then a sentence says so, and the first samples are shown at once
    assert told == "There is nothing to see of nobody."
    frame = run.frames(f"{titles.MAP}conv")[-1]
    assert frame.about["samples"] == list(range(8))


def test_without_validation_samples_the_probe_takes_training_samples() -> None:
    # Given data with no validation part
    samples = data("iris", validation=0.0)

    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        return net.add("Linear", x, out_features=3, name="fc")

    # When a run on them is measured, then the looks are at training samples
    run = Watched(drawn(draw, (4,)), RECIPE, samples, look=Look(nodes=("fc",)))
    assert run.frames(f"{titles.MAP}fc")[-1].about["split"] == "train"
    assert run.frames(titles.OUTPUTS) == []


def test_a_run_that_nobody_watched_can_be_looked_through_later(tmp_path: Path) -> None:
    # Given a run in a process of its own, stopped on the way, which then goes on; nobody looks
    folder = RunFolder(tmp_path / "run-001")
    recipe = RECIPE.replace(epochs=12)
    source = drawn(careless)
    folder.create(Snapshot.of(source, network="main", inputs=("x",), recipe=recipe, data=DIGITS))
    with Session.start(folder) as session:
        next(event for event in session if isinstance(event, Frame) and event.step > 20)
        session.stop()
        list(session)
    all_events(folder)

    # When its folder is looked through
    refs = folder.frames_index()
    found = {ref.title for ref in refs}

    # Then every kind of frame is there from the beginning to the end, each readable
    wanted = {f"{titles.MAP}{node}" for node in ("x", "conv", "norm", "noise", "act", "fc")}
    wanted |= {titles.GRADIENTS, titles.ACTIVATION_GRADIENTS, titles.ACTIVATIONS, titles.OUTPUTS}
    wanted |= {f"{titles.KERNELS}conv", titles.WEIGHT_HISTOGRAMS, titles.ACTIVATION_HISTOGRAMS}
    assert wanted <= found
    steps = [ref.step for ref in refs if ref.title == titles.ACTIVATIONS]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 12 * 20)
    tables = [ref.step for ref in refs if ref.title == titles.GRADIENTS]
    assert (tables[0], tables[-1]) == (1, 12 * 20), "the first step and the last"
    for ref in refs:
        assert folder.read_frame(ref).array().shape == ref.shape


# Answers -----------------------------------------------------------------------------------------


def test_answers_to_validation_samples_are_told_with_truth_and_losses() -> None:
    # Given a measured run of three epochs
    run = Watched(drawn(careless), RECIPE, data("digits"))
    samples = data("digits").validation

    # When the trained network answers the validation samples by hand
    inputs, target = samples.plain().batch(np.arange(len(samples)))
    with torch.no_grad():
        scores = run.module.eval()(torch.from_numpy(inputs[0]))
    losses = F.cross_entropy(scores, torch.from_numpy(target).long(), reduction="none")

    # Then the frames of the last epoch have these probabilities, samples, truths and losses
    probabilities = run.frames(titles.OUTPUTS)[-1]
    assert probabilities.epoch == 3
    assert probabilities.about == {"split": "validation", "task": "classification"}
    last = {
        title: run.frames(title)[-1].array()
        for title in (titles.OUTPUTS, titles.TARGETS, titles.INDICES, titles.SAMPLE_LOSSES)
    }
    best = run.loop.watch.best_epoch
    if best == 3:  # the module has the weights of the last epoch again
        assert np.allclose(last[titles.OUTPUTS], scores.softmax(1).numpy(), atol=1e-5)
        assert np.allclose(last[titles.SAMPLE_LOSSES], losses.numpy(), atol=1e-4)
    assert last[titles.OUTPUTS].sum(1) == pytest.approx(1.0, abs=1e-5)
    assert last[titles.TARGETS].tolist() == target.tolist()
    assert last[titles.INDICES].tolist() == list(range(len(samples)))

    # And truth and samples come before the answers that they are for
    told = [e.title for e in of_kind(run.events, Frame) if e.title.startswith("validation/")]
    assert told[-1] == titles.OUTPUTS


def test_the_losses_of_samples_come_to_the_loss_of_the_epoch() -> None:
    # Given a run whose validation part is told whole
    run = Watched(drawn(careless), RECIPE, data("digits"))

    # Then the mean of the samples' losses is the validation loss that the epoch tells
    epochs = [event for event in run.events if type(event).name == "epoch"]
    told = {frame.epoch: frame for frame in run.frames(titles.SAMPLE_LOSSES)}
    assert run.frames(titles.SAMPLE_LOSSES)[-1].kept, "the last answers are in the folder"
    for epoch, frame in zip(epochs, told.values(), strict=True):
        loss = epoch.metrics["validation_loss"]  # type: ignore[attr-defined]
        assert float(frame.array().mean()) == pytest.approx(loss, rel=1e-4)


def test_large_answers_are_shown_for_fewer_samples() -> None:
    # Given a reconstruction whose answers are large
    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        x = net.add("Linear", net.add("Flatten", x), out_features=64 * 64, name="wide")
        return net.add("Reshape", net.add("Linear", x, out_features=64), shape=(1, 8, 8))

    recipe = RECIPE.replace(task="reconstruction", epochs=1)
    run = Watched(drawn(draw), recipe, data("digits"))

    # Then the answers and the truths, which are the inputs, have the same shape and a bounded size
    outputs, targets = (run.frames(t)[-1].array() for t in (titles.OUTPUTS, titles.TARGETS))
    assert outputs.shape == targets.shape == (len(data("digits").validation), 1, 8, 8)
    assert outputs.nbytes <= 2**20
    assert run.frames(titles.OUTPUTS)[-1].about["task"] == "reconstruction"

"""Style transfer: losses against sums written by hand, a network that only looks, resuming, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graph_engine import NetworkBuilder, Project
from graph_engine.compile import compile_graph
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.errors import TrainingError
from graph_engine.training import weights
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.events import EpochEnded, Event, Frame
from graph_engine.training.launch import snapshot_of
from graph_engine.training.loop import Outcome, train
from graph_engine.training.procedures.looking import Aims, Eye, gram, variation
from graph_engine.training.procedures.networks import Networks, Shapes
from graph_engine.training.procedures.style_transfer import StyleTransfer
from graph_engine.training.recipe import Recipe

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")
SIZE = (3, 16, 24)


def data(**choice: object) -> PreparedData:
    source = {"source": "generated", "name": "photograph_patches", "samples": 120, "noise": 0.02}
    scaled = (Scaling(method="divide", divisor=255.0),)
    return prepare(
        DataChoice.read({"source": source}).replace(scaling=scaled, **choice), None, ["patch"]
    )


def drawn() -> tuple[NetworkBuilder, NetworkBuilder]:
    """A picture, and a small network that can look at it."""
    picture = NetworkBuilder("picture")
    canvas = picture.add("Parameter", shape=(1, *SIZE), weight_init="normal", name="canvas")
    picture.output("painted", picture.add("Sigmoid", canvas, name="shades"))
    features = NetworkBuilder("features")
    x = features.input("patch", shape=(3, 32, 32))
    x = features.add("Conv2d", x, out_channels=6, kernel_size=3, padding=1, name="conv1")
    x = features.add("ReLU", features.add("BatchNorm2d", x, name="norm1"), name="relu1")
    x = features.add("MaxPool2d", x, kernel_size=2, name="pool1")
    x = features.add("Conv2d", x, out_channels=8, kernel_size=3, padding=1, name="conv2")
    x = features.add("Flatten", features.add("ReLU", x, name="relu2"), name="flatten")
    features.output("regions", features.add("Linear", x, out_features=72, name="classifier"))
    return picture, features


def pair() -> Networks:
    torch.manual_seed(0)
    picture, features = (compile_graph(net.graph) for net in drawn())
    shapes: dict[str, Shapes] = {"picture": {}, "features": {"patch": (3, 32, 32)}}
    return Networks({"picture": picture, "features": features}, shapes, "features")


def recipe(epochs: int = 3, **procedure: object) -> Recipe:
    values = {
        "content_nodes": ("relu2",),
        "style_nodes": ("relu1", "relu2"),
        "pretraining_epochs": 1,
    }
    return Recipe(
        procedure={"name": "style_transfer", **values, **procedure},
        optimizer={"name": "Adam", "lr": 0.05},
        epochs=epochs,
        batch_size=16,
        threads=1,
    )


def told(module: nn.Module, wish: Recipe, **more: Any) -> tuple[Outcome, list[Event]]:
    events: list[Event] = []
    outcome = train(module, wish, data(), on_event=events.append, **more)
    return outcome, events


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [each for each in events if isinstance(each, EpochEnded)]


def bits(module: nn.Module) -> dict[str, Tensor]:
    return weights.snapshot(module)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# What is measured --------------------------------------------------------------------------------


def test_a_gram_matrix_is_the_mean_product_of_two_features_at_one_place() -> None:
    features = torch.randn(1, 3, 4, 5)
    expected = torch.zeros(3, 3)
    for first in range(3):
        for second in range(3):
            for row in range(4):
                for column in range(5):
                    one, other = features[0, first, row, column], features[0, second, row, column]
                    expected[first, second] += one * other / 20

    assert torch.allclose(gram(features)[0], expected, atol=1e-6)


def test_style_does_not_ask_where_something_is() -> None:
    # Given features, and the same at other places
    features = torch.randn(1, 6, 8, 8)
    moved = features.flatten(2)[:, :, torch.randperm(64)].reshape(1, 6, 8, 8)

    # Then they have one Gram matrix
    assert torch.allclose(gram(features), gram(moved), atol=1e-5)


def test_variation_is_the_mean_square_of_differences_of_neighbours() -> None:
    picture = torch.tensor([[[[0.0, 1.0, 1.0], [0.0, 0.0, 3.0]]]])

    assert variation(picture).item() == pytest.approx((0 + 1 + 4) / 3 + (1 + 0 + 0 + 9) / 4)


def computed_one_by_one(module: Networks, content: Tensor, style: Tensor) -> tuple[Tensor, ...]:
    """What content, style and roughness of the picture cost, as the formulas say."""
    picture = torch.sigmoid(module.get_parameter("picture.canvas"))
    layers = dict(module["features"].named_modules())
    part = {name.rpartition(".")[2]: each for name, each in layers.items()}

    def seen(image: Tensor) -> tuple[Tensor, Tensor]:
        first = torch.relu(part["norm1"](part["conv1"](image)))
        return first, torch.relu(part["conv2"](part["pool1"](first)))

    found, shown, manner = seen(picture), seen(content), seen(style)
    of_content = (found[1] - shown[1]).square().sum() / shown[1].square().sum()
    grams = [
        tuple(torch.einsum("bchw,bdhw->bcd", x, x) / (x.shape[2] * x.shape[3]) for x in both)
        for both in zip(found, manner, strict=True)
    ]
    shares = [(own - aim).square().sum() / aim.square().sum() for own, aim in grams]
    of_style = torch.stack(shares).mean()
    down, across = picture[..., 1:, :] - picture[..., :-1, :], picture[..., 1:] - picture[..., :-1]
    return of_content, of_style, down.square().mean() + across.square().mean()


def test_the_loss_is_what_it_is_by_hand() -> None:
    # Given a picture and an eye, ready to paint
    module = pair()
    wish = recipe(content_weight=0.7, style_weight=1.3, variation_weight=2.0, pretraining_epochs=0)
    procedure = StyleTransfer(module, wish, "generation", CPU)
    procedure.prepare(data())
    procedure.begin(1, True, lambda: None)
    procedure.epoch_begins(0, True)

    # When the layers are computed one by one
    of_content, of_style, rough = computed_one_by_one(module, *procedure.images)

    # Then loss and figures are those
    by_hand = 0.7 * of_content + 1.3 * of_style + 2.0 * rough
    figures = procedure.evaluate([], lambda: False)
    assert figures["loss"] == pytest.approx(by_hand.item(), rel=1e-4)
    assert figures["content_loss"] == pytest.approx(of_content.item(), rel=1e-4)
    assert figures["style_loss"] == pytest.approx(of_style.item(), rel=1e-4)
    assert figures["variation"] == pytest.approx(rough.item(), rel=1e-4)
    assert figures["fall"] == pytest.approx(0.0, abs=1e-6)

    # And the gradient reaches the canvas and nothing else
    procedure.painting.loss((), torch.zeros(0)).backward()
    (expected,) = torch.autograd.grad(by_hand, module.get_parameter("picture.canvas"))
    canvas = module.get_parameter("picture.canvas")
    assert canvas.grad is not None
    assert torch.allclose(canvas.grad, expected, rtol=1e-3, atol=1e-7)
    assert all(weight.grad is None for weight in module["features"].parameters())


def test_an_image_seen_as_itself_is_at_no_distance() -> None:
    module = pair()
    eye = Eye(module["features"].eval(), "features", ("relu1", "relu2"))
    image = torch.rand(1, *SIZE)

    aims = Aims.of(eye, image, image, (("relu2",), ("relu1",)))

    assert [part.item() for part in aims.distances(eye.sees(image))] == [0.0, 0.0]


# Learning to look, then painting -----------------------------------------------------------------


def test_the_eye_learns_first_and_then_stays_as_it_is() -> None:
    # Given a run of one epoch of learning to look, and one that paints afterwards
    looked, painted = pair(), pair()
    begun = bits(looked)
    told(looked, recipe(1))
    outcome, events = told(painted, recipe(3))

    # Then the first has moved nothing but the eye
    assert torch.equal(looked.get_parameter("picture.canvas"), begun["picture.canvas"])
    assert not torch.equal(
        looked["features"].state_dict()["layers.conv1.weight"],
        begun["features.layers.conv1.weight"],
    )

    # And painting has moved nothing but the picture, statistics of norms included
    assert same(bits(looked["features"]), bits(painted["features"]))
    assert not torch.equal(painted.get_parameter("picture.canvas"), begun["picture.canvas"])
    first, second, third = (each.metrics for each in epochs(events))
    assert "validation_accuracy" in first
    assert "validation_accuracy" not in second
    assert 0 < second["validation_fall"] < third["validation_fall"]
    assert outcome.metrics["test_fall"] == pytest.approx(third["validation_fall"])
    assert outcome.best_epoch == 3


def test_the_loss_falls_and_the_picture_is_shown_beside_its_models() -> None:
    # Given enough steps, when a picture is painted
    outcome, events = told(pair(), recipe(12, pretraining_epochs=2))

    # Then the loss has fallen far, and picture, content and style are there to be seen
    assert outcome.metrics["test_fall"] > 0.5
    shown = [
        each for each in events if isinstance(each, Frame) and each.title == "generated/samples"
    ]
    tiles = shown[-1].array()
    assert tiles.shape == (3, *SIZE)
    assert 0 <= tiles.min() <= tiles.max() <= 1
    assert not np.array_equal(tiles[1], tiles[2])


def test_a_generator_is_given_the_same_noise_each_time() -> None:
    # Given a picture that a network makes of noise
    torch.manual_seed(0)
    maker = nn.Sequential(nn.Linear(4, 3 * 8 * 8), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8)))
    shapes: dict[str, Shapes] = {"picture": {"noise": (4,)}, "features": {"patch": (3, 32, 32)}}
    module = Networks({"picture": maker, "features": pair()["features"]}, shapes, "features")

    # Then it can be painted
    outcome, _ = told(module, recipe(4))
    assert outcome.metrics["test_fall"] > 0.05


@pytest.mark.parametrize("stop_after", [5, 9])
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path: Path, stop_after: int) -> None:
    # Given a run of one epoch of looking and two of painting, at once
    wish = recipe(3).replace(scheduler={"name": "OneCycleLR", "max_lr": 0.05})
    whole = pair()
    outcome, _ = told(whole, wish)

    # When another is stopped within the one or the other, and goes on
    store, halves, steps = CheckpointStore(tmp_path), pair(), iter(range(stop_after))
    told(halves, wish, store=store, stop=lambda: next(steps, None) is None)
    checkpoint, _ = store.load()
    assert checkpoint is not None
    assert 0 < checkpoint.step < 18
    torch.manual_seed(99)
    rest = pair()
    again, _ = told(rest, wish, store=store, resume=checkpoint)

    # Then weights and figures are those of the run at once
    assert same(bits(whole), bits(rest))
    assert again.metrics == outcome.metrics


def test_painting_can_begin_with_an_eye_of_another_run() -> None:
    # Given weights that the looking network has learned by itself
    eye = compile_graph(drawn()[1].graph)
    kept = bits(eye)
    module = pair()
    canvas = module.get_parameter("picture.canvas").detach().clone()

    # When they are given to both networks together
    sentence = weights.take(module, kept)

    # Then the eye has them, and the picture is as before
    assert same(bits(module["features"]), kept)
    assert torch.equal(module.get_parameter("picture.canvas"), canvas)
    assert "picture.canvas is not in that run" in sentence


# What cannot be ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (recipe(style_nodes=("relu9",)), "In `features`: There is no layer to look at called 'relu9'."),
        (recipe(content_nodes=(), style_nodes=()), "There is nothing to look at."),
        (recipe(picture="canvas"), "needs a network called `canvas`"),
        (recipe(style="petal"), "no image in photographs called 'petal'. Did you mean 'petals'"),
        (recipe(images="iris"), "iris has no images of named classes."),
        (recipe(1, pretraining_epochs=0, style_nodes=("classifier",)), "a picture of 3×16×24"),
        (recipe().replace(precision="bfloat16"), "float32"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(wish: Recipe, sentence: str) -> None:
    with pytest.raises(TrainingError) as refusal:
        told(pair(), wish)
    assert sentence in str(refusal.value)


def test_style_wants_maps_and_the_picture_has_to_be_one() -> None:
    # Given a style node behind the flattening, in a network that takes any size
    module = pair()
    flat = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 72)
    )
    module["features"] = flat
    with pytest.raises(TrainingError, match="`2` gives one number a feature and sample"):
        told(module, recipe(content_nodes=("0",), style_nodes=("2",)))

    # Or a picture that is none
    module = pair()
    module["picture"].register_parameter("canvas", nn.Parameter(torch.zeros(3, 16)))
    with pytest.raises(TrainingError, match=r"`picture` has to give an image, .* and gives 3×16"):
        told(module, recipe())


def test_one_network_cannot_be_picture_and_eye() -> None:
    picture, features = drawn()
    project = Project("", picture.graph, features.graph)
    project.data = {"source": {"source": "generated", "name": "photograph_patches"}}

    with pytest.raises(TrainingError, match="`features` is named for both"):
        snapshot_of(project, features.graph, recipe(picture="features"))
    snapshot = snapshot_of(project, features.graph, recipe())
    assert (snapshot.network, snapshot.fed) == ("picture", "features")
    assert snapshot.inputs == ("patch",)
    assert [each.network for each in snapshot.others] == ["features"]

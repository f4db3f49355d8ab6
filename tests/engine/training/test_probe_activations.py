"""Maps, kernels and figures of outputs are those that a hook, or numpy, would give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.layers.initialization import Constant
from graph_engine.training import titles
from graph_engine.training.activations import figures
from graph_engine.training.anatomy import Anatomy
from graph_engine.training.commands import Look
from graph_engine.training.pictures import LARGEST, kernels_of, map_of
from graph_engine.training.probe import Glance, Probe, Samples
from graph_engine.training.recipe import Recipe
from graph_engine.training.titles import ACTIVATION_COLUMNS
from graph_engine.training.tracing import Trace

from .small import data
from .watched import Watched, drawn, made, source_of

pytestmark = pytest.mark.torch

RECIPE = Recipe(epochs=1, batch_size=128, threads=1, seed=5)
CPU = torch.device("cpu")
Array = NDArray[Any]


def cnn(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Conv2d", x, out_channels=6, kernel_size=3, name="conv")
    x = net.add("Dropout", net.add("ReLU", net.add("BatchNorm2d", x, name="norm"), name="relu"))
    return net.add("Linear", net.add("Flatten", x, name="flat"), out_features=10, name="fc")


def residual(net: NetworkBuilder, x: Handle) -> Handle:
    """A repeated block with a sum in it, and an operation outside."""
    block = net.block("Residual")
    a = block.input("a", shape=(4, 6, 6))
    b = block.add("Conv2d", a, out_channels=4, kernel_size=3, padding=1, name="conv")
    block.output("y", block.add("Add", b, a, name="added"))
    block.done()
    x = net.add("Conv2d", x, out_channels=4, kernel_size=3, name="stem")
    x = net.add("Residual", x, name="stage", repeat=3)
    x = net.add("Mean", x, dim=(2, 3), name="pooled")
    return net.add("Linear", x, out_features=10, name="fc")


def glance(
    source: Any, nodes: tuple[str, ...] = (), binned: bool = False
) -> tuple[Glance, Anatomy]:
    module = made(source)
    anatomy = Anatomy.of(module, source)
    samples = Samples.of(data("digits"), Look(), CPU)
    return Probe(anatomy, CPU, "float32").glance(samples, nodes, False, binned), anatomy


def restored(picture: Array, about: dict[str, Any]) -> Array:
    low, high = about["low"], about["high"]
    return np.asarray(low + picture.astype(np.float64) * (high - low) / 255)


# Where outputs come from -------------------------------------------------------------------------


def test_every_node_of_blocks_and_expressions_is_seen_in_the_order_of_computing() -> None:
    # Given a network with a block three times over, whose inside has a sum
    source = drawn(residual)
    found, anatomy = glance(source)

    # Then the nodes are in order, each copy's inside and then the whole, and each has its layer
    inner = [f"stage.{n}.{name}" for n in range(3) for name in ("conv", "added")]
    assert anatomy.nodes == ("x", "stem", *inner, "stage", "pooled", "fc")
    assert anatomy.layers[3] == "Add"
    assert anatomy.layers[-3:] == ("Block", "Mean", "Linear")

    # And every row has figures, those of a sum as computed by hand
    assert np.isfinite(found.table[:, :6]).all()
    module = made(source).eval().requires_grad_(False)
    inputs, _ = data("digits").validation.plain().batch(np.arange(8))
    x = module.get_submodule("stem")(torch.from_numpy(inputs[0]))
    for number, block in enumerate(module.get_submodule("stage").children()):
        x = block.get_submodule("conv")(x) + x
        row = anatomy.rows[f"stage.{number}.added"]
        assert found.table[row, 0] == pytest.approx(float(x.mean()), rel=1e-4)
        assert found.table[row, 3] == pytest.approx(float(x.max()), rel=1e-5)
    assert found.table[anatomy.rows["stage"], 0] == pytest.approx(float(x.mean()), rel=1e-4)
    pooled = x.mean((2, 3))
    assert found.table[anatomy.rows["pooled"], 2] == pytest.approx(float(pooled.min()), rel=1e-5)


def test_a_block_that_two_nodes_share_is_told_apart() -> None:
    # Given one instance of a block that two nodes use one after the other
    net = NetworkBuilder("main")
    block = net.block("Unit")
    a = block.add("Linear", block.input("a", shape=(8,)), out_features=8, name="fc")
    block.output("y", block.add("ReLU", a, name="act"))
    block.done()
    x = net.add("Select", net.input("x", shape=(1, 8, 8)), dim=1, index=0, name="rows")
    x = net.add("Mean", x, dim=(1,), name="mean")
    first = net.add("Unit", x, name="first")
    second = net.add("Unit", first, name="second", shares=first)
    net.output("y", net.add("Linear", second, out_features=10, name="last"))
    source = source_of(net.graph)

    # When it is looked at
    found, anatomy = glance(source)

    # Then the inside of each has its own figures
    module = made(source).eval()
    inputs, _ = data("digits").validation.plain().batch(np.arange(8))
    linear = module.get_submodule("first").get_submodule("fc").requires_grad_(False)
    once = linear(torch.from_numpy(inputs[0])[:, 0].mean(1))
    twice = linear(once.relu())
    assert found.table[anatomy.rows["first.fc"], 0] == pytest.approx(float(once.mean()), rel=1e-4)
    assert found.table[anatomy.rows["second.fc"], 0] == pytest.approx(float(twice.mean()), rel=1e-4)
    assert found.table[anatomy.rows["second"], 3] == pytest.approx(float(twice.max()), rel=1e-4)


def test_a_network_without_a_drawing_shows_its_innermost_modules() -> None:
    # Given a module by hand
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 5), nn.Sequential(nn.ReLU(), nn.Linear(5, 3))
    )

    # When its anatomy is taken, then the innermost modules stand for nodes
    anatomy = Anatomy.of(module)
    assert anatomy.nodes == ("0", "1", "2.0", "2.1")
    assert anatomy.weight_nodes == ("1", "1", "2.1", "2.1")


def test_several_networks_are_told_apart_by_their_names() -> None:
    # Given two networks in one module, with nodes of the same names
    networks = nn.ModuleDict({"maker": made(drawn(cnn)), "judge": made(drawn(residual))})

    # When its anatomy is taken, then paths and weights begin with the networks' names
    anatomy = Anatomy.of(networks)
    assert anatomy.nodes[:2] == ("maker.x", "maker.conv")
    assert "judge.stage.2.added" in anatomy.nodes
    owners = dict(zip(anatomy.weights, anatomy.weight_nodes, strict=True))
    assert owners["maker.layers.conv.weight"] == "maker.conv"
    assert owners["judge.stage.1.conv.bias"] == "judge.stage.1.conv"

    # And the outputs of the one that computes are seen, expressions too
    seen: list[str] = []
    trace = Trace(anatomy, lambda row, _, __: seen.append(anatomy.nodes[row]))
    trace.attach()
    networks["judge"](torch.randn(2, 1, 8, 8))
    trace.detach()
    assert seen == [node for node in anatomy.nodes if node.startswith("judge.")]


# Maps and kernels --------------------------------------------------------------------------------


def test_maps_are_what_a_hook_sees_in_evaluation_mode() -> None:
    # Given a run whose convolution, activation and last layer are looked at
    source = drawn(cnn)
    nodes = ("conv", "relu", "fc", "x")
    run = Watched(source, RECIPE, data("digits"), look=Look(nodes=nodes, samples=(3, 1, 4)))

    # When the trained network meets the same samples with hooks
    module = run.module.eval()
    seen: dict[str, Tensor] = {}
    for name, part in module.named_modules():
        part.register_forward_hook(
            lambda _, __, output, name=name: seen.setdefault(name.rpartition(".")[2], output)
        )
    inputs, _ = data("digits").validation.plain().batch(np.array([3, 1, 4]))
    with torch.no_grad():
        seen["x"] = torch.from_numpy(inputs[0])
        module(seen["x"])

    # Then the last maps are those outputs, to half of a 255th of their range
    for node in nodes:
        frame = run.frames(f"{titles.MAP}{node}")[-1]
        output = seen[node].numpy()
        about = dict(frame.about)
        assert about["low"] == pytest.approx(float(output.min()))
        assert about["high"] == pytest.approx(float(output.max()))
        assert about["size"] == list(output.shape)
        assert (about["samples"], about["split"]) == ([3, 1, 4], "validation")
        step = (about["high"] - about["low"]) / 255
        assert np.abs(restored(frame.array(), about) - output).max() <= step * 0.501
    assert run.frames(f"{titles.MAP}conv")[-1].about["layout"] == "images"
    assert run.frames(f"{titles.MAP}fc")[-1].about["layout"] == "vector"


def test_kernels_are_those_of_the_convolution() -> None:
    # Given a run whose convolution is looked at
    run = Watched(drawn(cnn), RECIPE, data("digits"), look=Look(nodes=("conv",)))
    frame = run.frames(f"{titles.KERNELS}conv")[-1]

    # Then the picture is the weight: out × in × height × width
    weight = run.module.get_parameter("layers.conv.weight").detach().numpy()
    about = dict(frame.about)
    assert about["size"] == list(weight.shape) == [6, 1, 3, 3]
    step = (about["high"] - about["low"]) / 255
    assert np.abs(restored(frame.array(), about) - weight).max() <= step * 0.501


@pytest.mark.parametrize(
    ("shape", "first", "layout", "shown"),
    [
        ((2, 3, 200, 100), False, "images", (2, 3, 50, 25)),
        ((8, 4000, 16, 16), False, "images", (8, 1024, 8, 8)),
        ((2, 3, 5, 8, 8), False, "images", (2, 3, 8, 8)),
        ((4, 6, 20), True, "sequence", (4, 20, 6)),
        ((4, 20, 6), False, "sequence", (4, 20, 6)),
        ((3, 7), False, "vector", (3, 7)),
        ((5,), False, "vector", (5, 1)),
        ((8, 10**6), False, "vector", (8, LARGEST // 8)),
    ],
)
def test_maps_of_every_rank_stay_small(
    shape: tuple[int, ...], first: bool, layout: str, shown: tuple[int, ...]
) -> None:
    # Given an output, when it is made a picture
    picture, about = map_of(torch.randn(shape), first)

    # Then its layout is told, and what does not fit is left out
    assert (about["layout"], picture.shape) == (layout, shown)
    assert picture.size <= LARGEST
    assert picture.dtype == np.uint8


def test_pictures_of_one_value_or_of_none_are_dark() -> None:
    # Given outputs without a range, when they are made pictures, then nothing is divided by zero
    for tensor in (torch.ones(2, 3), torch.full((2, 3), torch.nan)):
        picture, about = map_of(tensor, False)
        assert not picture.any()
        assert np.isfinite([about["low"], about["high"]]).all()

    # And infinities are as bright as it goes
    picture, about = map_of(torch.tensor([[0.0, 1.0, torch.inf]]), False)
    assert picture.tolist() == [[0, 255, 255]]
    assert about["high"] == 1.0


def test_transposed_and_one_dimensional_kernels_are_turned_the_same_way() -> None:
    # Given weights as torch keeps them, when they are shown, then out comes first, and height is there
    assert kernels_of(torch.randn(4, 2, 3, 3), True)[0].shape == (2, 4, 3, 3)
    assert kernels_of(torch.randn(4, 2, 5), False)[0].shape == (4, 2, 1, 5)
    assert kernels_of(torch.randn(4, 2, 3, 3, 3), False)[0].shape == (4, 2, 3, 3)
    picture, about = kernels_of(torch.randn(2048, 2048, 3, 3), False)
    assert picture.size <= LARGEST // 4
    assert about["size"] == [2048, 2048, 3, 3]


# Attention ---------------------------------------------------------------------------------------


def attention_net(net: NetworkBuilder, x: Handle) -> Handle:
    x = net.add("Select", x, dim=1, index=0, name="rows")
    x = net.add("MultiheadAttention", x, num_heads=2, need_weights=False, name="look")
    x = net.add("TransformerEncoderLayer", x, nhead=4, dim_feedforward=16, name="encoder")
    y = net.add("ScaledDotProductAttention", x, x, x, name="plain")
    return net.add("Linear", net.add("Mean", y, dim=(1,)), out_features=10, name="fc")


def test_attention_is_shown_as_matrices_though_the_network_never_makes_them() -> None:
    # Given three kinds of attention, none of which gives its weights
    source = drawn(attention_net)
    found, _ = glance(source, ("look", "encoder", "plain"))

    # Then each is samples × heads × queries × keys, and each query's weights come to one
    shapes = {"look": (8, 2, 8, 8), "encoder": (8, 4, 8, 8), "plain": (8, 1, 8, 8)}
    for node, shape in shapes.items():
        picture, about = found.pictures[f"{titles.MAP}{node}"]
        assert (about["layout"], picture.shape) == ("attention", shape)
        assert restored(picture, about).sum(-1) == pytest.approx(1.0, abs=0.03)

    # And the first's are those that torch gives when it is asked
    module = made(source).eval()
    inputs, _ = data("digits").validation.plain().batch(np.arange(8))
    rows = torch.from_numpy(inputs[0])[:, 0]
    look = module.get_submodule("look")
    _, weights = look(rows, rows, rows, need_weights=True, average_attn_weights=False)
    picture, about = found.pictures[f"{titles.MAP}look"]
    assert np.abs(restored(picture, about) - weights.detach().numpy()).max() < 0.005


# Figures -----------------------------------------------------------------------------------------


def test_figures_are_numpys() -> None:
    # Given outputs of several ranks, when their figures are taken
    for shape, first in (((8, 5), False), ((8, 4, 6, 6), True), ((3, 7, 5), False)):
        values = torch.randn(shape, generator=torch.Generator().manual_seed(1)).relu() + 0.25
        values[values == 0.25] = 0.0
        mean, deviation, low, high, zero, _, saturated = figures(values, "ReLU", None, first)

        # Then they are those of numpy
        array = values.numpy()
        assert mean == pytest.approx(array.mean(), rel=1e-5)
        assert deviation == pytest.approx(array.std(), rel=1e-5)
        assert (low, high) == (array.min(), array.max())
        assert zero == pytest.approx((array == 0).mean())
        assert np.isnan(saturated)


def test_dead_units_are_those_that_are_zero_for_every_sample() -> None:
    # Given maps of four channels, one of which never answers, and features, half of which never do
    maps = torch.rand(8, 4, 5, 5) + 0.1
    maps[:, 2] = 0
    maps[0, 1] = 0
    features = torch.rand(8, 6) + 0.1
    features[:, :3] = 0
    steps = torch.rand(8, 10, 5) + 0.1
    steps[..., 4] = 0
    column = ACTIVATION_COLUMNS.index("dead")

    # Then a quarter, half and a fifth are dead; a channel that one sample does not move is not
    assert float(figures(maps, "ReLU", None, True)[column]) == pytest.approx(0.25)
    assert float(figures(features, "ReLU", None, False)[column]) == pytest.approx(0.5)
    assert float(figures(steps, "ReLU", None, False)[column]) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("layer", "part", "values", "expected"),
    [
        ("Sigmoid", None, [0.001, 0.5, 0.999, 0.7], 0.5),
        ("Tanh", None, [-0.999, 0.0, 0.9, 0.999], 0.5),
        ("Hardtanh", nn.Hardtanh(-2.0, 2.0), [-2.0, 0.0, 1.0, 1.9], 0.25),
        ("ReLU6", nn.ReLU6(), [0.0, 6.0, 6.0, 3.0], 0.5),
        ("Softmax", nn.Softmax(dim=1), [0.999, 0.0005, 0.0005, 0.0], 1.0),
        ("Softmax", nn.Softmax(dim=1), [0.25, 0.25, 0.25, 0.25], 0.0),
    ],
)
def test_saturation_is_nearness_to_an_end(
    layer: str, part: nn.Module | None, values: list[float], expected: float
) -> None:
    # Given outputs of a bounded activation, when the fraction near an end is taken, then it is right
    column = ACTIVATION_COLUMNS.index("saturated")
    found = figures(torch.tensor([values]), layer, part, False)[column]
    assert float(found) == pytest.approx(expected)


def test_a_dead_layer_shows_in_the_table_of_a_run() -> None:
    # Given a network whose first layer starts so low that its activation never answers
    def draw(net: NetworkBuilder, x: Handle) -> Handle:
        low = Constant(val=-100.0)
        x = net.add("Flatten", x)
        x = net.add("Linear", x, out_features=16, name="fc1", bias_init=low)
        return net.add("Linear", net.add("ReLU", x, name="relu"), out_features=10, name="fc2")

    run = Watched(drawn(draw), RECIPE, data("digits"))

    # Then its units are all dead, and no gradient reaches its weights
    table = run.at(titles.ACTIVATIONS, 3)
    row = run.layers.nodes.index("relu")
    assert table[row, ACTIVATION_COLUMNS.index("dead")] == 1.0
    assert table[row, ACTIVATION_COLUMNS.index("zero")] == 1.0
    gradients = run.at(titles.GRADIENTS, 3)
    rows = [n for n, node in enumerate(run.layers.weight_nodes) if node == "fc1"]
    assert not gradients[rows, 0].any()

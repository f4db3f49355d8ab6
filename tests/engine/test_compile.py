"""Compiled networks: they compute what the drawing says, and name nodes in what goes wrong."""

from __future__ import annotations

import copy
import gc
import inspect
import linecache
import pickle
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from graph_engine import DesignError, Graph, Inference, NetworkBuilder, compile_graph
from graph_engine.codegen import make_source
from graph_engine.compile import compile_source, failing_path, run
from tests.benchmarks import drawings
from tests.benchmarks.engine import largest_activation, peak_bytes
from tests.engine.networks import classic, modern, transformers
from tests.engine.reference import sample_inputs

pytestmark = pytest.mark.torch


def test_a_compiled_network_computes() -> None:
    module = compile_graph(classic.lenet5())

    assert module(torch.zeros(2, 1, 32, 32)).shape == (2, 10)


def test_a_residual_network_equals_one_written_by_hand() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4,))
    y = net.add("Tanh", net.add("Linear", x, out_features=4))
    net.output("y", net.add("Add", x, y))
    module = compile_graph(net.graph)
    x_value = torch.randn(3, 4)

    by_hand = x_value + torch.tanh(module.get_submodule("linear1")(x_value))

    assert torch.equal(module(x_value), by_hand)


def test_a_repeated_block_has_weights_of_its_own_each() -> None:
    module = compile_graph(modern.resnet18())
    copies = module.get_submodule("layers.basic_block1")

    assert isinstance(copies, nn.Sequential)
    assert len(copies) == 2
    assert copies[0] is not copies[1]


def test_shared_weights_learn_together() -> None:
    net = NetworkBuilder("siamese")
    a, b = net.input("a", shape=(4,)), net.input("b", shape=(4,))
    first = net.add("Linear", a, out_features=2, name="encoder")
    net.output("y", net.add("Add", first, net.add("Linear", b, shares=first)))
    module = compile_graph(net.graph)
    a_value, b_value = torch.randn(3, 4), torch.randn(3, 4)

    module(a_value, b_value).sum().backward()

    expected = (a_value.sum(0) + b_value.sum(0)).expand(2, 4)
    torch.testing.assert_close(module.get_parameter("encoder.weight").grad, expected)


def test_a_failure_names_the_nodes_on_its_way() -> None:
    module = compile_graph(modern.resnet18())
    convolution = module.get_submodule("layers.projection_block1.layers.conv1")
    convolution.weight = nn.Parameter(torch.zeros(8, 8, 3, 3))

    with pytest.raises(DesignError, match=r"`projection_block1\.conv1` failed: RuntimeError"):
        run(module, torch.zeros(2, 3, 64, 64))


def test_a_failure_in_a_functional_step_names_its_node() -> None:
    net = NetworkBuilder("net")
    a, b = net.input("a", shape=(4,)), net.input("b", shape=(4,))
    net.output("y", net.add("Add", a, b, name="join"))
    module = compile_graph(net.graph)

    with pytest.raises(DesignError, match="`join` failed: RuntimeError"):
        run(module, torch.zeros(2, 4), torch.zeros(2, 3))


def test_other_failures_have_no_path() -> None:
    source = compile_graph(classic.lenet5()).netloom_source

    assert failing_path(ValueError("elsewhere"), source) == []  # type: ignore[arg-type]


def test_source_is_known_to_inspect_and_classes_can_be_pickled() -> None:
    module = compile_graph(classic.lenet5())

    assert "class Lenet5(nn.Module):" in inspect.getsource(type(module))
    assert pickle.loads(pickle.dumps(type(module))) is type(module)


def test_torch_compile_sees_one_graph() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4,))
    y = net.add("Linear", net.add("ReLU", net.add("Linear", x)))
    net.output("y", net.add("Add", y, y))
    module = compile_graph(net.graph)

    exported = torch.export.export(module, (torch.zeros(2, 4),))

    assert torch.equal(exported.module()(torch.ones(2, 4)), module(torch.ones(2, 4)))


def test_a_failure_in_a_loop_names_the_copy() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x, memory = unit.input("x", shape=(4,)), unit.input("memory", shape=(4,))
    x = unit.add("Linear", x, out_features=4)
    for name in ("Tanh", "ReLU", "Sigmoid"):
        x = unit.add(name, x)
    unit.output("y", unit.add("Add", unit.add("Linear", x, out_features=4), memory))
    unit.done()
    x, memory = net.input("x", shape=(4,)), net.input("memory", shape=(4,))
    net.output("y", net.add("Unit", x, memory, repeat=3, name="decoder"))
    module = compile_graph(net.graph)
    module.get_submodule("decoder.1.layers.linear2").weight = nn.Parameter(torch.zeros(4, 5))

    with pytest.raises(DesignError, match=r"`decoder\.1\.linear2` failed: RuntimeError"):
        run(module, torch.zeros(2, 4), torch.zeros(2, 4))


def test_a_failure_inside_of_pytorch_ends_at_the_node() -> None:
    """What PyTorch's own layers are made of is none of the drawing's."""
    net = NetworkBuilder("net")
    x = net.input("x", shape=(4, 8))
    net.output("y", net.add("TransformerEncoder", x, num_layers=2, nhead=2, dim_feedforward=8))
    module = compile_graph(net.graph)
    layer = module.get_submodule("transformer_encoder1.layers.1")
    layer.linear1 = nn.Sequential(nn.Identity(), nn.Linear(3, 8))

    with pytest.raises(DesignError, match=r"`transformer_encoder1` failed: RuntimeError"):
        run(module, torch.zeros(2, 4, 8))


def test_a_failure_in_the_last_line_names_its_node() -> None:
    net = NetworkBuilder("net")
    a, b = net.input("a", shape=(4,)), net.input("b", shape=(4,))
    net.output("y", net.add("Concatenate", a, b, dim=0, name="joint"))
    module = compile_graph(net.graph)

    with pytest.raises(DesignError, match="`joint` failed"):
        run(module, torch.zeros(2, 4), torch.zeros(2, 3))


def modules() -> list[str]:
    """What is left of compiled networks in the interpreter's tables."""
    gc.collect()
    return [name for name in (*sys.modules, *linecache.cache) if "netloom_network" in name]


def test_a_thousand_networks_leave_nothing_behind() -> None:
    source = make_source(Inference(classic.lenet5()))
    before = modules()
    for _ in range(1000):
        compile_source(source)

    assert modules() == before


def test_what_is_in_use_stays() -> None:
    """A copy keeps the classes alive when the original is gone; so does the class alone."""
    before = modules()
    copied = copy.deepcopy(compile_graph(classic.lenet5()))
    assert len(modules()) == len(before) + 2
    assert "class Lenet5" in inspect.getsource(type(copied))

    kind = type(copied)
    del copied
    assert isinstance(pickle.loads(pickle.dumps(kind())), kind)
    del kind
    assert modules() == before


def test_a_compiled_network_travels_by_pickle() -> None:
    module = compile_graph(modern.resnet18()).eval()
    x = torch.randn(2, 3, 32, 32)

    assert torch.equal(pickle.loads(pickle.dumps(module))(x), module(x))


@pytest.mark.parametrize("draw", [modern.resnet18, modern.unet, transformers.vit_b16])
def test_published_networks_are_one_graph(draw: Callable[[], Graph]) -> None:
    """Nothing in the emitted methods breaks the graph that ``torch.compile`` and export make."""
    graph = draw()
    with torch.device("meta"):
        module = compile_graph(graph).eval()
        inputs = tuple(x.to("meta") for x in sample_inputs(graph, 2))

        assert torch._dynamo.explain(module)(*inputs).graph_break_count == 0
        torch.export.export(module, inputs)


class HandInception(nn.Module):
    """Four branches side by side, joined."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(4 * width, width, 1)
        self.three = nn.Sequential(
            nn.Conv2d(4 * width, width, 1), nn.Conv2d(width, width, 3, padding=1)
        )
        self.five = nn.Sequential(
            nn.Conv2d(4 * width, width, 1), nn.Conv2d(width, width, 5, padding=2)
        )
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(4 * width, width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class HandUnet(nn.Module):
    """Down and up again, with the halves of each level joined."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.levels = 3
        self.down = nn.ModuleList(
            [nn.Conv2d(width, width, 3, padding=1) for _ in range(self.levels)]
        )
        self.up = nn.ModuleList(
            [nn.ConvTranspose2d(width, width, 2, stride=2) for _ in range(self.levels)]
        )
        self.join = nn.ModuleList(
            [nn.Conv2d(2 * width, width, 3, padding=1) for _ in range(self.levels)]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for down in self.down:
            skips.append(down(x))
            x = nn.functional.max_pool2d(skips[-1], 2)
        for up, join in zip(self.up, self.join, strict=True):
            x = up(x)
            x = join(torch.cat([skips.pop(), x], dim=1))
        return x


def inception(width: int) -> Graph:
    """``HandInception`` three times, drawn flat."""
    net = NetworkBuilder("inception")
    x = net.input("image", shape=(4 * width, 16, 16))
    for _ in range(3):
        a = net.add("Conv2d", x, out_channels=width, kernel_size=1)
        b = net.add("Conv2d", x, out_channels=width, kernel_size=1)
        b = net.add("Conv2d", b, out_channels=width, kernel_size=3, padding=1)
        c = net.add("Conv2d", x, out_channels=width, kernel_size=1)
        c = net.add("Conv2d", c, out_channels=width, kernel_size=5, padding=2)
        d = net.add("MaxPool2d", x, kernel_size=3, stride=1, padding=1)
        d = net.add("Conv2d", d, out_channels=width, kernel_size=1)
        x = net.add("Concatenate", a, b, c, d)
    net.output("y", x)
    return net.graph


def unet(width: int) -> Graph:
    """``HandUnet``, drawn."""
    net = NetworkBuilder("unet")
    x, skips = net.input("image", shape=(width, 16, 16)), []
    for _ in range(3):
        skips.append(net.add("Conv2d", x, out_channels=width, kernel_size=3, padding=1))
        x = net.add("MaxPool2d", skips[-1], kernel_size=2)
    for _ in range(3):
        x = net.add("ConvTranspose2d", x, out_channels=width, kernel_size=2, stride=2)
        x = net.add("Concatenate", skips.pop(), x)
        x = net.add("Conv2d", x, out_channels=width, kernel_size=3, padding=1)
    net.output("y", x)
    return net.graph


@pytest.mark.parametrize(
    ("hand", "graph", "channels"),
    [
        (drawings.HandResnet(4), drawings.resnet(4), 3),
        (nn.Sequential(*(HandInception(4) for _ in range(3))), inception(4), 16),
        (HandUnet(4), unet(4), 4),
    ],
)
def test_inference_memory_is_that_of_code_written_by_hand(
    hand: nn.Module, graph: Graph, channels: int
) -> None:
    x = torch.zeros(2, channels, 16, 16)

    assert peak_bytes(compile_graph(graph), x) <= peak_bytes(hand, x) + largest_activation(hand, x)

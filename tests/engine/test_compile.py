"""Compiled networks: they compute what the drawing says, and name nodes in what goes wrong."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from graph_engine import DesignError, NetworkBuilder, compile_graph
from graph_engine.compile import failing_path, run
from tests.engine.networks import classic, modern

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

    by_hand = x_value + torch.tanh(module.linear1(x_value))

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
    torch.testing.assert_close(module.encoder.weight.grad, expected)


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


def test_inference_memory_is_that_of_code_written_by_hand(tmp_path: Path) -> None:
    from tests.benchmarks import drawings
    from tests.benchmarks.engine import largest_activation, peak_bytes

    x = torch.zeros(2, 3, 16, 16)
    hand, ours = drawings.HandResnet(4), compile_graph(drawings.resnet(4))

    assert peak_bytes(ours, x) <= peak_bytes(hand, x) + largest_activation(hand, x)

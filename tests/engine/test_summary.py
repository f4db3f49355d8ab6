"""Costs: names, shared weights, receptive fields, and memory held against what autograd really keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graph_engine import Graph, Inference, NetworkBuilder
from graph_engine.codegen import make_source
from graph_engine.layers.inputs import Input
from graph_engine.layers.shape import evaluate
from graph_engine.summary import Row, Summary, summarize
from tests.engine.networks import classic, modern, transformers

LENGTH = 64


def table(graph: Graph) -> Summary:
    """The summary, with every unknown length known."""
    return summarize(Inference(graph), {"T": LENGTH, "S": LENGTH})


def row(summary: Summary, name: str) -> Row:
    """The row of that name."""
    return next(row for row in summary.rows if row.name == name)


def test_blocks_are_unrolled_by_dotted_path() -> None:
    summary = table(modern.resnet18())
    names = [row.name for row in summary.rows]

    assert names[:4] == ["conv1", "batch_norm1", "relu1", "max_pool1"]
    assert "basic_block1.0.conv1" in names
    assert "basic_block1.1.conv1" in names
    assert "projection_block2.conv3" in names
    assert len(names) == len(set(names))
    assert row(summary, "basic_block1.1.conv2").output_shape == "64×56×56"


def test_the_document_has_what_scripts_rely_on() -> None:
    document = table(classic.lenet5()).to_dict()

    assert document["parameters"] == document["trainable_parameters"] == 61_706
    assert document["multiply_adds"] == sum(each["multiply_adds"] for each in document["layers"])
    assert document["layers"][0] == {
        "name": "conv1", "layer": "Conv2d", "output_shape": "6×28×28", "parameters": 156,
        "trainable_parameters": 156, "multiply_adds": 117_600, "activation_bytes": 18_816,
        "receptive_field": [5, 5],
    }  # fmt: skip


def test_frozen_layers_do_not_train() -> None:
    net = NetworkBuilder("net")
    x = net.add("Linear", net.input("x", shape=(8,)), out_features=4, trainable=False)
    net.output("y", net.add("Linear", x, out_features=2))
    summary = table(net.graph)

    assert (summary.parameters, summary.trainable_parameters) == (36 + 10, 10)
    assert row(summary, "linear1").saved_bytes == 0


def test_shared_weights_count_once() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    unit.output("y", unit.add("Linear", unit.input("x", shape=(8,)), out_features=8))
    unit.done()
    a, b = net.input("a", shape=(8,)), net.input("b", shape=(8,))
    first, other = net.add("Unit", a, name="first"), net.add("Linear", a, out_features=8)
    again = net.add("Unit", b, shares=first)
    net.output("y", net.add("Add", first, again, other, net.add("Linear", b, shares=other)))
    summary = table(net.graph)

    assert summary.parameters == 2 * 72
    assert summary.multiply_adds == 4 * 64


def test_tied_weights_count_once() -> None:
    summary = table(transformers.gpt2_small())

    assert row(summary, "head").parameters == 0
    assert row(summary, "head").multiply_adds == LENGTH * 768 * 50257


def test_unknown_sizes_get_a_value() -> None:
    net = NetworkBuilder("net")
    net.output("y", net.add("Linear", net.input("x", shape=("T", 8)), out_features=2))

    assert summarize(Inference(net.graph)).sizes["T"] == 64
    assert summarize(Inference(net.graph), {"T": 10}).multiply_adds == 10 * 16


def test_the_faulty_part_is_left_out() -> None:
    net = NetworkBuilder("net")
    x = net.add("Linear", net.input("x", shape=(8,)), out_features=4)
    net.output("y", net.add("ReLU", net.add("Conv2d", x)))

    assert [row.name for row in table(net.graph).rows] == ["linear1"]


# Receptive fields, as published ------------------------------------------------------------------


def test_the_last_convolution_of_vgg_sees_196_pixels() -> None:
    assert row(table(classic.vgg(2, 2, 3, 3, 3)), "conv13").receptive_field == (196, 196)


def test_the_last_stage_of_resnet_50_sees_427_pixels() -> None:
    """With the stride in the 3×3 convolution, as torchvision has it: 35, 91, 267 and 427 pixels."""
    summary = table(modern.resnet50())
    fields = [row(summary, f"bottleneck{stage}.{last}.relu3").receptive_field for stage, last in (
        (1, 1), (2, 2), (3, 4), (4, 1))]  # fmt: skip

    assert fields == [(35, 35), (91, 91), (267, 267), (427, 427)]


def test_a_pooling_over_everything_sees_everything() -> None:
    summary = table(modern.resnet18())

    assert row(summary, "adaptive_avg_pool1").receptive_field == ()
    assert row(summary, "linear1").receptive_field == ()


# Memory ------------------------------------------------------------------------------------------


def kept_by_autograd(graph: Graph, batch: int, device: str) -> int:
    """Bytes of all storages that are kept for the backward pass, without weights and buffers."""
    import torch

    from graph_engine.compile import compile_source

    inference = Inference(graph)
    seen: dict[int, Any] = {}
    with torch.device(device):
        module = compile_source(make_source(inference)).train()
        own = [*module.parameters(), *module.buffers()]
        weights = {tensor.untyped_storage()._cdata for tensor in own}
        inputs = []
        for name, node in graph.nodes.items():
            if type(node.layer) is Input:
                kind = inference.visits[name].outputs["output"]
                sizes = {"B": batch, "T": LENGTH, "S": LENGTH}
                shape = [evaluate(size, sizes) for size in kind.shape]
                inputs.append(torch.zeros(shape, dtype=getattr(torch, kind.dtype)))

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            storage = tensor.untyped_storage()
            if storage._cdata not in weights:
                seen[storage._cdata] = storage
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            result = module(*inputs)
        assert result is not None
    return sum(storage.nbytes() for storage in seen.values())


CONVOLUTIONAL: dict[str, Callable[[], Graph]] = {
    "LeNet-5": classic.lenet5,
    "AlexNet": classic.alexnet,
    "VGG-16": lambda: classic.vgg(2, 2, 3, 3, 3),
    "SqueezeNet": classic.squeezenet,
    "GoogLeNet": classic.googlenet,
    "ResNet-18": modern.resnet18,
    "ResNet-50": modern.resnet50,
    "DenseNet-121": modern.densenet121,
    "MobileNetV2": modern.mobilenet_v2,
    "U-Net": modern.unet,
}


@pytest.mark.torch
@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_memory_forecast_of_convolutional_networks(name: str) -> None:
    graph = CONVOLUTIONAL[name]()

    assert 4 * table(graph).saved_bytes == pytest.approx(
        kept_by_autograd(graph, 4, "meta"), rel=0.01
    )


@pytest.mark.torch
@pytest.mark.parametrize(
    "draw",
    [
        transformers.vit_b16,
        transformers.bert_base,
        transformers.gpt2_small,
        transformers.transformer,
    ],
)
def test_the_memory_forecast_of_transformers(draw: Callable[[], Graph]) -> None:
    """Executed for real: on the meta device attention takes another way than on a CPU."""
    graph = draw()

    assert table(graph).saved_bytes == pytest.approx(kept_by_autograd(graph, 1, "cpu"), rel=0.06)


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_the_memory_forecast_of_recurrent_layers(kind: str) -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(LENGTH, 32))
    net.output("y", net.add(kind, x, hidden_size=48, num_layers=2, bidirectional=True))

    forecast = 4 * table(net.graph).saved_bytes
    assert forecast == pytest.approx(kept_by_autograd(net.graph, 4, "meta"), rel=0.15)


def test_training_takes_weights_gradients_state_and_activations() -> None:
    summary = table(classic.lenet5())

    fixed = 4 * 61_706 * 4
    assert summary.training_bytes(10) == fixed + 10 * summary.saved_bytes
    assert summary.training_bytes(1, optimizer_states=0) == fixed // 2 + summary.saved_bytes

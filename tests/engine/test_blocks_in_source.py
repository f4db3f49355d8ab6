"""Blocks become classes: one for all instances where they differ in numbers, several where they differ
in more; and every instance is what its own inputs and arguments call for."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
import torch
from torch import nn

from graph_engine import (
    DesignError,
    Graph,
    Inference,
    NetworkBuilder,
    compile_graph,
    generate_source,
)
from graph_engine.builder import Bound
from graph_engine.codegen import make_source
from graph_engine.compile import compile_source
from tests.engine.networks import modern
from tests.engine.reference import Reference, sample_inputs

pytestmark = pytest.mark.torch


def verified(graph: Graph) -> nn.Module:
    """The compiled network, after it was held against the drawing node by node."""
    inference = Inference(graph)
    source = make_source(inference)
    module = compile_source(source).eval()
    inputs = sample_inputs(graph, 2)
    result = module(*inputs)
    expected = Reference(source, 2).run(inference, module, inputs)
    assert all(map(torch.equal, result if isinstance(result, tuple) else (result,), expected))
    return module


def classes(graph: Graph) -> list[str]:
    """The names of the classes, in their order."""
    return re.findall(r"^class (\w+)", generate_source(graph), re.M)


def test_every_kind_of_parameter() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    width, flag = unit.parameter("width", 8), unit.parameter("flag", True)
    rate, mode = unit.parameter("rate", 0.1), unit.parameter("mode", "none")
    x = unit.add("Linear", unit.input("x", shape=(4,)), out_features=width, bias=flag)
    unit.output(
        "y", unit.add("GELU", unit.add("LeakyReLU", x, negative_slope=rate), approximate=mode)
    )
    unit.done()
    x = net.add("Unit", net.input("x", shape=(4,)))
    x = net.add("Unit", x, width=16, flag=False, rate=0.2, mode="tanh")
    net.output("y", net.add("Unit", x, width=2, rate=1))
    module = verified(net.graph)

    assert classes(net.graph) == ["Unit", "Net"]
    text = generate_source(net.graph)
    assert 'mode: str = "none"' in text
    assert "rate: float = 0.1" in text
    assert 'Unit(in_features=8, width=16, flag=False, rate=0.2, mode="tanh")' in text
    layers: Any = module.layers
    assert layers.unit2.layers.linear1.bias is None
    assert layers.unit3.layers.leaky_relu1.negative_slope == 1


def test_a_parameter_that_shapes_the_forward_method_makes_classes() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    dim = unit.parameter("dim", 1)
    unit.output("y", unit.add("Mean", unit.add("Linear", unit.input("x", shape=(4, 4))), dim=(1,)))
    linear = unit.graph.nodes["linear1"]
    assert linear.name == "linear1"
    unit.output("z", unit.add("Select", unit.input("w", shape=(4, 4)), dim=dim, index=0))
    unit.done()
    x, w = net.input("x", shape=(4, 4)), net.input("w", shape=(4, 5))
    first, second = net.add("Unit", x, w, dim=1), net.add("Unit", x, w, dim=2)
    for index, ref in enumerate((first["y"], first["z"], second["z"])):
        net.output(f"out{index}", ref)
    verified(net.graph)

    assert classes(net.graph) == ["Unit", "Unit2", "Net"]


def test_what_training_leaves_alone_may_differ() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    learns = unit.parameter("learns", True)
    unit.output(
        "y", unit.add("Linear", unit.input("x", shape=(4,)), out_features=4, trainable=learns)
    )
    unit.done()
    x = net.add("Unit", net.input("x", shape=(4,)), learns=False)
    net.output("y", net.add("Unit", x))
    module = verified(net.graph)

    assert [w.requires_grad for w in module.parameters()] == [False, False, True, True]


def test_parameters_are_handed_on_by_formula() -> None:
    net = NetworkBuilder("net")
    inner = net.block("Inner")
    inner_width = inner.parameter("width", 4)
    inner.output(
        "y", inner.add("Linear", inner.input("x", shape=(4,)), out_features=3 * inner_width)
    )
    inner.done()
    outer = net.block("Outer")
    base, unused = outer.parameter("base", 2), outer.parameter("unused", 5)
    x = outer.add("Inner", outer.input("x", shape=(4,)), width=base + 1)
    outer.output("y", outer.add("Inner", x, width=2 * (base - 1)))
    outer.done()
    assert unused == "unused"
    x = net.add("Outer", net.input("x", shape=(4,)), base=3)
    net.output("y", net.add("Outer", x, base=7))
    module = verified(net.graph)

    text = generate_source(net.graph)
    assert "Inner(in_features=in_features, width=base + 1)" in text
    assert "width=2 * (base - 1))" in text
    assert "unused" not in text
    assert [m.out_features for m in module.modules() if isinstance(m, nn.Linear)] == [
        12,
        12,
        24,
        36,
    ]


def test_bounds_can_be_calculated_with() -> None:
    width = Bound("width")

    assert 4 * width == "4 * width"
    assert (width + 1) * 2 == "(width + 1) * 2"
    assert (1 - width) // 2 == "(1 - width) // 2"
    assert width / (1 + width) == "width / (1 + width)"


def test_copies_of_a_repeated_block_may_differ() -> None:
    module = verified(densenet())

    assert [m.in_features for m in module.modules() if isinstance(m, nn.Linear)] == [4, 6, 8]


def densenet() -> Graph:
    """Three copies, each two values wider than the one before."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x = unit.input("x", shape=(4,))
    unit.output("y", unit.add("Concatenate", x, unit.add("Linear", x, out_features=2)))
    unit.done()
    net.output("y", net.add("Unit", net.input("x", shape=(4,)), repeat=3))
    return net.graph


def test_the_number_of_copies_can_be_a_parameter() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    unit.output("y", unit.add("Linear", unit.input("x", shape=(8,)), out_features=8))
    unit.done()
    stage = net.block("Stage")
    depth = stage.parameter("depth", 2)
    stage.output("y", stage.add("Unit", stage.input("x", shape=(8,)), repeat=depth))
    stage.done()
    x = net.input("x", shape=(8,))
    for number in (3, 2, 1):
        x = net.add("Stage", x, depth=number)
    net.output("y", x)
    module = verified(net.graph)

    assert "for _ in range(depth)" in generate_source(net.graph)
    assert sum(isinstance(m, nn.Linear) for m in module.modules()) == 6


def test_a_huge_repeat_is_one_line() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    unit.output("y", unit.add("Linear", unit.input("x", shape=(2,)), out_features=2))
    unit.done()
    net.output("y", net.add("Unit", net.input("x", shape=(2,)), repeat=1000))

    assert generate_source(net.graph).count("Unit(") == 2
    assert len(list(compile_graph(net.graph).parameters())) == 2000


def test_a_block_that_is_only_a_wire() -> None:
    net = NetworkBuilder("net")
    wire = net.block("Wire")
    x = wire.input("x", shape=(4,))
    wire.output("y", x)
    wire.output("z", x)
    wire.done()
    both = net.add("Wire", net.input("x", shape=(4,)))
    net.output("y", net.add("Add", both["y"], both["z"]))
    module = verified(net.graph)

    assert torch.equal(module(torch.ones(2, 4)), torch.full((2, 4), 2.0))


def test_ports_keep_their_order() -> None:
    """Inputs are handed over as the block's ports stand, not as the data happens to flow."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    a, b, c = (unit.input(name, shape=(4,)) for name in "abc")
    last = unit.add("Subtract", c, unit.add("Tanh", b))
    unit.output("p", unit.add("Linear", last, out_features=3))
    unit.output("q", unit.add("Subtract", a, b))
    unit.done()
    x, y, z = (net.input(name, shape=(4,)) for name in "xyz")
    made = net.add("Unit", z, x, y)
    net.output("first", made["q"])
    net.output("second", made["p"])
    module = verified(net.graph)

    ones = torch.ones(2, 4)
    assert torch.equal(module(ones, 2 * ones, 5 * ones)[0], 4 * ones)


def test_the_memory_of_a_loop_is_not_overwritten() -> None:
    """A repeated block that looks at its own start: the start has to survive the first copy."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x, start = unit.input("x", shape=(4,)), unit.input("start", shape=(4,))
    unit.output("y", unit.add("Add", unit.add("Linear", x, out_features=4), start))
    unit.done()
    x = net.add("Tanh", net.input("layer", shape=(4,)))
    net.output("y", net.add("Unit", x, x, repeat=3, name="layers"))

    verified(net.graph)


def test_names_that_are_in_the_way() -> None:
    """A parameter named like a class, an attribute named like a chain, an input named like a loop."""
    net = NetworkBuilder("net")
    inner = net.block("Unit")
    inner.output("y", inner.add("Linear", inner.input("x", shape=(4,)), out_features=4))
    inner.done()
    outer = net.block("Outer")
    taken = outer.parameter("Unit", 4)
    x, layer = outer.input("x", shape=(4,)), outer.input("layer", shape=(4,))
    x = outer.add("Linear", x, out_features=taken, name="layers")
    for name in ("append", "pop", "tanh"):
        x = outer.add("Tanh", x, name=name)
    x = outer.add("Unit", outer.add("ReLU", outer.add("Sigmoid", outer.add("Tanh", x))))
    outer.output("y", outer.add("Add", x, layer))
    outer.done()
    x = net.input("Net", shape=(4,))
    net.output("y", net.add("Outer", x, x, Unit=4))

    verified(net.graph)


def test_a_supplied_class_keeps_its_name() -> None:
    net = NetworkBuilder("patch_embedding")
    unit = net.block("ClassToken")
    unit.output("y", unit.add("Linear", unit.input("x", shape=(8,))))
    unit.done()
    x = net.add("PatchEmbedding", net.input("image", shape=(3, 8, 8)), features=8, patch_size=4)
    net.output("y", net.add("ClassToken", x))

    assert classes(net.graph) == ["PatchEmbedding", "ClassToken", "PatchEmbedding1"]


def test_sharing_needs_the_same_module() -> None:
    """Weights of equal shapes are not enough where what arrives leads to another forward method."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x = unit.add("Linear", unit.input("x", shape=(4, 8)), out_features=8)
    unit.output("y", unit.add("SplitHeads", x, num_heads=2))
    unit.done()
    a, b = net.input("a", shape=(4, 8)), net.input("b", shape=(6, 8))
    first = net.add("Unit", a)
    net.output("y", first)
    net.output("z", net.add("Unit", b, shares=first))
    verified(net.graph)

    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x = unit.input("x", shape=(4, 8, 8))
    x = unit.add("Conv2d", x, out_channels=4, kernel_size=1)
    unit.output("y", unit.add("LocalResponseNorm", x))
    unit.output("z", unit.add("Interpolate", x, size=(8, 8)) if False else unit.add("Tanh", x))
    unit.done()
    first = net.add("Unit", net.input("a", shape=(4, 8, 8)))
    net.output("y", net.add("Unit", net.input("b", shape=(4, 6, 6)), shares=first)["y"])
    net.output("z", first["z"])
    verified(net.graph)


def test_nested_blocks_that_differ_in_structure() -> None:
    """The same block with images of another size reshapes to other numbers inside."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    x = unit.input("x", shape=(4, 8))
    unit.output("y", unit.add("Linear", unit.add("Flatten", x), out_features=3))
    unit.done()
    a, b, c = (
        net.input("a", shape=(4, 8)),
        net.input("b", shape=(5, 6)),
        net.input("c", shape=(4, 8)),
    )
    for name, x in (("p", a), ("q", b), ("r", c)):
        net.output(name, net.add("Unit", x))
    verified(net.graph)

    assert classes(net.graph) == ["Unit", "Net"]


def test_one_class_where_all_instances_agree() -> None:
    assert classes(modern.mobilenet_v2()) == ["InvertedBlock", "InvertedResidual", "MobilenetV2"]


def test_a_stride_is_not_taken_for_a_width() -> None:
    """A size that only happens to equal another parameter is written as the number that it is."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    stride = unit.parameter("stride", 3)
    unit.output(
        "y", unit.add("Conv2d", unit.input("x", shape=(3, 8, 8)), kernel_size=1, stride=stride)
    )
    unit.done()
    net.output("y", net.add("Unit", net.input("x", shape=(3, 8, 8))))

    assert "nn.Conv2d(3, 32, kernel_size=1, stride=stride)" in generate_source(net.graph)


def test_many_different_instances_become_few_classes() -> None:
    rng = random.Random(0)
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    width, dim = unit.parameter("width", 4), unit.parameter("dim", 1)
    x = unit.add("Linear", unit.input("x", shape=(4, 4)), out_features=width)
    unit.output("y", unit.add("Softmax", unit.add("Roll", x, shifts=(1,), dims=(1,)), dim=dim))
    unit.done()
    x = net.input("x", shape=(4, 4))
    for _ in range(20):
        x = net.add("Unit", x, width=rng.choice([2, 4, 6]), dim=rng.choice([1, 2]))
    net.output("y", x)
    verified(net.graph)

    assert classes(net.graph) == ["Unit", "Net"]


def test_a_faulty_block_is_refused() -> None:
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    unit.output("y", unit.add("Conv2d", unit.input("x", shape=(8,))))
    unit.done()
    net.output("y", net.add("Unit", net.input("x", shape=(8,))))

    with pytest.raises(DesignError, match="does not work inside"):
        compile_graph(net.graph)

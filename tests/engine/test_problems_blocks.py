"""Problems in and around blocks: where they are, what they are given, and that there is an end."""

from __future__ import annotations

from typing import Any

import pytest

from graph_engine import Change, NetworkBuilder, Node
from graph_engine.builder import Bound
from graph_engine.inference.blocks import DEEPEST
from graph_engine.layers.block import Block
from tests.engine.found_problems import block, only, problems


def test_a_problem_inside_a_block_tells_where() -> None:
    net = NetworkBuilder("net")
    block(net, "Conv2d", parameters={})
    net.output("y", net.add("Unit", net.input("x", shape=(8,)), name="stage"))

    problem = only(net)
    assert problem.node == "stage"
    assert problem.fix == ("inside", "conv1")
    assert problem.sentence.startswith(
        "`stage` (Unit) does not work inside: `conv1.input` ← `x.output`: "
    )


@pytest.mark.parametrize(
    ("formula", "arguments", "sentence"),
    [
        (
            "8 // width",
            {"width": 0},
            "'8 // width' cannot be computed: integer division or modulo by zero.",
        ),
        ("width", {"width": -3}, "`out_features` takes a whole number of at least 1, not -3."),
        ("width / 2", {"width": 4}, "`out_features` takes a whole number of at least 1, not 2.0."),
        ("4 * height", {}, "The block has no parameter 'height'; it has width."),
        ("width * 1e9 * 1e9", {}, "'width * 1e9 * 1e9' gives 4e+18, which is out of range."),
    ],
)
def test_a_formula_that_gives_nonsense(
    formula: str, arguments: dict[str, Any], sentence: str
) -> None:
    net = NetworkBuilder("net")
    block(net, "Linear", parameters={"width": 4}, out_features=Bound(formula))
    net.output("y", net.add("Unit", net.input("x", shape=(8,)), **arguments))

    assert only(net).sentence == (
        f"`unit1` (Unit) does not work inside: `linear1` (Linear): {sentence}"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"rate": "much"}, "`rate` takes a number, not 'much'."),
        ({"rate": True}, "`rate` takes a number, not True."),
        ({"rate": None}, "`rate` takes a number, not None."),
        ({"speed": 1}, "The block has no parameter `speed`. Remove the value."),
    ],
)
def test_arguments_that_a_block_does_not_take(arguments: dict[str, Any], sentence: str) -> None:
    net = NetworkBuilder("net")
    block(net, "Dropout", parameters={"rate": 0.1}, p="rate")
    net.output("y", net.add("Unit", net.input("x", shape=(8,)), **arguments))

    assert only(net).sentence == f"`unit1` (Unit): {sentence}"


def test_blocks_that_are_not_there() -> None:
    net = NetworkBuilder("net")
    net.output("y", net.input("x", shape=(8,)))
    for name, wanted in (("a", ""), ("b", "Gone")):
        net.graph.apply(Change({"nodes": {name: (None, Node(name, Block(block=wanted)))}}))

    assert [p.sentence for p in problems(net)] == [
        "`a` (Block) is an instance of no block yet. Choose one.",
        "`b` (Gone) is an instance of the block `Gone`, which is not in the project. Choose another "
        "block, or draw that one.",
    ]


def test_blocks_that_contain_each_other() -> None:
    net = NetworkBuilder("net")
    for name, inner in (("A", "ReLU"), ("B", "A"), ("A", "B")):
        each = net.block(name)
        each.output("y", each.add(inner, each.input("x", shape=(8,))))
        each.done()
    net.output("y", net.add("A", net.input("x", shape=(8,))))

    assert "net → A → B → A" in only(net).sentence


def test_blocks_in_blocks_have_an_end() -> None:
    """However they are reached, also when the inner ones were inferred before the outer ones."""
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    inner = "ReLU"
    for depth in range(DEEPEST + 2):
        each = net.block(f"Depth{depth}")
        each.output("y", each.add(inner, each.input("x", shape=(8,))))
        inner = each.done()
        x = net.add(inner, x)
    net.output("y", x)

    assert [p.node for p in problems(net)] == [f"depth{DEEPEST}"]
    assert "more than 16 deep" in problems(net)[0].sentence


def test_many_paths_into_blocks_take_no_time() -> None:
    """Twelve blocks, each with ten instances of the one below: 10¹² copies, refused at once."""
    net = NetworkBuilder("net")
    inner = "ReLU"
    for depth in range(12):
        each = net.block(f"Depth{depth}")
        x = each.input("x", shape=(8,))
        for _ in range(10):
            x = each.add(inner, x)
        each.output("y", x)
        inner = each.done()
    net.output("y", net.add(inner, net.input("x", shape=(8,)), repeat=1000))

    assert "unrolls to more than 200,000 layers" in only(net).sentence


def test_a_repeated_block_has_one_way_through() -> None:
    net = NetworkBuilder("net")
    two = net.block("Two")
    x = two.input("x", shape=(8,))
    two.output("p", x)
    two.output("q", two.add("ReLU", x))
    two.done()
    net.output("y", net.add("Two", net.input("x", shape=(8,)), repeat=2))

    assert "exactly one output, but it has 1 and 2" in only(net).sentence

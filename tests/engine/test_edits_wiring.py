"""Wires: made, refused, taken away, bent; and how long that takes in a large drawing."""

from __future__ import annotations

import time

import pytest

from graph_engine import NetworkBuilder, edits
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import Graph
from graph_engine.layers import CATALOGUE
from tests.engine.drawing import cnn, made, ref, residual, sources
from tests.engine.random_edits import check_indices


def test_connecting_replaces_the_wire_that_was_there_and_its_route() -> None:
    graph = cnn()
    graph.apply(edits.set_route(graph, ref("fc.input"), [(5.0, 5.0)]))

    change = edits.connect(graph, ref("pool.output"), ref("fc.input"))

    assert sources(made(graph, change), "fc") == {"input": "pool.output"}
    assert not graph.routes
    assert change.inverse().pairs("routes") == {ref("fc.input"): (None, ((5.0, 5.0),))}


def test_connecting_what_is_connected_changes_nothing() -> None:
    assert not edits.connect(cnn(), ref("conv1.output"), ref("relu1.input"))


def test_a_variadic_input_takes_the_next_number() -> None:
    graph = residual()

    graph.apply(edits.connect(graph, ref("relu1.output"), ref("add1.x")))
    assert sources(graph, "add1")["x3"] == "relu1.output"
    graph.apply(edits.disconnect(graph, ref("add1.x1")))
    graph.apply(edits.connect(graph, ref("conv1.output"), ref("add1.x")))

    assert graph.slots("add1") == ["x2", "x3", "x4"]


def test_a_wire_dropped_on_a_variadic_slot_replaces_it_and_far_numbers_come_near() -> None:
    graph = residual()

    graph.apply(edits.connect(graph, ref("relu1.output"), ref("add1.x2")))
    assert sources(graph, "add1") == {"x1": "image.output", "x2": "relu1.output"}
    graph.apply(edits.connect(graph, ref("conv1.output"), ref("add1.x99999999999999999999")))

    assert graph.slots("add1") == ["x1", "x2", "x3"]


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("ghost.output", "fc.input", "no node called `ghost`"),
        ("conv1.output", "ghost.input", "no node called `ghost`"),
        ("conv1.hidden", "fc.input", r"`conv1` \(Conv2d\) has no output `hidden`; it has output"),
        ("logits.output", "fc.input", r"`logits` \(Output\) has no output"),
        ("conv1.output", "fc.weights", r"`fc` \(Linear\) has no input `weights`; it has input"),
        ("conv1.output", "image.input", r"`image` \(Input\) has no input .*no inputs"),
        ("fc.output", "conv1.input", "circle: `conv1` already leads to `fc`"),
        ("fc.output", "fc.input", "from `fc` to itself"),
    ],
)
def test_a_wire_that_cannot_be_is_refused_with_the_reason(
    source: str, target: str, sentence: str
) -> None:
    with pytest.raises(DesignError, match=sentence):
        edits.connect(cnn(), ref(source), ref(target))


def test_two_nodes_are_connected_without_aiming() -> None:
    graph = residual()
    graph.apply(edits.add(graph, CATALOGUE["MatMul"](), name="product"))
    graph.apply(edits.add(graph, CATALOGUE["LSTM"](), name="lstm"))

    for source in ("conv1", "conv2"):
        graph.apply(edits.connect_nodes(graph, source, "product"))
    graph.apply(edits.connect_nodes(graph, "relu1", "lstm"))
    graph.apply(edits.connect_nodes(graph, "relu1", "add1"))
    graph.apply(edits.connect_nodes(graph, "lstm", "y"))

    assert sources(graph, "product") == {"a": "conv1.output", "b": "conv2.output"}
    assert sources(graph, "lstm") == {"input": "relu1.output"}
    assert sources(graph, "add1")["x3"] == "relu1.output"
    assert sources(graph, "y") == {"input": "lstm.output"}
    with pytest.raises(WiringError, match="All inputs of `product` are wired"):
        edits.connect_nodes(graph, "image", "product")
    with pytest.raises(WiringError, match="`y` has no output"):
        edits.connect_nodes(graph, "y", "conv1")
    with pytest.raises(WiringError, match="`image` has no input"):
        edits.connect_nodes(graph, "conv1", "image")


def test_the_choices_between_two_nodes_begin_with_what_is_needed() -> None:
    graph = residual()
    graph.apply(edits.add(graph, CATALOGUE["LSTM"](), name="lstm"))

    found = edits.candidates(graph, "conv1", "lstm")

    assert [target.port for _, target in found] == ["input", "h0", "c0"]
    outputs = {source.port for source, _ in edits.candidates(graph, "lstm", "y")}
    assert outputs == {"output", "hidden", "cell"}


def test_a_knife_cuts_several_wires_in_one_change() -> None:
    graph = residual()

    change = edits.cut(graph, [ref("add1.x1"), ref("conv2.input")])

    assert len(change.pairs("wires")) == 2
    assert sources(made(graph, change), "add1") == {"x2": "conv2.output"}
    with pytest.raises(WiringError, match=r"No wire ends in `add1\.x1`"):
        edits.disconnect(graph, ref("add1.x1"))


def test_a_wire_is_bent_and_made_plain() -> None:
    graph = cnn()
    bends = [(1.0, 2.0), (3.0, 4.0)]

    assert made(graph, edits.set_route(graph, ref("fc.input"), bends)).routes == {
        ref("fc.input"): tuple(bends)
    }
    assert not made(graph, edits.set_route(graph, ref("fc.input"), [])).routes
    for wrong in ([(float("nan"), 0.0)], [(1e12, 0.0)], [(0.0, 0.0)] * 1001):
        with pytest.raises(DesignError):
            edits.set_route(graph, ref("fc.input"), wrong)


# Large drawings ----------------------------------------------------------------------------------


def tower(blocks: int) -> Graph:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(8,))
    for _ in range(blocks):
        x = net.add("Add", x, net.add("Linear", x, out_features=8))
    net.output("y", x)
    return net.graph


@pytest.mark.parametrize("blocks", [100, 1000])
def test_a_circle_behind_many_residual_blocks_is_noticed_at_once(blocks: int) -> None:
    # The number of ways through the blocks is 2 to the power of their number.
    graph = tower(blocks)
    begin = time.process_time()

    with pytest.raises(WiringError, match="would close a circle"):
        edits.connect(graph, ref(f"add{blocks}.output"), ref("linear2.input"))

    assert time.process_time() - begin < 0.5


def test_a_wire_against_the_kept_order_is_drawn() -> None:
    graph = tower(100)
    graph.apply(edits.add(graph, CATALOGUE["Linear"](out_features=8), name="late"))

    graph.apply(edits.connect(graph, ref("late.output"), ref("add1.x")))

    assert graph.order.position["late"] < graph.order.position["add1"]
    check_indices(graph)


def test_an_edit_has_only_the_rows_that_it_touches() -> None:
    graph = tower(100)

    moved = edits.move(graph, ["linear7"], (1.0, 0.0))
    wired = edits.connect(graph, ref("image.output"), ref("add50.x"))

    assert moved.tables.keys() == {"nodes"}
    assert list(moved.pairs("nodes")) == ["linear7"]
    assert wired.tables == {"wires": {ref("add50.x3"): (None, ref("image.output"))}}

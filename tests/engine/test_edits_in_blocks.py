"""A block is edited, and its instances follow: ports, wires, parameters and what is bound to them."""

from __future__ import annotations

import pytest

from graph_engine import NetworkBuilder, edits
from graph_engine.change import Change
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from tests.engine.drawing import cnn, inside, made, ref, sources, with_blocks

# Editing a block ---------------------------------------------------------------------------------


def test_all_instances_follow_the_new_name_of_a_port() -> None:
    graph = with_blocks()
    stage = inside(graph)

    change = edits.edit_block(graph, "stage", edits.rename(stage, "x", "features"))
    before = graph.definition()
    graph.apply(change)

    assert sources(graph, "stage1") == {"features": "image.output"}
    assert sources(graph, "stage2") == {"features": "stage1.y"}
    assert Inference(graph).is_whole()
    graph.apply(change.inverse())
    assert graph.definition() == before


def test_the_bend_of_a_wire_stays_when_its_port_is_renamed() -> None:
    graph = with_blocks()
    graph.apply(edits.set_route(graph, ref("stage2.x"), [(1.0, 1.0)]))
    stage = inside(graph)
    both = edits.rename(stage, "x", "features")
    stage.apply(both)
    both = both.then(edits.rename(stage, "y", "result"))

    graph.apply(edits.edit_block(graph, "stage", both))

    assert sources(graph, "stage2") == {"features": "stage1.result"}
    assert graph.routes == {ref("stage2.features"): ((1.0, 1.0),)}


def test_ports_that_swap_their_names_swap_their_wires() -> None:
    net = NetworkBuilder("main")
    block = net.block("minus")
    a, b = block.input("a", shape=(4,)), block.input("b", shape=(4,))
    block.output("y", block.add("Subtract", a, b))
    block.done()
    one, two = net.input("one", shape=(4,)), net.input("two", shape=(4,))
    net.output("y", net.add("minus", one, two, name="m"))
    graph, stage = net.graph, inside(net.graph, "minus")
    swap = Change()
    for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
        step = edits.rename(stage, old, new)
        stage.apply(step)
        swap = swap.then(step)

    graph.apply(edits.edit_block(graph, "minus", swap))

    assert sources(graph, "m") == {"a": "two.output", "b": "one.output"}


def test_wires_to_a_port_that_is_gone_go() -> None:
    graph = with_blocks()
    stage = inside(graph)

    graph.apply(edits.edit_block(graph, "stage", edits.remove(stage, ["y"])))

    assert sources(graph, "stage2") == {}
    assert sources(graph, "logits") == {}
    assert sources(graph, "stage1") == {"x": "image.output"}


def test_instances_inside_other_blocks_follow_as_well() -> None:
    graph = with_blocks()
    graph.apply(edits.group(graph, ["stage1", "stage2"], "trunk"))
    stage = inside(graph)

    graph.apply(edits.edit_block(graph, "stage", edits.rename(stage, "y", "features")))

    trunk = inside(graph, "trunk")
    assert sources(trunk, "stage2") == {"x": "stage1.features"}
    assert Inference(graph).is_whole()


def test_a_second_network_follows_the_change_of_the_first() -> None:
    graph = with_blocks()
    other = Graph.opened(graph.definition(), dict(graph.blocks))
    stage = inside(graph)
    change = edits.edit_block(graph, "stage", edits.rename(stage, "x", "features"))

    other.apply(edits.follow(other, change))

    assert sources(other, "stage1") == {"features": "image.output"}


def test_a_block_made_inside_a_block_reaches_the_project() -> None:
    graph = with_blocks()
    stage = inside(graph)

    graph.apply(edits.edit_block(graph, "stage", edits.group(stage, ["conv", "relu"], "inner")))

    assert set(graph.blocks) == {"stage", "inner"}
    assert Inference(graph).is_whole()
    graph.apply(edits.ungroup(graph, "stage1"))
    assert graph.nodes["inner1"].layer == Block(block="inner", arguments=(("width", 8),))


def test_a_block_that_is_not_there_cannot_be_edited() -> None:
    with pytest.raises(DesignError, match="no block called `ghost`"):
        edits.edit_block(cnn(), "ghost", Change())


def test_an_instance_gets_a_block_of_its_own() -> None:
    graph = with_blocks()

    graph.apply(edits.make_unique(graph, "stage2"))
    own = inside(graph, "stage1")
    graph.apply(edits.edit_block(graph, "stage1", edits.replace_layer(own, "relu", "Tanh")))

    assert graph.nodes["stage2"].layer == Block(block="stage1", repeat=2, arguments=(("width", 8),))
    assert graph.blocks["stage"].nodes["relu"].layer == CATALOGUE["ReLU"]()
    with pytest.raises(DesignError, match="called `stage` already"):
        edits.make_unique(graph, "stage2", "stage")


# Parameters --------------------------------------------------------------------------------------


def test_a_parameter_is_renamed_in_formulas_arguments_and_bindings() -> None:
    graph = with_blocks()
    graph.apply(edits.group(graph, ["stage1", "stage2"], "trunk"))
    trunk = inside(graph, "trunk")
    change = edits.add_parameter(trunk, "size", 8)
    trunk.apply(change)
    change = change.then(edits.bind(trunk, "stage1", "width", "size"))
    graph.apply(edits.edit_block(graph, "trunk", change))

    stage = inside(graph)
    graph.apply(
        edits.edit_block(graph, "stage", edits.rename_parameter(stage, "width", "channels"))
    )

    nodes = graph.blocks["trunk"].nodes
    assert nodes["stage1"].bindings == (("channels", "size"),)
    assert nodes["stage2"].layer == Block(block="stage", repeat=2, arguments=(("channels", 8),))
    assert graph.blocks["stage"].nodes["conv"].bindings == (("out_channels", "channels"),)
    assert Inference(graph).is_whole()


def test_a_parameter_that_goes_leaves_its_default_behind() -> None:
    graph = with_blocks()
    stage = inside(graph)
    change = edits.bind(stage, "conv", "out_channels", "2 * width")
    stage.apply(change)

    change = change.then(edits.remove_parameter(stage, "width"))
    graph.apply(edits.edit_block(graph, "stage", change))

    assert graph.blocks["stage"].nodes["conv"].layer == CATALOGUE["Conv2d"](
        out_channels=8, padding=1
    )
    assert graph.blocks["stage"].nodes["conv"].bindings == ()
    assert graph.nodes["stage1"].layer == Block(block="stage")


def test_a_parameter_is_added_described_and_refused() -> None:
    stage = inside(with_blocks())
    stage.apply(edits.add_parameter(stage, "rate", 0.5, "How much."))
    stage.apply(edits.set_parameter_default(stage, "rate", 0.25))
    stage.apply(edits.set_parameter_default(stage, "width", 16, "Channels."))

    assert (stage.parameters["rate"].default, stage.parameters["rate"].help) == (0.25, "How much.")
    assert stage.parameters["width"].help == "Channels."
    assert list(made(stage, edits.rename_parameter(stage, "width", "w")).parameters) == [
        "w",
        "rate",
    ]
    for wrong, words in (("w", "already"), ("class", "cannot be"), ("1", "starts with a letter")):
        with pytest.raises(DesignError, match=words):
            edits.add_parameter(stage, wrong, 1)
    with pytest.raises(DesignError, match="already"):
        edits.rename_parameter(stage, "w", "rate")
    with pytest.raises(ParameterError, match="no parameter `depth`; it has w, rate"):
        edits.remove_parameter(stage, "depth")
    with pytest.raises(ParameterError, match="out of range"):
        edits.add_parameter(stage, "huge", 1e300)

"""Layers come, go, stand on wires and take the place of others."""

from __future__ import annotations

import networkx as nx
import pytest

from graph_engine import edits
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from tests.engine.drawing import cnn, made, ref, residual, sources, with_blocks

# Adding ------------------------------------------------------------------------------------------


def test_typing_layers_draws_a_sequence() -> None:
    graph = Graph("main")
    last = ""
    for kind in ("Input", "Conv2d", "ReLU", "Conv2d", "Flatten", "Linear", "Output"):
        change = edits.add(graph, CATALOGUE[kind](), after=last)
        graph.apply(change)
        [last] = change.added("nodes")

    assert list(graph.nodes) == [
        "input1",
        "conv1",
        "relu1",
        "conv2",
        "flatten1",
        "linear1",
        "output1",
    ]
    assert graph.in_order() == list(graph.nodes)
    assert len(graph.wires) == 6
    assert Inference(graph).is_whole()
    xs = [node.position[0] for node in graph.nodes.values()]
    assert xs == sorted(set(xs))


def test_a_new_layer_takes_the_place_between() -> None:
    graph = made(cnn(), edits.add(cnn(), CATALOGUE["BatchNorm2d"](), after="conv1"))

    assert sources(graph, "batch_norm1") == {"input": "conv1.output"}
    assert sources(graph, "relu1") == {"input": "batch_norm1.output"}


def test_a_branch_leaves_the_followers_where_they_are() -> None:
    graph = made(cnn(), edits.add(cnn(), CATALOGUE["Tanh"](), after="conv1", between=False))

    assert sources(graph, "tanh1") == {"input": "conv1.output"}
    assert sources(graph, "relu1") == {"input": "conv1.output"}


def test_several_followers_all_come_after_the_new_layer() -> None:
    graph = made(residual(), edits.add(residual(), CATALOGUE["Tanh"](), after="image"))

    assert sources(graph, "conv1") == {"input": "tanh1.output"}
    assert sources(graph, "add1")["x1"] == "tanh1.output"


def test_behind_an_output_the_new_layer_comes_before_it() -> None:
    graph = made(cnn(), edits.add(cnn(), CATALOGUE["Softmax"](), after="logits"))
    assert sources(graph, "softmax1") == {"input": "fc.output"}
    assert sources(graph, "logits") == {"input": "softmax1.output"}

    empty = made(Graph("main"), edits.add(Graph("main"), Output(), name="y"))
    empty.apply(edits.add(empty, CATALOGUE["Linear"](), after="y"))
    assert sources(empty, "y") == {"input": "linear1.output"}
    graph.apply(edits.add(graph, Input(), after="logits"))
    assert sources(graph, "logits") == {"input": "softmax1.output"}


def test_what_has_no_input_or_output_is_only_put_there() -> None:
    graph = cnn()
    graph.apply(edits.add(graph, CATALOGUE["Parameter"](), after="conv1"))
    graph.apply(edits.add(graph, Output(), after="conv1"))

    assert sources(graph, "parameter1") == {}
    assert sources(graph, "output1") == {"input": "conv1.output"}
    assert sources(graph, "relu1") == {"input": "conv1.output"}


def test_a_name_a_title_and_a_place_can_be_chosen() -> None:
    graph = cnn()
    layer = CATALOGUE["Linear"]()
    graph.apply(edits.add(graph, layer, name="head", title="Head", position=(3, 4)))
    node = graph.nodes["head"]

    assert (node.title, node.position, node.layer) == ("Head", (3.0, 4.0), layer)
    for name, words in (("conv1", "called `conv1` already"), ("for", "cannot be `for`")):
        with pytest.raises(DesignError, match=words):
            edits.add(graph, layer, name=name)
    with pytest.raises(DesignError, match="no node called `ghost`"):
        edits.add(graph, layer, after="ghost")
    with pytest.raises(DesignError, match="coordinates"):
        edits.add(graph, layer, position=(float("inf"), 0.0))


def test_a_block_is_added_like_a_layer_and_named_after_it() -> None:
    graph = with_blocks()

    graph.apply(edits.add(graph, Block(block="stage"), after="stage1"))

    assert sources(graph, "stage3") == {"x": "stage1.y"}
    assert sources(graph, "stage2") == {"x": "stage3.y"}


def test_a_block_cannot_be_put_into_itself() -> None:
    graph = with_blocks()
    inside = Graph.opened(graph.blocks["stage"], dict(graph.blocks))

    with pytest.raises(DesignError, match="contains itself"):
        edits.add(inside, Block(block="stage"))
    with pytest.raises(DesignError, match="contains itself"):
        edits.replace_layer(inside, "relu", "stage")


# On a wire ---------------------------------------------------------------------------------------


def test_a_new_layer_stands_on_a_wire_half_way_where_there_is_room() -> None:
    graph = cnn()
    graph.apply(edits.move(graph, followers(graph, "relu1"), (288.0, 0.0)))
    before = {name: node.position for name, node in graph.nodes.items()}
    a, b = before["conv1"], before["relu1"]

    graph.apply(
        edits.insert_on_wire(graph, ref("relu1.input"), CATALOGUE["Dropout"](), name="drop")
    )

    assert sources(graph, "drop") == {"input": "conv1.output"}
    assert sources(graph, "relu1") == {"input": "drop.output"}
    assert graph.nodes["drop"].position == ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    assert all(graph.nodes[name].position == place for name, place in before.items())


def test_what_follows_makes_room_for_layers_on_a_narrow_wire() -> None:
    # Given a convolution beside the main line, whose wire comes back into it through an Add
    graph = cnn()
    x, y = graph.nodes["pool"].position
    graph.apply(edits.add(graph, CATALOGUE["Add"](), after="pool", position=(x + 288, y)))
    graph.apply(edits.move(graph, followers(graph, "add1")[1:], (288.0, 0.0)))
    conv = CATALOGUE["Conv2d"](out_channels=8)
    graph.apply(edits.add(graph, conv, after="pool", between=False, position=(x + 144, y + 110)))
    graph.apply(edits.connect(graph, ref("conv2.output"), ref("add1.x2")))
    before = {name: node.position for name, node in graph.nodes.items()}

    # When two layers are put on that wire
    layers = [CATALOGUE["Upsample"](size=(4, 4)), CATALOGUE["ReLU"]()]
    change = edits.insert_on_wire(graph, ref("add1.x2"), *layers)
    graph.apply(change)

    # Then they stand in the line of the convolution, and what follows stands clear of them
    new = change.added("nodes")
    assert [graph.nodes[name].position for name in new] == [
        (x + 144 + 288, y + 110),
        (x + 144 + 576, y + 110),
    ]
    moved = {n for n, place in before.items() if graph.nodes[n].position != place}
    assert moved == set(followers(graph, "add1"))
    assert graph.nodes["add1"].position == (x + 144 + 864, y)

    # And one step back it is as it was
    graph.apply(change.inverse())
    assert {name: node.position for name, node in graph.nodes.items()} == before


def followers(graph: Graph, name: str) -> list[str]:
    """A node and all that it feeds."""
    return [name, *nx.descendants(graph.dag, name)]


def test_several_layers_stand_on_a_wire_in_their_order() -> None:
    graph = cnn()
    layers = [CATALOGUE["BatchNorm2d"](), CATALOGUE["Tanh"]()]

    graph.apply(edits.insert_on_wire(graph, ref("relu1.input"), *layers))

    assert sources(graph, "tanh1") == {"input": "batch_norm1.output"}
    assert sources(graph, "relu1") == {"input": "tanh1.output"}


def test_a_node_that_is_there_leaves_its_place_for_a_wire() -> None:
    graph = cnn()

    graph.apply(edits.insert_node_on_wire(graph, ref("logits.input"), "relu1"))

    assert sources(graph, "pool") == {"input": "conv1.output"}
    assert sources(graph, "relu1") == {"input": "fc.output"}
    assert sources(graph, "logits") == {"input": "relu1.output"}


def test_what_cannot_stand_on_a_wire_says_so() -> None:
    graph = residual()
    with pytest.raises(WiringError, match="Output has no output"):
        edits.insert_on_wire(graph, ref("relu1.input"), Output())
    with pytest.raises(WiringError, match="Parameter has no input"):
        edits.insert_on_wire(graph, ref("relu1.input"), CATALOGUE["Parameter"]())
    with pytest.raises(WiringError, match=r"No wire ends in `image\.input`"):
        edits.insert_on_wire(graph, ref("image.input"), CATALOGUE["ReLU"]())
    with pytest.raises(WiringError, match="one of `relu1` itself"):
        edits.insert_node_on_wire(graph, ref("conv2.input"), "relu1")


# Removing ----------------------------------------------------------------------------------------


def test_what_is_behind_a_removed_layer_is_fed_by_what_was_before_it() -> None:
    graph = made(cnn(), edits.remove(cnn(), ["relu1", "pool"]))

    assert sources(graph, "flatten1") == {"input": "conv1.output"}


def test_removing_without_healing_leaves_the_inputs_open() -> None:
    graph = made(cnn(), edits.remove(cnn(), ["relu1"], heal=False))

    assert sources(graph, "pool") == {}


def test_healing_reaches_variadic_slots_and_keeps_their_numbers() -> None:
    graph = made(residual(), edits.remove(residual(), ["conv2"]))

    assert sources(graph, "add1") == {"x1": "image.output", "x2": "relu1.output"}


def test_where_several_inputs_matter_nothing_takes_their_place() -> None:
    graph = made(residual(), edits.remove(residual(), ["add1"]))
    assert sources(graph, "y") == {}

    single = residual()
    single.apply(edits.disconnect(single, ref("add1.x1")))
    single.apply(edits.remove(single, ["add1"]))
    assert sources(single, "y") == {"input": "conv2.output"}


def test_only_the_first_output_heals() -> None:
    graph = residual()
    graph.apply(edits.add(graph, CATALOGUE["LSTM"](), name="lstm", after="conv1", between=False))
    graph.apply(edits.connect(graph, ref("lstm.hidden"), ref("relu1.input")))
    graph.apply(edits.connect(graph, ref("lstm.output"), ref("conv2.input")))

    graph.apply(edits.remove(graph, ["lstm"]))

    assert sources(graph, "relu1") == {}
    assert sources(graph, "conv2") == {"input": "conv1.output"}


def test_a_route_goes_with_its_wire() -> None:
    graph = cnn()
    for port in ("relu1.input", "pool.input", "fc.input"):
        graph.apply(edits.set_route(graph, ref(port), [(1.0, 1.0)]))

    graph.apply(edits.remove(graph, ["relu1"]))

    assert set(graph.routes) == {ref("fc.input")}


def test_weights_that_others_use_go_to_the_first_of_them() -> None:
    graph = cnn()
    layer = CATALOGUE["Linear"](out_features=10)
    for name in ("left", "right"):
        graph.apply(edits.add(graph, layer, name=name, after="flatten1", between=False))
        graph.apply(edits.share_weights(graph, name, "fc"))
    graph.apply(edits.add(graph, CATALOGUE["Embedding"](), name="tied"))
    graph.apply(edits.share_weights(graph, "tied", "fc"))
    graph.apply(edits.set_parameter(graph, "fc", "out_features", 12))

    graph.apply(edits.remove(graph, ["fc"]))

    assert [graph.nodes[n].shares for n in ("left", "right", "tied")] == ["", "left", ""]
    assert graph.nodes["left"].layer == CATALOGUE["Linear"](out_features=12)


def test_extracting_takes_nodes_out_of_their_wires_together() -> None:
    graph = made(cnn(), edits.extract(cnn(), ["relu1", "pool"]))

    assert sources(graph, "relu1") == {}
    assert sources(graph, "pool") == {"input": "relu1.output"}
    assert sources(graph, "flatten1") == {"input": "conv1.output"}
    with pytest.raises(DesignError, match="at least one node"):
        edits.extract(graph, [])
    with pytest.raises(DesignError, match="no node called"):
        edits.remove(graph, ["conv1", "ghost"])


# Replacing ---------------------------------------------------------------------------------------


def test_another_layer_keeps_wires_place_and_the_parameters_that_fit() -> None:
    graph = cnn()
    graph.apply(edits.set_parameter(graph, "conv1", "bias", False))
    before = graph.nodes["conv1"]

    graph.apply(edits.replace_layer(graph, "conv1", "ConvTranspose2d"))

    after = graph.nodes["conv1"]
    assert after.layer == CATALOGUE["ConvTranspose2d"](
        out_channels=8, kernel_size=3, padding=1, bias=False
    )
    assert (after.position, after.name) == (before.position, before.name)
    assert sources(graph, "conv1") == {"input": "image.output"}
    assert sources(graph, "relu1") == {"input": "conv1.output"}
    assert list(graph.nodes)[1] == "conv1"


def test_values_that_do_not_fit_start_anew() -> None:
    graph = cnn()
    graph.apply(edits.set_parameter(graph, "conv1", "padding", "same"))

    graph.apply(edits.replace_layer(graph, "conv1", "MaxPool2d"))

    assert graph.nodes["conv1"].layer == CATALOGUE["MaxPool2d"](kernel_size=3)


def test_wires_move_to_the_ports_of_the_new_layer_in_their_order() -> None:
    graph = residual()
    graph.apply(edits.replace_layer(graph, "add1", "MatMul"))
    assert sources(graph, "add1") == {"a": "image.output", "b": "conv2.output"}
    graph.apply(edits.replace_layer(graph, "add1", "Concatenate"))
    assert sources(graph, "add1") == {"x1": "image.output", "x2": "conv2.output"}
    graph.apply(edits.replace_layer(graph, "add1", "LSTM"))
    assert sources(graph, "add1") == {"input": "image.output"}
    assert sources(graph, "y") == {"input": "add1.output"}
    graph.apply(edits.replace_layer(graph, "add1", "Output"))
    assert sources(graph, "y") == {}


def test_a_block_takes_the_place_of_a_layer_and_back() -> None:
    graph = with_blocks()
    graph.apply(edits.replace_layer(graph, "stage2", "ReLU"))
    assert sources(graph, "stage2") == {"input": "stage1.y"}

    graph.apply(edits.replace_layer(graph, "stage2", "stage"))

    assert graph.nodes["stage2"].layer == Block(block="stage")
    assert sources(graph, "stage2") == {"x": "stage1.y"}
    assert sources(graph, "logits") == {"input": "stage2.y"}
    with pytest.raises(DesignError, match="no layer called `Convolution`"):
        edits.replace_layer(graph, "stage2", "Convolution")


def test_a_replaced_layer_hands_its_shared_weights_on() -> None:
    graph = cnn()
    graph.apply(
        edits.add(graph, CATALOGUE["Linear"](), name="twin", after="flatten1", between=False)
    )
    graph.apply(edits.share_weights(graph, "twin", "fc"))

    graph.apply(edits.replace_layer(graph, "fc", "ReLU"))

    assert graph.nodes["twin"].shares == ""
    assert graph.nodes["twin"].layer == CATALOGUE["Linear"](out_features=10)


def test_an_edit_does_not_touch_the_graph() -> None:
    graph = cnn()
    before = graph.definition()

    edits.remove(graph, ["conv1"])
    edits.replace_layer(graph, "conv1", "ReLU")
    edits.add(graph, CATALOGUE["ReLU"](), after="conv1")

    assert graph.definition() == before
    assert PortRef("conv1", "input") in graph.wires

"""Groups become blocks, blocks become nodes, and instances follow their block."""

from __future__ import annotations

import pytest

from graph_engine import NetworkBuilder, edits
from graph_engine.change import Change
from graph_engine.errors import DesignError, ParameterError, WiringError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input
from tests.engine.drawing import cnn, made, ref, residual, sources, with_blocks
from tests.engine.random_edits import check_indices


def inside(graph: Graph, block: str = "stage") -> Graph:
    return Graph.opened(graph.blocks[block], dict(graph.blocks))


# Grouping ----------------------------------------------------------------------------------------


def test_a_selection_becomes_a_block_with_one_instance_in_its_place() -> None:
    graph = cnn()
    inference = Inference(graph)

    graph.apply(edits.group(graph, ["conv1", "relu1", "pool"], "stem", inference.type_at))

    assert list(graph.nodes) == ["image", "flatten1", "fc", "logits", "stem1"]
    assert sources(graph, "stem1") == {"x": "image.output"}
    assert sources(graph, "flatten1") == {"input": "stem1.y"}
    stem = graph.blocks["stem"]
    assert stem.nodes["x"].layer == Input(shape=(3, 16, 16))
    assert list(stem.nodes) == ["x", "conv1", "relu1", "pool", "y"]
    assert stem.wires[ref("conv1.input")] == ref("x.output")
    assert Inference(graph).is_whole()
    assert Inference(inside(graph, "stem")).is_whole()


def test_each_source_becomes_one_input_and_each_port_used_outside_one_output() -> None:
    graph = residual()
    graph.apply(edits.connect(graph, ref("image.output"), ref("add1.x")))
    graph.apply(edits.add(graph, CATALOGUE["Tanh"](), name="tanh", after="relu1", between=False))
    graph.apply(edits.add(graph, CATALOGUE["ReLU"](), name="outer", after="conv1"))

    graph.apply(edits.group(graph, ["relu1", "conv2", "add1"]))

    assert sources(graph, "block1") == {"outer": "outer.output", "image": "image.output"}
    assert sources(graph, "tanh") == {"input": "block1.relu1_out"}
    assert sources(graph, "y") == {"input": "block1.add1_out"}
    block = graph.blocks["block1"]
    assert {str(block.wires[ref(f"add1.{p}")]) for p in ("x1", "x3")} == {"image.output"}


def test_a_selection_that_nothing_uses_gives_what_its_last_layers_give() -> None:
    graph = made(cnn(), edits.remove(cnn(), ["logits"]))

    graph.apply(edits.group(graph, ["flatten1", "fc"], "head"))

    assert graph.blocks["head"].output_names() == ("y",)
    assert graph.blocks["head"].wires[ref("y.input")] == ref("fc.output")


def test_formulas_over_outer_parameters_become_parameters_of_the_block() -> None:
    stage = inside(with_blocks())

    stage.apply(edits.group(stage, ["conv", "relu"], "inner"))

    assert stage.nodes["inner1"].bindings == (("width", "width"),)
    assert stage.blocks["inner"].parameters["width"].default == 4
    assert dict(stage.blocks["inner"].nodes["conv"].bindings) == {"out_channels": "width"}


def test_bends_between_the_nodes_go_inside() -> None:
    graph = cnn()
    for port in ("relu1.input", "conv1.input"):
        graph.apply(edits.set_route(graph, ref(port), [(1.0, 1.0)]))

    graph.apply(edits.group(graph, ["conv1", "relu1"], "stem"))

    assert not graph.routes
    assert graph.blocks["stem"].routes == {ref("relu1.input"): ((1.0, 1.0),)}


def test_a_selection_that_a_path_leaves_and_comes_back_to_is_refused() -> None:
    with pytest.raises(WiringError, match="`relu1` lies between selected nodes and feeds `conv2`"):
        edits.group(residual(), ["conv1", "conv2"])


def test_a_detour_over_many_nodes_is_found() -> None:
    graph = cnn()

    with pytest.raises(WiringError, match="`flatten1` lies between"):
        edits.group(graph, ["conv1", "fc"])
    edits.group(graph, ["conv1", "relu1", "pool", "flatten1", "fc"])


@pytest.mark.parametrize(
    ("names", "block", "words"),
    [
        (["image", "conv1"], "", "`image` is an Input of `main`"),
        (["fc", "logits"], "", "`logits` is an Output of `main`"),
        (["conv1"], "class", "cannot be `class`"),
        (["conv1"], "main", "called `main` already"),
        ([], "", "at least one node"),
    ],
)
def test_a_selection_that_cannot_be_a_block_says_why(
    names: list[str], block: str, words: str
) -> None:
    with pytest.raises(DesignError, match=words):
        edits.group(cnn(), names, block)


def test_weights_are_not_shared_across_the_border() -> None:
    graph = residual()
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))

    with pytest.raises(DesignError, match="`conv2` uses the weights of `conv1`"):
        edits.group(graph, ["conv1"])
    graph.apply(edits.group(graph, ["conv1", "relu1", "conv2"]))

    assert graph.blocks["block1"].nodes["conv2"].shares == "conv1"


def test_an_instance_stands_on_the_grid_in_the_middle_of_what_it_takes_in() -> None:
    graph = residual()
    names = ["conv1", "relu1", "conv2"]
    graph.apply(edits.move(graph, ["conv1"], (0.0, 62.0)))
    xs, ys = zip(*(graph.nodes[name].position for name in names), strict=True)

    graph.apply(edits.group(graph, names))

    x, y = graph.nodes["block1"].position
    assert (x % 4, y % 4) == (0, 0)
    assert abs(x - sum(xs) / 3) <= 2
    assert abs(y - sum(ys) / 3) <= 2


# Ungrouping --------------------------------------------------------------------------------------


def test_a_grouped_selection_comes_back_as_it_was() -> None:
    graph = residual()
    before = graph.definition()
    graph.apply(edits.group(graph, ["conv1", "relu1", "conv2"]))

    graph.apply(edits.ungroup(graph, "block1"))

    after = graph.definition()
    assert after.wires == before.wires
    assert {n: (r.layer, r.shares) for n, r in after.nodes.items()} == {
        n: (r.layer, r.shares) for n, r in before.nodes.items()
    }
    assert "block1" in graph.blocks


def test_a_repeated_instance_unpacks_to_a_sequence_with_its_arguments_filled_in() -> None:
    graph = with_blocks()

    graph.apply(edits.ungroup(graph, "stage2"))

    assert sources(graph, "conv") == {"input": "stage1.y"}
    assert sources(graph, "conv1") == {"input": "relu.output"}
    assert sources(graph, "logits") == {"input": "relu1.output"}
    for name in ("conv", "conv1"):
        assert graph.nodes[name].layer == CATALOGUE["Conv2d"](out_channels=8, padding=1)
        assert graph.nodes[name].bindings == ()
    assert graph.nodes["conv"].position[0] < graph.nodes["conv1"].position[0]
    check_indices(graph)


def test_arguments_that_are_formulas_are_put_into_formulas() -> None:
    graph = with_blocks()
    stage = inside(graph)
    stage.apply(edits.group(stage, ["conv", "relu"], "inner"))
    stage.apply(edits.bind(stage, "inner1", "width", "width + 2"))

    stage.apply(edits.ungroup(stage, "inner1"))

    assert stage.nodes["conv"].bindings == (("out_channels", "width + 2"),)


def test_sharing_inside_a_block_goes_with_each_copy() -> None:
    graph = residual()
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))
    graph.apply(edits.group(graph, ["conv1", "relu1", "conv2"], "pair"))
    graph.apply(edits.set_repeat(graph, "pair1", 2))

    graph.apply(edits.ungroup(graph, "pair1"))

    shares = {name: node.shares for name, node in graph.nodes.items() if node.shares}
    assert len(shares) == 2
    assert len(set(shares.values())) == 2


def test_notes_and_frames_of_a_block_come_out_once() -> None:
    graph = with_blocks()
    stage = inside(graph)
    change = edits.add_note(stage, "why", (0.0, 0.0))
    graph.apply(edits.edit_block(graph, "stage", change))

    graph.apply(edits.ungroup(graph, "stage2"))

    assert [note.text for note in graph.notes.values()] == ["why"]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda g: edits.set_muted(g, ["stage2"], True), "muted"),
        (lambda g: edits.share_weights(g, "stage2", "stage1"), "share their weights"),
        (lambda g: edits.set_repeat(g, "stage2", 1000), ""),
    ],
)
def test_an_instance_that_cannot_be_unpacked_says_why(prepare, words: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    graph = with_blocks()
    graph.apply(prepare(graph))

    if not words:
        assert len(edits.ungroup(graph, "stage2").added("nodes")) == 2000
        return
    with pytest.raises(DesignError, match=words):
        edits.ungroup(graph, "stage2")


def test_only_an_instance_can_be_unpacked() -> None:
    graph = cnn()
    graph.apply(edits.add(graph, Block(block="lost"), name="lost"))

    with pytest.raises(DesignError, match="`conv1` is a Conv2d"):
        edits.ungroup(graph, "conv1")
    with pytest.raises(DesignError, match="`lost` is not in the project"):
        edits.ungroup(graph, "lost")


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


# What comes out ----------------------------------------------------------------------------------


@pytest.mark.torch
@pytest.mark.parametrize("repeat", [1, 3])
def test_a_grouped_and_an_ungrouped_network_compute_the_same(repeat: int) -> None:
    import torch

    from graph_engine import compile_graph

    graph = residual()
    image = torch.randn(2, 4, 8, 8)
    plain = compile_graph(graph)
    graph.apply(edits.group(graph, ["conv1", "relu1", "conv2", "add1"], "unit"))
    graph.apply(edits.set_repeat(graph, "unit1", repeat))
    grouped = compile_graph(graph)
    if repeat == 1:
        grouped.load_state_dict(
            dict(zip(grouped.state_dict(), plain.state_dict().values(), strict=True))
        )
        assert torch.equal(grouped(image), plain(image))

    graph.apply(edits.ungroup(graph, "unit1"))
    flat = compile_graph(graph)
    weights = dict(zip(flat.state_dict(), grouped.state_dict().values(), strict=True))
    flat.load_state_dict(weights)

    assert torch.equal(flat(image), grouped(image))

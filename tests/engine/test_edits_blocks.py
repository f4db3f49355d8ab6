"""Groups become blocks, and blocks become nodes again."""

from __future__ import annotations

import pytest

from graph_engine import edits
from graph_engine.errors import DesignError, WiringError
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input
from tests.engine.drawing import cnn, inside, made, ref, residual, sources, with_blocks
from tests.engine.random_edits import check_indices

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

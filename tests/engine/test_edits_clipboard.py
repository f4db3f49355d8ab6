"""Copy, paste and duplicate: through a chat, across projects, and past whatever else is pasted."""

from __future__ import annotations

import json
import random

import pytest

from graph_engine import edits
from graph_engine.errors import DesignError, ProjectError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from tests.engine.drawing import cnn, made, ref, residual, sources, with_blocks
from tests.engine.random_edits import check_indices, start, try_edit


def test_a_duplicate_is_wired_among_itself_and_beside_the_original() -> None:
    graph = cnn()
    graph.apply(edits.set_route(graph, ref("relu1.input"), [(1.0, 2.0)]))

    graph.apply(edits.duplicate(graph, ["conv1", "relu1"], by=(10.0, 20.0)))

    assert sources(graph, "conv2") == {}
    assert sources(graph, "relu2") == {"input": "conv2.output"}
    assert graph.nodes["conv2"].layer == graph.nodes["conv1"].layer
    assert graph.nodes["conv2"].position == (298.0, 20.0)
    assert graph.routes[ref("relu2.input")] == ((11.0, 22.0),)


def test_a_duplicate_may_keep_its_inputs() -> None:
    graph = made(residual(), edits.duplicate(residual(), ["add1"], keep_inputs=True))

    assert sources(graph, "add2") == sources(graph, "add1")


def test_a_text_is_readable_and_brings_everything_back() -> None:
    graph = cnn()
    graph.apply(edits.set_title(graph, "conv1", "Grüße 🙂"))
    graph.apply(edits.add_note(graph, "why?", (5.0, 5.0)))
    graph.apply(edits.add_frame(graph, "stem", (0.0, 0.0), (9.0, 9.0)))
    text = edits.copy(graph, ["conv1", "relu1"], notes=["note1"], frames=["frame1"])

    assert json.loads(text)["nodes"]["conv1"]["layer"] == "Conv2d"
    assert "Grüße 🙂" in text
    other = Graph("other")
    other.apply(edits.paste(other, text, by=(0.0, 0.0)))

    assert other.nodes == {name: graph.nodes[name] for name in ("conv1", "relu1")}
    assert other.wires == {ref("relu1.input"): ref("conv1.output")}
    assert (other.notes, other.frames) == (graph.notes, graph.frames)


def test_pasting_finds_free_names_and_the_old_inputs() -> None:
    graph = cnn()
    text = edits.copy(graph, ["relu1", "pool"])

    change = edits.paste(graph, text, keep_inputs=True)

    assert change.added("nodes") == ["relu2", "pool1"]
    assert sources(made(graph, change), "relu2") == {"input": "conv1.output"}
    elsewhere = Graph("other")
    elsewhere.apply(edits.paste(elsewhere, text, keep_inputs=True))
    assert sources(elsewhere, "relu1") == {}


def test_the_middle_of_what_is_pasted_lies_where_the_pointer_is() -> None:
    graph = cnn()
    text = edits.copy(graph, ["conv1", "relu1", "pool"])

    names = (change := edits.paste(graph, text, at=(1000.0, 50.0))).added("nodes")
    graph.apply(change)

    places = [graph.nodes[name].position for name in names]
    assert places == [(712.0, 50.0), (1000.0, 50.0), (1288.0, 50.0)]


def test_shared_weights_stay_shared_where_their_owner_is() -> None:
    graph = residual()
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))

    both = edits.duplicate(graph, ["conv1", "conv2"])
    one = edits.duplicate(graph, ["conv2"])
    alone = edits.paste(Graph("other"), edits.copy(graph, ["conv2"]))

    assert {node.shares for _, node in both.pairs("nodes").values()} == {"", "conv3"}
    assert [node.shares for _, node in one.pairs("nodes").values()] == ["conv1"]
    assert [node.shares for _, node in alone.pairs("nodes").values()] == [""]


def test_a_formula_stays_only_where_its_parameters_are() -> None:
    graph = with_blocks()
    stage = Graph.opened(graph.blocks["stage"])
    text = edits.copy(stage, ["conv"])

    graph.apply(edits.paste(graph, text))
    stage.apply(edits.paste(stage, text))

    assert not graph.nodes["conv"].bindings
    assert stage.nodes["conv1"].bindings == (("out_channels", "width"),)


# Blocks ------------------------------------------------------------------------------------------


def test_blocks_come_along_and_are_not_doubled() -> None:
    graph = with_blocks()
    text = edits.copy(graph, ["stage1"])
    other = Graph("other")

    other.apply(edits.paste(other, text))
    again = edits.paste(other, text)

    assert other.blocks == graph.blocks
    assert not again.pairs("blocks")


def test_another_block_of_the_same_name_keeps_it() -> None:
    graph = with_blocks()
    graph.apply(edits.group(graph, ["stage1", "stage2"], "trunk"))
    text = edits.copy(graph, ["trunk1"])
    other = with_blocks()
    stage = Graph.opened(other.blocks["stage"])
    other.apply(edits.edit_block(other, "stage", edits.replace_layer(stage, "relu", "Tanh")))

    change = edits.paste(other, text)
    other.apply(change)

    assert change.added("blocks") == ["stage1", "trunk"]
    assert other.blocks["trunk"].nodes["stage2"].layer == Block(
        block="stage1", repeat=2, arguments=(("width", 8),)
    )
    assert other.nodes["trunk1"].layer == Block(block="trunk")
    assert other.blocks["stage"].nodes["relu"].layer == CATALOGUE["Tanh"]()


def test_a_block_is_not_pasted_into_itself() -> None:
    graph = with_blocks()
    graph.apply(edits.group(graph, ["stage1", "stage2"], "trunk"))
    stage = Graph.opened(graph.blocks["stage"], dict(graph.blocks))

    with pytest.raises(DesignError, match="contains itself"):
        edits.paste(stage, edits.copy(graph, ["trunk1"]))


def test_a_network_may_have_the_name_of_a_block_that_is_pasted() -> None:
    graph = with_blocks()
    text = edits.copy(graph, ["stage1"])
    network = Graph("stage")

    network.apply(edits.paste(network, text))

    assert set(network.blocks) == {"stage1"}
    assert network.nodes["stage1"].layer == Block(block="stage1", arguments=(("width", 8),))


# Round trip --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_everything_copied_into_an_empty_project_is_the_same_drawing(seed: int) -> None:
    rng = random.Random(seed)
    graph = start()
    for _ in range(40):
        change = try_edit(rng, graph)
        if change is not None:
            graph.apply(change)
    if not graph.nodes:
        return
    text = edits.copy(graph, list(graph.nodes), notes=list(graph.notes), frames=list(graph.frames))

    again = Graph("main")
    again.apply(edits.paste(again, text, by=(0.0, 0.0)))

    assert again.nodes == graph.nodes
    assert (again.wires, again.routes) == (graph.wires, graph.routes)
    assert list(again.notes.values()) == list(graph.notes.values())
    assert again.blocks.items() <= graph.blocks.items()
    assert set(Inference(again).problems()) == set(Inference(graph).problems())
    check_indices(again)


# Other texts -------------------------------------------------------------------------------------

GOOD = edits.copy(cnn(), ["conv1", "relu1"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ("[]", "an object"),
        ('{"nodes": {}}', "no nodes that were copied"),
        ('{"netloom_nodes": 2}', "netloom_nodes"),
        (GOOD.replace('"Conv2d"', "7"), "nodes.conv1.layer"),
        (GOOD.replace('"relu1"', '"for"'), "cannot be `for`"),
        (GOOD.replace("conv1.output", "ghost.output"), "name of a node"),
        (GOOD.replace('"inputs"', '"blocks"'), "blocks"),
        (GOOD.replace("image.output", "__import__('os').output"), "name of letters"),
        (GOOD.replace('"conv1.input"', '"relu1.input"', 1), "free input"),
        (GOOD.replace('"image.output"', "1"), "such as conv1.output"),
        ('{"a":' * 50 + "1" + "}" * 50, "deep"),
        ('{"netloom_nodes": 1, "netloom_nodes": 1}', "twice"),
        ("\ud800", "UTF-8"),
    ],
)
def test_a_text_that_is_something_else_is_refused(text: str, words: str) -> None:
    graph = cnn()

    with pytest.raises(ProjectError, match=words):
        edits.paste(graph, text)

    assert graph == cnn()


def test_wires_in_a_circle_are_refused() -> None:
    fields = json.loads(GOOD)
    fields["wires"]["conv1.input"] = "relu1.output"
    del fields["inputs"]

    with pytest.raises(ProjectError, match="circle"):
        edits.paste(cnn(), json.dumps(fields))


def test_blocks_that_contain_one_another_are_refused() -> None:
    instance = {"layer": "Block", "parameters": {"block": "a"}}
    text = json.dumps(
        {"netloom_nodes": 1, "nodes": {"x": instance}, "blocks": {"a": {"nodes": {"y": instance}}}}
    )

    with pytest.raises(DesignError, match="`a` contains itself"):
        edits.paste(cnn(), text)


@pytest.mark.parametrize("seed", range(10))
def test_damaged_texts_are_refused_or_read_and_never_do_harm(seed: int) -> None:
    rng = random.Random(seed)
    graph = with_blocks()
    graph.apply(edits.add_note(graph, "n", (0.0, 0.0)))
    text = edits.copy(graph, list(graph.nodes), notes=["note1"])

    for _ in range(200):
        letters = list(text)
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice(['"', "{", "}", ",", "9", "e", "", "null", "[", "\\"])
        target = cnn()
        try:
            change = edits.paste(target, "".join(letters))
        except DesignError:
            continue
        target.apply(change)
        check_indices(target)
        Inference(target).problems()

"""Values, formulas, names, titles, muting and shared weights."""

from __future__ import annotations

import pytest

from graph_engine import edits
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.serial.graphs import definition_from_dict, definition_to_dict
from tests.engine.drawing import cnn, made, ref, residual, sources, with_blocks


def test_one_value_is_set_on_several_nodes_at_once() -> None:
    graph = residual()

    graph.apply(edits.set_parameters(graph, ["conv1", "conv2"], {"out_channels": 6, "bias": False}))

    expected = CATALOGUE["Conv2d"](out_channels=6, kernel_size=3, padding=1, bias=False)
    assert graph.nodes["conv1"].layer == graph.nodes["conv2"].layer == expected
    assert not edits.set_parameter(graph, "conv1", "bias", False)


def test_a_wrong_value_is_refused_with_the_name_of_the_node() -> None:
    with pytest.raises(ParameterError, match="`conv1`: `out_channels` takes a whole number"):
        edits.set_parameter(cnn(), "conv1", "out_channels", 0)
    with pytest.raises(ParameterError, match="`fc`: Linear has no parameter 'kernel_size'"):
        edits.set_parameters(cnn(), ["conv1", "fc"], {"kernel_size": 5})


def test_wires_to_ports_that_vanish_go_with_them() -> None:
    graph = cnn()
    graph.apply(edits.add(graph, CATALOGUE["Split"](sizes=(2, 3, 3)), name="split", after="conv1"))
    graph.apply(edits.connect(graph, ref("split.part3"), ref("pool.input")))
    graph.apply(edits.set_route(graph, ref("pool.input"), [(1.0, 1.0)]))

    graph.apply(edits.set_parameter(graph, "split", "sizes", (4, 4)))

    assert sources(graph, "pool") == {}
    assert sources(graph, "relu1") == {"input": "split.part1"}
    assert not graph.routes


def test_two_nodes_that_lose_ports_to_each_other_lose_the_wire_once() -> None:
    graph = Graph("main")
    for name in ("a", "b"):
        graph.apply(edits.add(graph, CATALOGUE["Split"](sizes=(1, 2, 3)), name=name))
    graph.apply(edits.connect(graph, ref("a.part3"), ref("b.input")))

    graph.apply(edits.set_parameters(graph, ["a", "b"], {"sizes": (3, 3)}))

    assert not graph.wires


# Blocks' arguments -------------------------------------------------------------------------------


def test_an_instance_takes_values_for_the_parameters_of_its_block() -> None:
    graph = with_blocks()
    graph.apply(edits.set_parameters(graph, ["stage1", "stage2"], {"width": 6}))
    graph.apply(edits.set_repeat(graph, "stage2", 3))
    assert graph.nodes["stage2"].layer == Block(block="stage", repeat=3, arguments=(("width", 6),))

    graph.apply(edits.set_parameter(graph, "stage2", "width", None))

    assert graph.nodes["stage2"].layer == Block(block="stage", repeat=3)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("depth", 3, "`stage` has no parameter `depth`; it has width"),
        ("width", "wide", "`width` takes a whole number"),
        ("width", 2.5, "`width` takes a whole number"),
        ("width", True, "`width` takes a whole number"),
        ("repeat", 0, "`repeat` takes a whole number between 1 and 1000"),
    ],
)
def test_an_instance_refuses_what_its_block_does_not_take(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        edits.set_parameter(with_blocks(), "stage1", name, value)


def test_a_whole_number_is_a_number_as_well() -> None:
    graph = with_blocks()
    inside = Graph.opened(graph.blocks["stage"])
    graph.apply(edits.edit_block(graph, "stage", edits.add_parameter(inside, "rate", 0.5)))

    graph.apply(edits.set_parameter(graph, "stage1", "rate", 1))

    assert dict(graph.nodes["stage1"].layer.arguments)["rate"] == 1.0  # type: ignore[attr-defined]


# Formulas ----------------------------------------------------------------------------------------


def opened_stage() -> Graph:
    graph = with_blocks()
    return Graph.opened(graph.blocks["stage"], dict(graph.blocks))


def test_a_formula_takes_the_place_of_a_value_and_gives_it_back() -> None:
    graph = opened_stage()

    graph.apply(edits.bind(graph, "conv", "out_channels", "2*width"))
    assert graph.nodes["conv"].bindings == (("out_channels", "2 * width"),)
    graph.apply(edits.bind(graph, "conv", "kernel_size", "width - 1"))
    graph.apply(edits.unbind(graph, "conv", "out_channels"))
    assert graph.nodes["conv"].bindings == (("kernel_size", "width - 1"),)
    graph.apply(edits.set_parameter(graph, "conv", "kernel_size", 3))

    assert not graph.nodes["conv"].bindings


@pytest.mark.parametrize(
    ("parameter", "text", "words"),
    [
        ("out_channels", "height", "no parameter 'height'; it has width"),
        ("out_channels", "width / 2", "`conv`: `out_channels` takes a whole number"),
        ("out_channels", "width - 9", "`conv`: `out_channels` takes a whole number"),
        ("colour", "width", "`conv`: Conv2d has no parameter 'colour'"),
        ("out_channels", "import os", "not a formula"),
    ],
)
def test_a_formula_that_could_not_work_is_refused(parameter: str, text: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        edits.bind(opened_stage(), "conv", parameter, text)


# Names and titles --------------------------------------------------------------------------------


def test_a_new_name_is_known_everywhere() -> None:
    graph = cnn()
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](), name="twin", after="image", between=False))
    graph.apply(edits.share_weights(graph, "twin", "conv1"))
    graph.apply(edits.set_route(graph, ref("conv1.input"), [(1.0, 2.0)]))
    graph.apply(edits.set_route(graph, ref("relu1.input"), [(3.0, 4.0)]))
    order = list(graph.nodes)

    change = edits.rename(graph, "conv1", "stem")

    assert sources(made(graph, change), "stem") == {"input": "image.output"}
    assert sources(graph, "relu1") == {"input": "stem.output"}
    assert graph.nodes["twin"].shares == "stem"
    assert graph.routes == {ref("stem.input"): ((1.0, 2.0),), ref("relu1.input"): ((3.0, 4.0),)}
    assert list(graph.nodes) == ["stem" if name == "conv1" else name for name in order]
    graph.apply(change.inverse())
    assert list(graph.nodes) == order


@pytest.mark.parametrize(
    ("new", "words"), [("relu1", "already"), ("class", "cannot be"), ("2x", "starts with a letter")]
)
def test_a_name_that_cannot_be_is_refused(new: str, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        edits.rename(cnn(), "conv1", new)


def test_the_same_name_is_no_change() -> None:
    assert not edits.rename(cnn(), "conv1", "conv1")


def test_a_title_is_one_line() -> None:
    graph = made(cnn(), edits.set_title(cnn(), "fc", "Classifier: «ten digits»"))

    assert graph.nodes["fc"].title == "Classifier: «ten digits»"
    with pytest.raises(DesignError, match="one line"):
        edits.set_title(graph, "fc", "a\nb")


# Muting ------------------------------------------------------------------------------------------


def test_nodes_are_collapsed_and_the_file_says_so() -> None:
    # Given a drawing, and what its file says
    graph = cnn()
    before = definition_to_dict(graph.definition())

    # When two of its nodes are collapsed
    change = edits.set_collapsed(graph, ["relu1", "pool"], True)
    graph.apply(change)

    # Then the file names those two, reads back the same, and says nothing of the others
    saved = definition_to_dict(graph.definition())
    assert [n for n, row in saved["nodes"].items() if row.get("collapsed")] == ["relu1", "pool"]
    assert Graph.opened(definition_from_dict(graph.name, saved)) == graph
    assert not any("collapsed" in row for row in before["nodes"].values())

    # And taking it back leaves no trace
    graph.apply(change.inverse())
    assert definition_to_dict(graph.definition()) == before


def test_nodes_are_muted_and_heard_again() -> None:
    graph = cnn()
    graph.apply(edits.set_muted(graph, ["relu1", "pool"], True))
    assert [name for name, node in graph.nodes.items() if node.muted] == ["relu1", "pool"]

    graph.apply(edits.set_muted(graph, ["relu1"], False))

    assert [name for name, node in graph.nodes.items() if node.muted] == ["pool"]
    for name in ("image", "logits"):
        with pytest.raises(DesignError, match="nothing to pass on"):
            edits.set_muted(graph, [name], True)


# Weights -----------------------------------------------------------------------------------------


def test_a_layer_that_shares_weights_takes_the_parameters_of_their_owner() -> None:
    graph = residual()
    graph.apply(edits.set_parameter(graph, "conv1", "bias", False))
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))
    assert graph.nodes["conv2"].layer == graph.nodes["conv1"].layer

    for name in ("conv1", "conv2"):
        padding = 1 if name == "conv2" else 2
        graph.apply(edits.set_parameter(graph, name, "padding", padding))
        assert graph.nodes["conv2"].layer == graph.nodes["conv1"].layer
    assert Inference(graph).is_whole()
    graph.apply(edits.unshare_weights(graph, ["conv2"]))

    assert graph.nodes["conv2"].shares == ""


def test_who_shares_with_a_sharer_shares_with_the_owner() -> None:
    graph = residual()
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](), name="third"))

    graph.apply(edits.share_weights(graph, "third", "conv2"))

    assert graph.nodes["third"].shares == "conv1"
    with pytest.raises(DesignError, match="uses the weights of `conv1`"):
        edits.share_weights(graph, "conv1", "add1")
    with pytest.raises(DesignError, match="its own weights already"):
        edits.share_weights(graph, "conv1", "conv1")


def test_instances_share_only_with_instances_of_the_same_block() -> None:
    graph = with_blocks()
    graph.apply(edits.set_repeat(graph, "stage2", 1))
    graph.apply(edits.make_unique(graph, "stage2"))

    with pytest.raises(DesignError, match="different blocks"):
        edits.share_weights(graph, "stage2", "stage1")

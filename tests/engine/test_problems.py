"""What stands in the way of a drawing: root causes only, with node, port and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph_engine import Change, Graph, Inference, NetworkBuilder
from graph_engine.builder import Handle
from graph_engine.codegen import make_source
from graph_engine.layers.inputs import Input
from graph_engine.repairs import repair
from tests.engine.found_problems import block, only, problems


def test_only_the_root_cause_is_told() -> None:
    net = NetworkBuilder("net")
    x = net.add("Flatten", net.input("image", shape=(3, 8, 8)))
    x = net.add("Conv2d", x)
    for _ in range(5):
        x = net.add("ReLU", x)
    net.output("y", x)

    assert only(net).place == "conv1.input"
    assert only(net).sentence == (
        "`conv1.input` ← `flatten1.output`: `conv1` (Conv2d) needs samples of 3 dimensions (channels × "
        "height × width), but receives 192. Insert an Unsqueeze or a Reshape."
    )


def test_every_open_input_is_told() -> None:
    net = NetworkBuilder("net")
    net.input("x", shape=(8,))
    net.add("Linear")
    net.add("Bilinear")
    net.add("Add")
    net.output("y", net.add("ReLU"))

    found = {problem.place: problem.sentence for problem in problems(net)}
    assert found["linear1.input"] == (
        "`linear1` (Linear) has nothing wired to its input. Draw a wire to it."
    )
    assert found["bilinear1.input1"] == (
        "`bilinear1` (Bilinear) has nothing wired to its input `input1`. Draw a wire to it."
    )
    assert found["add1"] == "`add1` (Add) has nothing wired to its inputs. Wire at least one."
    assert found["relu1.input"].startswith("`relu1` (ReLU) has nothing wired")


def test_a_network_needs_input_and_output() -> None:
    sentences = [p.sentence for p in Inference(Graph("empty")).problems()]

    assert sentences == [
        "The network `empty` has no Input, where data enters it. Add one.",
        "The network `empty` has no Output, where data leaves it. Add one.",
    ]


def test_a_network_whose_answer_is_learned_outright_needs_no_input() -> None:
    # Given a network that gives what it has learned
    net = NetworkBuilder("net")
    net.output("y", net.add("Parameter", shape=(1, 3)))

    # Then nothing is wrong with it, and its forward method takes nothing
    inference = Inference(net.graph)
    assert inference.problems() == []
    assert "def forward(self) -> Tensor:" in make_source(inference).text


def test_a_joint_with_nothing_to_join_is_a_warning_that_says_how_to_end_it() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    net.output("y", net.add("Add", x))
    problem = only(net)
    assert (problem.severity, problem.node) == ("warning", "add1")
    assert "one input only" in problem.sentence

    # When its repair is made, nothing is left of it; a number or a second wire would do as well
    cure = repair(problem, Inference(net.graph))
    assert cure is not None
    net.graph.apply(cure.change)
    assert problems(net) == []
    rest: tuple[dict[str, Any], ...] = ({"value": 1}, {})
    for more in rest:
        other = NetworkBuilder("net")
        x = other.input("x", shape=(8,))
        other.output("y", other.add("Add", x, **more) if more else other.add("Add", x, x))
        assert problems(other) == []


def test_what_leads_nowhere_is_a_warning() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    net.input("mask", shape=(8,))
    net.add("ReLU", net.add("Tanh", x))
    net.output("y", net.add("Linear", x))

    assert [(p.severity, p.node) for p in problems(net)] == [
        ("warning", "mask"),
        ("warning", "relu1"),
    ]
    assert Inference(net.graph).is_whole()
    assert problems(net)[0].sentence == (
        "`mask` (Input) is not used by any layer. Wire it to one, or remove it."
    )


# Sharing -----------------------------------------------------------------------------------------


def test_shared_weights_that_do_not_fit() -> None:
    net = NetworkBuilder("net")
    first = net.add("Linear", net.input("x", shape=(8,)), out_features=4, name="first")
    net.output("y", net.add("Linear", first, shares=first, name="second"))

    assert only(net).sentence == (
        "`second` (Linear) cannot use the weights of `first`: it needs weight of 4×4, but `first` has "
        "weight of 4×8. Make both layers alike, or give it weights of its own."
    )


def test_shared_blocks_that_do_not_fit() -> None:
    net = NetworkBuilder("net")
    block(net, "Linear", parameters={"width": 4}, out_features="width")
    first = net.add("Unit", net.input("x", shape=(8,)), width=4)
    net.output("y", net.add("Unit", first, shares=first))

    assert "it needs 0.linear1.weight of 4×4" in only(net).sentence


def test_another_block_cannot_be_shared() -> None:
    net = NetworkBuilder("net")
    block(net, "Linear", parameters={})
    other = net.block("Other")
    other.output("y", other.add("Linear", other.input("x", shape=(8,))))
    other.done()
    x = net.input("x", shape=(8,))
    first = net.add("Unit", x)
    net.output("y", net.add("Add", first, net.add("Other", x, shares=first, name="second")))

    assert "`second` (Other) cannot use the weights of `unit1`" in only(net).sentence


def test_layers_without_weights_share_nothing() -> None:
    net = NetworkBuilder("net")
    first = net.add("ReLU", net.input("x", shape=(8,)))
    net.output("y", net.add("ReLU", first, shares=first))

    assert "it has none of that kind itself" in only(net).sentence


def test_a_muted_owner_has_no_weights_to_share() -> None:
    net = NetworkBuilder("net")
    first = net.add("Linear", net.input("x", shape=(8,)), out_features=8)
    net.output("y", net.add("Linear", first, shares=first))
    mute(net.graph, "linear1")

    assert "shares the weights of `linear1`, which is muted" in only(net).sentence


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"weight_init": "dirac"}, "cannot start with dirac: that does not suit a weight of 64×8"),
        (
            {"bias_init": "orthogonal"},
            "cannot start with orthogonal: that does not suit a weight of 64",
        ),
    ],
)
def test_an_initialisation_that_does_not_suit(values: dict[str, Any], words: str) -> None:
    net = NetworkBuilder("net")
    net.output("y", net.add("Linear", net.input("x", shape=(8,)), **values))

    assert words in only(net).sentence


# Muting ------------------------------------------------------------------------------------------


def mute(graph: Graph, name: str) -> Change:
    """Mutes a node."""
    node = graph.nodes[name]
    change = Change({"nodes": {name: (node, replace(node, muted=True))}})
    graph.apply(change)
    return change


def test_a_muted_layer_gives_its_first_output_only() -> None:
    net = NetworkBuilder("net")
    parts = net.add("Chunk", net.input("x", shape=(8,)))
    net.output("y", parts["part2"])
    mute(net.graph, "chunk1")

    assert "`chunk1` is muted and gives only its first output" in only(net).sentence


def test_a_muted_input_passes_nothing_on() -> None:
    net = NetworkBuilder("net")
    block(net, "ReLU", parameters={})
    net.output("y", net.add("Unit", net.input("x", shape=(8,))))
    definition = net.graph.blocks["Unit"]
    inside = Graph.opened(definition, dict(net.graph.blocks))
    mute(inside, "x")
    net.graph.apply(Change({"blocks": {"Unit": (definition, inside.definition())}}))

    assert "`x` (Input) is muted, but has no input that it could pass on" in only(net).sentence


# Keeping up --------------------------------------------------------------------------------------


def chain() -> tuple[NetworkBuilder, Handle]:
    """An input, a Linear and an Output."""
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    net.output("y", net.add("Linear", x, name="fc", out_features=4))
    return net, x


def test_an_edit_that_changes_nothing_stops_at_its_node() -> None:
    net, _ = chain()
    inference = Inference(net.graph)
    node = net.graph.nodes["fc"]
    change = Change({"nodes": {"fc": (node, replace(node, position=(9.0, 9.0)))}})
    net.graph.apply(change)

    assert inference.update(change) == {"fc"}


def test_what_shares_follows_its_owner() -> None:
    net, x = chain()
    net.output("z", net.add("Linear", x, shares="fc", name="again"))
    inference = Inference(net.graph)
    node = net.graph.nodes["fc"]
    wider = replace(node, layer=node.layer.replace(out_features=16))
    change = Change({"nodes": {"fc": (node, wider)}})
    net.graph.apply(change)
    inference.update(change)

    assert str(inference.visits["again"].outputs["output"]) == "16"
    assert inference.problems() == []


def test_arguments_survive_a_change_of_parameters() -> None:
    """The inside of a block, looked at for one instance, keeps that instance's values."""
    net = NetworkBuilder("net")
    block(net, "Linear", parameters={"width": 4}, out_features="width")
    inside = Graph.opened(net.graph.blocks["Unit"], dict(net.graph.blocks))
    inference = Inference(inside, arguments={"width": 6})
    row = inside.parameters["width"]
    change = Change({"parameters": {"width": (row, replace(row, default=5))}})
    inside.apply(change)
    inference.update(change)

    assert inference.arguments == {"width": 6}


def test_true_and_one_are_different_arguments() -> None:
    """Instances with equal inputs are inferred once, but ``True`` is not taken for ``1``."""
    net = NetworkBuilder("net")
    unit = net.block("Unit")
    flag = unit.parameter("flag", True)
    unit.output("y", unit.add("Linear", unit.input("x", shape=(8,)), bias=flag))
    unit.done()
    x = net.input("x", shape=(8,))
    net.output("y", net.add("Unit", x, flag=True))
    net.output("z", net.add("Unit", x, flag=1))

    assert [p.node for p in problems(net)] == ["unit2"]


def test_inputs_stay_in_the_order_of_the_drawing() -> None:
    """Also where a wire that was drawn later turned the data flow around."""
    net = NetworkBuilder("net")
    a, b = net.input("a", shape=(8,)), net.input("b", shape=(4,))
    net.output("y", net.add("Linear", b))
    net.output("z", net.add("Linear", a))
    inference = Inference(net.graph)
    node = net.graph.nodes["a"]
    change = Change({"nodes": {"a": (node, replace(node, layer=Input(shape=(9,))))}})
    net.graph.apply(change)
    inference.update(change)
    assert "forward(self, a: Tensor, b: Tensor)" in make_source(inference).text

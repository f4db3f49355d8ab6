"""Repairs: what each problem offers, and that it cures what it promises to."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from graph_engine import NetworkBuilder, edits
from graph_engine.graph import Graph
from graph_engine.inference import Inference, Problem
from graph_engine.layers import CATALOGUE
from graph_engine.repairs import Repair, repair
from tests.engine.drawing import cnn, ref, residual, sources, with_blocks
from tests.engine.found_problems import errors
from tests.engine.random_edits import BUILDING, check_indices, start, try_edit


def offered(graph: Graph) -> Repair:
    """The repair of the only error."""
    [problem] = errors(graph)
    found = repair(problem, Inference(graph))
    assert found is not None
    return found


def repaired(graph: Graph) -> list[str]:
    """Makes repairs until nothing is wrong any more; their labels."""
    labels: list[str] = []
    while wrong := errors(graph):
        inference = Inference(graph)
        found = next((f for p in wrong if (f := repair(p, inference))), None)
        assert found is not None, wrong[0].sentence
        assert len(labels) < 5
        graph.apply(found.change)
        check_indices(graph)
        labels.append(found.label)
    return labels


def chain(shape: tuple[int | str, ...], kind: str, dtype: str = "float32", **values: Any) -> Graph:
    """An input of that shape, one layer that it does not suit, an output."""
    net = NetworkBuilder("main")
    x = net.input("image", shape=shape, dtype=dtype)
    net.output("y", net.add(kind, x, name="layer", **values))
    return net.graph


def pair(kind: str, a: tuple[int, ...], b: tuple[int, ...], **values: Any) -> Graph:
    net = NetworkBuilder("main")
    left, right = net.input("left", shape=a), net.input("right", shape=b)
    net.output("y", net.add(kind, left, right, name="join", **values))
    return net.graph


# What arrives does not suit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "labels"),
    [
        (chain((3, 4, 4), "BatchNorm1d"), ["Insert Flatten before layer"]),
        (chain((3, 4, 4), "LSTM"), ["Insert Flatten before layer"]),
        (chain((3, 4, 4, 4), "MaxPool2d"), ["Insert Flatten before layer"]),
        (chain((784,), "Conv2d"), ["Insert Unflatten before layer"]),
        (chain((13,), "Conv2d", kernel_size=1), ["Insert Unflatten before layer"]),
        (chain((100,), "Conv1d"), ["Insert Unflatten before layer"]),
        (chain((28, 28), "Conv2d"), ["Insert Unflatten before layer"]),
        (chain((), "Linear"), ["Insert Unsqueeze before layer"]),
        (chain((8,), "Linear", "int64"), ["Insert Cast before layer"]),
        (chain((8,), "Embedding"), ["Insert Cast before layer"]),
        (
            chain((8, 8), "Conv2d", "uint8"),
            ["Insert Cast before layer", "Insert Unflatten before layer"],
        ),
        (chain(("T", 8), "Conv1d"), ["Insert Transpose before layer"]),
        (chain((8, "T"), "Linear"), ["Insert Transpose before layer"]),
    ],
)
def test_what_arrives_is_brought_into_shape(graph: Graph, labels: list[str]) -> None:
    assert repaired(graph) == labels


def test_a_flat_image_becomes_a_square_one() -> None:
    graph = chain((784,), "Conv2d")

    repaired(graph)

    assert graph.nodes["unflatten1"].layer == CATALOGUE["Unflatten"](unflattened_size=(1, 28, 28))


def test_a_repair_is_one_step_that_can_be_undone() -> None:
    graph = chain((3, 4, 4), "BatchNorm1d")
    before = graph.definition()
    change = offered(graph).change

    graph.apply(change)
    graph.apply(change.inverse())

    assert graph.definition() == before


@pytest.mark.parametrize(
    ("kind", "values", "shape", "label"),
    [
        ("Conv2d", {"kernel_size": 7}, (3, 4, 4), "Set kernel_size=4 on layer"),
        ("Conv2d", {"kernel_size": (3, 9)}, (3, 4, 4), "Set kernel_size=(3, 4) on layer"),
        ("Conv2d", {"kernel_size": 5}, (3, 4, 2), "Set kernel_size=(4, 2) on layer"),
        ("Conv2d", {"kernel_size": 3, "dilation": 2}, (3, 4, 4), "Set kernel_size=2 on layer"),
        ("MaxPool2d", {"kernel_size": 4}, (3, 2, 2), "Set kernel_size=2 on layer"),
        ("AvgPool1d", {"kernel_size": 9, "padding": 2}, (3, 4), "Set kernel_size=8 on layer"),
    ],
)
def test_a_kernel_shrinks_to_the_image(
    kind: str, values: dict[str, Any], shape: tuple[int, ...], label: str
) -> None:
    graph = chain(shape, kind, **values)

    assert repaired(graph) == [label]


# Two ways that do not meet -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "label"),
    [
        ((8, 6, 6), (3, 6, 6), "Insert Conv2d before join.b"),
        ((8, 3, 3), (4, 6, 6), "Insert Conv2d before join.b"),
        ((8, 3, 3), (4, 5, 5), "Insert Conv2d before join.b"),
        ((8, 6, 6), (8, 3, 3), "Insert Upsample before join.b"),
        ((8, 6, 6), (4, 3, 3), "Insert Upsample and Conv2d before join.b"),
        ((8, 10), (4, 10), "Insert Conv1d before join.b"),
        ((32,), (20,), "Insert Linear before join.b"),
        ((8, 6, 6), (8,), "Insert Unflatten before join.b"),
        ((8, 6, 6), (5,), "Insert Linear and Unflatten before join.b"),
        ((10,), (8, 6, 6), "Insert Flatten and Linear before join.b"),
    ],
)
def test_a_skip_connection_gets_its_projection(
    a: tuple[int, ...], b: tuple[int, ...], label: str
) -> None:
    graph = pair("Subtract", a, b)

    found = offered(graph)
    graph.apply(found.change)

    assert found.label == label
    assert not errors(graph)
    inference = Inference(graph)
    assert inference.type_at(ref("join.output")) == inference.type_at(ref("left.output"))


def test_the_slot_that_does_not_fit_is_found_behind_a_gap() -> None:
    graph = residual()
    graph.apply(edits.connect(graph, ref("relu1.output"), ref("add1.x")))
    graph.apply(edits.disconnect(graph, ref("add1.x2")))
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](out_channels=7, padding=1), name="odd"))
    graph.apply(edits.connect(graph, ref("image.output"), ref("odd.input")))
    graph.apply(edits.connect(graph, ref("odd.output"), ref("add1.x3")))

    [problem] = errors(graph)
    assert problem.place == "add1.x3"
    assert "`add1.x3` ← `odd.output`" in problem.sentence

    assert repaired(graph) == ["Insert Conv2d before add1.x3"]


def test_matrices_are_turned_or_projected() -> None:
    assert repaired(pair("MatMul", (3, 4), (5, 4))) == ["Insert Transpose before join.b"]
    assert repaired(pair("MatMul", (3, 4), (6, 5))) == ["Insert Linear before join.a"]


def test_what_is_joined_is_brought_to_one_size() -> None:
    assert repaired(pair("Concatenate", (8, 6, 6), (4, 3, 3))) == ["Insert Upsample before join.x2"]
    assert repaired(pair("Concatenate", (8, 5), (4, 3), dim=1)) != []


# Wires -------------------------------------------------------------------------------------------


def test_an_open_input_is_connected_to_the_only_thing_that_fits() -> None:
    graph = cnn()
    graph.apply(edits.disconnect(graph, ref("pool.input")))

    assert repaired(graph) == ["Connect relu1.output to pool.input"]


def test_where_several_would_fit_the_choice_is_left_open() -> None:
    graph = residual()
    graph.apply(edits.add(graph, CATALOGUE["ReLU"](), name="twin", after="conv1", between=False))
    graph.apply(edits.disconnect(graph, ref("conv2.input")))
    problem = errors(graph)[0]

    assert problem.place == "conv2.input"
    assert repair(problem, Inference(graph)) is None


def test_a_wire_from_a_port_that_is_gone_is_removed() -> None:
    graph = cnn()
    graph.apply(edits.insert_on_wire(graph, ref("relu1.input"), CATALOGUE["Split"](sizes=(4, 4))))
    graph.apply(edits.connect(graph, ref("split1.part2"), ref("relu1.input")))
    node = graph.nodes["split1"]
    from dataclasses import replace

    from graph_engine.change import Change

    other = replace(node, layer=CATALOGUE["ReLU"]())
    graph.apply(Change({"nodes": {"split1": (node, other)}}))
    wrong = errors(graph)[0]

    found = repair(wrong, Inference(graph))

    assert found is not None
    assert found.label == "Remove the wire into relu1.input"
    graph.apply(found.change)
    assert wrong not in errors(graph)


# Nodes -------------------------------------------------------------------------------------------


def test_weights_that_do_not_fit_are_not_shared() -> None:
    graph = residual()
    graph.apply(edits.share_weights(graph, "conv2", "conv1"))
    graph.apply(
        edits.insert_on_wire(graph, ref("conv2.input"), CATALOGUE["Conv2d"](out_channels=9))
    )

    assert "Give conv2 weights of its own" in repaired(graph)


def test_a_muted_layer_that_cannot_pass_anything_on_is_unmuted() -> None:
    from dataclasses import replace

    from graph_engine.change import Change

    graph = cnn()
    graph.apply(edits.add(graph, CATALOGUE["Parameter"](), name="weights"))
    node = graph.nodes["weights"]
    graph.apply(Change({"nodes": {"weights": (node, replace(node, muted=True))}}))

    assert repaired(graph) == ["Unmute weights"]


def test_a_network_gets_its_ends() -> None:
    graph = Graph("main")
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](), name="conv"))
    graph.apply(edits.add(graph, CATALOGUE["Embedding"](), name="words"))
    graph.apply(edits.remove(graph, ["words"]))

    labels = [found.label for p in errors(graph) if (found := repair(p, Inference(graph)))]
    assert labels == ["Add an Input before conv", "Add an Output"]
    for label in ("Add an Input before conv", "Add an Output behind conv"):
        found = next(
            f for p in errors(graph) if (f := repair(p, Inference(graph))) and f.label == label
        )
        graph.apply(found.change)

    assert not errors(graph)
    assert sources(graph, "output1") == {"input": "conv.output"}


def test_an_input_has_the_kind_of_numbers_that_the_layer_takes() -> None:
    graph = Graph("main")
    for kind in ("Embedding", "Output"):
        last = list(graph.nodes)[-1] if graph.nodes else ""
        graph.apply(edits.add(graph, CATALOGUE[kind](), after=last))

    assert repaired(graph) == ["Add an Input before embedding1"]
    assert graph.nodes["input1"].layer.dtype == "int64"  # type: ignore[attr-defined]


def test_a_problem_inside_a_block_is_repaired_for_all_its_instances() -> None:
    graph = with_blocks()
    stage = Graph.opened(graph.blocks["stage"])
    graph.apply(edits.edit_block(graph, "stage", edits.replace_layer(stage, "relu", "BatchNorm3d")))

    found = repair(errors(graph)[0], Inference(graph))

    assert found is not None
    assert found.label == "Insert Unflatten before relu inside stage"
    graph.apply(found.change)
    assert "unflatten1" in graph.blocks["stage"].nodes


def test_what_nobody_knows_a_cure_for_offers_none() -> None:
    problem = Problem("error", "fc", "", "does not work")

    assert repair(problem, Inference(cnn())) is None
    assert repair(Problem("error", "ghost", "", "", ("cast",)), Inference(cnn())) is None
    assert repair(Problem("error", "fc", "", "", ("kernel", 3)), Inference(cnn())) is None


# Everything at random ----------------------------------------------------------------------------


@pytest.mark.parametrize("half", range(2))
def test_every_repair_cures_the_problem_that_offers_it(half: int) -> None:
    offers: Counter[str] = Counter()
    for seed in range(20 * half, 20 * half + 20):
        rng = random.Random(seed)
        graph = start()
        for _ in range(40):
            change = try_edit(rng, graph, BUILDING)
            if not change:
                continue
            graph.apply(change)
            inference = Inference(graph)
            for problem in rng.sample(found := inference.problems(), min(3, len(found))):
                cure = repair(problem, inference)
                if cure is None:
                    continue
                offers[str(problem.fix[0])] += 1
                graph.apply(cure.change)
                check_indices(graph)
                assert problem not in Inference(graph).problems(), (problem, cure.label)
                graph.apply(cure.change.inverse())

    assert {"add", "cast", "connect", "inside", "rank", "unshare"} <= offers.keys()

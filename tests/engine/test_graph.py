"""Changes as data, and the one way to make them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graph_engine.change import Change
from graph_engine.errors import DesignError, WiringError
from graph_engine.graph import BlockParameter, Definition, Graph, Node, PortRef, wires_from
from graph_engine.layers import CATALOGUE
from graph_engine.layers.inputs import Input, Output
from tests.engine.random_edits import check_indices, tables


def chain() -> Graph:
    """image → conv → relu → logits"""
    graph = Graph("main")
    layers = {
        "image": Input(shape=(3, 8, 8)),
        "conv": CATALOGUE["Conv2d"](),
        "relu": CATALOGUE["ReLU"](),
        "logits": Output(),
    }
    nodes = {name: (None, Node(name, layer)) for name, layer in layers.items()}
    names = list(layers)
    wires = {PortRef(b, "input"): (None, PortRef(a, "output")) for a, b in pairwise(names)}
    graph.apply(Change({"nodes": nodes, "wires": wires}))
    return graph


def wired(target: str, source: str | None) -> tuple[PortRef, PortRef | None]:
    return PortRef(target, "input"), PortRef(source, "output") if source else None


# Changes -----------------------------------------------------------------------------------------


def test_a_change_and_its_inverse_cancel_out() -> None:
    change = Change({"notes": {"a": (None, "x"), "b": ("y", None)}})

    assert not change.then(change.inverse())
    assert change.inverse().inverse() == change


def test_composition_keeps_the_first_before_and_the_last_after() -> None:
    first = Change({"notes": {"a": ("1", "2")}, "frames": {"f": (None, "9")}})
    second = Change({"notes": {"a": ("2", "3"), "b": (None, "4")}})

    whole = first.then(second)

    assert whole.pairs("notes") == {"a": ("1", "3"), "b": (None, "4")}
    assert whole.pairs("frames") == {"f": (None, "9")}
    assert whole.pairs("wires") == {}
    assert whole.added("notes") == ["b"]


def test_what_changes_nothing_is_left_out() -> None:
    assert not Change.of({"notes": {"a": ("1", "1")}})
    assert Change.of({"notes": {"a": ("1", "2")}})


# Applying ----------------------------------------------------------------------------------------


def test_the_tables_can_only_be_read() -> None:
    graph = chain()

    with pytest.raises(TypeError):
        graph.nodes["x"] = graph.nodes["conv"]  # type: ignore[index]
    with pytest.raises(TypeError):
        hash(graph)


def test_a_node_goes_only_with_its_wires() -> None:
    graph = chain()
    before = tables(graph)

    with pytest.raises(WiringError, match=r"`relu` still has a wire at `relu\.input`"):
        graph.apply(Change({"nodes": {"relu": (graph.nodes["relu"], None)}}))

    assert tables(graph) == before
    check_indices(graph)


def test_a_node_goes_and_what_it_fed_is_fed_by_another() -> None:
    graph = chain()
    target, _ = wired("logits", None)
    nodes = {"relu": (graph.nodes["relu"], None)}
    gone = {PortRef("relu", "input"): (PortRef("conv", "output"), None)}
    healed = {target: (PortRef("relu", "output"), PortRef("conv", "output"))}

    graph.apply(Change({"nodes": nodes, "wires": {**gone, **healed}}))

    assert graph.incoming("logits") == {"input": PortRef("conv", "output")}
    check_indices(graph)


@pytest.mark.parametrize("end", ["target", "source"])
def test_a_wire_does_not_hang_in_the_air(end: str) -> None:
    graph = chain()
    before = tables(graph)
    names = {"target": ("ghost", "conv"), "source": ("conv", "ghost")}[end]
    old = graph.wires.get(PortRef(names[0], "input"))
    change = Change({"wires": {PortRef(names[0], "input"): (old, PortRef(names[1], "output"))}})

    with pytest.raises(WiringError, match="No node is called `ghost`"):
        graph.apply(change)

    assert tables(graph) == before
    check_indices(graph)


def test_a_change_that_closes_a_circle_is_refused_whole() -> None:
    graph = chain()
    before = tables(graph)
    extra = Node("tanh", CATALOGUE["Tanh"]())
    wires = {
        PortRef("tanh", "input"): (None, PortRef("relu", "output")),
        PortRef("conv", "input"): (PortRef("image", "output"), PortRef("tanh", "output")),
        PortRef("logits", "input"): (PortRef("relu", "output"), None),
    }
    nodes = {"tanh": (None, extra), "logits": (graph.nodes["logits"], None)}

    with pytest.raises(WiringError, match="would close a circle"):
        graph.apply(Change({"nodes": nodes, "wires": wires}))

    assert tables(graph) == before
    check_indices(graph)
    graph.apply(Change({"nodes": {"tanh": (None, extra)}}))
    check_indices(graph)


def test_a_change_for_another_state_is_refused() -> None:
    graph = chain()
    other = Node("conv", CATALOGUE["Tanh"]())

    with pytest.raises(DesignError, match="made for another state"):
        graph.apply(Change({"nodes": {"conv": (other, None)}}))


def test_two_wires_between_two_nodes_are_one_edge_until_both_are_gone() -> None:
    graph = chain()
    add = Node("add", CATALOGUE["Add"]())
    relu = PortRef("relu", "output")
    wires = {PortRef("add", "x1"): (None, relu), PortRef("add", "x2"): (None, relu)}
    graph.apply(Change({"nodes": {"add": (None, add)}, "wires": wires}))
    assert graph.dag.has_edge("relu", "add")

    graph.apply(Change({"wires": {PortRef("add", "x1"): (relu, None)}}))
    assert graph.dag.has_edge("relu", "add")
    graph.apply(Change({"wires": {PortRef("add", "x2"): (relu, None)}}))

    assert not graph.dag.has_edge("relu", "add")
    check_indices(graph)


# Order -------------------------------------------------------------------------------------------


def test_an_output_that_comes_back_stands_where_it_stood() -> None:
    graph = Graph("main")
    for name in ("mean", "spread", "extra"):
        graph.apply(Change({"nodes": {name: (None, Node(name, Output()))}}))
    change = Change({"nodes": {"mean": (graph.nodes["mean"], None)}})

    graph.apply(change)
    graph.apply(Change({"nodes": {"late": (None, Node("late", Output()))}}))
    graph.apply(change.inverse())

    assert graph.definition().output_names() == ("mean", "spread", "extra", "late")


def test_parameters_keep_their_order_as_well() -> None:
    graph = Graph("stage")
    for name in ("width", "depth"):
        row = BlockParameter(name, 4)
        graph.apply(Change({"parameters": {name: (None, row)}}))
    change = Change({"parameters": {"width": (graph.parameters["width"], None)}})

    graph.apply(change)
    graph.apply(change.inverse())

    assert list(graph.parameters) == ["width", "depth"]


# Reading -----------------------------------------------------------------------------------------


def test_ports_are_those_of_the_layer_or_of_the_block() -> None:
    nodes = {"a": Node("a", Input()), "b": Node("b", Input()), "sum": Node("sum", Output())}
    blocks = {"pair": Definition("pair", nodes)}
    graph = Graph("main", blocks)
    instance = Node("pair1", CATALOGUE["Block"](block="pair"))
    lost = Node("lost", CATALOGUE["Block"](block="nowhere"))
    graph.apply(Change({"nodes": {"pair1": (None, instance), "lost": (None, lost)}}))

    assert [port.name for port in graph.ports_in("pair1")] == ["a", "b"]
    assert [port.name for port in graph.ports_out("pair1")] == ["sum"]
    assert graph.ports_in("lost") == ()
    assert graph.blocks == blocks


def test_slots_of_a_variadic_input_are_sorted_by_number_and_may_have_gaps() -> None:
    graph = chain()
    relu = PortRef("relu", "output")
    add = Node("add", CATALOGUE["Add"]())
    wires = {PortRef("add", f"x{n}"): (None, relu) for n in (10, 2, 7)}
    graph.apply(Change({"nodes": {"add": (None, add)}, "wires": wires}))

    assert graph.slots("add") == ["x2", "x7", "x10"]
    assert graph.slot_at("add", "x2") == "x7"
    assert graph.slot_at("add", "x9") == "x9"
    assert graph.slot_at("conv", "input") == "input"


def test_a_graph_is_opened_from_its_definition_and_equals_it() -> None:
    graph = chain()

    again = Graph.opened(graph.definition())

    assert again == graph
    assert again != chain().definition()
    assert set(wires_from(again, ["conv"])) == {
        wired("conv", "image"),
        wired("relu", "conv"),
    }


def test_a_definition_with_a_circle_cannot_be_opened() -> None:
    nodes = {name: Node(name, CATALOGUE["ReLU"]()) for name in ("a", "b")}
    wires = {
        PortRef("a", "input"): PortRef("b", "output"),
        PortRef("b", "input"): PortRef("a", "output"),
    }

    with pytest.raises(WiringError, match="would close a circle"):
        Graph.opened(Definition("ring", nodes, wires))

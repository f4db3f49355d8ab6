"""The order that is kept while edges come and go, held against networkx."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from graph_engine.errors import WiringError
from graph_engine.order import MANY, TopologicalOrder, ranked


def order_of(count: int) -> TopologicalOrder:
    order = TopologicalOrder(nx.DiGraph())
    for number in range(count):
        order.add_node(f"n{number}")
    return order


def is_sorted(order: TopologicalOrder) -> bool:
    return all(order.position[a] < order.position[b] for a, b in order.dag.edges)


@pytest.mark.parametrize("seed", range(30))
def test_random_edges_agree_with_networkx(seed: int) -> None:
    rng = random.Random(seed)
    order = order_of(25)
    names = list(order.dag)

    for _ in range(200):
        edges = {(rng.choice(names), rng.choice(names)) for _ in range(rng.choice((1, 1, 2, 5)))}
        wished = nx.DiGraph(order.dag)
        wished.add_edges_from(edges)
        before = set(order.dag.edges)
        if nx.is_directed_acyclic_graph(wished):
            assert not any(order.would_close_circle(*edge) for edge in edges)
            order.add_edges(edges)
            assert set(order.dag.edges) == set(wished.edges)
        else:
            with pytest.raises(WiringError, match="would close a circle"):
                order.add_edges(edges)
            assert set(order.dag.edges) == before
        assert is_sorted(order)
        for edge in rng.sample(sorted(order.dag.edges), min(2, order.dag.number_of_edges())):
            order.remove_edge(*edge)


@pytest.mark.parametrize("seed", range(10))
def test_whether_an_edge_would_close_a_circle_is_whether_a_path_leads_back(seed: int) -> None:
    rng = random.Random(seed)
    order = order_of(20)
    names = list(order.dag)
    for _ in range(30):
        a, b = rng.sample(names, 2)
        if not order.would_close_circle(a, b):
            order.add_edges([(a, b)])

    for a in names:
        for b in names:
            assert order.would_close_circle(a, b) == nx.has_path(order.dag, b, a)


def test_several_backward_edges_at_once_keep_the_order_of_the_old_ones() -> None:
    # Edges that are not sorted in yet must not lead the search for another one astray.
    for seed in range(200):
        rng = random.Random(seed)
        order, shuffled = order_of(12), rng.sample(range(12), 12)
        wanted = [
            (f"n{a}", f"n{b}")
            for i, a in enumerate(shuffled)
            for b in shuffled[i + 1 :]
            if rng.random() < 0.3
        ]
        rng.shuffle(wanted)
        cut = rng.randint(0, len(wanted))

        order.add_edges(wanted[:cut])
        order.add_edges(wanted[cut:])

        assert set(order.dag.edges) == set(wanted)
        assert is_sorted(order)


def test_many_edges_at_once_are_sorted_from_scratch_or_refused_whole() -> None:
    order = order_of(3 * MANY)
    backwards = [(f"n{i + 1}", f"n{i}") for i in range(2 * MANY)]

    order.add_edges(backwards)
    assert is_sorted(order)

    back_again = [(f"n{i}", f"n{i + 2}") for i in range(2 * MANY)]
    with pytest.raises(WiringError, match="would close a circle"):
        order.add_edges(back_again)
    assert set(order.dag.edges) == set(backwards)
    assert is_sorted(order)


def test_a_refusal_names_the_wire_and_the_way_back() -> None:
    order = order_of(3)
    order.add_edges([("n0", "n1"), ("n1", "n2")])

    with pytest.raises(WiringError, match=r"from `n2` to `n0` .* `n0` already leads to `n2`"):
        order.add_edges([("n2", "n0")])
    with pytest.raises(WiringError, match="from `n1` to itself"):
        order.add_edges([("n1", "n1")])


def test_of_nodes_that_are_ready_the_earliest_drawn_comes_first() -> None:
    order = order_of(5)
    order.add_edges([("n4", "n0"), ("n3", "n1")])

    assert order.stable(["n0", "n1", "n2", "n3", "n4"]) == ["n2", "n3", "n1", "n4", "n0"]
    assert ranked(["n0", "n4"], order.position) == ["n4", "n0"]


def test_a_place_can_be_halved_without_end() -> None:
    order = order_of(2)
    order.add_edges([("n0", "n1")])
    last = "n0"

    for number in range(2, 300):
        name = f"n{number}"
        order.add_node(name)
        order.add_edges([(last, name)])
        order.add_edges([(name, "n1")])
        last = name

    assert is_sorted(order)
    assert order.stable(order.dag)[-1] == "n1"


def test_a_settled_order_forgets_how_the_edges_came() -> None:
    one, other = order_of(6), order_of(6)
    edges = [("n5", "n0"), ("n4", "n1"), ("n1", "n5"), ("n2", "n3")]
    one.add_edges(edges)
    for edge in reversed(edges):
        other.add_edges([edge])

    one.settle()
    other.settle()

    assert one.position == other.position
    assert list(one.position) == one.stable(one.dag)

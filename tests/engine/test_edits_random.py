"""Hundreds of random edits: undo, composition, derived indices and inference hold after each."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_engine.graph import Change, Graph
from graph_engine.inference import Inference
from tests.engine.random_edits import (
    check_indices,
    check_inference,
    start,
    tables,
    try_edit,
)


@pytest.mark.parametrize("seed", range(40))
def test_a_session_of_random_edits_can_be_undone_and_done_again(seed: int) -> None:
    rng = random.Random(seed)
    graph = start()
    history: list[Change] = []
    states = [tables(graph)]

    for _ in range(120):
        change = try_edit(rng, graph)
        if change is None:
            continue
        graph.apply(change)
        check_indices(graph)
        history.append(change)
        states.append(tables(graph))

    assert len(history) > 40
    for change, state in zip(reversed(history), reversed(states[:-1]), strict=True):
        graph.apply(change.inverse())
        check_indices(graph)
        assert tables(graph) == state
    for change, state in zip(history, states[1:], strict=True):
        graph.apply(change)
        assert tables(graph) == state


@pytest.mark.parametrize("seed", range(40))
def test_inference_that_follows_edits_equals_one_from_the_beginning(seed: int) -> None:
    rng = random.Random(1000 + seed)
    graph = start()
    live = Inference(graph)

    for _ in range(100):
        change = try_edit(rng, graph)
        if change is None:
            continue
        if rng.random() < 0.2:
            graph.apply(change)
            live.update(change)
            change = change.inverse()
        graph.apply(change)
        live.update(change)
        check_inference(live, graph)


@given(st.randoms(use_true_random=False), st.integers(2, 8))
@settings(max_examples=60)
def test_changes_made_one_after_another_equal_their_composition(
    rng: random.Random, count: int
) -> None:
    graph, at_once = start(), start()
    before = tables(graph)
    whole = Change()

    for _ in range(count):
        change = try_edit(rng, graph)
        if change is not None:
            graph.apply(change)
            whole = whole.then(change)

    at_once.apply(whole)
    assert at_once == graph
    check_indices(at_once)
    at_once.apply(whole.inverse())
    assert at_once == start()
    assert tables(at_once)["order"] == before["order"]


@given(st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_a_change_made_for_another_state_is_refused_whole(rng: random.Random) -> None:
    graph = start()
    change = None
    while not change:
        change = try_edit(rng, graph)
    graph.apply(change)
    before = tables(graph)

    with pytest.raises(Exception, match=r"another state|No node|still has a wire|circle"):
        graph.apply(change)

    assert tables(graph) == before
    check_indices(graph)


def test_reading_a_graph_back_from_its_definition_gives_the_same_graph() -> None:
    rng = random.Random(7)
    graph = start()
    for _ in range(150):
        change = try_edit(rng, graph)
        if change is not None:
            graph.apply(change)

    again = Graph.opened(graph.definition(), dict(graph.blocks))

    assert again == graph
    assert list(again.nodes) == list(graph.nodes)
    assert again.in_order() == graph.in_order()

"""Drawings at random, compiled and run: they compute what the drawing says, whatever it contains."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_engine import DesignError, Graph, Inference, generate_source
from graph_engine.codegen import Source, checked, make_source
from graph_engine.compile import compile_source
from graph_engine.graph import Definition
from graph_engine.summary import summarize
from tests.engine.breaking import break_something, mutated
from tests.engine.random_networks import drawing
from tests.engine.reference import Reference, sample_inputs

pytestmark = pytest.mark.torch

SEEDS = range(60)


def check(graph: Graph) -> None:
    """Everything that has to hold for a drawing without errors."""
    inference = Inference(graph)
    source = make_source(inference)
    module = compile_source(source).eval()

    summary = summarize(inference)
    weights = list(module.parameters())
    assert sum(w.numel() for w in weights) == summary.parameters
    assert sum(w.numel() for w in weights if w.requires_grad) == summary.trainable_parameters

    for batch in (9, 10):  # beyond any place that a drawing takes along a batch
        inputs = sample_inputs(graph, batch)
        result = module(*inputs)
        computed = result if isinstance(result, tuple) else (result,)
        expected = Reference(source, batch).run(inference, module, inputs)
        assert len(computed) == len(expected)
        assert all(torch.equal(a, b) for a, b in zip(computed, expected, strict=True))
    check_lines(graph, source)


def check_lines(graph: Graph, source: Source) -> None:
    """Lines lead to nodes that exist, every computed node has some, and nothing else is mentioned."""
    assert "netloom" not in source.text.lower()
    assert "graph_engine" not in source.text
    graphs: dict[str, Graph | Definition] = {**graph.blocks, graph.name: graph}
    for place in source.lines.values():
        assert place.node in graphs[place.graph].nodes
    used = {place.node for place in source.lines.values() if place.graph == graph.name}
    steps = {
        n for n, node in graph.nodes.items() if type(node.layer).__name__ not in ("Input", "Output")
    }
    assert steps <= used


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawing_computes_what_it_says(seed: int) -> None:
    check(drawing(random.Random(seed)))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.randoms(use_true_random=False), st.integers(1, 14))
def test_any_drawing_computes_what_it_says(rng: random.Random, size: int) -> None:
    check(drawing(rng, size))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of all drawings, a file each."""
    folder = tmp_path_factory.mktemp("sources")
    for seed in SEEDS:
        text = generate_source(drawing(random.Random(seed), 25))
        (folder / f"network{seed}.py").write_text(text, encoding="utf-8")
    return folder


def test_ruff_has_nothing_to_change(written: Path) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run(
        [*ruff, "format", "--isolated", "--diff", written],
        capture_output=True,
        text=True,
        check=False,
    )
    linted = subprocess.run(
        [*ruff, "check", "--isolated", "--select", "E,F,I,W,UP", written],
        capture_output=True,
        text=True,
        check=False,
    )

    assert formatted.stdout == ""
    assert linted.returncode == 0, linted.stdout


def test_the_same_drawing_gives_the_same_text(written: Path) -> None:
    for seed in SEEDS:
        text = generate_source(drawing(random.Random(seed), 25))
        assert text == (written / f"network{seed}.py").read_text(encoding="utf-8")


def test_the_order_of_edits_leaves_no_trace() -> None:
    """A drawing that was brought up to date edit by edit has the text of one inferred at once."""
    for seed in SEEDS[:20]:
        graph = drawing(random.Random(seed))
        inference = Inference(graph)
        for name in list(graph.nodes)[::-1]:
            inference.update(mutated(graph, name, lambda node: {"title": "renamed"}))

        assert make_source(inference).text == generate_source(graph)


def test_every_text_passes_the_second_wall(written: Path) -> None:
    for file in written.iterdir():
        tree = checked(file.read_text(encoding="utf-8"))
        assert isinstance(tree, ast.Module)


def test_whatever_is_broken_is_refused_in_words() -> None:
    """Random changes never lead to anything but problems, and what is refused names a place."""
    whole = 0
    for seed in range(150):
        rng = random.Random(seed)
        graph = drawing(rng, 8)
        break_something(rng, graph)
        inference = Inference(graph)
        problems = inference.problems()
        summarize(inference)
        with suppress(DesignError):
            make_source(inference)
            whole += 1
        for problem in problems:
            assert problem.node in problem.sentence
            assert problem.sentence.endswith(".")
    assert 0 < whole < 150

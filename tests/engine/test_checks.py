"""The last layer goes with the loss, or a warning says what to take away or add."""

from __future__ import annotations

import pytest

from graph_engine import edits
from graph_engine.checks import checks
from graph_engine.graph import Graph
from graph_engine.inference import Inference, Problem
from graph_engine.layers import CATALOGUE
from graph_engine.repairs import repair
from tests.engine.drawing import cnn, ref
from tests.engine.found_problems import errors


def ending(*kinds: str) -> Graph:
    graph = cnn()
    for kind in kinds:
        graph.apply(edits.add(graph, CATALOGUE[kind](), after="logits"))
    return graph


def judged(graph: Graph, loss: str) -> list[Problem]:
    return checks(graph, Inference(graph), loss)


@pytest.mark.parametrize(
    ("kinds", "loss", "severity", "label"),
    [
        (("Softmax",), "CrossEntropyLoss", "warning", "Remove softmax1"),
        (("LogSoftmax",), "CrossEntropyLoss", "warning", "Remove log_softmax1"),
        (("Sigmoid",), "BCEWithLogitsLoss", "warning", "Remove sigmoid1"),
        (("Softmax",), "NLLLoss", "warning", "Replace softmax1 by LogSoftmax"),
        ((), "NLLLoss", "warning", "Insert LogSoftmax before logits"),
        ((), "BCELoss", "error", "Insert Sigmoid before logits"),
        (("LogSoftmax",), "BCELoss", "error", "Replace log_softmax1 by Sigmoid"),
    ],
)
def test_the_last_layer_goes_with_the_loss(
    kinds: tuple[str, ...], loss: str, severity: str, label: str
) -> None:
    graph = ending(*kinds)
    [problem] = judged(graph, loss)

    found = repair(problem, Inference(graph))

    assert problem.severity == severity
    assert loss in problem.sentence
    assert found is not None
    assert found.label == label
    graph.apply(found.change)
    assert not judged(graph, loss)
    assert not errors(graph)


@pytest.mark.parametrize(
    ("kinds", "loss"),
    [
        ((), "CrossEntropyLoss"),
        (("LogSoftmax",), "NLLLoss"),
        (("ReLU",), "NLLLoss"),
        (("Sigmoid",), "BCELoss"),
        (("Softmax",), "BCELoss"),
        (("Softmax",), "MSELoss"),
        (("Softmax",), ""),
    ],
)
def test_what_goes_together_is_left_alone(kinds: tuple[str, ...], loss: str) -> None:
    assert not judged(ending(*kinds), loss)


def test_a_muted_softmax_does_not_count() -> None:
    graph = ending("Softmax")
    graph.apply(edits.set_muted(graph, ["softmax1"], True))

    assert not judged(graph, "CrossEntropyLoss")
    assert judged(graph, "NLLLoss")[0].place == "logits.input"


def test_the_output_that_the_loss_reads_counts() -> None:
    graph = ending("Softmax")
    graph.apply(
        edits.add(graph, CATALOGUE["Output"](), name="features", after="flatten1", between=False)
    )

    assert not checks(graph, Inference(graph), "CrossEntropyLoss", "features")
    assert checks(graph, Inference(graph), "CrossEntropyLoss", "logits")
    assert not checks(graph, Inference(graph), "CrossEntropyLoss", "ghost")
    graph.apply(edits.disconnect(graph, ref("logits.input")))
    assert not judged(graph, "CrossEntropyLoss")

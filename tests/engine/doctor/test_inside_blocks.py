"""Rules look into blocks, and their cures change the block as one step of the drawing around it."""

from __future__ import annotations

import pytest

from graph_engine.builder import NetworkBuilder
from tests.engine.doctor.patients import Patient, builtin, recipe

pytestmark = pytest.mark.torch


def stage(bias: float = 0.0, norm: bool = True, repeat: int = 2) -> Patient:
    """features → stage ×2 (fc, norm, relu) → out"""
    net = NetworkBuilder("main")
    block = net.block("Stage")
    width = block.parameter("width", 16, "How many numbers come out.")
    x = block.input("x", shape=(16,))
    start = {"init": "constant", "val": bias} if bias else None
    x = block.add("Linear", x, out_features=width, name="fc", bias_init=start)
    if norm:
        x = block.add("BatchNorm1d", x, name="norm")
    block.output("y", block.add("ReLU", x, name="relu"))
    block.done()
    y = net.add("Linear", net.input("x", shape=(13,)), out_features=16, name="first")
    y = net.add("Stage", net.add("ReLU", y, name="relu"), width=16, repeat=repeat, name="stages")
    net.output("y", net.add("Linear", y, out_features=3, name="out"))
    return Patient(net.graph, recipe(epochs=3), builtin("wine"))


def test_a_drawing_rule_speaks_of_the_node_in_its_block() -> None:
    # given a bias before batch normalisation inside a block whose width is a parameter
    patient = stage()

    (finding,) = patient.findings("bias-before-normalization", with_run=False)

    # then it is found there once, though the block is used twice, and its cure goes into the block
    assert (finding.block, finding.node) == ("Stage", "fc")
    assert finding.cure is not None
    cured = patient.cured(finding.cure)
    assert cured.graph.blocks["Stage"].nodes["fc"].layer.values()["bias"] is False
    assert cured.findings("bias-before-normalization", with_run=False) == []
    assert cured.ran.weights == patient.ran.weights - 2 * 16


def test_a_rule_about_a_run_finds_dead_units_in_the_copies_of_a_block() -> None:
    # given rectifiers inside a repeated block that never fire
    patient = stage(bias=-20.0, norm=False)

    (finding,) = patient.findings("dead-units")

    assert (finding.block, finding.node) == ("Stage", "relu")
    assert finding.cure is not None
    cured = patient.cured(finding.cure)
    assert type(cured.graph.blocks["Stage"].nodes["relu"].layer).__name__ == "LeakyReLU"
    assert cured.findings("dead-units") == []
    assert cured.ran.metric("train_loss") < patient.ran.metric("train_loss")


def test_a_path_of_a_run_leads_to_its_node() -> None:
    case = stage().case(with_run=False)

    assert case.place("first")[1] is case.graph.nodes["first"]
    assert case.place("stages.1.fc") == ("Stage", case.graph.blocks["Stage"].nodes["fc"])
    assert case.place("stages.7.nothing") == ("Stage", None)
    assert case.place("elsewhere.fc") == ("", None)

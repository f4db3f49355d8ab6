"""The rules are silent about designs that are well, shipped ones above all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph_engine import templates
from graph_engine.cli.projects import network_of
from graph_engine.training.doctor import Case, examine
from graph_engine.training.doctor.evidence import Evidence
from graph_engine.training.doctor.intake import case_of, networks_of
from tests.engine.doctor.designs import RELU, SMALL, arrays, layer, linear, wine
from tests.engine.doctor.patients import Patient

pytestmark = pytest.mark.torch

DEMONSTRATED = {
    "exploding-gradients": {"exploding-gradients", "uneven-start"},
    "overfitting": {"overfitting", "batch-too-large"},
    "vanishing-gradients": {"vanishing-gradients", "squashing-depth"},
}
"""Templates that show a difficulty, and what may be said of them."""

QUICK = ("perceptron-iris", "mlp-wine", "regression-diabetes", "logic-gates", "xor")


def template(name: str) -> Patient:
    project = templates.new(name)
    recipe = project.training_recipe().replace(threads=1)
    return Patient(network_of(project), recipe, project.data_choice())


@pytest.mark.parametrize("name", templates.names())
def test_nothing_is_said_about_a_template_before_it_is_trained(name: str) -> None:
    project = templates.new(name)

    cases = [case_of(project, graph) for graph in networks_of(project, network_of(project))]

    found = {finding.rule for case in cases for finding in examine(case)}
    assert found <= DEMONSTRATED.get(name, set())


@pytest.mark.parametrize("name", QUICK)
def test_nothing_is_said_about_a_template_after_its_whole_training(name: str) -> None:
    patient = template(name)

    assert examine(patient.case()) == []
    assert len(patient.ran.evidence.epochs) == patient.recipe.epochs


def test_the_template_that_shows_overfitting_is_told_to_do_so() -> None:
    found = examine(template("overfitting").case())

    assert [finding.rule for finding in found] == ["overfitting"]


@pytest.mark.parametrize("name", ["cnn-digits", "resnet-digits"])
def test_nothing_is_said_about_the_beginning_of_a_longer_training(name: str) -> None:
    patient = template(name)
    shorter = Patient(patient.graph, patient.recipe.replace(epochs=2), patient.data)

    assert examine(shorter.case()) == []


def test_a_narrow_layer_between_wide_ones_is_a_bottleneck_and_no_mistake(tmp_path: Path) -> None:
    # given a code of two numbers between layers of 13 and 13
    patient = wine(linear(2, "code"), linear(13, "decoded"), RELU, linear(3, "out"))(tmp_path)

    assert patient.findings("no-nonlinearity", with_run=False) == []


def test_a_truth_table_does_not_leak(tmp_path: Path) -> None:
    # given two hundred samples of the four lines of a truth table
    def table() -> dict[str, np.ndarray]:
        x = np.array([[n // 2 % 2, n % 2] for n in range(200)], np.float32)
        return {"x": x, "label": (x[:, 0] != x[:, 1]).astype(int)}

    patient = arrays(table, *SMALL)(tmp_path)

    assert patient.findings("leak-between-splits", with_run=False) == []


def test_a_last_layer_may_start_with_zeros(tmp_path: Path) -> None:
    patient = wine(linear(16, "fc"), RELU, linear(3, "out", weight_init="zeros"))(tmp_path)

    assert patient.findings("symmetric-initialization", with_run=False) == []


def test_rules_about_falling_losses_leave_other_ways_to_train_alone(tmp_path: Path) -> None:
    # given a run whose loss rises and swings, of a procedure whose losses mean something else
    patient = wine(*SMALL)(tmp_path)
    run = Evidence(
        task="generation",
        losses=np.linspace(1.0, 9.0, 200),
        epochs=tuple({"train_loss": float(n % 3), "validation_loss": 3.0 + n} for n in range(20)),
        reason="completed",
    )
    supervised = Case(patient.inference, patient.recipe, patient.data, None, run)
    adversarial = Case(
        patient.inference, patient.recipe.replace(procedure="adversarial"), patient.data, None, run
    )

    assert {"learning-rate-too-high"} <= {finding.rule for finding in examine(supervised)}
    assert examine(adversarial) == []


def test_tables_with_gaps_and_without_rows_are_no_reason_to_speak(tmp_path: Path) -> None:
    # given a run of which little was measured: rows that are not there, and moments without figures
    patient = wine(linear(16, "fc"), RELU, linear(3, "out"), epochs=2)(tmp_path)
    run = patient.ran.evidence
    gaps = run.gradients.copy()
    gaps[::2], gaps[:, 0] = np.nan, np.nan
    for gradients, activations in (
        (gaps, np.full_like(run.activations, np.nan)),
        (np.full_like(run.gradients, np.nan), run.activations[:0]),
        (np.empty((0, 0, 0)), np.empty((0, 0, 0))),
    ):
        thinned = Evidence(
            task=run.task,
            losses=run.losses,
            layers=run.layers,
            gradients=gradients,
            activations=activations,
        )
        case = Case(patient.inference, patient.recipe, patient.data, None, thinned)

        assert examine(case) == []


def test_a_sharp_tanh_at_the_end_is_an_answer_and_not_saturated(tmp_path: Path) -> None:
    patient = wine(
        linear(3, "out", weight_init={"init": "normal", "std": 9.0}), layer("Tanh", "y1")
    )
    assert patient(tmp_path).findings("saturated-units") == []

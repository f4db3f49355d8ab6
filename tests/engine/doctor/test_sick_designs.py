"""Every rule names the sickness of a design that was made sick, and its cure makes the design better."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_engine.training.doctor import RULES
from tests.engine.doctor.sickness import SICK, Sick

pytestmark = pytest.mark.torch

NAMED_ONLY = {"constant-labels", "leak-between-splits", "contradicting-labels", "no-gradient"}


@pytest.mark.parametrize("sick", SICK, ids=[sick.rule for sick in SICK])
def test_a_sick_design_is_named_and_cured(sick: Sick, tmp_path: Path) -> None:
    # given a design with one thing wrong, trained as it is
    patient = sick.make(tmp_path)

    # when it is examined
    finding = patient.findings(sick.rule)[0]

    # then the rule names it at the right node, with figures
    assert finding.node == sick.node
    assert finding.evidence.endswith(".")
    assert RULES[sick.rule].explanation
    if sick.measure is None:
        assert finding.cure is None
        return

    # and with its cure it comes out better, and the rule has nothing more to say
    assert finding.cure is not None
    cured = patient.cured(finding.cure)
    assert sick.measure(cured) < sick.factor * sick.measure(patient)
    assert cured.findings(sick.rule) == []


def test_every_rule_has_a_sick_design() -> None:
    assert [sick.rule for sick in SICK if sick.measure is None] == [
        sick.rule for sick in SICK if sick.rule in NAMED_ONLY
    ]
    assert {sick.rule for sick in SICK} == set(RULES)
    assert len(RULES) >= 20

"""All rules over one case."""

from __future__ import annotations

from graph_engine.training.doctor import course, drawing, samples, signals
from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.finding import Finding, Rule

RULES: dict[str, Rule] = {
    rule.name: rule for module in (drawing, samples, course, signals) for rule in module.RULES
}

ORDER = ("error", "warning", "advice")


def examine(case: Case) -> list[Finding]:
    """What all rules find, the worst first. A drawing with errors is not judged."""
    if any(problem.severity == "error" for problem in case.inference.problems()):
        return []
    found = [finding for rule in RULES.values() for finding in rule.findings(case)]
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))

"""All rules over one case."""

from __future__ import annotations

from graph_engine.training.doctor import answers, course, drawing, output, samples, signals
from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.finding import Finding, Rule

MODULES = (drawing, output, samples, course, signals, answers)

RULES: dict[str, Rule] = {rule.name: rule for module in MODULES for rule in module.RULES}

RUN_RULES = frozenset(rule.name for module in (course, signals, answers) for rule in module.RULES)
"""The rules that have nothing to say before there is a run."""

ORDER = ("error", "warning", "advice")


def examine(case: Case) -> list[Finding]:
    """What all rules find, the worst first. A drawing with errors is not judged."""
    if any(problem.severity == "error" for problem in case.inference.problems()):
        return []
    found = [finding for rule in RULES.values() for finding in rule.findings(case)]
    for block in case.blocks():
        found += _inside(case, block)
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))


def _inside(case: Case, block: str) -> list[Finding]:
    inner = case.inside(block)
    if any(problem.severity == "error" for problem in inner.inference.problems()):
        return []
    rules = [rule for rule in RULES.values() if rule.looks_inside]
    return [case.lifted(block, finding) for rule in rules for finding in rule.findings(inner)]

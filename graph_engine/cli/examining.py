"""``doctor``: what is likely to go wrong with a design, and what went wrong in a run of it."""

from __future__ import annotations

from typing import Any

from graph_engine.cli.checking import COLOURS, print_indented
from graph_engine.cli.output import counted, print_json, say
from graph_engine.cli.projects import network_of
from graph_engine.errors import DatasetError, DesignError
from graph_engine.inference import Inference
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.doctor import RULES, Case, Finding, examine
from graph_engine.training.doctor.intake import case_of, case_of_run, networks_of

Found = tuple[str, Finding]


def doctor(project: Project, network: str, run: str, as_json: bool) -> int:
    """Prints what the rules find; the exit status is 1 where it would keep the network from learning.

    Raises DesignError where there is no such network or run, or the drawing has errors.
    """
    cases, note = _cases(project, network, run)
    if any(p.severity == "error" for case in cases for p in case.inference.problems()):
        raise DesignError("The drawing has errors, which are told by: netloom check")
    found = [(case.graph.name, finding) for case in cases for finding in examine(case)]
    errors = sum(finding.severity == "error" for _, finding in found)
    if as_json:
        print_json({"findings": [_row(*each) for each in found], "rules": len(RULES), "note": note})
        return int(errors > 0)
    for each in found:
        _print(*each)
    looked = "the drawing and the recipe" if note else "the drawing, the recipe and the data"
    if run:
        looked = launch.history_of(project).find(run).name
    told = f"{counted(len(found), 'finding')}." if found else "Nothing to say."
    say(f"{len(RULES)} rules looked at {looked}. {told}", "" if found else "green")
    if note:
        say(note)
    return int(errors > 0)


def _cases(project: Project, network: str, run: str) -> tuple[list[Case], str]:
    """What is examined, and a sentence where the data could not be read."""
    if run:
        return [case_of_run(launch.history_of(project).find(run))], ""
    graphs = networks_of(project, network_of(project, network))
    try:
        return [case_of(project, graph) for graph in graphs], ""
    except DatasetError as error:
        recipe, data = project.training_recipe(), project.data_choice()
        return [Case(Inference(graph), recipe, data) for graph in graphs], str(error)


def _print(network: str, finding: Finding) -> None:
    place = ".".join(filter(None, (finding.block, finding.node)))
    say(f"{finding.severity:7}  {network}  {place}".rstrip(), COLOURS.get(finding.severity, ""))
    rule = RULES[finding.rule]
    print_indented(f"{rule.title}. {finding.evidence}")
    if finding.cure is not None:
        print_indented(f"Cure: {finding.cure.label}.")


def _row(network: str, finding: Finding) -> dict[str, Any]:
    rule = RULES[finding.rule]
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": rule.title,
        "network": network,
        "block": finding.block,
        "node": finding.node,
        "evidence": finding.evidence,
        "explanation": rule.explanation,
        "source": rule.source,
        "cure": finding.cure.label if finding.cure else None,
    }

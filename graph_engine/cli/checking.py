"""``check`` and ``fix``: what stands in the way, and the repairs that are ready."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import typer
from rich.table import Table

from graph_engine.checks import checks
from graph_engine.cli.output import ERRORS, console, counted, print_json
from graph_engine.data.choice import load, target_field
from graph_engine.errors import DatasetError, DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference, Problem
from graph_engine.project import Project
from graph_engine.repairs import Repair, repair

MOST_REPAIRS = 1000
USUAL_LOSSES = {"classification": "CrossEntropyLoss", "binary": "BCEWithLogitsLoss"}

Found = tuple[str, Problem, Repair | None]


def check(project: Project, as_json: bool) -> int:
    """Prints the problems of all networks; the exit status is 1 where one of them is an error."""
    found = list(problems(project))
    errors = sum(problem.severity == "error" for _, problem, _ in found)
    if as_json:
        rows = [_row(*each) for each in found]
        print_json({"problems": rows, "errors": errors, "warnings": len(found) - errors})
    elif not found:
        console.print("No problems.", style="green")
    else:
        table = Table("", "network", "where", "problem", "repair")
        for network, problem, ready in found:
            style = "red" if problem.severity == "error" else "yellow"
            label = ready.label if ready else ""
            table.add_row(
                problem.severity, network, problem.place, problem.sentence, label, style=style
            )
        console.print(table)
        if any(ready for _, _, ready in found):
            console.print("`netloom fix` makes the repairs.", markup=False)
    return ERRORS if errors else 0


def fix(project: Project, agreed: bool) -> int:
    """Makes the repairs that problems offer, one after the other, asking for each unless agreed.

    The project is saved where anything changed. The exit status is 1 where errors are left.
    """
    made, declined = 0, set[str]()
    while made < MOST_REPAIRS:
        offers = (
            each for each in problems(project) if each[2] and each[1].sentence not in declined
        )
        network, problem, ready = next(offers, (None, None, None))
        if network is None or problem is None or ready is None:
            break
        console.print(f"{network}: {problem.sentence}", markup=False)
        if agreed or typer.confirm(f"{ready.label}?", default=True):
            project.networks[network].apply(ready.change)
            made += 1
            console.print(f"  {ready.label}.", style="green", markup=False)
        else:
            declined.add(problem.sentence)
    if made:
        project.save()
    left = sum(problem.severity == "error" for _, problem, _ in problems(project))
    console.print(f"Made {counted(made, 'repair')}; {counted(left, 'error')} left.")
    return ERRORS if left else 0


def problems(project: Project) -> Iterator[Found]:
    """Every problem with its network and its repair."""
    loss = _loss_name(project)
    for name, graph in project.networks.items():
        inference = Inference(graph)
        for problem in (*inference.problems(), *checks(graph, inference, loss)):
            yield name, problem, _repair(problem, inference, graph)


def _repair(problem: Problem, inference: Inference, graph: Graph) -> Repair | None:
    try:
        return repair(problem, inference)
    except DesignError:
        return None


def _loss_name(project: Project) -> str:
    """The loss that training would use; where the task follows from data that cannot be read, none."""
    recipe = project.training_recipe()
    if recipe.loss:
        return recipe.loss.name
    task = recipe.task
    if task == "auto" and project.data:
        choice = project.data_choice()
        folder = project.path.absolute().parent if project.path else None
        with suppress(DatasetError):
            kind = target_field(choice, load(choice, folder)).kind
            task = "classification" if kind == "categorical" else "regression"
    return USUAL_LOSSES.get(task, "")


def _row(network: str, problem: Problem, ready: Repair | None) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "network": network,
        "node": problem.node,
        "port": problem.port,
        "sentence": problem.sentence,
        "repair": ready.label if ready else None,
    }

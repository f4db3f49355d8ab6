"""``check`` and ``fix``: what stands in the way, and the repairs that are ready."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from graph_engine.checks import checks
from graph_engine.cli.output import console, counted, print_json, quoted, say
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference, Problem
from graph_engine.project import Project
from graph_engine.repairs import Repair, repair
from graph_engine.training.procedure_choices import TASKS

USUAL_LOSSES = {"classification": "CrossEntropyLoss", "binary": "BCEWithLogitsLoss"}
COLOURS = {"error": "red", "warning": "yellow"}

Found = tuple[str, Problem, Repair | None]


def check(project: Project, file: Path, as_json: bool) -> int:
    """Prints the problems of all networks; the exit status is 1 where one of them is an error."""
    found = list(problems(project))
    errors = sum(problem.severity == "error" for _, problem, _ in found)
    if as_json:
        rows = [_row(*each) for each in found]
        print_json({"problems": rows, "errors": errors, "warnings": len(found) - errors})
        return int(errors > 0)
    for each in found:
        _print(*each)
    told = f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}."
    say(told if found else "No problems.", "" if found else "green")
    if any(ready for _, _, ready in found):
        say(f"Repair with: netloom fix {quoted(file)}")
    return int(errors > 0)


def _print(network: str, problem: Problem, ready: Repair | None) -> None:
    place = "  ".join(filter(None, (network, problem.place)))
    say(f"{problem.severity:7}  {place}", COLOURS[problem.severity])
    for line in filter(None, (problem.sentence, f"Repair: {ready.label}." if ready else "")):
        print_indented(line)


def print_indented(line: str) -> None:
    """Wraps a sentence to the terminal, all lines under the place; a pipe gets it whole."""
    if console.is_terminal:
        console.print(Padding(Text(line), (0, 0, 0, 9)))
    else:
        say(f"         {line}")


def fix(project: Project, agreed: bool) -> int:
    """Makes the repairs that problems offer, one after the other, asking for each unless agreed.

    The project is saved where anything changed. The exit status is 1 where errors are left.
    """
    made, met = 0, set[tuple[str, str, str]]()
    while True:
        offers = ((n, p, r) for n, p, r in problems(project) if r is not None)
        new = ((n, p, r) for n, p, r in offers if (n, p.sentence, r.label) not in met)
        network, problem, ready = next(new, (None, None, None))
        if network is None or problem is None or ready is None:
            break
        met.add((network, problem.sentence, ready.label))
        say(f"{network}: {problem.sentence}")
        if agreed or click.confirm(f"{ready.label}?", default=True):
            project.networks[network].apply(ready.change)
            made += 1
            say(f"  Done: {ready.label}.", "green")
    if made:
        project.save()
    left = sum(problem.severity == "error" for _, problem, _ in problems(project))
    say(f"Made {counted(made, 'repair')}; {counted(left, 'error')} left.")
    return int(left > 0)


def problems(project: Project) -> Iterator[Found]:
    """Every problem with its network and its repair; a recipe that cannot be read is one as well."""
    try:
        project.training_recipe()
    except DesignError as error:
        yield "", Problem("error", "", "", f"The recipe of training cannot be read: {error}"), None
    for name, graph in project.networks.items():
        inference = Inference(graph)
        for problem in (*inference.problems(), *_unfitting(project, graph, inference)):
            yield name, problem, repair(problem, inference)


def _unfitting(project: Project, graph: Graph, inference: Inference) -> list[Problem]:
    """Where the last layer and the loss do not go together.

    Where the recipe leaves the loss open, the data decide it; they are read only for a drawing that a
    usual loss would not fit.
    """
    with suppress(DesignError):
        chosen = project.training_recipe().loss
        if chosen is not None:
            return checks(graph, inference, chosen.name)
        if project.data and any(checks(graph, inference, each) for each in USUAL_LOSSES.values()):
            return checks(graph, inference, USUAL_LOSSES.get(_task(project), ""))
    return []


def _task(project: Project) -> str:
    """What the network is for, by its recipe or else by its data."""
    from graph_engine.data.choice import load, target_field  # noqa: PLC0415

    recipe = project.training_recipe()
    own = TASKS.get(recipe.procedure.name, "") if recipe.procedure else ""
    task: str = own if recipe.task == "auto" else recipe.task
    if task:
        return task
    choice = project.data_choice()
    folder = project.path.absolute().parent if project.path else None
    target = target_field(choice, load(choice, folder))
    return "classification" if target.kind == "categorical" else "regression"


def _row(network: str, problem: Problem, ready: Repair | None) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "network": network,
        "node": problem.node,
        "port": problem.port,
        "sentence": problem.sentence,
        "repair": ready.label if ready else None,
    }

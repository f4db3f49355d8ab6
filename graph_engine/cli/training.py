"""``train`` and ``runs``: the run that a command asks for, and what came of all runs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from graph_engine.cli.output import plain_table, print_json, print_table, say
from graph_engine.cli.projects import network_of
from graph_engine.codegen import make_source
from graph_engine.errors import TrainingError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.inputs import Input
from graph_engine.project import Project
from graph_engine.training.events import Metrics
from graph_engine.training.folder import RunFolder, Snapshot
from graph_engine.training.history import History, Record
from graph_engine.training.recipe import Recipe


def new_run(project: Project, network: str, recipe: Recipe) -> RunFolder:
    """The folder of a new run with everything that it needs.

    Raises DesignError where the drawing has errors, or the data or the recipe do not fit.
    """
    graph = network_of(project, network)
    source = make_source(Inference(graph))
    return run_history(project).create(
        Snapshot(
            network=graph.name,
            class_name=source.class_name,
            source=source.text,
            inputs=input_names(graph),
            recipe=recipe,
            data=project.data_choice().saved(),
            data_folder=str(saved_file(project).absolute().parent),
            lines={number: (place.graph, place.node) for number, place in source.lines.items()},
        )
    )


def resumed_run(
    project: Project, wish: str, network: str, changed: Callable[[Recipe], Recipe]
) -> RunFolder:
    """The folder of a run that shall go on with its own snapshot; only some of the recipe may change.

    Raises TrainingError where there is no such run, or nothing is left of it to do, and ParameterError
    for a change that its past would not fit.
    """
    history = run_history(project)
    folder = history.find(wish)
    snapshot = folder.snapshot()
    if network and network != snapshot.network:
        raise TrainingError(
            f"{folder.name} trains the network {snapshot.network!r}, not {network!r}."
        )
    if folder.is_alive():
        raise TrainingError(f"{folder.name} is being trained already: wait, or stop it.")
    recipe = snapshot.recipe.going_on(changed(snapshot.recipe))
    record = next(each for each in history.runs() if each.name == folder.name)
    if record.status == "completed" and recipe.epochs <= record.epoch:
        raise TrainingError(
            f"{folder.name} has completed its {record.epoch} epochs. Ask for more in all, such as "
            f"--epochs {2 * record.epoch}."
        )
    if recipe != snapshot.recipe:
        folder.write_recipe(recipe)
    return folder


def input_names(graph: Graph) -> tuple[str, ...]:
    """The inputs of a network in the order of its forward method."""
    return tuple(name for name, node in graph.nodes.items() if isinstance(node.layer, Input))


def settings(recipe: Recipe, named: Mapping[str, object], pairs: Sequence[str]) -> Recipe:
    """The recipe with what the command line asks for. Raises ParameterError for what it cannot be."""
    for key, value in named.items():
        if value is not None:
            recipe = recipe.with_setting(key, str(value))
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not sign:
            raise TrainingError(
                f"A setting is given as KEY=VALUE, such as optimizer.lr=0.01, not {pair!r}."
            )
        recipe = recipe.with_setting(key.strip(), text.strip())
    return recipe


def runs(project: Project, as_json: bool) -> None:
    """Prints the runs of a project, the newest first."""
    records = run_history(project).runs()
    if as_json:
        print_json([record.to_json() for record in records])
        return
    if not records:
        say("No runs yet; `netloom train` makes one.")
        return
    table = plain_table("run", "status", "started", "epochs", "time", "result", numbers=("time",))
    for column in table.columns[:-1]:
        column.no_wrap = True
    for record in records:
        started = datetime.datetime.fromtimestamp(record.created).strftime("%Y-%m-%d %H:%M")
        table.add_row(
            record.name,
            record.status.replace("_", " "),
            started,
            f"{record.epoch}/{record.epochs}" if record.epochs else "",
            f"{record.seconds:.1f} s" if record.seconds else "",
            _result(record),
        )
    print_table(table)


def _result(record: Record) -> str:
    """Why a run failed, or how good it is: with the test samples, or else the validation samples."""
    groups = grouped(record.metrics)
    best = groups.get("test") or groups.get("validation") or groups.get("train")
    return record.message or ", ".join(best or [])


def run_history(project: Project) -> History:
    """The runs beside a project's file."""
    return History.of(saved_file(project))


def saved_file(project: Project) -> Path:
    """The project's file. Raises TrainingError for a project that was never saved."""
    if project.path is None:
        raise TrainingError("Save the project first: its runs are kept beside its file.")
    return project.path


def grouped(metrics: Metrics) -> dict[str, list[str]]:
    """Metrics in words by the samples that they were measured with: train, validation, test."""
    groups: dict[str, list[str]] = {}
    for name, value in metrics.items():
        group, _, what = name.partition("_")
        groups.setdefault(group, []).append(f"{what.replace('_', ' ')} {number(name, value)}")
    for told in groups.values():
        told.sort(key=lambda words: words.startswith("loss "))
    return groups


def number(name: str, value: float) -> str:
    """A metric as people write it; accuracies in percent."""
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.2f} %" if name.endswith("accuracy") else f"{value:.4g}"

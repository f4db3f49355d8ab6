"""``train`` and ``runs``: the recipe that a command asks for, and what came of all runs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence

from graph_engine.cli.output import plain_table, print_json, print_table, say
from graph_engine.errors import TrainingError
from graph_engine.project import Project
from graph_engine.training.events import Metrics
from graph_engine.training.history import Record
from graph_engine.training.launch import history_of
from graph_engine.training.recipe import Recipe


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
    records = history_of(project).runs()
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

"""``train`` and ``runs``: starts the worker of a run, shows how it goes, and what came of all runs.

torch is only in the worker's process, never in this one.
"""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from graph_engine.cli.output import ERRORS, complaints, console, counted, print_json
from graph_engine.cli.projects import network_of
from graph_engine.codegen import make_source
from graph_engine.data.choice import DataChoice
from graph_engine.errors import TrainingError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.inputs import Input
from graph_engine.project import Project
from graph_engine.training.events import (
    Checkpointed,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Started,
    Stepped,
)
from graph_engine.training.folder import RunFolder, Snapshot
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session

INTERRUPTED = 130


def new_run(project: Project, network: str, recipe: Recipe) -> RunFolder:
    """The folder of a new run with everything that it needs.

    Raises DesignError where the drawing has errors, or the data or the recipe do not fit.
    """
    graph = network_of(project, network)
    source = make_source(Inference(graph))
    folder = saved_file(project).absolute().parent
    choice: DataChoice = project.data_choice()
    return run_history(project).create(
        Snapshot(
            network=graph.name,
            class_name=source.class_name,
            source=source.text,
            inputs=input_names(graph),
            recipe=recipe,
            data=choice.saved(),
            data_folder=str(folder),
            lines={number: (place.graph, place.node) for number, place in source.lines.items()},
        )
    )


def resumed_run(project: Project, wish: str, changed: Callable[[Recipe], Recipe]) -> RunFolder:
    """The folder of a run that shall go on, with its own snapshot; only the recipe may change.

    Raises TrainingError where there is no such run.
    """
    folder = run_history(project).find(wish)
    before = folder.snapshot().recipe
    after = changed(before)
    if after != before:
        folder.write_recipe(after)
    return folder


def input_names(graph: Graph) -> tuple[str, ...]:
    """The inputs of a network in the order of its forward method."""
    return tuple(name for name, node in graph.nodes.items() if isinstance(node.layer, Input))


def settings(
    recipe: Recipe,
    epochs: int | None,
    device: str,
    seed: int | None,
    pairs: Sequence[str],
) -> Recipe:
    """The recipe with what the command line asks for. Raises ParameterError for what it cannot be."""
    named = {"epochs": epochs, "device": device or None, "seed": seed}
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


def follow(folder: RunFolder, as_json: bool, *, keeps: bool = True) -> int:
    """Runs the worker to its end, telling what happens; answers the exit status.

    ``keeps`` says that the folder stays, so that it is worth telling where the weights are.
    Ctrl-C asks it to stop with a checkpoint, a second one ends it at once.
    """
    session = Session.start(folder)
    show = _as_lines if as_json else _Bar(folder if keeps else None)
    asked = 0
    last: Event | None = None
    try:
        while True:
            try:
                last = next(session)
                show(last)
            except StopIteration:
                break
            except KeyboardInterrupt:
                asked += 1
                session.stop() if asked == 1 else session.kill()
    finally:
        if isinstance(show, _Bar):
            show.close()
        session.end()
    if isinstance(last, Failed):
        if not as_json:
            complaints.print(last.message, style="red", markup=False)
        return ERRORS
    if asked and not as_json and keeps:
        complaints.print(f"Go on with: netloom train PROJECT --resume {folder.name}", markup=False)
    return INTERRUPTED if asked else 0


def _as_lines(event: Event) -> None:
    if isinstance(event, Started | Stepped | EpochEnded | Checkpointed | Finished | Failed):
        sys.stdout.write(event.to_json() + "\n")
        sys.stdout.flush()


class _Bar:
    """Progress for a person: a bar over all steps, a line each epoch, a table at the end."""

    def __init__(self, folder: RunFolder | None) -> None:
        self._folder = folder
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[told]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("starting", total=None, told="")
        self._progress.start()
        self._epochs = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._start(event)
        elif isinstance(event, Stepped):
            told = f"loss {event.loss:.4f}"
            self._progress.update(self._task, completed=event.step, told=told)
        elif isinstance(event, EpochEnded):
            told = ", ".join(_shown(name, value) for name, value in event.metrics.items())
            mark = " *" if event.best else ""
            self._progress.console.print(
                f"epoch {event.epoch}/{self._epochs}  {told}{mark}", markup=False
            )
        elif isinstance(event, Finished):
            self.close()
            self._end(event)

    def close(self) -> None:
        """Takes the bar away."""
        self._progress.stop()

    def _start(self, event: Started) -> None:
        self._epochs = event.epochs
        total = event.epochs * event.steps_per_epoch
        self._progress.update(self._task, description=event.run, total=total, completed=event.step)
        parts = f"{event.train:,} / {event.validation:,} / {event.test:,}"
        self._progress.console.print(
            f"{event.run}: {counted(event.parameters, 'trainable parameter')}, {event.task}, "
            f"{parts} samples to train / validate / test, {event.device}, "
            f"{counted(event.threads, 'thread')}.",
            markup=False,
        )
        if event.note:
            self._progress.console.print(event.note, markup=False)

    def _end(self, event: Finished) -> None:
        words = {"completed": "Finished", "early_stopping": "Stopped early", "stopped": "Stopped"}
        console.print(
            f"{words[event.reason]} after {counted(event.epoch, 'epoch')} in {event.seconds:.1f} s; "
            f"best epoch {event.best_epoch}.",
            markup=False,
        )
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, value in event.metrics.items():
            table.add_row(name.replace("_", " "), _number(name, value))
        console.print(table)
        if self._folder is not None and event.weights:
            console.print(f"Weights: {self._folder.path / event.weights}", markup=False)


def runs(project: Project, as_json: bool) -> None:
    """Prints the runs of a project, the newest first."""
    records = run_history(project).runs()
    if as_json:
        print_json([record.to_json() for record in records])
        return
    if not records:
        console.print("No runs yet; `netloom train` makes one.", markup=False)
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("run", "status", "started", "epochs", "time"):
        table.add_column(head, no_wrap=True)
    table.add_column("best metrics")
    for record in records:
        started = datetime.datetime.fromtimestamp(record.created).strftime("%Y-%m-%d %H:%M")
        told = [_shown(n, v) for n, v in record.metrics.items() if not n.startswith("train_")]
        table.add_row(
            record.name,
            record.status.replace("_", " "),
            started,
            f"{record.epoch}/{record.epochs}",
            f"{record.seconds:.1f} s",
            record.message or "\n".join(told),
        )
    console.print(table)


def run_history(project: Project) -> History:
    """The runs beside a project's file."""
    return History.of(saved_file(project))


def _shown(name: str, value: float) -> str:
    return f"{name.replace('_', ' ')} {_number(name, value)}"


def _number(name: str, value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.2f} %" if name.endswith("accuracy") else f"{value:.4g}"


def saved_file(project: Project) -> Path:
    """The project's file. Raises TrainingError for a project that was never saved."""
    if project.path is None:
        raise TrainingError("Save the project first: its runs are kept beside its file.")
    return project.path

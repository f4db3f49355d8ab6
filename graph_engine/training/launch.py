"""From a project to the folder of a run: the snapshot that the run keeps to, and where runs are kept.

The runs of a saved project lie beside its file. Those of one that was never saved lie with this user's
state, and move beside the file with the first save.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from graph_engine.codegen import make_source
from graph_engine.errors import TrainingError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.inputs import Input
from graph_engine.project import Project
from graph_engine.training import atomic, drawing
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot

OWNER = "project.txt"
"""In the folder of an unsaved project's runs: the file that the project was saved to meanwhile."""

FORGOTTEN = 14 * 24 * 3600.0
"""Seconds after which runs of a project that was never saved are thrown away."""


# Runs --------------------------------------------------------------------------------------------


def new_run(
    project: Project, graph: Graph, recipe: Recipe, begin_from: RunFolder | None = None
) -> RunFolder:
    """The folder of a new run of one of the project's networks, with everything that it needs.

    It begins with those weights of the run ``begin_from`` that fit it by name and size. Raises
    DesignError where the drawing has errors, the choice of data is not one, or that run has no weights.
    """
    folder = history_of(project).create(
        snapshot_of(project, graph, recipe, begin_from.name if begin_from else ""),
        weights=begin_from.weights_so_far() if begin_from else None,
    )
    drawing.keep(folder, project)
    return folder


def snapshot_of(project: Project, graph: Graph, recipe: Recipe, begun_from: str = "") -> Snapshot:
    """What a run of a network keeps to; where the procedure trains two networks, of both.

    Raises DesignError where a drawing has errors or a network that the procedure needs is missing.
    """
    procedure = recipe.procedure
    if procedure is None or not procedure.makes:
        return _snapshot(project, graph, recipe, begun_from=begun_from, inputs=input_names(graph))
    maker, fed = (_network(project, procedure[role]) for role in (procedure.makes, procedure.fed))
    if maker is fed:
        raise TrainingError(
            f"The procedure trains two networks, and `{maker.name}` is named for both. Choose another "
            f"for `{procedure.fed}`."
        )
    names = input_names(fed)
    return _snapshot(
        project,
        maker,
        recipe,
        begun_from=begun_from,
        inputs=names,
        fed=fed.name,
        others=(_snapshot(project, fed, recipe, inputs=names),),
    )


def _network(project: Project, name: str) -> Graph:
    if name not in project.networks:
        raise TrainingError(
            f"The procedure needs a network called `{name}`, and the project has "
            f"{', '.join(project.networks)}. Rename one of them, or choose another in the recipe."
        )
    return project.networks[name]


def _snapshot(project: Project, graph: Graph, recipe: Recipe, **others: Any) -> Snapshot:
    inference = Inference(graph)
    return Snapshot.of(
        make_source(inference),
        network=graph.name,
        recipe=recipe,
        data=project.data_choice().saved(),
        data_folder=str(project.path.absolute().parent) if project.path else "",
        shapes={name: _shape(graph, name) for name in input_names(graph)},
        **others,
    )


def _shape(graph: Graph, name: str) -> tuple[int, ...]:
    """Of one sample of an input; sizes that are not known beforehand are −1."""
    layer = graph.nodes[name].layer
    shape = layer.values()["shape"] if isinstance(layer, Input) else ()
    return tuple(size if isinstance(size, int) else -1 for size in shape)


def resumed_run(
    history: History, wish: str, network: str, changed: Callable[[Recipe], Recipe]
) -> RunFolder:
    """The folder of a run that shall go on with its own snapshot; only some of the recipe may change.

    Raises TrainingError where there is no such run, or nothing is left of it to do, and ParameterError
    for a change that its past would not fit.
    """
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


# Where they are kept -----------------------------------------------------------------------------


def history_of(project: Project) -> History:
    """The runs of a project, saved or not."""
    return History.of(project.path) if project.path else History(_unsaved(project))


def unsaved_folder() -> Path:
    """Where the runs of projects without a file lie."""
    return platformdirs.user_state_path("netloom", appauthor=False) / "runs"


def bring_home(project: Project) -> list[str]:
    """Moves runs from before the first save beside the project's file; answers the names that changed
    because the file has other runs already, as ``old → new``.

    A run that is being trained stays where it is until this is asked again, and a later start of the
    program finds it. Raises TrainingError where a folder cannot be moved.
    """
    if project.path is None:
        return []
    renamed: list[str] = []
    for folder in [_unsaved(project), *_left_for(project.path)]:
        if folder.is_dir():
            renamed += _move(folder, History.of(project.path), project.path)
    return renamed


def discard_unsaved(project: Project, within: Path) -> None:
    """Throws the runs of a project away that was closed without being saved, and old ones that nobody
    claimed, ``within`` the folder of all such runs; those that are being trained stay."""
    folders = [within / project.token] if project.path is None else []
    for folder in [*folders, *_forgotten(within)]:
        if not any(RunFolder(path).is_alive() for path in _runs_in(folder)):
            shutil.rmtree(folder, ignore_errors=True)


def _unsaved(project: Project) -> Path:
    return unsaved_folder() / project.token


def _left_for(path: Path) -> list[Path]:
    """Folders of runs that could not move when this file was first saved."""
    owners = unsaved_folder().glob(f"*/{OWNER}")
    here = str(path.absolute())
    return [owner.parent for owner in owners if _text(owner) == here]


def _forgotten(within: Path) -> list[Path]:
    """Folders without an owner that nothing has changed in for long."""
    then = time.time() - FORGOTTEN
    return [
        path for path in within.glob("*/") if _changed(path) < then and not (path / OWNER).exists()
    ]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # somebody else threw it away
        return math.inf


def _move(folder: Path, history: History, owner: Path) -> list[str]:
    atomic.write(folder / OWNER, str(owner.absolute()).encode())
    renamed: list[str] = []
    for path in _runs_in(folder):
        if not RunFolder(path).is_alive():
            name = history.adopt(path)
            renamed += [f"{path.name} → {name}"] if name != path.name else []
    if not _runs_in(folder):
        shutil.rmtree(folder, ignore_errors=True)
    return renamed


def _runs_in(folder: Path) -> list[Path]:
    return [folder / name for name in History(folder).names()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

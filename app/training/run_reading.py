"""What the table of runs reads from disk, all of it beside the window."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from graph_engine.errors import DesignError
from graph_engine.project import Project
from graph_engine.training import drawing, launch
from graph_engine.training.drawing import Differences, Drawn, Values
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History, Record
from graph_engine.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Listed:
    """The runs of a project, the newest first, or why they cannot be read."""

    records: tuple[Record, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Current:
    """The recipe and the drawing in the window at one moment; no recipe where it cannot be read."""

    recipe: Recipe | None
    drawn: Drawn

    @classmethod
    def of(cls, project: Project) -> Current:
        """What the window shows now."""
        recipe = None
        with suppress(DesignError):
            recipe = project.training_recipe()
        return cls(recipe, Drawn.of(project))


@dataclass(frozen=True, slots=True)
class Compared:
    """What leads from a run to ``against``: another run's name, or nothing for the window.

    ``recipe`` or ``drawn`` are None where one side has none. ``size`` is in bytes.
    """

    name: str
    against: str
    recipe: Values | None = None
    drawn: Differences | None = None
    begun_from: str = ""
    size: int = 0
    can_go_on: bool = False
    problem: str = ""


def listed(project: Project) -> Listed:
    """Reads the index of all runs."""
    try:
        return Listed(tuple(launch.history_of(project).runs()))
    except (DesignError, OSError) as error:
        return Listed(problem=str(error))


def compared(history: History, name: str, against: str, current: Current) -> Compared:
    """Compares a run with another, or with what is in the window."""
    try:
        folder = history.find(name)
        snapshot = folder.snapshot()
        other = _other(history, against) if against else current
        recipe = None
        if other.recipe is not None:
            recipe = drawing.recipe_differences(snapshot.recipe, other.recipe)
        drawn = _drawn(folder)
        found = None
        if drawn is not None and other.drawn.networks:
            found = drawing.differences(drawn, other.drawn, drawing.trained_by(snapshot))
        return Compared(
            name,
            against,
            recipe,
            found,
            snapshot.begun_from,
            _size(folder),
            folder.has_checkpoint(),
        )
    except (DesignError, OSError) as error:
        return Compared(name, against, problem=str(error))


def _other(history: History, name: str) -> Current:
    folder = history.find(name)
    return Current(folder.snapshot().recipe, _drawn(folder) or Drawn({}, {}))


def _drawn(folder: RunFolder) -> Drawn | None:
    """The drawing of a run; runs of earlier versions have none."""
    return Drawn.of(drawing.drawing_of(folder)) if folder.drawing.is_file() else None


def _size(folder: RunFolder) -> int:
    return sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file())

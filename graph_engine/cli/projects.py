"""Finding the project, and the network in it, that a command is about."""

from __future__ import annotations

from pathlib import Path

from graph_engine.errors import DesignError, ProjectError
from graph_engine.graph import Graph
from graph_engine.project import Project


class UnreadableError(ProjectError):
    """A project file that cannot be read; its exit status tells it from a command that failed."""


def load(path: Path) -> Project:
    """The project in a file. Raises UnreadableError, in words, for anything else."""
    try:
        return Project.load(path)
    except ProjectError as error:
        raise UnreadableError(str(error)) from error


def network_of(project: Project, name: str = "") -> Graph:
    """The named network, or the one called ``main``, or the first.

    Raises DesignError where there is no such network.
    """
    networks = project.networks
    if name and name not in networks:
        raise DesignError(
            f"The project has no network called {name!r}; it has {', '.join(networks)}."
        )
    return networks[name or ("main" if "main" in networks else next(iter(networks)))]

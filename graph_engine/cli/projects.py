"""Finding the network that a command is about."""

from __future__ import annotations

from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.project import Project


def network_of(project: Project, name: str = "") -> Graph:
    """The named network, or the one called ``main``, or the first.

    Raises DesignError where there is none.
    """
    networks = project.networks
    if name and name not in networks:
        known = ", ".join(networks) or "none"
        raise DesignError(f"The project has no network called {name!r}; it has {known}.")
    if not networks:
        raise DesignError("The project has no network yet.")
    return networks[name or ("main" if "main" in networks else next(iter(networks)))]

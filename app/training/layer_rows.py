"""The rows of a run's tables in the order in which the layers compute, and which node each is of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document import Document, Scope
from graph_engine.training.events import Layers


@dataclass(frozen=True, slots=True)
class Rows:
    """``names`` and ``paths`` row by row; ``order`` is where each row stands in a table of the run."""

    names: tuple[str, ...]
    paths: tuple[str, ...]
    order: NDArray[np.intp]

    def node(self, row: int) -> str:
        """The outermost node of a row; nothing where there is no such row."""
        return outermost(self.paths[row]) if 0 <= row < len(self.paths) else ""

    def of_nodes(self, nodes: Iterable[str]) -> frozenset[int]:
        """The rows of some nodes."""
        wanted = set(nodes)
        return frozenset(n for n, path in enumerate(self.paths) if outermost(path) in wanted)


def weight_rows(layers: Layers) -> Rows:
    """A row for each parameter."""
    places = {path: n for n, path in enumerate(layers.nodes)}
    computed = [places.get(path, len(places)) for path in layers.weight_nodes]
    order = np.argsort(computed, kind="stable")
    paths = tuple(layers.weight_nodes[n] for n in order)
    states = (layers.weights[n] for n in order)
    names = tuple(named(state, path) for state, path in zip(states, paths, strict=True))
    return Rows(names, paths, order)


def node_rows(layers: Layers) -> Rows:
    """A row for each node whose output is looked at."""
    return Rows(layers.nodes, layers.nodes, np.arange(len(layers.nodes)))


def named(state: str, path: str) -> str:
    """A parameter by its node: ``layers.conv1.weight`` of the node ``conv1`` as ``conv1.weight``."""
    leaf = path.rpartition(".")[2]
    parts = state.split(".")
    places = [n for n, part in enumerate(parts[:-1]) if part == leaf]
    own = parts[places[-1] + 1 :] if places else parts[-1:]
    return ".".join((path, *own))


def is_bias(name: str) -> bool:
    """Whether a parameter is added rather than multiplied: such may well have no gradient, as where a
    normalisation follows that takes it away again."""
    return name.rpartition(".")[2].startswith("bias")


def outermost(path: str) -> str:
    """The node of the network that a path leads into."""
    return path.partition(".")[0]


def select(document: Document, node: str) -> bool:
    """Selects a node of the network, leaving a block that is open; False where it is not there now."""
    if node not in document.graph.nodes and document.scope.block:
        network = document.project.networks[document.scope.network]
        if node in network.nodes:
            document.show(Scope(document.scope.network))
    if node not in document.graph.nodes:
        return False
    document.selection.set([node])
    return True

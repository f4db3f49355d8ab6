"""What a measure of a run says of each node that is shown: rows of its tables, put together by node.

A block stands for what is in it. In an open block each node stands for all its instances: the block may
be used several times, and each use may be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.document import Scope
from graph_engine.graph import Definition, Node
from graph_engine.layers.block import Block
from graph_engine.project import Project
from graph_engine.training import titles
from graph_engine.training.events import Layers

Kind = Literal["log", "linear", "ratio"]
Table = NDArray[np.floating]
Path = tuple[str, ...]

MOST_DECADES = 6
LOWEST_RATIO, HIGHEST_RATIO = 1e-5, 1e-1


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to look at nodes: which frame and column, and how rows become one value.

    ``joins`` is ``length`` for L2 norms, ``ratio`` for update ÷ weight, ``mean`` for fractions and
    scales, ``sum`` for times.
    """

    id: str
    title: str
    unit: str
    kind: Kind
    frame: str
    column: str
    joins: Literal["length", "ratio", "mean", "sum"]
    help: str


MEASURES = (
    Measure(
        "gradient", "Gradient magnitude", "L2 norm", "log", titles.GRADIENTS, "norm", "length",
        "Tint nodes by the length of the gradient of their weights",
    ),
    Measure(
        "ratio", "Update ÷ weight", "a step", "ratio", titles.GRADIENTS, "ratio", "ratio",
        "Tint nodes by how much of themselves their weights change in a step",
    ),
    Measure(
        "dead", "Dead units", "%", "linear", titles.ACTIVATIONS, "dead", "mean",
        "Tint nodes by the share of their units that are zero for all samples",
    ),
    Measure(
        "scale", "Activation scale", "std. dev.", "log", titles.ACTIVATIONS, "deviation", "mean",
        "Tint nodes by the standard deviation of what they give",
    ),
    Measure(
        "time", "Time spent", "ms", "linear", titles.ACTIVATIONS, "milliseconds", "sum",
        "Tint nodes by the time that their forward pass takes",
    ),
)  # fmt: skip
COLUMNS = {
    titles.GRADIENTS: titles.GRADIENT_COLUMNS,
    titles.ACTIVATIONS: titles.ACTIVATION_COLUMNS,
    titles.ACTIVATION_GRADIENTS: titles.ACTIVATION_GRADIENT_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, and to which of the shown nodes each belongs, by the node's number."""

    rows: NDArray[np.intp]
    nodes: NDArray[np.intp]

    def total(self, column: Table, count: int) -> Table:
        """The sum of a column by node; what is not known counts as nothing."""
        values = np.nan_to_num(column[self.rows], nan=0.0, posinf=np.inf)
        return np.asarray(np.bincount(self.nodes, values, count), np.float64)

    def known(self, column: Table, count: int) -> Table:
        """How many entries of a column are known by node."""
        known = ~np.isnan(column[self.rows])
        return np.asarray(np.bincount(self.nodes, known, count), np.float64)


@dataclass(frozen=True, slots=True)
class Places:
    """Which rows of a table are those of each shown node: ``own`` the node's, ``whole`` with those in
    it.

    ``instances`` says how often the shown graph is in the network.
    """

    names: tuple[str, ...]
    own: Rows
    whole: Rows
    instances: int

    def first_rows(self) -> dict[str, int]:
        """The first row of each node that has one of its own."""
        pairs = zip(self.own.nodes[::-1].tolist(), self.own.rows[::-1].tolist(), strict=True)
        return {self.names[node]: row for node, row in pairs}


def weight_places(layers: Layers, project: Project, scope: Scope) -> Places:
    """The rows of tables with a row a weight."""
    return _places(layers.weight_nodes, layers, project, scope)


def node_places(layers: Layers, project: Project, scope: Scope) -> Places:
    """The rows of tables with a row a node."""
    return _places(layers.nodes, layers, project, scope)


def _places(paths: Sequence[str], layers: Layers, project: Project, scope: Scope) -> Places:
    prefixes = set(_prefixes(project, scope))
    lengths = {len(prefix) for prefix in prefixes}
    lead = _networks(layers, project)
    numbers: dict[str, int] = {}
    own: list[tuple[int, int]] = []
    whole: list[tuple[int, int]] = []
    found = set[Path]()
    for row, path in enumerate(paths):
        parts = _without_network(tuple(path.split(".")), lead, scope.network)
        plain = tuple(part for part in parts if not part.isdecimal())
        for length in lengths:
            if plain[:length] in prefixes and len(plain) > length:
                number = numbers.setdefault(plain[length], len(numbers))
                whole.append((row, number))
                if len(plain) == length + 1:
                    own.append((row, number))
                found.add(_instance(parts, length))
    return Places(tuple(numbers), _rows(own), _rows(whole), max(1, len(found)))


def _rows(pairs: Sequence[tuple[int, int]]) -> Rows:
    found = np.array(pairs, np.intp).reshape(-1, 2)
    return Rows(found[:, 0], found[:, 1])


def _networks(layers: Layers, project: Project) -> frozenset[str]:
    """The names that paths begin with where several networks are trained; none otherwise."""
    first = {path.partition(".")[0] for path in layers.nodes}
    names = frozenset(project.networks)
    return names if first and first <= names else frozenset()


def _without_network(parts: Path, networks: frozenset[str], shown: str) -> Path:
    if not networks:
        return parts
    return parts[1:] if parts[0] == shown else ()


def _instance(parts: Path, length: int) -> Path:
    """The beginning of a path as far as the shown graph, with the numbers of repeated blocks."""
    end = count = 0
    while count < length or (length and end < len(parts) and parts[end].isdecimal()):
        count += not parts[end].isdecimal()
        end += 1
    return parts[:end]


def _prefixes(project: Project, scope: Scope) -> Iterable[Path]:
    """Where in the network the shown graph is: once for the network itself, for a block wherever it is
    used along the way that was entered."""
    if scope.network not in project.networks:
        return
    found: list[tuple[Path, Mapping[str, Node]]] = [((), project.networks[scope.network].nodes)]
    for block in scope.blocks:
        inner = project.blocks.get(block, Definition(block)).nodes
        found = [
            ((*prefix, name), inner)
            for prefix, nodes in found
            for name, node in nodes.items()
            if isinstance(node.layer, Block) and node.layer.block == block
        ]
    yield from (prefix for prefix, _ in found)


# Values ------------------------------------------------------------------------------------------


def values(measure: Measure, table: Table, places: Places) -> dict[str, float]:
    """The value of each node that has one."""
    names = COLUMNS[measure.frame]
    columns = {name: np.asarray(table[:, n], np.float64) for n, name in enumerate(names)}
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _joined(measure, columns, places)
    pairs = zip(places.names, found.tolist(), strict=True)
    return {name: value for name, value in pairs if not math.isnan(value)}


def _joined(measure: Measure, columns: Mapping[str, Table], places: Places) -> Table:
    """A value for each node; NaN where none of its rows is known."""
    count, whole = len(places.names), places.whole
    if measure.joins == "ratio":
        update, weight = columns["update_norm"] ** 2, columns["weight_norm"] ** 2
        weight = np.where(np.isnan(update), np.nan, weight)
        return _root(whole.total(update, count) / whole.total(weight, count))
    column = columns[measure.column]
    known = np.where(whole.known(column, count) > 0, 1.0, np.nan)
    if measure.joins == "length":
        return _root(whole.total(column**2, count) / places.instances) * known
    own_known = places.own.known(column, count)
    if measure.joins == "sum":
        own, inside = places.own.total(column, count), whole.total(column, count)
        return np.asarray(np.where(own_known > 0, own, inside) / places.instances * known)
    own = places.own.total(column, count) / own_known
    return np.asarray(
        np.where(own_known > 0, own, whole.total(column, count) / whole.known(column, count))
    )


def _root(squares: Table) -> Table:
    return np.asarray(np.sqrt(squares))


def flows(table: Table, places: Places) -> dict[str, float]:
    """The length of the gradient that comes back to what each node gives."""
    measure = Measure(
        "flow", "", "", "log", titles.ACTIVATION_GRADIENTS, "norm", "mean", ""
    )  # fmt: skip
    return values(measure, table, places)


def ends(
    measure: Measure, found: Iterable[float], before: tuple[float, float]
) -> tuple[float, float]:
    """The ends of the map: fixed where values mean something by themselves, else round, and steady."""
    if measure.kind == "ratio":
        return LOWEST_RATIO, HIGHEST_RATIO
    if measure.unit == "%":
        return 0.0, 1.0
    known = [value for value in found if 0 < value < math.inf]
    if not known:
        return before if before[1] > before[0] else (1e-3, 1.0)
    low, high = min(known), max(known)
    if measure.kind == "linear":
        return (0.0, before[1]) if 0.5 * before[1] <= high <= before[1] else (0.0, _nice(high))
    low = max(low, high / 10**MOST_DECADES)
    fits = before[0] > 0 and before[0] <= low and high <= before[1]
    if fits and math.log10(before[1] / before[0]) <= math.log10(high / low) + 2:
        return before
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return 10.0**bottom, 10.0 ** max(top, bottom + 1)


def _nice(value: float) -> float:
    """A round number with some room above a value."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(unit * n for n in (1.2, 1.5, 2, 3, 5, 8, 10, 12) if unit * n >= value * 1.05)

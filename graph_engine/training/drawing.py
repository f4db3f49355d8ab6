"""The drawing that a run was made from: kept in its folder, compared with others, and put back.

It is a project file like any other, so that it can also be opened by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph_engine.change import Change, Pairs
from graph_engine.declaration import short
from graph_engine.errors import TrainingError
from graph_engine.graph import Definition, Graph, Node
from graph_engine.layers.block import Block
from graph_engine.project import Project
from graph_engine.training import atomic
from graph_engine.training.folder import RunFolder
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot

Values = tuple[tuple[str, str, str], ...]
TABLES = ("wires", "routes", "notes", "frames", "parameters")


@dataclass(frozen=True, slots=True)
class Changed:
    """A layer that is another than before: what of it, what that was, and what it is."""

    name: str
    values: Values


@dataclass(frozen=True, slots=True)
class Differences:
    """What leads from one drawing to another. Layers in blocks are called ``Block.layer``.

    ``added`` and ``removed`` have the kind of each layer behind its name. ``wires`` counts the inputs
    that are fed by something else, of layers that both have.
    """

    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[Changed, ...] = ()
    wires: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.wires)


# In the folder -----------------------------------------------------------------------------------


def keep(folder: RunFolder, project: Project) -> None:
    """Writes the project as it is drawn now into a run's folder."""
    atomic.write(folder.drawing, project.text().encode("utf-8", "replace"))


def drawing_of(folder: RunFolder) -> Project:
    """The project as it was drawn when the run began.

    Raises TrainingError for a run that has no drawing, ProjectError for one that cannot be read.
    """
    if not folder.drawing.is_file():
        raise TrainingError(f"{folder.name} has not kept its drawing: it was made without one.")
    return Project.load(folder.drawing)


# Comparing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawn:
    """Networks and blocks as they were at one moment, for a comparison beside the window."""

    networks: Mapping[str, Definition]
    blocks: Mapping[str, Definition]

    @classmethod
    def of(cls, project: Project) -> Drawn:
        """A project as it is now."""
        networks = {name: graph.definition() for name, graph in project.networks.items()}
        return cls(networks, dict(project.blocks))


def trained_by(snapshot: Snapshot) -> list[str]:
    """The networks that a run trains, the one that it is named after first."""
    return list(dict.fromkeys((snapshot.network, *(each.network for each in snapshot.others))))


def differences(before: Drawn, after: Drawn, networks: Sequence[str]) -> Differences:
    """What leads from the drawings of some networks to others, blocks that they use included.

    Places, titles, notes and frames do not count. Where there is no such network nothing is drawn.
    """
    old, new = _parts(before, networks), _parts(after, networks)
    added: list[tuple[str, str]] = []
    removed: list[tuple[str, str]] = []
    changed: list[Changed] = []
    wires = 0
    for part in dict.fromkeys((*old, *new)):
        was, now = old.get(part, Definition(part)), new.get(part, Definition(part))
        prefix = f"{part}." if part else ""
        added += [(prefix + n, _kind(now.nodes[n])) for n in now.nodes if n not in was.nodes]
        removed += [(prefix + n, _kind(was.nodes[n])) for n in was.nodes if n not in now.nodes]
        both = [name for name in now.nodes if name in was.nodes]
        told = (Changed(prefix + n, tuple(_differing(was.nodes[n], now.nodes[n]))) for n in both)
        changed += [each for each in told if each.values]
        ends = {end for end in (*was.wires, *now.wires) if end.node in both}
        wires += sum(was.wires.get(end) != now.wires.get(end) for end in ends)
    return Differences(tuple(added), tuple(removed), tuple(changed), wires)


def recipe_differences(before: Recipe, after: Recipe) -> Values:
    """The settings that are not the same: name, value before, value after.

    Of different optimizers, losses and schedulers only the parameters that both have are compared.
    """
    old, new = dict(_flat(before.saved())), dict(_flat(after.saved()))
    return tuple(
        (name, shown(old[name]), shown(new[name]))
        for name in new
        if name in old and old[name] != new[name]
    )


def shown(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple) and value and all(type(item) is int for item in value):
        return "×".join(map(str, value)) if len(value) < 8 else short(value)
    return value if isinstance(value, str) else short(value)


def _flat(saved: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """A choice by its name, and its parameters under it."""
    for name, value in saved.items():
        if isinstance(value, Mapping):
            yield name, value.get("name")
            yield from ((f"{name}.{key}", v) for key, v in value.items() if key != "name")
        else:
            yield name, value


def _parts(drawn: Drawn, networks: Sequence[str]) -> dict[str, Definition]:
    """The networks by name, a single one by an empty name, and all blocks in them."""
    found = {
        name if len(networks) > 1 else "": drawn.networks[name]
        for name in networks
        if name in drawn.networks
    }
    return {**found, **_blocks(drawn, found.values())}


def _blocks(drawn: Drawn, definitions: Iterable[Definition]) -> dict[str, Definition]:
    """The blocks in some definitions, however deep."""
    found: dict[str, Definition] = {}
    waiting = list(definitions)
    while waiting:
        for name in _blocks_in(waiting.pop()):
            if name not in found and name in drawn.blocks:
                found[name] = drawn.blocks[name]
                waiting.append(found[name])
    return found


def _blocks_in(definition: Definition) -> Iterator[str]:
    for node in definition.nodes.values():
        if isinstance(node.layer, Block):
            yield node.layer.block


def _kind(node: Node) -> str:
    return node.layer.block if isinstance(node.layer, Block) else type(node.layer).__name__


def _differing(was: Node, now: Node) -> Iterator[tuple[str, str, str]]:
    if type(was.layer) is not type(now.layer):
        yield "layer", _kind(was), _kind(now)
    else:
        old, new = was.layer.values(), now.layer.values()
        for name in new:
            if old.get(name) != new[name]:
                yield name, shown(old.get(name)), shown(new[name])
    bound, binds = dict(was.bindings), dict(now.bindings)
    for name in dict.fromkeys((*bound, *binds)):
        if bound.get(name) != binds.get(name):
            yield name, bound.get(name, "not bound"), binds.get(name, "not bound")
    if was.shares != now.shares:
        yield "weights of", was.shares or "its own", now.shares or "its own"
    if was.muted != now.muted:
        yield "muted", shown(was.muted), shown(now.muted)


# Putting it back ---------------------------------------------------------------------------------


def restoring(project: Project, then: Project, snapshot: Snapshot) -> dict[str, Change]:
    """The changes, by network, that bring the networks of a run back to their drawing.

    The first is that of the network the run is named after; it also has the blocks. Raises
    TrainingError where the project does not have such a network any more.
    """
    names = trained_by(snapshot)
    for name in names:
        if name not in project.networks or name not in then.networks:
            raise TrainingError(
                f"The project has no network called `{name}` any more. Open {then.path} to see it."
            )
    made = {name: _back(project.networks[name], then.networks[name]) for name in names}
    blocks = _blocks_back(Drawn.of(project), Drawn.of(then), names)
    first = made[names[0]]
    made[names[0]] = Change({**first.tables, **({"blocks": blocks} if blocks else {})})
    return made


def _back(graph: Graph, then: Graph) -> Change:
    """From a graph to another; where layers differ, all of them, for their order is part of it."""
    tables: dict[str, Pairs] = {}
    for table in TABLES:
        tables[table] = _pairs(getattr(graph, table), getattr(then, table))
    nodes = then.nodes
    if dict(graph.nodes) != dict(nodes) or list(graph.nodes) != list(nodes):
        tables["nodes"] = {
            **{name: (node, None) for name, node in graph.nodes.items() if name not in nodes},
            **{
                name: (graph.nodes.get(name), replace(node, serial=graph.last_serial + n))
                for n, (name, node) in enumerate(nodes.items(), 1)
            },
        }
    return Change({table: pairs for table, pairs in tables.items() if pairs})


def _blocks_back(now: Drawn, then: Drawn, restored: list[str]) -> Pairs:
    """The blocks of the drawing as they were; those that nobody uses afterwards go."""
    wanted = _blocks(then, [then.networks[name] for name in restored])
    after = {name: _renumbered(now.blocks.get(name), block) for name, block in wanted.items()}
    used = _blocks(now, [each for name, each in now.networks.items() if name not in restored])
    before = _blocks(now, [now.networks[name] for name in restored])
    gone = before.keys() - used.keys() - after.keys()
    return {
        **{name: (now.blocks[name], None) for name in sorted(gone)},
        **_pairs({name: now.blocks.get(name) for name in after}, after),
    }


def _renumbered(now: Definition | None, then: Definition) -> Definition:
    """The definition with rows that nobody takes for others of the same number."""
    if now is None:
        return then
    rows = [*now.nodes.values(), *now.parameters.values()]
    last = max((row.serial for row in rows), default=0)
    nodes = {k: replace(r, serial=last + n) for n, (k, r) in enumerate(then.nodes.items(), 1)}
    parameters = {
        k: replace(r, serial=last + n) for n, (k, r) in enumerate(then.parameters.items(), 1)
    }
    return replace(then, nodes=nodes, parameters=parameters)


def _pairs(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Pairs:
    keys = dict.fromkeys((*before, *after))
    return {
        key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    }

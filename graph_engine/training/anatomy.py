"""Which module, which lines and which weights of a compiled network belong to which node."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from graph_engine.codegen import Source
from graph_engine.compile import PREFIX
from graph_engine.training.events import Layers


@dataclass(frozen=True, slots=True)
class Statement:
    """One assignment of a forward method: its node, and the names that it assigns; none where the value
    is returned."""

    node: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The nodes of a network in the order in which they compute, and how they are found in it.

    ``rows`` leads from a node's path to its place in ``nodes``. ``parts`` has the module of each node
    that has one, ``callers`` the rows that a module serves, by its identity, and ``prefixes`` the same
    for the modules of networks and blocks; ``roots`` are those of networks. ``statements`` leads from
    the lines of each file to what is assigned there.
    """

    module: nn.Module
    nodes: tuple[str, ...]
    layers: tuple[str, ...]
    weights: Mapping[str, Tensor]
    weight_nodes: tuple[str, ...]
    rows: Mapping[str, int]
    parts: Mapping[str, nn.Module]
    callers: Mapping[int, tuple[int, ...]]
    prefixes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    roots: frozenset[str] = frozenset()
    statements: Mapping[str, Mapping[int, Statement]] = field(default_factory=dict)

    @classmethod
    def of(cls, module: nn.Module, source: Source | None = None) -> Anatomy:
        """The anatomy of a compiled network, or of several, whose nodes' paths then begin with the name
        of theirs. Without a map of the source, the innermost modules stand for nodes."""
        found = _Walk()
        roots = _networks(module, source)
        for prefix, (network, its_source) in roots.items():
            found.source = its_source
            found.enter(network, prefix, is_root=True)
        if not roots:
            found.modules_of(module)
        nodes = tuple(found.layers)
        rows = {path: row for row, path in enumerate(nodes)}
        callers: dict[int, tuple[int, ...]] = {}
        for path, part in found.parts.items():
            callers[id(part)] = (*callers.get(id(part), ()), rows[path])
        weights = dict(module.named_parameters())
        return cls(
            module=module,
            nodes=nodes,
            layers=tuple(found.layers.values()),
            weights=weights,
            weight_nodes=tuple(found.owners.get(id(each), "") for each in weights.values()),
            rows=rows,
            parts=found.parts,
            callers=callers,
            prefixes={key: tuple(paths) for key, paths in found.prefixes.items()},
            roots=frozenset(roots),
            statements={
                type(network).forward.__code__.co_filename: dict(_statements(its_source))
                for network, its_source in roots.values()
            },
        )

    def event(self) -> Layers:
        """The event that tells what the rows of frames stand for."""
        return Layers(
            nodes=self.nodes,
            layers=self.layers,
            weights=tuple(self.weights),
            weight_nodes=self.weight_nodes,
        )


class _Walk:
    """Follows classes inwards, from the network through its blocks."""

    def __init__(self) -> None:
        self.source: Source | None = None
        self.layers: dict[str, str] = {}
        self.parts: dict[str, nn.Module] = {}
        self.owners: dict[int, str] = {}
        self.prefixes: dict[int, list[str]] = {}

    def enter(self, module: nn.Module, prefix: str, is_root: bool = False) -> None:
        """Notes the nodes of a network, or of a block, whose paths begin with the prefix."""
        assert self.source is not None
        self.prefixes.setdefault(id(module), []).append(prefix)
        kind = type(module).__name__
        for name, layer in self.source.nodes[kind].items():
            if layer == "Input" and not is_root:
                continue
            path = prefix + name
            part = _found(module, self.source.paths[kind].get(name, ""))
            for number, block in self._blocks(part):
                self.enter(block, f"{path}.{number}." if number else f"{path}.")
            self._note(path, layer, part)

    def modules_of(self, module: nn.Module) -> None:
        """Notes the innermost modules of a network that has no drawing."""
        for path, part in module.named_modules():
            if path and not next(part.children(), None):
                self._note(path, type(part).__name__, part)

    def _note(self, path: str, layer: str, part: object) -> None:
        self.layers[path] = layer
        if isinstance(part, nn.Module):
            self.parts[path] = part
            for weight in part.parameters():
                self.owners.setdefault(id(weight), path)
        elif isinstance(part, Tensor):
            self.owners.setdefault(id(part), path)

    def _blocks(self, part: object) -> Iterator[tuple[str, nn.Module]]:
        """The instances that a block's node stands for, each with its number where there are several."""
        if isinstance(part, nn.Sequential | nn.ModuleList) and len(part):
            if all(map(self._is_block, part)):
                yield from part.named_children()
        elif isinstance(part, nn.Module) and self._is_block(part):
            yield "", part

    def _is_block(self, part: nn.Module) -> bool:
        kind = type(part)
        return (
            self.source is not None
            and kind.__module__.startswith(PREFIX)
            and kind.__name__ in self.source.nodes
        )


def _networks(module: nn.Module, source: Source | None) -> dict[str, tuple[nn.Module, Source]]:
    """The networks in a module, each with its source, by the beginning of its nodes' paths."""
    if source is not None:
        return {"": (module, source)} if source.class_name in source.nodes else {}
    if not isinstance(module, nn.ModuleDict):
        return {}
    found: dict[str, tuple[nn.Module, Source]] = {}
    for name, network in module.items():
        its_source = getattr(network, "netloom_source", None)
        if its_source is None or its_source.class_name not in its_source.nodes:
            return {}
        found[f"{name}."] = network, its_source
    return found


def _found(module: nn.Module, path: str) -> object:
    """The module or tensor of an attribute path; None for a node that is only an expression."""
    if not path:
        return None
    found: object = module
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _statements(source: Source) -> Iterator[tuple[int, Statement]]:
    """What the lines of the forward methods assign."""
    for kind in ast.parse(source.text).body:
        if isinstance(kind, ast.ClassDef) and kind.name in source.nodes:
            for method in kind.body:
                if isinstance(method, ast.FunctionDef) and method.name == "forward":
                    for each, after in zip(method.body, [*method.body[1:], None], strict=True):
                        if not isinstance(after, ast.For) or _node(each, source) != _node(
                            after, source
                        ):
                            yield from _lines(each, source)


def _node(statement: ast.stmt, source: Source) -> str:
    """The node of a statement; before a loop over copies stands an assignment for the same one."""
    place = source.lines.get(statement.lineno)
    return place.node if place is not None else ""


def _lines(statement: ast.stmt, source: Source) -> Iterator[tuple[int, Statement]]:
    node = _node(statement, source)
    if not node or not isinstance(statement, ast.Assign | ast.For | ast.Return):
        return
    inner = statement.body[0] if isinstance(statement, ast.For) else statement
    targets = inner.targets if isinstance(inner, ast.Assign) else []
    names = [each.id for target in targets for each in ast.walk(target) if type(each) is ast.Name]
    told = Statement(node, tuple(sorted(names, key="_".__eq__)))
    for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
        yield line, told

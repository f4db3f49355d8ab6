"""Finding nodes by words: names, layers and their synonyms, values of parameters. No widgets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.document import Scope
from graph_engine.graph import Node
from graph_engine.layers.block import Block
from graph_engine.project import Project

LEAST = 3
EQUALS = re.compile(r"\s*[=:]\s*")
NUMBER = re.compile(r"-?\d[\d.,x×e-]*")
TRUE, FALSE = ("true", "yes", "on"), ("false", "no", "off")


class Hit(NamedTuple):
    """A node that was found, and the graph that it stands in."""

    scope: Scope
    name: str


def hits(project: Project, here: Scope, text: str) -> list[Hit]:
    """The nodes that all words fit: those of the graph that is shown first, then those of blocks and of
    other networks."""
    wanted = EQUALS.sub("=", text.lower()).split()
    if not wanted:
        return []
    return [
        Hit(scope, name)
        for scope, nodes in graphs(project, here)
        for name, node in nodes.items()
        if fits(node, wanted)
    ]


def graphs(project: Project, here: Scope) -> Iterator[tuple[Scope, Mapping[str, Node]]]:
    """Every network and every block once, with a way to get there."""
    waiting = [here, *map(Scope, project.networks)]
    seen: set[str] = set()
    while waiting:
        scope = waiting.pop(0)
        key = f"block {scope.block}" if scope.block else scope.network
        if key in seen:
            continue
        seen.add(key)
        drawn = project.blocks.get(scope.block) if scope.block else project.networks[scope.network]
        if drawn is None:
            continue
        yield scope, drawn.nodes
        inside = [n.layer.block for n in drawn.nodes.values() if isinstance(n.layer, Block)]
        waiting[:0] = [
            Scope(scope.network, (*scope.blocks, name)) for name in dict.fromkeys(inside)
        ]


def fits(node: Node, wanted: list[str]) -> bool:
    """Whether each word says something of a node: ``conv``, ``kernel 3``, ``out_channels=64``."""
    values = _values(node)
    words = iter(range(len(wanted)))
    for place in words:
        word = wanted[place]
        behind = wanted[place + 1] if place + 1 < len(wanted) else ""
        name, is_given, value = word.partition("=")
        if is_given:
            if not _has(values, name, value):
                return False
        elif NUMBER.fullmatch(behind) and any(_is_named(each, word) for each in values):
            if not _has(values, word, behind):
                return False
            next(words)
        elif not _says(node, values, word):
            return False
    return True


def _says(node: Node, values: Mapping[str, object], word: str) -> bool:
    plain = word.replace("_", "").replace("-", "")
    kind = type(node.layer)
    block = node.layer.block if isinstance(node.layer, Block) else ""
    if plain in _text((node.name, node.title, kind.__name__, block, kind.family, *kind.aliases)):
        return True
    if NUMBER.fullmatch(word):
        return any(_is(value, word) for value in values.values())
    if any(isinstance(value, str) and word in value.lower() for value in values.values()):
        return True
    return len(word) >= LEAST and any(_is_named(name, word) for name in values)


@lru_cache(maxsize=16384)
def _text(parts: tuple[str, ...]) -> str:
    return "\n".join(re.sub(r"[\s_-]", "", part.lower()) for part in parts)


def _values(node: Node) -> Mapping[str, object]:
    layer = node.layer
    own: dict[str, object] = {name: getattr(layer, name) for name in layer.parameters()}
    if isinstance(layer, Block):
        own |= layer.arguments_map()
    return own | dict(node.bindings)


def _has(values: Mapping[str, object], name: str, value: str) -> bool:
    return any(_is_named(each, name) and _is(found, value) for each, found in values.items())


def _is_named(parameter: str, word: str) -> bool:
    return parameter.startswith(word) or any(p.startswith(word) for p in parameter.split("_"))


def _is(value: object, text: str) -> bool:
    """Whether a value is what was typed: a pair of equal sizes is also one number."""
    if isinstance(value, bool):
        return text in (TRUE if value else FALSE)
    if isinstance(value, int | float):
        return _number(text) == value
    if isinstance(value, tuple | list):
        parts = re.split(r"[x×,]", text)
        if len(parts) == 1:
            parts = parts * len(value)
        return len(parts) == len(value) > 0 and all(map(_is, value, parts))
    return text in str(value).lower()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

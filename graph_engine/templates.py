"""The designs that come with the program, from the first single neuron on, each a ready project.

``catalogue.json`` says in which order one would learn from them, and what each reaches.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from graph_engine.errors import ProjectError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from graph_engine.project import Project

SIGNS = {"at least": "≥", "at most": "≤"}
SHARES = ("accuracy", "exact", "words", "share")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of a template: ``metric`` is what is measured of it, ``target`` what it
    reaches ``within`` so many seconds.

    Where there are several ``runs`` to compare, each by its name says what is different in it: network,
    settings of the recipe, data, target, direction. ``beside`` names figures that stand beside.
    """

    name: str
    title: str
    family: str
    data: str
    metric: str
    target: float
    direction: str
    within: float
    paper: str
    runs: Mapping[str, Mapping[str, Any]]
    beside: Sequence[str]

    @property
    def figure(self) -> str:
        """``test accuracy ≥ 98 %``"""
        return figure(self.metric, self.target, self.direction)


def figure(metric: str, target: float, direction: str) -> str:
    """What is to be reached, in words."""
    if direction == "diverges":
        return "the loss diverges"
    is_share = any(word in metric for word in SHARES)
    number = f"{100 * target:g} %" if is_share else f"{target:g}"
    return f"{metric.replace('_', ' ')} {SIGNS.get(direction, direction)} {number}"


def names() -> list[str]:
    """The templates in the order in which one would learn from them; others follow by name."""
    found = {
        entry.name.removesuffix(".netloom")
        for entry in _folder("templates").iterdir()
        if entry.name.endswith(".netloom")
    }
    known = [entry.name for entry in _entries() if entry.name in found]
    return known + sorted(found.difference(known))


def catalogue() -> dict[str, Entry]:
    """What is said of each template, by its name, in teaching order."""
    found = set(names())
    return {entry.name: entry for entry in _entries() if entry.name in found}


def families() -> dict[str, str]:
    """The title of each family, in teaching order."""
    return dict(_catalogue()["families"])


def described() -> Iterator[tuple[str, str]]:
    """Name and one line of description of every template; this much needs no layers to be loaded."""
    for name in names():
        first, _, _ = str(json.loads(_content(name)).get("description", "")).partition("\n")
        yield name, first


def help_text(name: str) -> str:
    """The help page of a template, in Markdown; empty where it has none."""
    page = _folder("help").joinpath("templates", f"{name}.md")
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def new(name: str) -> Project:
    """A project of one's own with the design of a template; it has no file yet.

    Raises ProjectError, with the nearest name, where there is no such template.
    """
    from graph_engine.project import Project  # noqa: PLC0415  see ``described``

    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ProjectError(f"There is no template {name!r}.{hint} There are {', '.join(known)}.")
    return Project.read(_content(name))


def _folder(name: str) -> Traversable:
    return files("resources").joinpath(name)


def _catalogue() -> dict[str, Any]:
    text = _folder("templates").joinpath("catalogue.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def _entries() -> list[Entry]:
    rows = _catalogue()["templates"]
    return [Entry(**{"runs": {}, "beside": (), **row}) for row in rows]


def _content(name: str) -> bytes:
    return _folder("templates").joinpath(f"{name}.netloom").read_bytes()

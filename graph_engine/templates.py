"""The designs that come with the program, from the first single layer on, each a ready project."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING

from graph_engine.errors import ProjectError

if TYPE_CHECKING:
    from graph_engine.project import Project

TEACHING_ORDER = (
    "perceptron-iris",
    "mlp-wine",
    "cnn-digits",
    "lstm-digits",
    "resnet-digits",
    "regression-diabetes",
)


def names() -> list[str]:
    """The templates in the order in which one would learn from them; others follow by name."""
    entries = files("resources").joinpath("templates").iterdir()
    found = {e.name.removesuffix(".netloom") for e in entries if e.name.endswith(".netloom")}
    known = [name for name in TEACHING_ORDER if name in found]
    return known + sorted(found.difference(known))


def described() -> Iterator[tuple[str, str]]:
    """Name and one line of description of every template; this much needs no layers to be loaded."""
    for name in names():
        first, _, _ = str(json.loads(_content(name)).get("description", "")).partition("\n")
        yield name, first


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


def _content(name: str) -> bytes:
    return files("resources").joinpath("templates", f"{name}.netloom").read_bytes()

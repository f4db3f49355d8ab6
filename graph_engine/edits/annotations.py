"""Notes and frames: what people write and draw beside a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from graph_engine.edits.draft import FARTHEST, Draft, require_point, require_row
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Frame, Graph, Note, Point

LONGEST_TEXT = 100_000
COLOR = re.compile(r"(?:#[0-9a-fA-F]{6}|[a-z]{1,20})?\Z")


def add_note(graph: Graph, text: str, position: Point, **fields: Any) -> Change:
    """A new note; ``fields`` may have ``size`` and ``color``. ``change.added("notes")`` has its key."""
    draft = Draft(graph)
    note = Note(_text(text), require_point(position), **_checked(fields))
    draft.put("notes", draft.free_key("notes", "note"), note)
    return draft.change()


def add_frame(graph: Graph, title: str, position: Point, size: Point, color: str = "") -> Change:
    """A new frame; ``change.added("frames")`` has its key."""
    draft = Draft(graph)
    checked = _checked({"size": size, "color": color})
    frame = Frame(_text(title), require_point(position), **checked)
    draft.put("frames", draft.free_key("frames", "frame"), frame)
    return draft.change()


def edit_note(graph: Graph, key: str, **fields: Any) -> Change:
    """Another ``text``, ``position``, ``size`` or ``color`` for a note."""
    return _edited(graph, "notes", key, fields)


def edit_frame(graph: Graph, key: str, **fields: Any) -> Change:
    """Another ``title``, ``position``, ``size`` or ``color`` for a frame; what is in it stays."""
    return _edited(graph, "frames", key, fields)


def remove_notes(graph: Graph, keys: Iterable[str]) -> Change:
    """Without these notes."""
    return _removed(graph, "notes", keys)


def remove_frames(graph: Graph, keys: Iterable[str]) -> Change:
    """Without these frames; what is in them stays."""
    return _removed(graph, "frames", keys)


def _edited(graph: Graph, table: str, key: str, fields: dict[str, Any]) -> Change:
    draft = Draft(graph)
    draft.put(table, key, replace(require_row(graph, table, key), **_checked(fields)))
    return draft.change()


def _removed(graph: Graph, table: str, keys: Iterable[str]) -> Change:
    draft = Draft(graph)
    for key in keys:
        require_row(graph, table, key)
        draft.put(table, key, None)
    return draft.change()


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "text": _text,
        "title": _text,
        "position": require_point,
        "size": _size,
        "color": _color,
    }
    return {name: checks[name](value) for name, value in fields.items()}


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT or any("\ud800" <= c <= "\udfff" for c in text):
        raise DesignError(f"A note holds plain text of at most {LONGEST_TEXT:,} characters.")
    return text


def _size(size: Point) -> Point:
    if not all(0 < side <= FARTHEST for side in size):
        raise DesignError(f"A width and a height are above 0 and up to {FARTHEST:g}, not {size}.")
    return (float(size[0]), float(size[1]))


def _color(color: str) -> str:
    if not COLOR.match(color):
        raise DesignError(f"A color is written as #80c0ff, or by its name, not {color[:30]!r}.")
    return color

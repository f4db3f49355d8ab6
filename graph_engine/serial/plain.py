"""Checks of plain values from a file. Each refusal names the place, what belongs there and what came.

A place is a dotted path such as ``networks.main.nodes.conv1.position``; it is made of checked names.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from graph_engine.declaration import LARGEST, short
from graph_engine.errors import DesignError, ProjectError
from graph_engine.names import check_name

LARGEST_COORDINATE = 1e9
LONGEST_KEY = 64
LONGEST_TEXT = 1_000_000
Plain = dict[str, Any]
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def refusal(place: str, expected: str, value: object) -> ProjectError:
    """The sentence for a value that does not belong there."""
    return ProjectError(f"{place or 'The file'}: expected {expected}, but found {short(value)}.")


def json_line(value: object) -> str:
    """The value as JSON on one line, with text left readable."""
    return _encode(value)


def as_object(value: object, place: str) -> dict[str, Any]:
    """A JSON object, whose keys are texts."""
    if type(value) is not dict:
        raise refusal(place, "an object in braces", value)
    return value


def as_list(value: object, place: str, longest: int) -> list[Any]:
    """A list of bounded length."""
    if type(value) is not list or len(value) > longest:
        raise refusal(place, f"a list of at most {longest:,} items", value)
    return value


def as_text(value: object, place: str, longest: int = LONGEST_TEXT) -> str:
    """A text of bounded length."""
    if type(value) is not str or len(value) > longest:
        raise refusal(place, f"a text of at most {longest:,} characters", value)
    return value


def as_truth(value: object, place: str) -> bool:
    """true or false."""
    if type(value) is not bool:
        raise refusal(place, "true or false", value)
    return value


def as_whole(value: object, place: str, low: int = 0, high: int = LARGEST) -> int:
    """A whole number between bounds; ``true`` is not one."""
    if type(value) is not int or not low <= value <= high:
        raise refusal(place, f"a whole number from {low} to {high}", value)
    return value


def as_point(value: object, place: str) -> tuple[float, float]:
    """Two coordinates in pixels, finite and not absurdly far away."""
    if type(value) is list and len(value) == 2:
        x, y = value
        if _is_coordinate(x) and _is_coordinate(y):
            return float(x), float(y)
    raise refusal(place, f"two numbers up to {LARGEST_COORDINATE:g}", value)


def as_key(value: str, place: str) -> str:
    """A word that can stand in a dotted place: letters, digits and _."""
    if not KEY.match(value) or len(value) > LONGEST_KEY:
        raise refusal(
            place, f"a name of letters, digits and _ with at most {LONGEST_KEY} characters", value
        )
    return value


def as_name(value: object, place: str, what: str) -> str:
    """A name that source can use."""
    try:
        return check_name(value, what)
    except DesignError as error:
        raise ProjectError(f"{place or 'The file'}: {error}") from error


def as_node_name(value: str, place: str) -> str:
    """The name of a node, or of another thing that source has a word for."""
    return as_name(value, place, "A name")


def left_over(fields: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """What a newer version wrote beside the keys that this one knows."""
    return {} if fields.keys() <= known else {k: v for k, v in fields.items() if k not in known}


def as_extra(fields: Mapping[str, Any]) -> str:
    """Left-over keys as JSON text, or nothing."""
    return json_line(fields) if fields else ""


def from_extra(text: str) -> dict[str, Any]:
    """The keys that ``as_extra`` kept."""
    if not text:
        return {}
    fields: dict[str, Any] = json.loads(text)
    return fields


def point(value: tuple[float, float]) -> list[float]:
    """Coordinates for a file: whole pixels without a decimal point."""
    return [int(c) if c == int(c) else c for c in value]


def _is_coordinate(value: object) -> bool:
    return (
        type(value) in (int, float)
        and abs(value) <= LARGEST_COORDINATE  # type: ignore[arg-type]
        and math.isfinite(value)  # type: ignore[arg-type]
    )

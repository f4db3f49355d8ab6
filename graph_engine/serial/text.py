"""The text of a project file: JSON made for git, one node a line, and read within strict bounds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from graph_engine.declaration import short
from graph_engine.errors import ProjectError
from graph_engine.serial.plain import KEY, Plain, as_object, json_line

LARGEST_FILE = 16 * 2**20
DEEPEST = 32
MOST_BRACKETS = 500_000
MOST_COMMAS = 1_000_000
MOST_DIGITS = 40

TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
LONG_NUMBER = re.compile(rf"[0-9]{{{MOST_DIGITS + 1},}}")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
BRACKET = re.compile(r"[\[\]{}]")

LEVELS = {"blocks": 3, "networks": 3}
INDENT = "  "

# Reading -----------------------------------------------------------------------------------------


def parse(content: bytes) -> Plain:
    """The object in a file that a stranger may have made.

    Raises ProjectError for what is not JSON, and for everything that JSON leaves open: repeated keys,
    numbers that are not finite or absurdly long, lone surrogates, and nesting, size or number of values
    beyond the bounds above. Nothing is built before the bounds are checked.
    """
    if len(content) > LARGEST_FILE:
        raise ProjectError(
            f"The file has {len(content) / 2**20:,.0f} MiB; project files have at most "
            f"{LARGEST_FILE / 2**20:.0f} MiB."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"The file is not a project: it is not UTF-8 text (byte {error.start})."
        ) from error
    _check_bounds(TEXT.sub('""', text), text)
    found = _Reader().read(text)
    broken = SURROGATE.search(text) and _found(found, _has_surrogate, "text that UTF-8 can hold")
    if broken:
        raise broken
    return as_object(found, "")


def _check_bounds(bare: str, text: str) -> None:
    """Looks at the text without its strings, so that brackets and digits in them do not count."""
    commas, brackets = bare.count(","), sum(map(bare.count, "[]{}"))
    if commas > MOST_COMMAS or brackets > 2 * MOST_BRACKETS:
        raise ProjectError(
            f"The file has {commas:,} values and {brackets // 2:,} lists and objects; at most "
            f"{MOST_COMMAS:,} and {MOST_BRACKETS:,} are read."
        )
    long = LONG_NUMBER.search(bare)
    if long is not None:
        line = text.count("\n", 0, text.index(long.group())) + 1
        raise ProjectError(
            f"Line {line}: a number has {len(long.group()):,} digits; at most {MOST_DIGITS} are read."
        )
    depth = 0
    for bracket in BRACKET.findall(bare):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ProjectError(f"Lists and objects stand more than {DEEPEST} deep in one another.")


class _Reader:
    """Parses, and remembers what needs a closer look; the places are only worked out then."""

    def __init__(self) -> None:
        self.twice: tuple[Plain, str] | None = None
        self.infinite = False

    def read(self, text: str) -> Any:
        try:
            found = json.loads(
                text,
                object_pairs_hook=self._object,
                parse_float=self._float,
                parse_constant=self._constant,
            )
        except json.JSONDecodeError as error:
            raise ProjectError(
                f"Line {error.lineno}, column {error.colno}: this is not JSON ({error.msg})."
            ) from error
        if self.twice is not None:
            key = short(self.twice[1])
            refusal = _found(found, self._is_twice, "every key once")
            raise refusal or ProjectError(f"The key {key} stands twice in one object.")
        if self.infinite:
            refusal = _found(found, _is_infinite, "a finite number")
            raise refusal or ProjectError("A number is not finite.")
        return found

    def _object(self, pairs: list[tuple[str, Any]]) -> Plain:
        made = dict(pairs)
        if len(made) < len(pairs) and self.twice is None:
            keys = sorted(key for key, _ in pairs)
            self.twice = made, next(a for a, b in pairwise(keys) if a == b)
        return made

    def _float(self, digits: str) -> float:
        value = float(digits)
        self.infinite = self.infinite or math.isinf(value)
        return value

    def _constant(self, word: str) -> float:
        self.infinite = True
        return math.nan

    def _is_twice(self, value: Any) -> str:
        made, key = self.twice or (None, "")
        return f"{short(key)} twice" if made is value else ""


def _found(everything: Any, seen: Callable[[Any], str], expected: str) -> ProjectError | None:
    """The refusal of the first value that ``seen`` has a word for, with its place."""
    for place, value in _everything(everything):
        word = seen(value)
        if word:
            return ProjectError(f"{place or 'The file'}: expected {expected}, but found {word}.")
    return None


def _everything(found: Any) -> Iterator[tuple[str, Any]]:
    """Every value with its place, keys included."""
    waiting = [("", found)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            for key, inner in reversed(value.items()):
                yield place, key
                shown = key if KEY.match(key) and len(key) < 60 else short(key)
                waiting.append((f"{place}.{shown}".lstrip("."), inner))
        elif isinstance(value, list):
            waiting += [(f"{place}[{i}]", inner) for i, inner in reversed([*enumerate(value)])]


def _is_infinite(value: Any) -> str:
    return "" if not isinstance(value, float) or math.isfinite(value) else f"{value}"


def _has_surrogate(value: Any) -> str:
    lone = isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)
    return "half of a surrogate pair" if lone else ""


# Writing -----------------------------------------------------------------------------------------


def render(fields: Mapping[str, Any]) -> str:
    """The text of a file: each node, wire, note and setting on a line of its own."""
    lines = ["{"]
    _render(fields, lines, INDENT, LEVELS)
    return "\n".join([*lines, "}", ""])


def _render(
    fields: Mapping[str, Any], lines: list[str], indent: str, levels: Mapping[str, int] | int
) -> None:
    last = len(fields) - 1
    for index, (key, value) in enumerate(fields.items()):
        comma = "," if index < last else ""
        deeper = (levels if isinstance(levels, int) else levels.get(key, 1)) - 1
        if type(value) is dict and value and deeper >= 0:
            lines.append(f"{indent}{json_line(key)}: {{")
            _render(value, lines, indent + INDENT, deeper)
            lines.append(f"{indent}}}{comma}")
        else:
            lines.append(f"{indent}{json_line(key)}: {json_line(value)}{comma}")

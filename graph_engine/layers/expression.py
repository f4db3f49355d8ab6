"""Expressions of the emitted source: small trees that the generator can compare, and lay out in lines.

Values are literals (numbers, texts, tuples), never free text from a project, so nothing that a person
typed can become code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

Literal = Union[None, bool, int, float, str, tuple["Literal", ...]]  # noqa: UP007
Expression = Union["Call", "Chain", "Raw", "Listing", "Display", "Repeated"]
Value = Union[Literal, Expression]  # noqa: UP007


@dataclass(frozen=True, slots=True)
class Raw:
    """Text made by a layer's own rule from names that the generator chose and from whole numbers."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """``function(positional…, keyword=…)``"""

    function: str
    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """``a + b + c``: one operator between several operands."""

    operator: str
    operands: tuple[Raw, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """``[a, b, c]``"""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """``(a, b, c)`` of expressions."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """``*(call for _ in range(count))``: several copies made by the same call."""

    call: Call
    count: int | Raw


def literal(value: Literal) -> str:
    """A literal as ruff would format it. Raises ValueError for what could not be read back."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} has no literal")
    if isinstance(value, tuple):
        inside = ", ".join(literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _quoted(text: str) -> str:
    body = repr(text)
    if body.startswith('"') or '"' in text:
        return body
    return f'"{body[1:-1]}"'


def square(value: Literal) -> Literal:
    """``(3, 3)`` written as ``3``, the way people write kernel sizes."""
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1 and None not in value:
        return value[0]
    return value

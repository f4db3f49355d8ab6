"""Values as people type them: ``3, 32, 32``, ``2*64``, ``same``, or nothing where that is allowed.

Which texts a parameter takes follows from its declared kind alone. No Qt.
"""

from __future__ import annotations

import re

from graph_engine import formula
from graph_engine.declaration import Parameter, short
from graph_engine.errors import ParameterError
from graph_engine.kinds import Choice, Either, Kind, Nothing, Real, Several, Text, Truth, Whole

BETWEEN = re.compile(r"\s*[,;×]\s*")
EXPONENT = re.compile(r"e(-?)\+?0*")
WORDS_OF_NOTHING = frozenset({"", "none", "default"})
WORDS_OF_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def written(value: object, kind: Kind) -> str:
    """The value as text that ``read`` gives back; one number where it stands for all."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        if kind.square and len(set(value)) == 1 and value[0] is not None:
            value = value[:1]
        return ", ".join("none" if item is None else written(item, kind) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = EXPONENT.sub(r"e\1", repr(value))  # 4e-8 where Python has 4e-08
        return text.removesuffix(".0") if not _knows_whole(kind) else text
    return str(value)


def read(text: str, parameter: Parameter) -> object:
    """The value that the text means.

    Raises ParameterError with what was expected and what arrived.
    """
    try:
        value = _read(text.strip(), parameter.kind)
    except ParameterError as error:
        shown = f"not {short(text.strip())}" if text.strip() else "but the field is empty"
        raise ParameterError(
            f"`{parameter.name}` takes {parameter.expected()}, {shown}."
        ) from error
    return parameter.check(value)


def is_number(kind: Kind) -> bool:
    """Whether the value is a number that can be stepped up and down."""
    if isinstance(kind, Either):
        return any(is_number(option) for option in kind.options)
    return isinstance(kind, Whole | Real)


def choices(kind: Kind) -> tuple[str, ...]:
    """The words that a field takes beside numbers, such as ``same``."""
    options = kind.options if isinstance(kind, Either) else (kind,)
    found = [
        str(word) for option in options if isinstance(option, Choice) for word in option.options
    ]
    if any(isinstance(option, Nothing) for option in options):
        found.append("none")
    return tuple(found)


def names_in(text: str) -> frozenset[str]:
    """The names in a formula; none where the text is no formula."""
    try:
        return formula.names_in(text.strip())
    except ParameterError:
        return frozenset()


def _read(text: str, kind: Kind) -> object:
    if isinstance(kind, Either):
        return _first(text, kind)
    if isinstance(kind, Nothing):
        return _known(text, text.lower() in WORDS_OF_NOTHING, None)
    if isinstance(kind, Truth):
        return _known(text, text.lower() in WORDS_OF_TRUTH, WORDS_OF_TRUTH.get(text.lower()))
    if isinstance(kind, Choice):
        found = [option for option in kind.options if str(option) == text]
        return _known(text, bool(found), found[0] if found else None)
    if isinstance(kind, Several):
        return _several(text, kind)
    if isinstance(kind, Whole):
        value = formula.evaluate(text, {})
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(kind, Real):
        return _known(text, True, float(formula.evaluate(text, {})))
    return _known(text, isinstance(kind, Text), text)


def _first(text: str, kind: Either) -> object:
    if text.lower() in WORDS_OF_NOTHING and any(isinstance(o, Nothing) for o in kind.options):
        return None
    for option in kind.options:
        try:
            value = formula.evaluate(text, {}) if isinstance(option, Whole) else _read(text, option)
        except ParameterError:
            continue
        if option.normal(value) is not Kind.REFUSED:
            return value
    raise ParameterError(text)


def _several(text: str, kind: Several) -> object:
    inside = text.strip("()[] ")
    if not inside:
        return ()
    items = [_read(item, kind.item) for item in BETWEEN.split(inside.rstrip(",; "))]
    return items[0] if kind.square and len(items) == 1 else tuple(items)


def _known(text: str, is_right: bool, value: object) -> object:
    if not is_right:
        raise ParameterError(text)
    return value


def _knows_whole(kind: Kind) -> bool:
    options = kind.options if isinstance(kind, Either) else ()
    return any(isinstance(option, Whole) for option in options)

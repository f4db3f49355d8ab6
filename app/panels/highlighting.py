"""Colours for Python source, line by line, so that only lines that are seen have to be read.

A line depends on those before it in one way only: it may lie inside a text between triple quotes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, _TokenType

if TYPE_CHECKING:
    from pygments.lexers.python import PythonLexer

Kind = Literal["keyword", "name", "call", "text", "number", "comment", "constant"]

TOKEN_OF_KIND: dict[Kind, str] = {
    "keyword": "attention",
    "name": "accent",
    "call": "linear",
    "text": "good",
    "number": "activation",
    "constant": "activation",
    "comment": "second",
}
KINDS: tuple[tuple[_TokenType, Kind], ...] = (
    (Comment, "comment"),
    (Keyword.Constant, "constant"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (String, "text"),
    (Number, "number"),
    (Name.Class, "name"),
    (Name.Function, "name"),
    (Name.Builtin.Pseudo, "constant"),
    (Name.Builtin, "call"),
)
QUOTES = '"""'


class Span(NamedTuple):
    """A part of a line with a colour of its own."""

    start: int
    length: int
    kind: Kind


def inside_texts(lines: list[str]) -> list[bool]:
    """For each line, whether it begins inside a text between triple quotes."""
    found, is_inside = [], False
    for line in lines:
        found.append(is_inside)
        is_inside ^= line.count(QUOTES) % 2 == 1
    return found


@cache
def lexer() -> PythonLexer:
    """Made when the first line is shown: compiling its expressions would delay the window."""
    from pygments.lexers.python import PythonLexer  # noqa: PLC0415

    return PythonLexer(ensurenl=False, stripnl=False)


@lru_cache(maxsize=8192)
def spans(line: str, is_inside: bool = False) -> tuple[Span, ...]:
    """What has a colour in a line. ``is_inside`` says that it begins in a text between triple quotes."""
    if is_inside:
        end = line.find(QUOTES)
        if end < 0:
            return (Span(0, len(line), "text"),) if line else ()
        cut = end + len(QUOTES)
        return (Span(0, cut, "text"), *_shifted(line[cut:], cut))
    if line.count(QUOTES) % 2:
        cut = line.rfind(QUOTES)
        return (*_shifted(line[:cut], 0), Span(cut, len(line) - cut, "text"))
    return tuple(_shifted(line, 0))


def _shifted(text: str, start: int) -> list[Span]:
    found = []
    for place, kind, value in lexer().get_tokens_unprocessed(text):
        color = _kind_of(kind)
        if color is not None:
            found.append(Span(start + place, len(value), color))
    return found


@lru_cache(maxsize=256)
def _kind_of(token: _TokenType) -> Kind | None:
    if token is Token.Text:
        return None
    return next((kind for known, kind in KINDS if known.__contains__(token)), None)

"""The kinds of value that a parameter can have, read from its annotation.

``Pair`` is an image-like size (``3`` means ``(3, 3)``), ``Sizes`` any number of whole numbers,
``NamedSizes`` the same with names for the sizes that vary from sample to sample. ``Taking`` tells
type checkers what a parameter takes besides the values that it keeps.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

Kept = TypeVar("Kept")
Also = TypeVar("Also")


class Taking(Generic[Kept, Also]):
    """The annotation of a parameter that keeps ``Kept`` and is given that or ``Also``.

    ``Taking[Optimizer, Saved]`` is read as an ``Optimizer`` and may be given in its saved form. For type
    checkers it is a descriptor; there is none when a program runs, where it means ``Kept`` alone.
    """

    if TYPE_CHECKING:

        def __get__(self, record: object, of: type) -> Kept: ...
        def __set__(self, record: object, value: Kept | Also) -> None: ...

    def __class_getitem__(cls, types: tuple[Any, Any]) -> Any:
        return types[0]


Saved = str | dict[str, Any]
Pair = Annotated[tuple[int, int], "square"]
Triple = Annotated[tuple[int, int, int], "square"]
Floats = tuple[float, ...]
Sizes = tuple[int, ...]
NamedSizes = tuple[int | str, ...]
Arguments = Taking[Annotated[tuple[tuple[str, Any], ...], "arguments"], dict[str, Any]]
LongText = Annotated[str, "long"]

LARGEST_REAL = 3.4028234663852886e38
LONGEST_TEXT = 10_000
LONGEST_LONG_TEXT = 2**24
LONGEST_TUPLE = 256


class Kind:
    """One kind of value: ``normal`` gives a value its normal form or answers ``REFUSED``.

    ``square`` kinds are tuples of fixed length that one value stands for.
    """

    REFUSED: ClassVar[object] = object()
    words: str = "a value"
    square: bool = False

    def normal(self, value: object) -> object:
        """The value in normal form, or ``Kind.REFUSED``."""
        raise NotImplementedError

    def within(self, limits: str) -> str:
        """The values in words, with ``limits`` such as `` of at least 1`` behind every number."""
        return self.words


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number; ``True`` is not one."""

    words: str = "a whole number"

    def within(self, limits: str) -> str:
        return self.words + limits

    def normal(self, value: object) -> object:
        return value if type(value) is int else Kind.REFUSED


@dataclass(frozen=True)
class Real(Kind):
    """A number that fits into float32."""

    words: str = "a number"

    def within(self, limits: str) -> str:
        return self.words + limits

    def normal(self, value: object) -> object:
        if type(value) is int and abs(value) < 2**53:
            return float(value)
        return value if type(value) is float and abs(value) <= LARGEST_REAL else Kind.REFUSED


@dataclass(frozen=True)
class Truth(Kind):
    """Yes or no."""

    words: str = "true or false"

    def normal(self, value: object) -> object:
        return value if type(value) is bool else Kind.REFUSED


@dataclass(frozen=True)
class Text(Kind):
    """A text of bounded length without lone surrogates."""

    words: str = "a text"
    longest: int = LONGEST_TEXT

    def normal(self, value: object) -> object:
        if type(value) is not str or len(value) > self.longest:
            return Kind.REFUSED
        return Kind.REFUSED if any("\ud800" <= c <= "\udfff" for c in value) else value


@dataclass(frozen=True)
class Nothing(Kind):
    """The absence of a value."""

    words: str = "nothing"

    def normal(self, value: object) -> object:
        return None if value is None else Kind.REFUSED


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few fixed values."""

    options: tuple[object, ...] = ()

    @property
    def words(self) -> str:  # type: ignore[override]
        return "one of " + ", ".join(repr(option) for option in self.options)

    def normal(self, value: object) -> object:
        found = (o for o in self.options if type(o) is type(value) and o == value)
        return next(found, Kind.REFUSED)


@dataclass(frozen=True)
class Several(Kind):
    """A tuple of one kind, of fixed length where ``length`` is given; ``square`` accepts one value
    for all."""

    item: Kind = Whole()
    length: int | None = None
    square: bool = False

    @property
    def words(self) -> str:  # type: ignore[override]
        return self.within("")

    def within(self, limits: str) -> str:
        if self.square:
            return f"{self.item.within(limits)} or {self.length} of them"
        plural = self.item.words.removeprefix("a ") + "s"
        return (f"{self.length} {plural}" if self.length else f"a list of {plural}") + limits

    def normal(self, value: object) -> object:
        if not isinstance(value, tuple | list):
            one = self.item.normal(value) if self.square else Kind.REFUSED
            return Kind.REFUSED if one is Kind.REFUSED else (one,) * (self.length or 1)
        if len(value) > LONGEST_TUPLE or (self.length is not None and len(value) != self.length):
            return Kind.REFUSED
        items = tuple(self.item.normal(item) for item in value)
        return Kind.REFUSED if Kind.REFUSED in items else items


@dataclass(frozen=True)
class Either(Kind):
    """The first of several kinds that takes the value."""

    options: tuple[Kind, ...] = ()

    @property
    def words(self) -> str:  # type: ignore[override]
        return self.within("")

    def within(self, limits: str) -> str:
        return " or ".join(option.within(limits) for option in self.options)

    @property
    def square(self) -> bool:  # type: ignore[override]
        return any(option.square for option in self.options)

    def normal(self, value: object) -> object:
        for option in self.options:
            normal = option.normal(value)
            if normal is not Kind.REFUSED:
                return normal
        return Kind.REFUSED


@dataclass(frozen=True)
class Record(Kind):
    """Another declared record, such as a weight initialisation, or the form in which it is saved."""

    type: type[Any] = object

    @property
    def words(self) -> str:  # type: ignore[override]
        return str(getattr(self.type, "words", f"one of the {self.type.__name__} kinds"))

    def normal(self, value: object) -> object:
        if isinstance(value, self.type):
            return value
        return self.type.read(value) if isinstance(value, str | dict) else Kind.REFUSED


@dataclass(frozen=True)
class Named(Kind):
    """Simple values by name, such as the arguments of a block; kept as pairs in their order."""

    words: str = "values by name"

    def normal(self, value: object) -> object:
        if isinstance(value, dict):
            value = tuple(value.items())
        if not isinstance(value, tuple | list) or len(value) > LONGEST_TUPLE:
            return Kind.REFUSED
        pairs = tuple(tuple(pair) for pair in value if isinstance(pair, tuple | list))
        if len(pairs) != len(value) or not all(map(self._is_pair, pairs)):
            return Kind.REFUSED
        return pairs if len({name for name, _ in pairs}) == len(pairs) else Kind.REFUSED

    @staticmethod
    def _is_pair(pair: tuple[object, ...]) -> bool:
        if len(pair) != 2 or Text().normal(pair[0]) is Kind.REFUSED:
            return False
        return any(kind.normal(pair[1]) is not Kind.REFUSED for kind in SIMPLE.values())


SIMPLE: dict[object, Kind] = {
    int: Whole(),
    float: Real(),
    bool: Truth(),
    str: Text(),
    type(None): Nothing(),
}


def kind_of(annotation: Any) -> Kind:
    """The kind that an annotation stands for.

    Raises TypeError for one that no form could edit.
    """
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Arguments:
        return Named()
    if annotation is LongText:
        return Text(longest=LONGEST_LONG_TEXT)
    if origin is Annotated:
        inner = kind_of(arguments[0])
        assert isinstance(inner, Several)
        return Several(inner.item, inner.length, square=True)
    if origin is Literal:
        return Choice(arguments)
    if origin in (Union, types.UnionType):
        return Either(tuple(kind_of(option) for option in arguments))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return Several(kind_of(arguments[0]))
        return Several(kind_of(arguments[0]), len(arguments))
    if isinstance(annotation, type):
        return Record(annotation)
    raise TypeError(f"no parameter kind for the annotation {annotation!r}")

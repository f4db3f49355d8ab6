"""Typed parameters: one declaration from which forms, help, validation and saving all follow.

A class that inherits ``Declared`` lists its parameters as annotated fields::

    class Dropout(Layer, family="Dropout"):
        p: float = param(0.5, low=0.0, high=1.0, help="Chance that a value is set to zero.")

Instances are immutable and always valid: a wrong value raises ``ParameterError``. Built without
``dataclasses`` because some three hundred of these classes are made whenever the program starts.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast, dataclass_transform

from graph_engine.errors import ParameterError
from graph_engine.kinds import Kind, kind_of

LARGEST = 2**40


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a person may set on a layer, a recipe or a data source.

    ``positional`` and ``required`` say how the value is written in source: by position, or always by
    keyword; other parameters are written only where they differ from the default.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    low: float | None
    high: float | None
    positional: bool
    required: bool

    def check(self, value: object) -> Any:
        """The value in its normal form (lists become tuples, ``3`` becomes ``(3, 3)`` for a pair).

        Raises ParameterError with what was expected and what arrived.
        """
        normal = self.kind.normal(value)
        if normal is Kind.REFUSED or not self._in_range(normal):
            raise ParameterError(f"`{self.name}` takes {self.expected()}, not {short(value)}.")
        return normal

    def expected(self) -> str:
        """The values that are allowed, in words: “a whole number of at least 1”."""
        limits = ""
        if self.low is not None and self.high is not None:
            limits = f" between {self.low:g} and {self.high:g}"
        elif self.low is not None:
            limits = f" of at least {self.low:g}"
        elif self.high is not None:
            limits = f" of at most {self.high:g}"
        return self.kind.within(limits)

    def _in_range(self, value: object) -> bool:
        if isinstance(value, tuple):
            return all(self._in_range(item) for item in value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        low = -LARGEST if self.low is None and isinstance(value, int) else self.low
        high = LARGEST if self.high is None and isinstance(value, int) else self.high
        return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True, slots=True)
class _Field:
    """A parameter as written in a class body, before its annotation is read."""

    default: object
    low: float | None
    high: float | None
    help: str
    positional: bool
    required: bool


def param(
    default: object,
    *,
    help: str = "",
    low: float | None = None,
    high: float | None = None,
    positional: bool = False,
    required: bool = False,
) -> Any:
    """Declares a parameter of a ``Declared`` class; the annotation beside it gives its kind."""
    return _Field(default, low, high, help, positional, required)


def short(value: object, limit: int = 60) -> str:
    """``repr`` for a sentence: never longer than a line, whatever a file put there."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, str | list | tuple | dict) and len(value) > limit:
        return f"{type(value).__name__} of {len(value)} items"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Declared:
    """An immutable, always valid record whose fields are ``param`` declarations."""

    _fields: ClassVar[dict[str, _Field]] = {}
    _parameters: ClassVar[dict[str, Parameter] | None] = None

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, _Field)}
        for name in own:
            delattr(cls, name)
        inherited: dict[str, _Field] = {}
        for base in reversed(cls.__bases__):
            inherited |= getattr(base, "_fields", {})
        later = {
            name: f for name, f in inherited.items() if name in _COMMON_LAST and name not in own
        }
        first = {name: f for name, f in inherited.items() if name not in later}
        cls._fields = {**first, **own, **later}
        cls._parameters = None

    def __init__(self, /, **values: Any) -> None:
        parameters = self.parameters()
        for name in values:
            if name not in parameters:
                raise ParameterError(self._unknown(name))
        own = self.__dict__
        for name, parameter in parameters.items():
            own[name] = parameter.check(values[name]) if name in values else parameter.default
        self.validate()

    @classmethod
    def parameters(cls) -> Mapping[str, Parameter]:
        """The parameters in the order of their declaration, common ones last."""
        known = cls.__dict__.get("_parameters")
        if known is None:
            known = cls._parameters = dict(cls._read_parameters())
        return cast("dict[str, Parameter]", known)

    @classmethod
    def _read_parameters(cls) -> Iterator[tuple[str, Parameter]]:
        hints = _annotations(cls)
        for name, f in cls._fields.items():
            kind = kind_of(hints[name])
            default = kind.normal(f.default)
            if default is Kind.REFUSED:
                raise TypeError(
                    f"{cls.__name__}.{name}: the default {f.default!r} is not {kind.words}"
                )
            yield (
                name,
                Parameter(name, kind, default, f.help, f.low, f.high, f.positional, f.required),
            )

    def validate(self) -> None:
        """Raises ParameterError where values that are fine one by one do not go together."""

    def values(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return dict(self.__dict__)

    def changed(self) -> dict[str, Any]:
        """The values that differ from their defaults: what a file has to store."""
        own = self.__dict__
        return {n: own[n] for n, p in self.parameters().items() if own[n] != p.default}

    def replace(self, /, **changes: Any) -> Self:
        """The same record with some values changed."""
        return type(self)(**{**self.__dict__, **changes})

    @classmethod
    def help(cls) -> str:
        """The class's docstring, as a help page shows it."""
        return " ".join((cls.__doc__ or "").split("\n\n", maxsplit=1)[0].split())

    @classmethod
    def _unknown(cls, name: str) -> str:
        known = ", ".join(cls.parameters()) or "none"
        return f"{cls.__name__} has no parameter {short(name)}; it has {known}."

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; use replace({name}=…)")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and _same(self.__dict__, other.__dict__)

    def __hash__(self) -> int:
        return hash((type(self).__name__, tuple(self.__dict__.values())))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.changed().items())
        return f"{type(self).__name__}({inside})"


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a == b and all(type(a[name]) is type(b[name]) for name in a)


def _annotations(cls: type[Declared]) -> dict[str, Any]:
    """The annotations of the parameters; only those, because ``get_type_hints`` would read all."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        scope = vars(sys.modules[base.__module__])
        for name, text in inspect.get_annotations(base).items():
            if name in cls._fields:
                hints[name] = eval(text, scope) if isinstance(text, str) else text
    return hints


_COMMON_LAST = frozenset({"inplace", "weight_init", "bias_init", "trainable"})

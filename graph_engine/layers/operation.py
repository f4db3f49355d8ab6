"""What operations have in common: layers without weights that are written as an expression.

An operation names the dtypes that PyTorch takes on a CPU; everything else about types is in its rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graph_engine.errors import ShapeError
from graph_engine.layers.base import Layer, Learned, Module, Outputs, Saves
from graph_engine.layers.dtypes import described, holds
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.shape import (
    BATCH,
    COMPLEX,
    FLOATING,
    WHOLE,
    Shape,
    Size,
    TensorType,
)

BOOL = frozenset({"bool"})
EVERY = FLOATING | COMPLEX | WHOLE | BOOL
NUMBERS = FLOATING | COMPLEX | WHOLE
REAL = FLOATING | WHOLE
ORDERED = REAL | BOOL
INEXACT = FLOATING | COMPLEX
PRECISE = frozenset({"float32", "float64"})
INDICES = frozenset({"int64", "int32"})
INT64 = frozenset({"int64"})

FUNCTIONAL = ("from torch.nn import functional as F",)


class Operation(Layer):
    """A layer without weights; ``takes`` are the dtypes of its first input."""

    takes: ClassVar[frozenset[str]] = EVERY
    saves: ClassVar[Saves] = "none"

    def infer(self, *inputs: Any, **_: Any) -> Outputs:
        """The type of the first input, if that is one which the operation takes."""
        first: TensorType = inputs[0]
        require_dtype(first, self.takes)
        return first


class Supplied(Module):
    """A module that PyTorch does not have: its class stands in the source, from
    ``graph_engine.modules``."""

    def function(self) -> str:
        """The class's own name."""
        return type(self).__name__

    def definitions(self) -> tuple[str, ...]:
        """The class itself."""
        return (type(self).__name__,)


class SuppliedLearned(Learned, Supplied):
    """A supplied module with weights."""


def method(name: str, function: str, *arguments: Value, **keywords: Value) -> Call:
    """``x.transpose(1, 2)``"""
    return Call(f"{name}.{function}", arguments, keywords)


def function(name: str, names: Sequence[str], *arguments: Value, **keywords: Value) -> Call:
    """``torch.where(condition, a, b)``"""
    return Call(name, (*(Raw(text) for text in names), *arguments), keywords)


def given(keywords: Mapping[str, Value], defaults: Mapping[str, object]) -> dict[str, Any]:
    """The keywords that differ from the function's defaults."""
    return {
        name: value
        for name, value in keywords.items()
        if name not in defaults or value != defaults[name]
    }


# Checks ------------------------------------------------------------------------------------------


def require_dtype(x: TensorType, allowed: frozenset[str], port: str = "input") -> None:
    """Refuses a dtype that PyTorch's CPU kernels do not take; the repair converts to the usual one."""
    if x.dtype not in allowed:
        wanted = next(name for name in ("float32", "int64", "bool") if name in allowed)
        raise ShapeError(
            f"needs {described(allowed)} numbers, but receives {x.dtype}. Insert a Cast to {wanted}.",
            port,
            ("cast", wanted),
        )


def require_fits(value: float, dtype: str, what: str, port: str = "input") -> None:
    """Refuses a constant that is outside of what the dtype can hold."""
    magnitude = abs(value) if dtype == "uint8" and isinstance(value, int) else value
    if not holds("float32" if dtype == "complex64" else dtype, magnitude):
        raise ShapeError(
            f"has {what}={value:g}, which {dtype} cannot hold. Insert a Cast, or choose another number.",
            port,
            ("cast", "float32"),
        )


def require_same_dtype(a: TensorType, b: TensorType, first: str, second: str) -> None:
    """Refuses two inputs of different dtypes where PyTorch does not convert by itself."""
    if a.dtype != b.dtype:
        raise ShapeError(
            f"needs {a.dtype} as on input {first}, but receives {b.dtype}. Insert a Cast.",
            second,
            ("cast", a.dtype),
        )


def require_dimensions(x: TensorType, least: int, port: str = "input") -> None:
    """Refuses a tensor with fewer dimensions, batch included."""
    if len(x.shape) < least:
        raise ShapeError(
            f"needs at least {least} dimensions with the batch, but receives {shape_words(x)}.",
            port,
            ("rank", least),
        )


def shape_words(x: TensorType) -> str:
    """The whole shape, batch included: ``B×3×8``."""
    return "×".join(str(size) for size in x.shape) or "a single number"


def differ(a: Size, b: Size) -> bool:
    """Whether two sizes are certainly not the same, whatever the unknown ones turn out to be.

    The batch takes many values, so a size that depends on it alone equals no other; other unknowns may
    happen to fit.
    """
    if isinstance(a, int) and isinstance(b, int):
        return a != b
    if a == b:
        return False
    difference = a - b
    return isinstance(difference, int) or difference.names() <= {"B"}


def certain(a: Size, b: Size) -> Size:
    """Of two sizes that have to be the same, the one that says more."""
    return b if isinstance(b, int) or (b == BATCH and not isinstance(a, int)) else a


def replaced(shape: Shape, dim: int, size: Size) -> Shape:
    """The shape with another size along one dimension."""
    return (*shape[:dim], size, *shape[dim + 1 :])


def removed(shape: Shape, dim: int) -> Shape:
    """The shape without one dimension."""
    return (*shape[:dim], *shape[dim + 1 :])

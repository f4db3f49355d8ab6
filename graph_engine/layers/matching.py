"""Checks between several inputs: what must agree for certain, and the words where it does not."""

from __future__ import annotations

from graph_engine.errors import ShapeError
from graph_engine.layers.operation import INDICES, differ
from graph_engine.layers.shape import Shape, TensorType, shape_text


def shapes_differ(a: Shape, b: Shape) -> bool:
    """Whether two shapes differ for certain."""
    return len(a) != len(b) or any(differ(x, y) for x, y in zip(a, b, strict=True))


def require_shape(x: TensorType, wanted: Shape, port: str, why: str = "") -> None:
    """Refuses a tensor that certainly has another shape; ``why`` names the sizes or their origin."""
    if shapes_differ(x.shape, wanted):
        reason = f" ({why})" if why else ""
        raise ShapeError(
            f"needs {shape_text(wanted)}{reason} on input {port}, but receives {x}.", port
        )


def require_same(x: TensorType, other: TensorType, port: str, first: str) -> None:
    """Refuses a tensor that is certainly not shaped like the one on input ``first``."""
    if shapes_differ(x.shape, other.shape):
        raise ShapeError(
            f"needs {shape_text(other.shape)} as on input {first}, but receives {x} on input {port}.",
            port,
            ("project", first, port),
        )


def require_indices(x: TensorType, port: str = "input") -> None:
    """Refuses anything but whole numbers of 32 or 64 bits, which is what torch looks up with."""
    if x.dtype not in INDICES:
        raise ShapeError(
            f"needs indices (int64 or int32), but receives {x.dtype}. Set the dtype of the input to "
            f"int64, or insert a Cast.",
            port,
            ("cast", "int64"),
        )


def require_dtype(x: TensorType, dtype: str, port: str) -> None:
    """Refuses any other kind of number than ``dtype``."""
    if x.dtype != dtype:
        raise ShapeError(
            f"needs {dtype} numbers on input {port}, but receives {x.dtype}. Insert a Cast.",
            port,
            ("cast", dtype),
        )


def fixed_size(x: TensorType, axis: int, port: str = "input", what: str = "last dimension") -> int:
    """A size that has to be known before weights can be made.

    Raises ShapeError where the tensor has no such dimension or its size varies.
    """
    least = max(2, axis + 1)
    if len(x.shape) < least:
        raise ShapeError(f"needs a {what} to connect to, but receives {x}.", port, ("rank", least))
    size = x.shape[axis]
    if not isinstance(size, int):
        raise ShapeError(
            f"needs a {what} of fixed size to connect to, but receives {x}.", port, ("fixed",)
        )
    return size

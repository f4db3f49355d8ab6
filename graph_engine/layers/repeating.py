"""Copies, shifts and mirror images of the same values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Sizes
from graph_engine.layers.base import Example, resolve_dim
from graph_engine.layers.expression import Value
from graph_engine.layers.operation import Operation, given, method, replaced, shape_words
from graph_engine.layers.shape import TensorType, product, tensor
from graph_engine.layers.shaping import Dims, resolved


class Repeat(Operation, family="Reshape", aliases=("tile", "copy")):
    """Lays copies of the whole tensor side by side along each dimension.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.repeat.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"repeats": (1, 2, 3)}, (tensor(3, 4),)),
        Example({"repeats": (2, 1, 1)}, (tensor(3, dtype="int64"),)),
    )

    repeats: Sizes = param(
        (1, 2), low=0, help="How many copies along each dimension, the batch first."
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, a) → (B·n, a·m)"""
        new = len(self.repeats) - len(input.shape)
        if new < 0:
            raise ShapeError(
                f"has {len(self.repeats)} numbers of copies, but receives {shape_words(input)}. Name "
                "one for each dimension, the batch as well.",
                "input",
            )
        sizes = (1,) * new + input.shape
        shape = tuple(size * n for size, n in zip(sizes, self.repeats, strict=True))
        return TensorType(shape, input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.repeat(1, 2)``"""
        return method(names[0], "repeat", *(self.repeats or ((),)))


class RepeatInterleave(Operation, family="Reshape", aliases=("duplicate", "upsample", "grouped")):
    """Repeats each entry along a dimension, copies beside their original.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.repeat_interleave.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"repeats": 3, "dim": None}, (tensor(3, dtype="int64"),)),
    )

    repeats: int = param(2, low=0, help="How many times each entry stands there.")
    dim: int | None = param(
        1,
        low=-64,
        high=63,
        help="The dimension; the batch is 0; empty lays all values out flat first.",
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, n) → (B, n·repeats)"""
        if self.dim is None:
            return TensorType((product(input.shape) * self.repeats,), input.dtype)
        dim = resolve_dim(self.dim, len(input.shape))
        size = input.shape[dim] * self.repeats
        return TensorType(replaced(input.shape, dim, size), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.repeat_interleave(2, dim=1)``"""
        keywords = given({"dim": self.dim}, {"dim": None})
        return method(names[0], "repeat_interleave", self.repeats, **keywords)


class Roll(Operation, family="Reshape", aliases=("cyclic shift", "shifted window", "rotate")):
    """Shifts values along dimensions; what falls out at the end comes in at the beginning.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.roll.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"shifts": (-1, 2), "dims": (1, 2)}, (tensor(3, 4, dtype="int64"),)),
        Example({"shifts": 5, "dims": None}, (tensor(3),)),
    )

    shifts: Dims = param(1, help="How many places.")
    dims: Dims | None = param(
        1, low=-64, high=63, help="Along which dimensions; the batch is 0; empty rolls all values."
    )

    def validate(self) -> None:
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,)
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if not shifts or len(shifts) != len(dims):
            raise ParameterError(
                f"`shifts` and `dims` have as many numbers, not {len(shifts)} and {len(dims)}."
            )

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        for dim in dims:
            if dim is not None:
                resolve_dim(dim, len(input.shape), what="dims")
        return input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.roll(1, dims=1)``"""
        return method(names[0], "roll", self.shifts, **given({"dims": self.dims}, {"dims": None}))


class Flip(Operation, family="Reshape", aliases=("reverse", "mirror")):
    """Turns the order along dimensions around.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.flip.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dims": (1, -1)}, (tensor(3, 4, dtype="int64"),)),
    )

    dims: Sizes = param((1,), low=-64, high=63, help="Along which dimensions; the batch is 0.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        resolved(self.dims, len(input.shape), "dims")
        return input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.flip(1)``"""
        return method(names[0], "flip", *(self.dims or ((),)))

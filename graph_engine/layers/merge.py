"""Joining tensors along a dimension, and taking them apart again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Sizes
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import Example, Layer, Port, resolve_dim
from graph_engine.layers.expression import Call, Listing, Raw, Value
from graph_engine.layers.operation import (
    Operation,
    certain,
    differ,
    method,
    removed,
    replaced,
    shape_words,
)
from graph_engine.layers.shape import Shape, TensorType, tensor

DIM = "The dimension, as PyTorch counts them: the batch is 0, −1 is the last."


class Joining(Layer):
    """Any number of tensors become one."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("x", variadic=True),)
    saves = "none"
    called: ClassVar[str] = ""
    dim: int

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.cat([a, b], dim=1)``"""
        listing = Listing(tuple(Raw(name) for name in names))
        return Call(f"torch.{self.called}", (listing,), {"dim": self.dim})

    @staticmethod
    def _dtype(inputs: Sequence[TensorType]) -> str:
        dtype = inputs[0].dtype
        for x in inputs[1:]:
            dtype = promoted(dtype, x.dtype)
        return dtype


class Concatenate(Joining, family="Merge", aliases=("cat", "concat", "join", "dense connection")):
    """Puts tensors one after the other along a dimension: channels beside channels, or tokens after
    tokens.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.cat.html
    """

    called: ClassVar[str] = "cat"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(5, 4))),
        Example({"dim": -1}, (tensor(3, 4), tensor(3, 2, dtype="int64"), tensor(3, 4))),
    )

    dim: int = param(1, low=-64, high=63, required=True, help=DIM)

    def infer(self, *inputs: TensorType) -> TensorType:
        """The sizes along ``dim`` add up; the others have to agree."""
        first = inputs[0]
        dim = resolve_dim(self.dim, len(first.shape), "x1")
        shape = first.shape
        for number, x in enumerate(inputs[1:], 2):
            shape = self._joined(shape, x, dim, f"x{number}")
        return TensorType(shape, self._dtype(inputs))

    @staticmethod
    def _joined(shape: Shape, x: TensorType, dim: int, port: str) -> Shape:
        if len(x.shape) != len(shape):
            raise ShapeError(
                f"needs {len(shape)} dimensions as on input x1, but receives {shape_words(x)}.",
                port,
            )
        sizes = list(shape)
        for place, (a, b) in enumerate(zip(shape, x.shape, strict=True)):
            if place == dim:
                sizes[place] = a + b
            elif differ(a, b):
                raise ShapeError(
                    f"needs a size of {a} along dimension {place} as on input x1, but receives "
                    f"{shape_words(x)}. Only dimension {dim} may differ.",
                    port,
                    ("resize", "x1", port),
                )
            else:
                sizes[place] = certain(a, b)
        return tuple(sizes)


class Stack(Joining, family="Merge", aliases=("pile", "new dimension")):
    """Lays tensors of the same shape beside each other along a new dimension.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.stack.html
    """

    called: ClassVar[str] = "stack"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 4))),
        Example({"dim": -1}, (tensor(3), tensor(3, dtype="int64"), tensor(3))),
    )

    dim: int = param(1, low=-64, high=63, required=True, help="The place of the new dimension.")

    def infer(self, *inputs: TensorType) -> TensorType:
        """n tensors of (B, a) → (B, n, a)"""
        shape = inputs[0].shape
        dim = resolve_dim(self.dim, len(shape) + 1, "x1")
        for number, x in enumerate(inputs[1:], 2):
            wrong = len(x.shape) != len(shape)
            if wrong or any(differ(a, b) for a, b in zip(shape, x.shape, strict=True)):
                raise ShapeError(
                    f"needs {TensorType(shape)} as on input x1, but receives {TensorType(x.shape)}.",
                    f"x{number}",
                )
            shape = tuple(certain(a, b) for a, b in zip(shape, x.shape, strict=True))
        return TensorType((*shape[:dim], len(inputs), *shape[dim:]), self._dtype(inputs))


class Parting(Operation):
    """One tensor becomes several."""

    saves = "view"
    dim: int

    def unpack(self, names: Sequence[str]) -> str:
        """``a, b, c``"""
        return f"({names[0]},)" if len(names) == 1 else ", ".join(names)

    @staticmethod
    def _ports(count: int) -> tuple[Port, ...]:
        return tuple(Port(f"part{number}") for number in range(1, count + 1))


class Split(Parting, family="Merge", aliases=("divide", "branch", "partition")):
    """Cuts a tensor into parts of given sizes along a dimension.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.split.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(64),)),
        Example({"sizes": (1, 2, 3), "dim": -2}, (tensor(6, 4, dtype="int64"),)),
    )

    sizes: Sizes = param((32, 32), low=0, help="The size of each part; together all there is.")
    dim: int = param(1, low=-64, high=63, required=True, help=DIM)

    def validate(self) -> None:
        if len(self.sizes) < 2:
            raise ParameterError("`sizes` names at least two parts.")

    def output_ports(self) -> tuple[Port, ...]:
        """One for each part."""
        return self._ports(len(self.sizes))

    def infer(self, input: TensorType) -> tuple[TensorType, ...]:
        """(B, a + b) → (B, a), (B, b)"""
        dim = resolve_dim(self.dim, len(input.shape))
        whole = sum(self.sizes)
        if differ(input.shape[dim], whole):
            raise ShapeError(
                f"splits {whole} values, but receives {input.shape[dim]} along dimension {dim}. "
                f"Let the sizes add up to {input.shape[dim]}.",
                "input",
            )
        return tuple(
            TensorType(replaced(input.shape, dim, size), input.dtype) for size in self.sizes
        )

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.split([1, 2, 3], dim=1)``"""
        return method(names[0], "split", Listing(self.sizes), dim=self.dim)


class Chunk(Parting, family="Merge", aliases=("divide", "equal parts", "qkv")):
    """Cuts a tensor into equal parts along a dimension; the last may be smaller.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.chunk.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(6, 4),)),
        Example({"chunks": 3, "dim": -1}, (tensor(6, 8, dtype="int64"),)),
    )

    chunks: int = param(2, low=2, high=256, positional=True, help="How many parts.")
    dim: int = param(1, low=-64, high=63, required=True, help=DIM)

    def output_ports(self) -> tuple[Port, ...]:
        """One for each part."""
        return self._ports(self.chunks)

    def infer(self, input: TensorType) -> tuple[TensorType, ...]:
        """(B, n·a) → n times (B, a)"""
        dim = resolve_dim(self.dim, len(input.shape))
        size = input.shape[dim]
        step = (size + (self.chunks - 1)) // self.chunks
        last = size - step * (self.chunks - 1)
        if isinstance(last, int) and last < (1 if size else 0):
            raise ShapeError(
                f"cannot make {self.chunks} parts of {size} values along dimension {dim}.", "input"
            )
        sizes = [step] * (self.chunks - 1) + [last]
        return tuple(TensorType(replaced(input.shape, dim, s), input.dtype) for s in sizes)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.chunk(3, dim=-1)``"""
        return method(names[0], "chunk", self.chunks, dim=self.dim)


class Unbind(Parting, family="Merge", aliases=("unstack", "separate", "qkv")):
    """Takes the entries along a dimension apart, one output for each; the dimension goes away.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.unbind.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4),)),
        Example({"count": 3, "dim": 2}, (tensor(5, 3, 4),)),
    )

    count: int = param(2, low=1, high=256, help="How many entries there are along the dimension.")
    dim: int = param(1, low=-64, high=63, required=True, help=DIM)

    def output_ports(self) -> tuple[Port, ...]:
        """One for each entry."""
        return self._ports(self.count)

    def infer(self, input: TensorType) -> tuple[TensorType, ...]:
        """(B, n, a) → n times (B, a)"""
        dim = resolve_dim(self.dim, len(input.shape))
        if differ(input.shape[dim], self.count):
            raise ShapeError(
                f"takes {self.count} entries apart, but receives {input.shape[dim]} along dimension "
                f"{dim}. Set `count` to that.",
                "input",
            )
        return (TensorType(removed(input.shape, dim), input.dtype),) * self.count

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.unbind(dim=1)``"""
        return method(names[0], "unbind", dim=self.dim)

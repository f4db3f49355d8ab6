"""Picking entries out of a tensor, by fixed places or by places that are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Port, resolve_dim
from graph_engine.layers.expression import Raw, Value
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    INDICES,
    Operation,
    Supplied,
    differ,
    method,
    removed,
    replaced,
    require_dimensions,
    require_dtype,
    shape_words,
)
from graph_engine.layers.shape import Size, TensorType, tensor


class Select(Operation, family="Indexing", aliases=("pick", "index", "last step", "class token")):
    """Takes one entry along a dimension, which goes away: the first token, or the last step.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.select.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": -1, "index": -1}, (tensor(3, 4, dtype="int64"),)),
    )

    dim: int = param(1, low=-64, high=63, help=DIM)
    index: int = param(0, help="Which entry; −1 is the last.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, n, a) → (B, a)"""
        dim = resolve_dim(self.dim, len(input.shape))
        size = input.shape[dim]
        if isinstance(size, int) and not -size <= self.index < size:
            raise ShapeError(
                f"takes entry {self.index} of {size} along dimension {dim}. Choose one that is there.",
                "input",
            )
        return TensorType(removed(input.shape, dim), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x[:, 0]``, or ``x.select(-2, 0)`` when counted from the back"""
        if 0 <= self.dim < 3:
            return Raw(f"{names[0]}[{', '.join([':'] * self.dim + [str(self.index)])}]")
        if self.dim == -1:
            return Raw(f"{names[0]}[..., {self.index}]")
        return method(names[0], "select", self.dim, self.index)


class Slice(
    Operation, family="Indexing", aliases=("crop", "range", "cut", "narrow", "subsequence")
):
    """Keeps a range along a dimension, as Python's `start:stop:step` does.

    PyTorch: https://docs.pytorch.org/docs/stable/tensors.html#indexing
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": -1, "start": None, "stop": -1}, (tensor(3, 4),)),
        Example({"dim": 2, "start": -3, "stop": 100, "step": 2}, (tensor(3, 7, dtype="int64"),)),
        Example({"start": 3, "stop": 2}, (tensor(5),)),
    )

    dim: int = param(1, low=-64, high=63, help=DIM)
    start: int | None = param(1, help="First entry that is kept; empty means from the beginning.")
    stop: int | None = param(None, help="First entry that is left out; empty means to the end.")
    step: int = param(1, low=1, help="Keeps every n-th entry.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, n, a) → (B, n′, a)"""
        dim = resolve_dim(self.dim, len(input.shape))
        return TensorType(replaced(input.shape, dim, self._kept(input.shape[dim])), input.dtype)

    def _kept(self, size: Size) -> Size:
        """How many entries stay. Of an unknown size, the range is taken to lie inside."""
        if isinstance(size, int):
            return len(range(*slice(self.start, self.stop, self.step).indices(size)))
        start, stop = self._from_front(self.start, 0, size), self._from_front(self.stop, size, size)
        span = stop - start
        if isinstance(span, int) and span <= 0:
            return 0
        return (span + (self.step - 1)) // self.step

    @staticmethod
    def _from_front(place: int | None, default: Size, size: Size) -> Size:
        if place is None:
            return default
        return place if place >= 0 else size + place

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``x[:, 1:]``"""
        bounds = ["" if bound is None else str(bound) for bound in (self.start, self.stop)]
        text = ":".join(bounds) + (f":{self.step}" if self.step != 1 else "")
        before, after = (self.dim, 0) if self.dim >= 0 else (0, -self.dim - 1)
        parts = [":"] * before if self.dim >= 0 else ["..."]
        return Raw(f"{names[0]}[{', '.join([*parts, text, *[':'] * after])}]")


class Gather(Operation, family="Indexing", aliases=("take along", "lookup", "index")):
    """Picks values along a dimension by a tensor of places, one place for each value that comes out.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.gather.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("index"))
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(2, 4, dtype="int64")), low=0, high=2),
        Example({"dim": -1}, (tensor(3, 4), tensor(2, 9, dtype="int64")), low=0, high=3),
    )

    dim: int = param(1, low=-64, high=63, help=DIM)

    def infer(self, input: TensorType, index: TensorType) -> TensorType:
        """The shape of the index."""
        require_dtype(index, INDICES, "index")
        if len(input.shape) != len(index.shape):
            raise ShapeError(
                f"needs as many dimensions as the input, but receives {shape_words(index)} for "
                f"{shape_words(input)}.",
                "index",
            )
        dim = resolve_dim(self.dim, len(input.shape))
        for place, (whole, picked) in enumerate(zip(input.shape, index.shape, strict=True)):
            if place != dim and larger(picked, whole):
                raise ShapeError(
                    f"picks {picked} entries along dimension {place}, where the input has {whole}.",
                    "index",
                )
        return TensorType(index.shape, input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.gather(1, index)``"""
        return method(names[0], "gather", self.dim, Raw(names[1]))


class IndexSelect(Operation, family="Indexing", aliases=("reorder", "channels", "pick several")):
    """Picks several entries along a dimension by a list of places, in that order.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.index_select.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("index"))
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), TensorType((5,), "int64")), low=0, high=2),
        Example({"dim": -1}, (tensor(3, 4), TensorType((2,), "int32")), low=0, high=3),
    )

    dim: int = param(1, low=-64, high=63, help=DIM)

    def infer(self, input: TensorType, index: TensorType) -> TensorType:
        """(B, n, a) and (m) → (B, m, a)"""
        require_dtype(index, INDICES, "index")
        if len(index.shape) > 1:
            raise ShapeError(
                f"needs a single list of places, but receives {shape_words(index)}.", "index"
            )
        dim = resolve_dim(self.dim, len(input.shape))
        count = index.shape[0] if index.shape else 1
        return TensorType(replaced(input.shape, dim, count), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.index_select(1, index)``"""
        return method(names[0], "index_select", self.dim, Raw(names[1]))


class AtStep(Supplied):
    """One entry of each sample's sequence."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("index"))
    saves = "none"
    port: ClassVar[str] = "index"

    def infer(self, input: TensorType, index: TensorType) -> TensorType:
        """(B, T, …) and (B) → (B, …)"""
        require_dimensions(input, 2)
        require_dtype(index, INDICES, self.port)
        if len(index.shape) > 1 or (index.shape and self._differ(input.shape[0], index.shape[0])):
            raise ShapeError(
                f"needs one number for each of {input.shape[0]} samples, but receives "
                f"{shape_words(index)}.",
                self.port,
            )
        return TensorType(removed(input.shape, 1), input.dtype)

    @staticmethod
    def _differ(samples: Size, numbers: Size) -> bool:
        return numbers != 1 and differ(samples, numbers)


class SelectAt(AtStep, family="Indexing", aliases=("take", "end of text", "position", "clip")):
    """Takes from each sequence the entry at a place of its own, such as the end-of-text token.

    PyTorch: https://docs.pytorch.org/docs/stable/tensors.html#indexing
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 4), tensor(dtype="int64")), low=0, high=4),
    )


class GatherLast(AtStep, family="Indexing", aliases=("last step", "lengths", "sequence end")):
    """Takes from each padded sequence its last valid step, by the sequence's length.

    PyTorch: https://docs.pytorch.org/docs/stable/tensors.html#indexing
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("lengths"))
    port: ClassVar[str] = "lengths"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 4), tensor(dtype="int64")), low=1, high=5),
    )


def larger(a: Size, b: Size) -> bool:
    """Whether ``a`` is certainly larger than ``b``."""
    difference = a - b
    if isinstance(difference, int):
        return difference > 0
    return False

"""Places of extreme values, sorted values, and running sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.arithmetic import category
from graph_engine.layers.base import EVERYTHING, Example, Port, Window, resolve_dim
from graph_engine.layers.expression import Value
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    ORDERED,
    REAL,
    Operation,
    given,
    method,
    removed,
    replaced,
    require_dtype,
    shape_words,
)
from graph_engine.layers.shape import TensorType, tensor


class Place(Operation):
    """The place of the largest or smallest value."""

    takes: ClassVar[frozenset[str]] = REAL
    called: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": 1, "keepdim": True}, (tensor(3, 4, dtype="int64"),)),
        Example({"dim": None}, (tensor(3, 4),)),
    )

    dim: int | None = param(
        -1, low=-64, high=63, help="The dimension; the batch is 0, −1 is the last; empty means all."
    )
    keepdim: bool = param(False, help="Whether the dimension stays, with size 1.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, a, n) → (B, a) int64"""
        require_dtype(input, self.takes)
        rank = len(input.shape)
        if self.dim is None:
            self._require_values(input, 0 in input.shape)
            return TensorType((1,) * rank if self.keepdim else (), "int64")
        dim = resolve_dim(self.dim, rank)
        self._require_values(input, input.shape[dim] == 0)
        shape = replaced(input.shape, dim, 1) if self.keepdim else removed(input.shape, dim)
        return TensorType(shape, "int64")

    @staticmethod
    def _require_values(input: TensorType, empty: bool) -> None:
        if empty:
            raise ShapeError(
                f"needs at least one value, but receives {shape_words(input)}.", "input"
            )

    def window(self) -> Window:
        """Every value counts."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.argmax(dim=-1)``"""
        keywords = {"dim": self.dim, "keepdim": self.keepdim}
        return method(names[0], self.called, **given(keywords, {"dim": None, "keepdim": False}))


class ArgMax(Place, family="Reduction", aliases=("argmax", "winner", "predicted class")):
    """The place of the largest value along a dimension: the class that a classifier chose.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.argmax.html
    """

    called: ClassVar[str] = "argmax"


class ArgMin(Place, family="Reduction", aliases=("argmin", "nearest", "best matching unit")):
    """The place of the smallest value along a dimension: the nearest codebook entry.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.argmin.html
    """

    called: ClassVar[str] = "argmin"


class Ordered(Operation):
    """Values in order, and the places where they were."""

    outputs: ClassVar[tuple[Port, ...]] = (Port("values"), Port("indices"))
    saves = "output"

    def window(self) -> Window:
        """Every value counts."""
        return EVERYTHING


class TopK(
    Ordered, family="Reduction", aliases=("largest", "beam", "router", "mixture of experts")
):
    """The k largest values along a dimension, and where they were.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.topk.html
    """

    takes: ClassVar[frozenset[str]] = REAL
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"k": 2}, (tensor(3, 4),)),
        Example({"k": 3, "dim": 1, "largest": False}, (tensor(3, 4, dtype="int64"),)),
    )

    k: int = param(5, low=1, positional=True, help="How many.")
    dim: int = param(-1, low=-64, high=63, help=DIM)
    largest: bool = param(True, help="The largest, or else the smallest.")
    sorted: bool = param(True, help="Whether they come in order.")

    def infer(self, input: TensorType) -> tuple[TensorType, TensorType]:
        """(B, n) → (B, k) and their places"""
        require_dtype(input, self.takes)
        dim = resolve_dim(self.dim, len(input.shape))
        size = input.shape[dim]
        if isinstance(size, int) and self.k > size:
            raise ShapeError(
                f"takes the top {self.k} of {size} values along dimension {dim}. Lower k to {size}.",
                "input",
            )
        shape = replaced(input.shape, dim, self.k)
        return TensorType(shape, input.dtype), TensorType(shape, "int64")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.topk(5, dim=1)``"""
        keywords = {"dim": self.dim, "largest": self.largest, "sorted": self.sorted}
        defaults = {"dim": -1, "largest": True, "sorted": True}
        return method(names[0], "topk", self.k, **given(keywords, defaults))


class Sort(Ordered, family="Reduction", aliases=("order", "rank")):
    """The values in order along a dimension, and where they were.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sort.html
    """

    takes: ClassVar[frozenset[str]] = ORDERED
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": 1, "descending": True, "stable": True}, (tensor(3, 4, dtype="int64"),)),
    )

    dim: int = param(-1, low=-64, high=63, help=DIM)
    descending: bool = param(False, help="The largest first.")
    stable: bool = param(False, help="Whether equal values keep their order.")

    def infer(self, input: TensorType) -> tuple[TensorType, TensorType]:
        """The same shape, and the places"""
        require_dtype(input, self.takes)
        resolve_dim(self.dim, len(input.shape))
        return input, TensorType(input.shape, "int64")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.sort(dim=1, descending=True)``"""
        keywords = {"dim": self.dim, "descending": self.descending, "stable": self.stable}
        written = given(keywords, {"dim": -1, "descending": False, "stable": False})
        if self.stable:
            written.setdefault("dim", self.dim)
        return method(names[0], "sort", **written)


class Cumulative(Operation):
    """A running total."""

    called: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": -1}, (tensor(3, 4, dtype="int32"),)),
    )

    dim: int = param(1, low=-64, high=63, required=True, help=DIM)

    def infer(self, input: TensorType) -> TensorType:
        """The same shape; whole numbers in int64"""
        resolve_dim(self.dim, len(input.shape))
        return TensorType(input.shape, input.dtype if category(input.dtype) >= 2 else "int64")

    def window(self) -> Window:
        """Every value before counts."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.cumsum(dim=1)``"""
        return method(names[0], self.called, dim=self.dim)


class CumulativeSum(Cumulative, family="Reduction", aliases=("cumsum", "running total", "prefix")):
    """The sum of all values up to each place.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html
    """

    called: ClassVar[str] = "cumsum"


class CumulativeProduct(Cumulative, family="Reduction", aliases=("cumprod", "running product")):
    """The product of all values up to each place.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.cumprod.html
    """

    called: ClassVar[str] = "cumprod"
    saves = "both"

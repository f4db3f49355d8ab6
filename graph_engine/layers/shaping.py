"""Other views of the same values: sizes regrouped, dimensions in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Sizes
from graph_engine.layers.base import Example, Port, require_rank, resolve_dim
from graph_engine.layers.expression import Raw, Value
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    Operation,
    certain,
    differ,
    method,
    require_dimensions,
    shape_words,
)
from graph_engine.layers.shape import Shape, Size, TensorType, exact_quotient, product, tensor

Dims = int | Sizes


def resolved(dims: Dims, rank: int, what: str = "dim") -> tuple[int, ...]:
    """The dimensions counted from the front. Raises ShapeError for one that is not there, or twice."""
    each = dims if isinstance(dims, tuple) else (dims,)
    found = tuple(resolve_dim(dim, rank, what=what) for dim in each)
    if len(set(found)) != len(found):
        raise ShapeError(f"names a dimension twice in {what}={dims}.", "input")
    return found


class Reshape(Operation, family="Reshape", aliases=("view", "regroup", "grid", "rearrange")):
    """Reads the values of each sample, in order, into another shape.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.reshape.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"shape": (2, -1)}, (tensor(3, 4),)),
        Example({"shape": (0, 2, 2)}, (tensor("T", 4),)),
        Example({"shape": (30,)}, (tensor(5, 6, dtype="int64"),)),
        Example({"shape": (-1, 4), "keep_batch": False}, (tensor(3, 4),)),
    )

    shape: Sizes = param(
        (-1,),
        low=-1,
        help="The new shape of one sample; −1 for what is left, 0 for the size that was at this place.",
    )
    keep_batch: bool = param(
        True, help="Whether the batch stays; otherwise `shape` has a place for it as well."
    )

    def validate(self) -> None:
        if self.shape.count(-1) > 1:
            raise ParameterError(f"`shape` has at most one −1, not {self.shape}.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, …) → (B, shape…)"""
        sizes = self._sizes(input)
        whole = product(input.shape)
        known = product(size for size in sizes if size != -1)
        if -1 in sizes:
            rest = self._rest(input, whole, known)
            return TensorType(tuple(rest if s == -1 else s for s in sizes), input.dtype)
        if differ(whole, known):
            raise ShapeError(
                f"makes {shape_words(TensorType(sizes))}, but receives {shape_words(input)}, "
                "which has another number of values.",
                "input",
            )
        return TensorType(sizes, input.dtype)

    def _sizes(self, input: TensorType) -> Shape:
        if self.keep_batch:
            require_dimensions(input, 1)
        before: Shape = input.shape[:1] if self.keep_batch else ()
        sizes = list(before)
        for size in self.shape:
            place = len(sizes)
            if size == 0 and place >= len(input.shape):
                raise ShapeError(
                    f"keeps the size at place {place}, but receives {shape_words(input)}.", "input"
                )
            sizes.append(input.shape[place] if size == 0 else size)
        return tuple(sizes)

    @staticmethod
    def _rest(input: TensorType, whole: Size, known: Size) -> Size:
        rest = exact_quotient(whole, known)
        if rest is None and isinstance(known, int) and known and not isinstance(whole, int):
            evenly = differ(whole, 0) and whole.names() <= {"B"}
            rest = None if evenly else whole // known
        if rest is None:
            raise ShapeError(
                f"cannot share the values of {shape_words(input)} out among {known}.", "input"
            )
        return rest

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``x.reshape(x.shape[0], 8, -1)``"""
        sizes: list[Value] = []
        places = (0, *self.shape) if self.keep_batch else self.shape
        for place, size in enumerate(places):
            kept = inputs[0].shape[place] if size == 0 else size
            sizes.append(kept if isinstance(kept, int) else Raw(f"{names[0]}.shape[{place}]"))
        return method(names[0], "reshape", *sizes)


class Permute(Operation, family="Reshape", aliases=("reorder", "channels last", "transpose")):
    """Puts the dimensions into another order.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.permute.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5),)),
        Example({"dims": (1, 0, -1)}, (tensor(3, 4, dtype="int64"),)),
    )

    dims: Sizes = param(
        (0, 2, 3, 1), low=-64, high=63, help="All dimensions in their new order; the batch is 0."
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, H, W) → (B, H, W, C)"""
        if len(self.dims) != len(input.shape):
            raise ShapeError(
                f"orders {len(self.dims)} dimensions, but receives {shape_words(input)}. "
                "Name all of them, the batch as well.",
                "input",
                ("rank", len(self.dims)),
            )
        order = resolved(self.dims, len(input.shape), "dims")
        return TensorType(tuple(input.shape[dim] for dim in order), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.permute(0, 2, 3, 1)``"""
        return method(names[0], "permute", *self.dims)


class Transpose(Operation, family="Reshape", aliases=("swap", "channels and time")):
    """Swaps two dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.transpose.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim0": 0, "dim1": -1}, (tensor(3, 4, dtype="int64"),)),
    )

    dim0: int = param(1, low=-64, high=63, help=DIM)
    dim1: int = param(2, low=-64, high=63, help=DIM)

    def infer(self, input: TensorType) -> TensorType:
        """(B, a, b) → (B, b, a)"""
        rank = len(input.shape)
        a, b = resolve_dim(self.dim0, rank, what="dim0"), resolve_dim(self.dim1, rank, what="dim1")
        sizes = list(input.shape)
        sizes[a], sizes[b] = sizes[b], sizes[a]
        return TensorType(tuple(sizes), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.transpose(1, 2)``"""
        return method(names[0], "transpose", self.dim0, self.dim1)


class Squeeze(Operation, family="Reshape", aliases=("drop dimension", "remove ones")):
    """Drops dimensions of size 1; those of another size stay.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 1),)),
        Example({"dim": (2, 3)}, (tensor(3, 1, 4, dtype="int64"),)),
    )

    dim: Dims = param(-1, low=-64, high=63, help=DIM)

    def infer(self, input: TensorType) -> TensorType:
        """(B, a, 1) → (B, a)"""
        dims = resolved(self.dim, len(input.shape))
        kept = tuple(s for place, s in enumerate(input.shape) if place not in dims or s != 1)
        return TensorType(kept, input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.squeeze(-1)``"""
        return method(names[0], "squeeze", self.dim)


class Unsqueeze(Operation, family="Reshape", aliases=("add dimension", "new axis")):
    """Adds a dimension of size 1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.unsqueeze.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": -1}, (tensor(3, dtype="int64"),)),
    )

    dim: int = param(1, low=-64, high=63, help="The place of the new dimension; the batch is 0.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, a) → (B, 1, a)"""
        dim = resolve_dim(self.dim, len(input.shape) + 1)
        return TensorType((*input.shape[:dim], 1, *input.shape[dim:]), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.unsqueeze(1)``"""
        return method(names[0], "unsqueeze", self.dim)


class Expand(Operation, family="Reshape", aliases=("broadcast", "for each sample", "tile")):
    """Repeats dimensions of size 1 without copying, for example a learned token for each sample.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input"),
        Port("like", "a tensor whose batch is taken over as the first size", optional=True),
    )
    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"sizes": (-1, 5, -1)}, (tensor(1, 4), None)),
        Example({"sizes": (-1, -1, -1)}, (TensorType((1, 1, 8)), tensor(3, 2))),
        Example({"sizes": (-1, 3)}, (TensorType((3,), "int64"), tensor(2))),
    )

    sizes: Sizes = param(
        (-1, -1, -1), low=-1, help="The new sizes, batch included; −1 keeps what is there."
    )

    def validate(self) -> None:
        if not self.sizes:
            raise ParameterError("`sizes` names at least one size.")

    def infer(self, input: TensorType, like: TensorType | None) -> TensorType:
        """(1, 1, C) and (B, …) → (B, 1, C)"""
        if len(self.sizes) < len(input.shape):
            raise ShapeError(
                f"expands to {len(self.sizes)} dimensions, but receives {shape_words(input)}. "
                "Name a size for each dimension.",
                "input",
            )
        wanted: list[Size] = list(self.sizes)
        if like is not None:
            require_dimensions(like, 1, "like")
            wanted[0] = like.shape[0]
        new = len(wanted) - len(input.shape)
        if any(size == -1 for size in wanted[:new]):
            raise ShapeError(
                f"keeps a size that {shape_words(input)} does not have: new dimensions at the front "
                "need a number.",
                "input",
            )
        kept = (self._one(a, b) for a, b in zip(input.shape, wanted[new:], strict=True))
        return TensorType((*wanted[:new], *kept), input.dtype)

    @staticmethod
    def _one(size: Size, wanted: Size) -> Size:
        if wanted == -1:
            return size
        if size == 1:
            return wanted
        if differ(size, wanted):
            raise ShapeError(
                f"cannot expand a size of {size} to {wanted}: only 1 expands.", "input"
            )
        return certain(size, wanted)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``cls.expand(x.shape[0], -1, -1)``"""
        if names[1]:
            return method(names[0], "expand", Raw(f"{names[1]}.shape[0]"), *self.sizes[1:])
        return method(names[0], "expand", *self.sizes)


class SplitHeads(Operation, family="Attention", aliases=("multi-head", "heads")):
    """Shares the features of each token out among attention heads.

    Vaswani et al., 2017: https://arxiv.org/abs/1706.03762
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 16),)),
        Example({"num_heads": 3}, (tensor("T", 12, dtype="float16"),)),
    )

    num_heads: int = param(8, low=1, help="How many heads.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, heads·d) → (B, heads, T, d)"""
        require_rank(input, 3, layout="tokens × features")
        batch, length, features = input.shape
        size = exact_quotient(features, self.num_heads)
        if size is None or not isinstance(size, int):
            raise ShapeError(
                f"cannot share {features} features out among {self.num_heads} heads.", "input"
            )
        return TensorType((batch, self.num_heads, length, size), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``x.unflatten(-1, (8, 64)).transpose(1, 2)``"""
        size = self.infer(*inputs).shape[-1]
        return method(f"{names[0]}.unflatten(-1, ({self.num_heads}, {size}))", "transpose", 1, 2)


class MergeHeads(Operation, family="Attention", aliases=("multi-head", "heads", "join heads")):
    """Puts the features of all attention heads of each token side by side again.

    Vaswani et al., 2017: https://arxiv.org/abs/1706.03762
    """

    examples: ClassVar[tuple[Example, ...]] = (Example({}, (tensor(4, 5, 8),)),)

    def infer(self, input: TensorType) -> TensorType:
        """(B, heads, T, d) → (B, T, heads·d)"""
        require_dimensions(input, 4)
        batch, heads, length, *sizes = input.shape
        return TensorType((batch, length, product((heads, *sizes))), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.transpose(1, 2).flatten(2)``"""
        return method(f"{names[0]}.transpose(1, 2)", "flatten", 2)

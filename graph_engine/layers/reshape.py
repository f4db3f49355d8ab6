"""Layers that move values around without changing them."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Sizes
from graph_engine.layers.base import Example, Module, resolve_dim
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import Shape, Size, TensorType, exact_quotient, product, tensor


class Flatten(Module, family="Reshape", aliases=("vector", "unroll")):
    """Lays the dimensions from ``start_dim`` to ``end_dim`` out as one; dimension 0 is the batch.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html
    """

    start_dim: int = param(1, low=-64, high=63, help="First dimension to flatten.")
    end_dim: int = param(-1, low=-64, high=63, help="Last dimension to flatten.")

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5),)),
        Example({"start_dim": 2}, (tensor(3, 4, 5),)),
        Example({"start_dim": 0, "end_dim": 1}, (tensor(3, 4, 5),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, a, b, c) → (B, a·b·c)"""
        rank = len(input.shape)
        start = resolve_dim(self.start_dim, rank, what="start_dim")
        end = resolve_dim(self.end_dim, rank, what="end_dim")
        if start > end:
            raise ShapeError(f"starts at dimension {start}, behind its end at {end}.", "input")
        flat = product(input.shape[start : end + 1])
        return TensorType((*input.shape[:start], flat, *input.shape[end + 1 :]), input.dtype)


class Unflatten(Module, family="Reshape", aliases=("split dimension", "fold", "view", "reshape")):
    """Lays one dimension out as several, such as 784 values as an image of 1×28×28.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
    """

    saves = "view"
    dim: int = param(
        1,
        low=-64,
        high=63,
        positional=True,
        help="Which dimension; 0 is the batch, 1 the first after.",
    )
    unflattened_size: Sizes = param(
        (1, -1),
        low=-1,
        positional=True,
        help="The sizes to make of it; one may be −1, for the rest.",
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(12),)),
        Example({"dim": -1, "unflattened_size": (2, 2)}, (tensor(3, 4),)),
        Example({"unflattened_size": (1, 3, 4)}, (tensor(12, dtype="int64"),)),
    )

    def validate(self) -> None:
        sizes = self.unflattened_size
        if not sizes or 0 in sizes or sizes.count(-1) > 1:
            raise ParameterError(
                "`unflattened_size` takes at least one size, all of at least 1 but for a single -1."
            )

    def infer(self, input: TensorType) -> TensorType:
        """(B, a·b) → (B, a, b)"""
        dim = resolve_dim(self.dim, len(input.shape))
        sizes = self._sizes(input.shape[dim], input)
        return TensorType((*input.shape[:dim], *sizes, *input.shape[dim + 1 :]), input.dtype)

    def _sizes(self, size: Size, x: TensorType) -> Shape:
        known = product(s for s in self.unflattened_size if s != -1)
        rest = exact_quotient(size, known)
        if (isinstance(size, int) and rest is None) or -1 not in self.unflattened_size:
            if differ(size, known):
                raise ShapeError(
                    f"cannot lay {size} values out as {self.unflattened_size} (input {x}): choose sizes "
                    f"whose product is {size}.",
                    "input",
                )
            return self.unflattened_size
        if rest is None:
            assert isinstance(known, int)
            rest = size // known
        return tuple(rest if s == -1 else s for s in self.unflattened_size)

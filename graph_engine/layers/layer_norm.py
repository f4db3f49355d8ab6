"""Normalisation of each sample over its last dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Learned
from graph_engine.layers.dtypes import UP_TO_SINGLE, require_dtype
from graph_engine.layers.shape import COMPLEX, FLOATING, Shape, TensorType, tensor


class OverLast(Learned):
    """``normalized_shape`` is read off the input; a person says how many dimensions it has."""

    call_parameters: ClassVar[frozenset[str]] = frozenset({"dims"})
    dims: int = param(1, low=1, high=16, help="How many of the last dimensions are taken together.")
    eps: float | None
    elementwise_affine: bool

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_dtype(input, self.taken())
        self.normalized(input)
        return input

    def taken(self) -> frozenset[str]:
        """The dtypes that PyTorch normalises."""
        raise NotImplementedError

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """The last sizes of the input; a single one is written as a number."""
        shape = self.normalized(input)
        return {"normalized_shape": shape if len(shape) > 1 else shape[0]}

    def normalized(self, x: TensorType) -> tuple[int, ...]:
        """The last sizes. Raises ShapeError where one is unknown or would be the batch."""
        if len(x.shape) <= self.dims:
            raise ShapeError(
                f"normalises the last {self.dims} dimensions of each sample, but receives {x}. Use "
                f"fewer dims.",
                "input",
                ("rank", self.dims + 1),
            )
        last = x.shape[-self.dims :]
        known = tuple(size for size in last if isinstance(size, int))
        if len(known) != len(last):
            raise ShapeError(
                f"learns a weight for each place of the last {self.dims} dimensions and needs their "
                f"sizes fixed, but receives {x}. Use fewer dims, or fix the size at the input.",
                "input",
                ("fixed",),
            )
        return known


class LayerNorm(OverLast, family="Normalization", aliases=("layer normalization", "ln")):
    """Gives each sample, or each token, mean 0 and variance 1 over its features.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
    """

    eps: float = param(
        1e-5, low=0.0, help="Added to the variance, so that nothing divides by zero."
    )
    elementwise_affine: bool = param(True, help="Whether a scale and an offset are learned.")
    bias: bool = param(True, help="Whether the offset is learned beside the scale.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor("T", 8),)),
        Example({"dims": 3, "bias": False}, (tensor(3, 4, 5),)),
        Example({"elementwise_affine": False, "eps": 1e-6}, (tensor(8),)),
    )

    def taken(self) -> frozenset[str]:
        """A float32 scale goes with float32 and lower precisions."""
        return UP_TO_SINGLE if self.elementwise_affine else FLOATING

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """A scale and an offset for each place."""
        shape = self.normalized(input)
        if not self.elementwise_affine:
            return {}
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}


class RMSNorm(OverLast, family="Normalization", aliases=("root mean square", "llama")):
    """Divides each sample, or each token, by the root of its mean square; cheaper than LayerNorm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
    """

    saves = "both"
    eps: float | None = param(
        None, low=0.0, help="Added to the mean square; empty means the smallest of the dtype."
    )
    elementwise_affine: bool = param(True, help="Whether a scale is learned.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor("T", 8),)),
        Example({"dims": 2, "eps": 1e-6}, (tensor(4, 5),)),
        Example({"elementwise_affine": False}, (tensor(8),)),
    )

    def taken(self) -> frozenset[str]:
        """Any precision."""
        return FLOATING | COMPLEX

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """A scale for each place."""
        return {"weight": self.normalized(input)} if self.elementwise_affine else {}

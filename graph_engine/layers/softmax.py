"""Activations that look along a dimension: shares of a whole, and gates."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.layers.activation import Activation
from graph_engine.layers.base import Example, require_rank, resolve_dim
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.shape import FLOATING, TensorType, tensor
from graph_engine.layers.shuffle import shared_out


class AlongDim(Activation):
    """What softmax and its variants have in common; PyTorch's guess of the dimension is deprecated."""

    saves = "output"
    dim: int = param(
        -1, low=-64, high=63, required=True, help="The dimension whose values sum to one."
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"dim": 1}, (tensor(3, 4, 4),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        resolve_dim(self.dim, max(len(input.shape), 1))
        return super().infer(input)


class Softmax(AlongDim, family="Activation", aliases=("probabilities", "attention", "classes")):
    """Turns scores into shares that are positive and sum to one.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
    """


class LogSoftmax(AlongDim, family="Activation", aliases=("log probabilities",)):
    """The logarithm of softmax, computed without loss of precision; goes with NLLLoss.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
    """


class Softmin(AlongDim, family="Activation", aliases=("probabilities",)):
    """Softmax of the negated scores: the smallest gets the largest share.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html
    """


class Softmax2d(Activation, family="Activation", aliases=("probabilities", "segmentation")):
    """Softmax over the channels at each pixel.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html
    """

    saves = "output"
    examples: ClassVar[tuple[Example, ...]] = (Example({}, (tensor(3, 4, 4),)),)

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_rank(input, 4, layout="channels × height × width")
        return super().infer(input)


class GLU(Activation, family="Activation", aliases=("gated linear unit", "gate")):
    """Halves a dimension: the first half, weighed by the sigmoid of the second.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html
    """

    dim: int = param(-1, low=-64, high=63, help="The dimension that is halved.")
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"dim": 1}, (tensor(6, 4, 4),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(…, 2·n, …) → (…, n, …)"""
        require_dtype(input, FLOATING)
        dim = resolve_dim(self.dim, len(input.shape))
        half = shared_out(input.shape[dim], 2, "a dimension")
        return TensorType((*input.shape[:dim], half, *input.shape[dim + 1 :]), input.dtype)

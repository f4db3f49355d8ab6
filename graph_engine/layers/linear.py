"""Layers that mix the values of the last dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Learned, Module, Port, require_floating
from graph_engine.layers.matching import fixed_size
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import Shape, Size, TensorType, product, tensor


class Linear(Learned, family="Linear", aliases=("fully connected", "dense", "fc", "affine")):
    """Connects every input value to every output value: a weighted sum for each output.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """

    out_features: int = param(64, low=1, positional=True, help="How many values come out.")
    bias: bool = param(True, help="Whether each output has an offset of its own.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"out_features": 5, "bias": False}, (tensor(7, 3),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(…, in) → (…, out_features)"""
        require_floating(input)
        self._features(input)
        return TensorType((*input.shape[:-1], self.out_features), input.dtype)

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """``in_features`` is the size of the last dimension."""
        return {"in_features": self._features(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """A matrix, and an offset for each output."""
        found: dict[str, Shape] = {"weight": (self.out_features, self._features(input))}
        if self.bias:
            found["bias"] = (self.out_features,)
        return found

    def multiply_adds(self, input: TensorType) -> Size:
        """One for each weight at each position."""
        return product(input.shape) * self.out_features

    @staticmethod
    def _features(x: TensorType) -> int:
        return fixed_size(x, -1)


class Bilinear(Learned, family="Linear", aliases=("two inputs", "tensor product")):
    """Multiplies every value of one input with every value of another and weighs the products.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input1"), Port("input2"))
    saves = "both"
    out_features: int = param(64, low=1, positional=True, help="How many values come out.")
    bias: bool = param(True, help="Whether each output has an offset of its own.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(5))),
        Example({"out_features": 3, "bias": False}, (tensor(4, 6), tensor(4, 2))),
    )

    def infer(self, input1: TensorType, input2: TensorType) -> TensorType:
        """(…, in1), (…, in2) → (…, out_features)"""
        require_floating(input1, "input1")
        require_floating(input2, "input2")
        self.inferred(input1, input2)
        ranks = len(input1.shape), len(input2.shape)
        if ranks[0] != ranks[1] or any(map(differ, input1.shape[:-1], input2.shape[:-1])):
            raise ShapeError(
                f"needs inputs that agree in all but their last dimension, but receives {input1} and "
                f"{input2}.",
                "input2",
            )
        return TensorType((*input1.shape[:-1], self.out_features), input1.dtype)

    def inferred(self, input1: TensorType, input2: TensorType) -> Mapping[str, Any]:
        """The sizes of the last dimensions."""
        return {
            "in1_features": fixed_size(input1, -1, "input1"),
            "in2_features": fixed_size(input2, -1, "input2"),
        }

    def weights(self, input1: TensorType, input2: TensorType) -> Mapping[str, Shape]:
        """A matrix and an offset for each output."""
        sizes = self.inferred(input1, input2)
        found: dict[str, Shape] = {"weight": (self.out_features, *sizes.values())}
        if self.bias:
            found["bias"] = (self.out_features,)
        return found


class Identity(Module, family="Linear", aliases=("pass through", "nothing", "placeholder")):
    """Hands its input on unchanged: a place to hook into, or to fill in later.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({}, (tensor(dtype="int64"),)),
    )

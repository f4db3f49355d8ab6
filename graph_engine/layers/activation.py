"""Activations: what makes a stack of layers more than one linear map."""

from __future__ import annotations

from graph_engine.declaration import param
from graph_engine.layers.base import Module, require_real
from graph_engine.layers.shape import TensorType


class Activation(Module):
    """A function of each value by itself: the shape stays."""

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_real(input)
        return input


class ReLU(Activation, family="Activation", aliases=("rectifier", "nonlinearity")):
    """Sets negative values to zero: cheap, and gradients pass where a unit is active.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """

    inplace: bool = param(False, help="Overwrite the input to save memory.")


class Tanh(Activation, family="Activation", aliases=("hyperbolic tangent",)):
    """Squashes each value smoothly into −1 … 1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """

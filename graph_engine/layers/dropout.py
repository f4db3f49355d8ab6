"""Dropout: part of the values is set to zero while training, so that no unit relies on another."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.layers.base import Example, Module, require_rank
from graph_engine.layers.dtypes import ANY, require_dtype
from graph_engine.layers.shape import BYTES, FLOATING, Size, TensorType, product, tensor


class Dropping(Module):
    """What the kinds of dropout have in common."""

    ranks: ClassVar[tuple[int, ...]] = ()
    layout: ClassVar[str] = ""
    p: float = param(0.5, low=0.0, high=1.0, help="Chance that a value is dropped.")
    inplace: bool = param(False, help="Overwrite the input to save memory.")

    def infer(self, input: TensorType) -> TensorType:
        """The same type; where nothing is left to chance, any numbers pass."""
        require_dtype(input, FLOATING if 0 < self.p < 1 else ANY)
        if self.ranks:
            require_rank(input, *self.ranks, layout=self.layout)
        return input


class ByValue(Dropping):
    """Dropout that draws, and keeps for the gradient, one chance for each value."""

    saves = "none"

    def is_view(self) -> bool:
        """Where nothing is dropped, the input itself comes out."""
        return self.p == 0.0 or super().is_view()

    def kept_beside(self, input: TensorType) -> Size:
        """The factor of each value."""
        return BYTES[input.dtype] * product(input.shape) if 0 < self.p < 1 else 0


class ByChannel(Dropping):
    """Dropout that draws one chance for each channel."""

    saves = "none"


class Dropout(ByValue, family="Dropout", aliases=("regularization", "noise")):
    """Sets random values to zero while training, and scales the others up to make good for it.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"p": 0.1, "inplace": True}, (tensor(3, 4, 4),)),
    )


class Dropout1d(ByChannel, family="Dropout", aliases=("spatial dropout", "channel dropout")):
    """Drops whole channels of a sequence.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)
    layout: ClassVar[str] = "channels × length"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 5),)),
        Example({"p": 0.2}, (tensor(8, "T"),)),
    )


class Dropout2d(ByChannel, family="Dropout", aliases=("spatial dropout", "channel dropout")):
    """Drops whole feature maps of an image, because neighbouring pixels know too much of each other.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (4,)
    layout: ClassVar[str] = "channels × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 5, 5),)),
        Example({"p": 0.2, "inplace": True}, (tensor(8, 5, 5),)),
    )


class Dropout3d(ByChannel, family="Dropout", aliases=("spatial dropout", "channel dropout")):
    """Drops whole channels of a volume.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (5,)
    layout: ClassVar[str] = "channels × depth × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 2, 4, 4),)),
        Example({"p": 0.2}, (tensor(8, 2, 4, 4),)),
    )


class AlphaDropout(ByValue, family="Dropout", aliases=("selu", "regularization")):
    """Dropout that keeps mean and variance; made for networks of SELU (Klambauer et al., 2017).

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"p": 0.1}, (tensor(3, 4, 4),)),
    )


class FeatureAlphaDropout(ByChannel, family="Dropout", aliases=("selu", "channel dropout")):
    """Drops whole channels while keeping mean and variance; made for convolutions with SELU.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 5, 5),)),
        Example({"p": 0.1}, (tensor(8, 5),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same type; without an axis of channels there is nothing to choose from."""
        if len(input.shape) < 2 and 0 < self.p < 1:
            require_rank(input, 2, 3, 4, layout="channels first")
        return super().infer(input)

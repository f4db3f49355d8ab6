"""Moving values between channels and space without changing them."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Module, Window, require_rank
from graph_engine.layers.shape import Size, TensorType, tensor


def shared_out(size: Size, among: int, what: str) -> Size:
    """``size / among``. Raises ShapeError where that certainly leaves a rest."""
    part = size // among
    rest = size - part * among
    if isinstance(rest, int) and rest:
        raise ShapeError(
            f"needs {what} that {among} divides, but receives {size}. Change the layer before it or "
            f"choose another factor.",
            "input",
        )
    return part


class PixelShuffle(Module, family="Upsampling", aliases=("sub-pixel", "depth to space")):
    """Enlarges an image by laying groups of channels out as neighbouring pixels.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """

    saves = "none"
    upscale_factor: int = param(2, low=1, positional=True, help="How many times larger it gets.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 4, 5),)),
        Example({"upscale_factor": 3}, (tensor(2, 9, 4, 5),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, …, C·r², H, W) → (B, …, C, H·r, W·r)"""
        require_image(input)
        factor = self.upscale_factor
        *lead, channels, height, width = input.shape
        fewer = shared_out(channels, factor**2, "a number of channels")
        return TensorType((*lead, fewer, height * factor, width * factor), input.dtype)

    def window(self) -> Window:
        """Neighbouring outputs lie a fraction of an input apart."""
        return Window(stride=(Fraction(1, self.upscale_factor),))


class PixelUnshuffle(Module, family="Upsampling", aliases=("space to depth", "downsample")):
    """Shrinks an image by turning neighbouring pixels into channels; no value is lost.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
    """

    saves = "none"
    downscale_factor: int = param(2, low=1, positional=True, help="How many times smaller it gets.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 6),)),
        Example({"downscale_factor": 3}, (tensor(2, 1, 9, 6),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, …, C, H·r, W·r) → (B, …, C·r², H, W)"""
        require_image(input)
        factor = self.downscale_factor
        *lead, channels, height, width = input.shape
        sizes = (shared_out(height, factor, "a height"), shared_out(width, factor, "a width"))
        return TensorType((*lead, channels * factor**2, *sizes), input.dtype)

    def window(self) -> Window:
        """Blocks of pixels side by side."""
        return Window((self.downscale_factor,), (self.downscale_factor,))


class ChannelShuffle(Module, family="Upsampling", aliases=("shufflenet", "mix groups")):
    """Mixes the channels of different groups, so that grouped convolutions exchange what they found.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """

    saves = "none"
    groups: int = param(2, low=1, positional=True, help="How many groups are mixed.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(4, 4, 5),)),
        Example({"groups": 3}, (tensor(6, 5),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same type; the groups have to divide the channels."""
        if len(input.shape) < 3:
            require_rank(input, 3, 4, 5, layout="channels first")
        shared_out(input.shape[1], self.groups, "a number of channels")
        return input


def require_image(x: TensorType) -> None:
    """Refuses what does not end in channels, height and width."""
    if len(x.shape) < 4:
        require_rank(x, 4, layout="channels × height × width")

"""Convolutions: small learned filters that slide along one, two or three axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import Example, Learned, require_floating
from graph_engine.layers.shape import Shape, Size, TensorType, product, tensor
from graph_engine.layers.sliding import Windowed, slid

Padding = Literal["valid", "same"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class Filters(Learned, Windowed):
    """What convolutions have in common with their transposed counterparts."""

    out_channels: int = param(
        32, low=1, positional=True, help="How many filters, and so how many feature maps come out."
    )
    kernel_size: Any = param(3, low=1, required=True, help="Size of a filter along each axis.")
    stride: Any = param(1, low=1, help="How far a filter moves from place to place.")
    padding: Any = param(0, low=0, help="How much is added at each end of every axis.")
    dilation: Any = param(1, low=1, help="Distance between the points that a filter looks at.")
    groups: int = param(1, low=1, help="Channels are split into this many separate groups.")
    bias: bool = param(True, help="Whether each filter has an offset of its own.")

    def validate(self) -> None:
        if self.out_channels % self.groups:
            raise ParameterError(
                f"`groups` must divide out_channels: {self.out_channels} filters cannot be shared out "
                f"among {self.groups} groups."
            )

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, sizes…) → (B, out_channels, sizes′…)"""
        require_floating(input)
        self.channels(input)
        sizes = tuple(self.out(input.shape[axis + 2], axis) for axis in range(self.rank))
        return TensorType((input.shape[0], self.out_channels, *sizes), input.dtype)

    def out(self, size: Size, axis: int) -> Size:
        """The size that comes out along an axis. Raises ShapeError where nothing would."""
        raise NotImplementedError

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """``in_channels`` is the size of the channel dimension."""
        return {"in_channels": self.channels(input)}

    def channels(self, x: TensorType) -> int:
        """The number of incoming channels. Raises ShapeError where the groups do not divide it."""
        self.require_layout(x)
        channels = x.shape[1]
        if not isinstance(channels, int):
            raise ShapeError(
                f"needs a fixed number of channels, but receives {x}. Give the channels a number, or "
                f"move another dimension to the front with Permute.",
                "input",
                ("fixed",),
            )
        if channels % self.groups:
            raise ShapeError(
                f"shares its input out among {self.groups} groups, but {channels} channels cannot be "
                f"divided evenly. Choose groups that divide {channels}.",
                "input",
            )
        return channels


class Convolution(Filters):
    """What the convolutions of every dimension have in common."""

    padding_mode: PaddingMode = param("zeros", help="What the added border is filled with.")

    def validate(self) -> None:
        super().validate()
        if self.padding == "same" and any(step != 1 for step in self.each(self.stride)):
            raise ParameterError('`padding` "same" works with stride 1 only, as in PyTorch.')

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """One filter for each output channel, over the channels of its group."""
        depth = self.channels(input) // self.groups
        weight = (self.out_channels, depth, *self.each(self.kernel_size))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def multiply_adds(self, input: TensorType) -> Size:
        """Every weight once at every place of the output."""
        out = self.infer(input)
        per_place = product(self.weights(input)["weight"])
        return product(out.shape[2:]) * per_place * out.shape[0]

    def out(self, size: Size, axis: int) -> Size:
        """The number of places of a filter along an axis of that size."""
        before, after = self.border(axis)
        self._require_border(size, max(before, after), axis)
        reach = self.reach(axis)
        if isinstance(size, int) and size + before + after < reach:
            raise ShapeError(
                f"has a kernel of {reach}, larger than the {self.axis(axis)} of "
                f"{size + before + after} (padding included). Use a smaller kernel or more padding.",
                "input",
                ("kernel", size + before + after),
            )
        return slid(size, reach, self.steps()[axis], before + after)

    def border(self, axis: int) -> tuple[int, int]:
        """How much is added before and after an axis; “same” adds the odd one at the end."""
        if self.padding == "valid":
            return 0, 0
        if self.padding == "same":
            total = self.reach(axis) - 1
            return total // 2, total - total // 2
        padding = self.each(self.padding)[axis]
        return padding, padding

    def _require_border(self, size: Size, border: int, axis: int) -> None:
        """Mirrored and wrapped borders are taken from the image, which has to be large enough."""
        spare = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if spare is not None and isinstance(size, int) and border and border + spare > size:
            raise ShapeError(
                f"fills a border of {border} with padding_mode {self.padding_mode!r}, which needs at "
                f"least {border + spare} values to take it from, but receives a {self.axis(axis)} of "
                f"{size}. Use less padding.",
                "input",
            )


class Conv1d(Convolution, family="Convolution", aliases=("convolution", "filter", "temporal")):
    """Slides small learned filters along a sequence or signal and answers where each one matches.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int
    padding: int | Padding
    dilation: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16),)),
        Example({}, (tensor(3, "T"),)),
        Example({"kernel_size": 4, "stride": 3, "padding": 2, "dilation": 2}, (tensor(2, 21),)),
        Example({"padding": "same", "padding_mode": "circular"}, (tensor(2, 9),)),
    )


class Conv2d(Convolution, family="Convolution", aliases=("convolution", "filter", "conv", "cnn")):
    """Slides small learned filters over an image and answers where each one matches.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair
    padding: Pair | Padding
    dilation: Pair

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example({"kernel_size": 5, "stride": 2, "padding": 2, "bias": False}, (tensor(4, 17, 11),)),
        Example({"padding": "same", "dilation": 2, "padding_mode": "reflect"}, (tensor(2, 9, 8),)),
        Example({"out_channels": 6, "groups": 3}, (tensor(3, 8, 8),)),
    )


class Conv3d(
    Convolution, family="Convolution", aliases=("convolution", "volume", "video", "voxel")
):
    """Slides small learned filters through a volume or a video and answers where each one matches.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html
    """

    rank: ClassVar[int] = 3
    kernel_size: Triple
    stride: Triple
    padding: Triple | Padding
    dilation: Triple

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 6, 7, 8),)),
        Example({"kernel_size": (1, 2, 3), "padding": (0, 1, 1)}, (tensor(2, 4, 6, 6),)),
        Example({"out_channels": 4, "groups": 2, "padding": "valid"}, (tensor(2, 4, 5, 5),)),
    )

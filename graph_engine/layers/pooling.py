"""Pooling: an image becomes smaller, one value for each window."""

from __future__ import annotations

from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import Example, Port
from graph_engine.layers.dtypes import REAL, require_dtype
from graph_engine.layers.shape import FLOATING, Size, TensorType, product, tensor
from graph_engine.layers.sliding import Windowed, slid


def pooled(size: Size, reach: int, stride: int, padding: int, ceil_mode: bool) -> Size:
    """How many windows fit along an axis with ``padding`` at both ends.

    With ``ceil_mode`` a last window may hang over the end, but has to start inside the image or its
    left padding: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """
    if ceil_mode:
        return (size + min(padding, 2 * padding - reach + stride) + stride - 1) // stride
    return slid(size, reach, stride, 2 * padding)


class Pooling(Windowed):
    """One value for each window: what every kind of pooling with a fixed window shares.

    ``fills`` marks those whose window may never be larger than the image itself.
    """

    takes: ClassVar[frozenset[str]] = FLOATING
    fills: ClassVar[bool] = False
    padding: Any = 0
    ceil_mode: bool

    def validate(self) -> None:
        pairs = zip(self.each(self.padding), self.each(self.kernel_size), strict=True)
        for padding, kernel in pairs:
            if 2 * padding > kernel:
                raise ParameterError(
                    f"`padding` is at most half the kernel: {padding} is more than half of {kernel}."
                )

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, sizes…) → (B, C, sizes′…)"""
        require_dtype(input, self.takes)
        self.require_layout(input)
        sizes = tuple(self.out(input.shape[axis + 2], axis) for axis in range(self.rank))
        return TensorType((*input.shape[:2], *sizes), input.dtype)

    def out(self, size: Size, axis: int) -> Size:
        """The number of windows along an axis of that size."""
        padding, reach = self.each(self.padding)[axis], self.reach(axis)
        out = pooled(size, reach, self.steps()[axis], padding, self.ceil_mode)
        if isinstance(out, int) and isinstance(size, int) and out < 1:
            raise self._too_large(reach, size + 2 * padding, axis, "padding included")
        if self.fills and isinstance(size, int) and size < reach:
            raise self._too_large(reach, size, axis, "without padding")
        return out

    def _too_large(self, reach: int, room: int, axis: int, measured: str) -> ShapeError:
        return ShapeError(
            f"has a window of {reach}, larger than the {self.axis(axis)} of {room} ({measured}). Use a "
            f"smaller window.",
            "input",
            ("kernel", room),
        )


class MaxPooling(Pooling):
    """What the max-pooling layers of every dimension have in common."""

    kernel_size: Any = param(2, low=1, positional=True, help="Size of a window along each axis.")
    stride: Any = param(None, low=1, help="Step between windows; empty means side by side.")
    padding: Any = param(0, low=0, help="How much is added at each end of every axis.")
    dilation: Any = param(1, low=1, help="Distance between the points of a window.")
    return_indices: bool = param(False, help="Also give the places of the maxima.")
    ceil_mode: bool = param(False, help="Whether a last window may hang over the edge.")

    takes: ClassVar[frozenset[str]] = REAL

    def output_ports(self) -> tuple[Port, ...]:
        """The places of the maxima come out beside them where ``return_indices`` is set."""
        return (Port("output"), Port("indices")) if self.return_indices else self.outputs

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, sizes…) → (B, C, sizes′…), and the same with int64 for the indices"""
        out = super().infer(input)
        assert isinstance(out, TensorType)
        return (out, TensorType(out.shape, "int64")) if self.return_indices else out

    def kept_beside(self, input: TensorType) -> Size:
        """The places of the maxima, whole numbers of eight bytes."""
        out = self.infer(input)
        return 8 * product((out if isinstance(out, TensorType) else out[0]).shape)

    def out(self, size: Size, axis: int) -> Size:
        """The number of windows, each of which has to hold a value of the image.

        PyTorch does not check that: it answers −∞ and writes beside its memory when training.
        """
        out, dilation = super().out(size, axis), self.each(self.dilation)[axis]
        if isinstance(size, int) and size < dilation:
            padding, stride = self.each(self.padding)[axis], self.steps()[axis]
            windows = range(out) if isinstance(out, int) else range(0)
            if any(_first_inside(i * stride - padding, dilation) >= size for i in windows):
                raise ShapeError(
                    f"has a window whose points lie {dilation} apart and all miss the "
                    f"{self.axis(axis)} of {size}. Use a smaller dilation or less padding.",
                    "input",
                )
        return out


def _first_inside(start: int, dilation: int) -> int:
    """The first point of a window that does not lie before the image."""
    return start if start >= 0 else start % dilation


class MaxPool1d(MaxPooling, family="Pooling", aliases=("max pooling", "downsample")):
    """Keeps the largest value of each window, so that a sequence gets shorter.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int | None
    padding: int
    dilation: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16),)),
        Example(
            {"kernel_size": 3, "stride": 5, "padding": 1, "ceil_mode": True}, (tensor(2, "T"),)
        ),
    )

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, L) → (B, C, L′); PyTorch pools whole numbers only where it returns the indices"""
        require_dtype(input, REAL if self.return_indices else FLOATING)
        return super().infer(input)


class MaxPool2d(MaxPooling, family="Pooling", aliases=("max pooling", "downsample", "subsample")):
    """Keeps the largest value of each window, so that an image shrinks and small shifts matter less.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair | None
    padding: Pair
    dilation: Pair

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example(
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (tensor(2, 8, 9),)
        ),
        Example({"return_indices": True, "dilation": 2}, (tensor(2, 8, 8),)),
    )


class MaxPool3d(MaxPooling, family="Pooling", aliases=("max pooling", "downsample", "video")):
    """Keeps the largest value of each window of a volume or a video.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html
    """

    rank: ClassVar[int] = 3
    kernel_size: Triple
    stride: Triple | None
    padding: Triple
    dilation: Triple

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4, 6, 6),)),
        Example({"kernel_size": (1, 2, 3), "return_indices": True}, (tensor(2, 4, 6, 6),)),
    )


class AvgPooling(Pooling):
    """What the average-pooling layers of every dimension have in common."""

    kernel_size: Any = param(2, low=1, positional=True, help="Size of a window along each axis.")
    stride: Any = param(None, low=1, help="Step between windows; empty means side by side.")
    padding: Any = param(0, low=0, help="How much is added at each end of every axis.")
    ceil_mode: bool = param(False, help="Whether a last window may hang over the edge.")
    count_include_pad: bool = param(True, help="Whether added zeros count in the average.")

    takes: ClassVar[frozenset[str]] = FLOATING | {"int64"}


class AvgPool1d(AvgPooling, family="Pooling", aliases=("average pooling", "mean", "smooth")):
    """Replaces each window of a sequence by its mean.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int | None
    padding: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16),)),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, (tensor(3, 8),)),
    )


class AvgPool2d(AvgPooling, family="Pooling", aliases=("average pooling", "mean", "subsample")):
    """Replaces each window of an image by its mean, as LeNet does to shrink its feature maps.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair | None
    padding: Pair
    divisor_override: int | None = param(
        None, low=1, help="Divide by this instead of the size of the window."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example(
            {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "divisor_override": 4},
            (tensor(3, 9, 8),),
        ),
    )


class AvgPool3d(AvgPooling, family="Pooling", aliases=("average pooling", "mean", "video")):
    """Replaces each window of a volume or a video by its mean.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html
    """

    rank: ClassVar[int] = 3
    takes: ClassVar[frozenset[str]] = frozenset({"float32", "float64", "int64"})
    fills: ClassVar[bool] = True
    kernel_size: Triple
    stride: Triple | None
    padding: Triple
    divisor_override: int | None = param(
        None, low=1, help="Divide by this instead of the size of the window."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4, 6, 6),)),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, (tensor(2, 4, 6, 8),)),
    )

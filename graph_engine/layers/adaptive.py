"""Adaptive pooling: the size that comes out is given, and the windows follow from it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from graph_engine.declaration import param
from graph_engine.layers.base import EVERYTHING, Example, Port, Window
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.shape import COMPLEX, FLOATING, Shape, Size, TensorType, product, tensor
from graph_engine.layers.sliding import Spatial

PairOrKept = Annotated[tuple[int | None, int | None], "square"]
TripleOrKept = Annotated[tuple[int | None, int | None, int | None], "square"]


class AdaptivePooling(Spatial):
    """What the adaptive pooling layers have in common."""

    output_size: Any = param(
        1, low=1, positional=True, help="Size that comes out along each axis; empty keeps an axis."
    )

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, sizes…) → (B, C, output_size…)"""
        self.require_layout(input)
        wanted = zip(self.each(self.output_size), input.shape[2:], strict=True)
        sizes = tuple(size if out is None else out for out, size in wanted)
        require_dtype(input, self.taken(sizes))
        return TensorType((*input.shape[:2], *sizes), input.dtype)

    def taken(self, sizes: Shape) -> frozenset[str]:
        """The dtypes that PyTorch pools to these sizes."""
        return FLOATING

    def window(self) -> Window:
        """Together the windows see everything, and a single one does by itself."""
        return EVERYTHING


class AdaptiveAvgPooling(AdaptivePooling):
    """The mean of each window."""

    def taken(self, sizes: Shape) -> frozenset[str]:
        """A single window is a plain mean, which complex numbers have as well."""
        return FLOATING | COMPLEX if all(size == 1 for size in sizes) else FLOATING


class AdaptiveMaxPooling(AdaptivePooling):
    """The maximum of each window, with its place on request."""

    return_indices: bool = param(False, help="Also give the places of the maxima.")

    def output_ports(self) -> tuple[Port, ...]:
        """The places of the maxima come out beside them where ``return_indices`` is set."""
        return (Port("output"), Port("indices")) if self.return_indices else self.outputs

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, sizes…) → (B, C, output_size…), and the same with int64 for the indices"""
        out = super().infer(input)
        assert isinstance(out, TensorType)
        return (out, TensorType(out.shape, "int64")) if self.return_indices else out

    def kept_beside(self, input: TensorType) -> Size:
        """The places of the maxima, whole numbers of eight bytes."""
        out = self.infer(input)
        return 8 * product((out if isinstance(out, TensorType) else out[0]).shape)


class AdaptiveAvgPool1d(
    AdaptiveAvgPooling, family="Pooling", aliases=("global average pooling", "mean")
):
    """Averages a sequence down to a given length; 1 gives the mean of each channel.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
    """

    rank: ClassVar[int] = 1
    output_size: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, "T"),)),
        Example({"output_size": 5}, (tensor(3, 16),)),
    )


class AdaptiveAvgPool2d(
    AdaptiveAvgPooling, family="Pooling", aliases=("global average pooling", "gap", "mean")
):
    """Averages an image down to a given size; 1 gives the mean of each channel.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """

    rank: ClassVar[int] = 2
    output_size: PairOrKept

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example({"output_size": (5, None)}, (tensor(3, 9, 8),)),
        Example({"output_size": (None, None)}, (tensor(3, 4, 5),)),
    )


class AdaptiveAvgPool3d(
    AdaptiveAvgPooling, family="Pooling", aliases=("global average pooling", "mean", "video")
):
    """Averages a volume down to a given size; 1 gives the mean of each channel.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html
    """

    rank: ClassVar[int] = 3
    output_size: TripleOrKept

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4, 5, 6),)),
        Example({"output_size": (None, 2, 3)}, (tensor(2, 4, 5, 6),)),
    )


class AdaptiveMaxPool1d(AdaptiveMaxPooling, family="Pooling", aliases=("global max pooling",)):
    """Keeps the largest value of each of a given number of stretches of a sequence.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
    """

    rank: ClassVar[int] = 1
    output_size: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, "T"),)),
        Example({"output_size": 5, "return_indices": True}, (tensor(3, 16),)),
    )


class AdaptiveMaxPool2d(AdaptiveMaxPooling, family="Pooling", aliases=("global max pooling",)):
    """Keeps the largest value of each of a given number of regions of an image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
    """

    rank: ClassVar[int] = 2
    output_size: PairOrKept

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example({"output_size": (5, None), "return_indices": True}, (tensor(3, 9, 8),)),
    )


class AdaptiveMaxPool3d(AdaptiveMaxPooling, family="Pooling", aliases=("global max pooling",)):
    """Keeps the largest value of each of a given number of regions of a volume.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html
    """

    rank: ClassVar[int] = 3
    output_size: TripleOrKept

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4, 5, 6),)),
        Example({"output_size": (None, 2, 3)}, (tensor(2, 4, 5, 6),)),
    )

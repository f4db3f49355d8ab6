"""Fractional max pooling: windows at random places, so that the image may shrink by any factor."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import EVERYTHING, Example, Port, Window
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.resizing import Resizing, scaled
from graph_engine.layers.shape import FLOATING, Size, TensorType, tensor
from graph_engine.layers.sliding import Spatial

PairOfRatios = Annotated[tuple[float, float], "square"]
TripleOfRatios = Annotated[tuple[float, float, float], "square"]


class FractionalPooling(Resizing, Spatial):
    """What fractional max pooling of images and of volumes have in common."""

    size_name: ClassVar[str] = "output_size"
    scale_name: ClassVar[str] = "output_ratio"
    spare: ClassVar[int] = 0
    saves = "both"

    kernel_size: Any = param(2, low=1, positional=True, help="Size of a window along each axis.")
    output_size: Any = param(None, low=1, help="Size that comes out; empty means by output_ratio.")
    output_ratio: Any = param(
        0.5, required=True, help="Share of the size that comes out where output_size is empty."
    )
    return_indices: bool = param(False, help="Also give the places of the maxima.")

    def validate(self) -> None:
        super().validate()
        for ratio in self.each(self.output_ratio):
            if ratio is not None and not 0 < ratio < 1:
                raise ParameterError(
                    f"`output_ratio` lies between 0 and 1, which {ratio:g} does not."
                )

    def output_ports(self) -> tuple[Port, ...]:
        """The places of the maxima come out beside them where ``return_indices`` is set."""
        return (Port("output"), Port("indices")) if self.return_indices else self.outputs

    def infer(self, input: TensorType) -> TensorType | tuple[TensorType, TensorType]:
        """(B, C, sizes…) → (B, C, output_size…)"""
        require_dtype(input, FLOATING)
        self.require_layout(input)
        sizes = tuple(self.out(input.shape[axis + 2], axis) for axis in range(self.rank))
        out = TensorType((*input.shape[:2], *sizes), input.dtype)
        return (out, TensorType(out.shape, "int64")) if self.return_indices else out

    def out(self, size: Size, axis: int) -> Size:
        """The given size, or the ratio of the incoming one; the last window has to fit behind it."""
        if self.wanted_size is None:
            out = scaled(size, self.each(self.scale)[axis])
        else:
            out = self.each(self.wanted_size)[axis]
        if isinstance(out, int) and isinstance(size, int):
            self._require_fit(size, out, axis)
        return out

    def window(self) -> Window:
        """The windows lie at random, a fractional step apart."""
        return EVERYTHING

    def _require_fit(self, size: int, out: int, axis: int) -> None:
        kernel = self.each(self.kernel_size)[axis]
        if out < 1:
            raise ShapeError(
                f"leaves nothing of a {self.axis(axis)} of {size}. Use a larger output_ratio.",
                "input",
            )
        if out + kernel - 1 + self.spare > size:
            raise ShapeError(
                f"places {out} windows of {kernel}, which need a {self.axis(axis)} of at least "
                f"{out + kernel - 1 + self.spare}, but receives {size}. Use a smaller window or output.",
                "input",
            )


class FractionalMaxPool2d(
    FractionalPooling, family="Pooling", aliases=("stochastic pooling", "downsample")
):
    """Keeps the largest value of windows at random places, so that an image shrinks by any factor.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    output_size: Pair | None
    output_ratio: PairOfRatios | None

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16, 16),)),
        Example({"output_ratio": (0.7, 0.6), "return_indices": True}, (tensor(3, 9, 8),)),
        Example({"kernel_size": (2, 3), "output_size": (5, 4)}, (tensor(3, 9, 8),)),
    )


class FractionalMaxPool3d(
    FractionalPooling, family="Pooling", aliases=("stochastic pooling", "downsample")
):
    """Keeps the largest value of windows at random places of a volume.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html
    """

    rank: ClassVar[int] = 3
    spare: ClassVar[int] = 1
    kernel_size: Triple
    output_size: Triple | None
    output_ratio: TripleOfRatios | None

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 6, 6, 8),)),
        Example({"kernel_size": (1, 2, 3), "output_size": 3}, (tensor(2, 6, 6, 8),)),
    )

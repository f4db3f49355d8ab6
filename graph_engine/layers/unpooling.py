"""Unpooling: maxima go back to the places that they came from, and zeros fill the rest."""

from __future__ import annotations

from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import Example, Port
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.shape import FLOATING, Size, TensorType, tensor
from graph_engine.layers.sliding import Windowed


class Unpooling(Windowed):
    """What the unpooling layers of every dimension have in common."""

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input"),
        Port("indices", "The second output of the max pooling that is undone."),
    )
    kernel_size: Any = param(2, low=1, positional=True, help="Window of the pooling to undo.")
    stride: Any = param(None, low=1, help="Its step; empty means that windows lay side by side.")
    padding: Any = param(0, low=0, help="Its padding.")

    def infer(self, input: TensorType, indices: TensorType) -> TensorType:
        """(B, C, sizes…) twice → (B, C, sizes′…)"""
        self.require_layout(input)
        if indices.dtype != "int64":
            raise ShapeError(
                f"needs the int64 indices of a max pooling, but receives {indices}. Set return_indices "
                f"there and wire its second output.",
                "indices",
            )
        if certainly_differ(input.shape, indices.shape):
            raise ShapeError(
                f"needs indices of the same shape as its input, {TensorType(input.shape)}, but receives "
                f"{indices}. Wire both from layers of the same size.",
                "indices",
            )
        sizes = tuple(self.out(input.shape[axis + 2], axis) for axis in range(self.rank))
        require_dtype(input, FLOATING)
        return TensorType((*input.shape[:2], *sizes), input.dtype)

    def out(self, size: Size, axis: int) -> Size:
        """(size − 1)·stride − 2·padding + kernel"""
        padding, kernel = self.each(self.padding)[axis], self.reach(axis)
        out: Size = (size - 1) * self.steps()[axis] + (kernel - 2 * padding)
        if isinstance(out, int) and out < 1:
            raise ShapeError(
                f"cuts {padding} from both ends of the {self.axis(axis)}, which leaves nothing of "
                f"{out + 2 * padding}. Use less padding.",
                "input",
            )
        return out


def certainly_differ(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    """Whether two shapes are unequal whatever their unknowns turn out to be."""
    if len(a) != len(b):
        return True
    gaps = (x - y for x, y in zip(a, b, strict=True))
    return any(isinstance(gap, int) and gap != 0 for gap in gaps)


class MaxUnpool1d(
    Unpooling, family="Pooling", aliases=("unpooling", "undo max pooling", "decoder")
):
    """Puts each maximum of a pooled sequence back to its place, between zeros.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int | None
    padding: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8), tensor(3, 8, dtype="int64")), low=0, high=8),
        Example(
            {"kernel_size": 3, "stride": 2, "padding": 1},
            (tensor(2, 5), tensor(2, 5, dtype="int64")),
            low=0,
            high=8,
        ),
    )


class MaxUnpool2d(Unpooling, family="Pooling", aliases=("unpooling", "undo max pooling", "segnet")):
    """Puts each maximum of a pooled image back to its place, between zeros.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair | None
    padding: Pair

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5), tensor(3, 4, 5, dtype="int64")), low=0, high=60),
        Example(
            {"kernel_size": (3, 2), "stride": 2},
            (tensor(2, 4, 4), tensor(2, 4, 4, dtype="int64")),
            low=0,
            high=60,
        ),
    )


class MaxUnpool3d(Unpooling, family="Pooling", aliases=("unpooling", "undo max pooling")):
    """Puts each maximum of a pooled volume back to its place, between zeros.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html
    """

    rank: ClassVar[int] = 3
    kernel_size: Triple
    stride: Triple | None
    padding: Triple

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 2, 3, 3), tensor(2, 2, 3, 3, dtype="int64")), low=0, high=140),
    )

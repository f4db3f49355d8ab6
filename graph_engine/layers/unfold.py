"""Images as columns of patches, and back."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.kinds import Pair
from graph_engine.layers.base import EVERYTHING, Example, Window, require_rank
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.shape import COMPLEX, FLOATING, Size, TensorType, product, tensor
from graph_engine.layers.shuffle import shared_out
from graph_engine.layers.sliding import Windowed, slid

TAKEN = FLOATING | COMPLEX | {"bool"}


class Patches(Windowed):
    """What cutting into patches and putting them together again have in common."""

    rank: ClassVar[int] = 2
    saves = "none"
    kernel_size: Pair = param(3, low=1, required=True, help="Height and width of a patch.")
    dilation: Pair = param(1, low=1, help="Distance between the points of a patch.")
    padding: Pair = param(0, low=0, help="How much is added around the image.")
    stride: Pair = param(1, low=1, help="Step from patch to patch.")

    def places(self, size: Size, axis: int) -> Size:
        """How many patches lie along an axis. Raises ShapeError where none fits."""
        padding, reach = self.each(self.padding)[axis], self.reach(axis)
        places = slid(size, reach, self.steps()[axis], 2 * padding)
        if isinstance(places, int) and isinstance(size, int) and places < 1:
            raise ShapeError(
                f"has patches of {reach}, larger than the {self.axis(axis)} of {size + 2 * padding} "
                f"(padding included). Use smaller patches.",
                "input",
                ("kernel", size + 2 * padding),
            )
        return places

    def window(self) -> Window:
        """A column has no place in the image any more."""
        return EVERYTHING


class Unfold(Patches, family="Convolution", aliases=("im2col", "patches", "columns")):
    """Cuts an image into overlapping patches and lays each one out as a column.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"kernel_size": (2, 3), "stride": 2, "padding": (0, 1)}, (tensor(3, 8, 9),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, H, W) → (B, C·kernel, patches)"""
        require_dtype(input, TAKEN)
        self.require_layout(input)
        places = product(self.places(input.shape[axis + 2], axis) for axis in range(2))
        column = input.shape[1] * product(self.each(self.kernel_size))
        return TensorType((input.shape[0], column, places), input.dtype)


class Fold(Patches, family="Convolution", aliases=("col2im", "patches", "assemble")):
    """Puts columns of patches together to an image; where patches overlap, values add up.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html
    """

    output_size: Pair = param(8, low=1, required=True, help="Height and width of the image.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(27, 36),)),
        Example({"output_size": (8, 6), "kernel_size": 2, "stride": 2}, (tensor(12, 12),)),
        Example({"output_size": (8, 6), "kernel_size": 2, "stride": 2}, (tensor(12, "L"),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, C·kernel, patches) → (B, C, H, W)"""
        require_dtype(input, TAKEN)
        require_rank(input, 3, layout="channels of a patch × patches")
        height, width = self.each(self.output_size)
        kernel = product(self.each(self.kernel_size))
        assert isinstance(kernel, int)
        channels = shared_out(input.shape[1], kernel, "columns of a length")
        self._require_places(
            input.shape[2], product((self.places(height, 0), self.places(width, 1)))
        )
        return TensorType((input.shape[0], channels, height, width), input.dtype)

    @staticmethod
    def _require_places(given: Size, needed: Size) -> None:
        if isinstance(given, int) and given != needed:
            raise ShapeError(
                f"needs {needed} patches for its output_size, but receives {given}. Set output_size, "
                f"kernel_size and stride as in the Unfold that it undoes.",
                "input",
            )

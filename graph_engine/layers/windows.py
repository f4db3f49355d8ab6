"""Attention within windows of an image, as the Swin transformer does it.

Liu et al., 2021: https://arxiv.org/abs/2103.14030
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.base import Example, Port, require_rank
from graph_engine.layers.operation import Supplied, SuppliedLearned, differ, shape_words
from graph_engine.layers.shape import Shape, Size, TensorType, exact_quotient, product, tensor

LAYOUT = "height × width × channels"


def tiles(size: Size, window: int, port: str = "input") -> Size:
    """How many windows fit along an axis. Raises ShapeError where they certainly leave a rest."""
    count = exact_quotient(size, window)
    if count is None:
        if isinstance(size, int):
            raise ShapeError(
                f"cannot divide {size} pixels into windows of {window}. Pad the image.", port
            )
        count = size // window
    return count


class WindowPartition(Supplied, family="Windows", aliases=("swin", "tiles", "local attention")):
    """Cuts an image into square windows, which become samples of a batch of their own.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"window_size": 2}, (tensor(4, 6, 3),)),
        Example({"window_size": 7}, (tensor(14, 7, 2, dtype="int64"),)),
    )

    window_size: int = param(7, low=1, positional=True, help="Height and width of a window.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, H, W, C) → (B·windows, window², C)"""
        require_rank(input, 4, layout=LAYOUT)
        batch, height, width, channels = input.shape
        count = batch * tiles(height, self.window_size) * tiles(width, self.window_size)
        return TensorType((count, self.window_size**2, channels), input.dtype)


class WindowReverse(Supplied, family="Windows", aliases=("swin", "merge windows")):
    """Puts the windows of WindowPartition together again.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("windows"),
        Port("like", "the image that was cut, for its height and width"),
    )
    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            {"window_size": 2},
            (TensorType((tensor().shape[0] * 6, 4, 5)), tensor(4, 6, 3)),
        ),
    )

    window_size: int = param(7, low=1, positional=True, help="Height and width of a window.")

    def infer(self, windows: TensorType, like: TensorType) -> TensorType:
        """(B·windows, window², C) and (B, H, W, …) → (B, H, W, C)"""
        require_rank(windows, 3, port="windows", layout="places × channels")
        require_rank(like, 4, port="like", layout=LAYOUT)
        batch, height, width = like.shape[:3]
        count = batch * tiles(height, self.window_size, "like")
        count = count * tiles(width, self.window_size, "like")
        if differ(windows.shape[0], count) or differ(windows.shape[1], self.window_size**2):
            raise ShapeError(
                f"needs {count} windows of {self.window_size**2} places, but receives "
                f"{shape_words(windows)}.",
                "windows",
            )
        return TensorType((batch, height, width, windows.shape[2]), windows.dtype)


class WindowPositionBias(
    SuppliedLearned, family="Windows", aliases=("swin", "relative position bias")
):
    """A learned number for each head and each distance within a window, to be added to attention scores.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    inputs: ClassVar[tuple[Port, ...]] = ()
    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, ()),
        Example({"window_size": 3, "num_heads": 2}, ()),
    )

    window_size: int = param(
        7, low=1, high=256, positional=True, help="Height and width of a window."
    )
    num_heads: int = param(3, low=1, positional=True, help="How many attention heads.")

    def infer(self) -> TensorType:
        """(heads, window², window²)"""
        return TensorType((self.num_heads, self.window_size**2, self.window_size**2))

    def weights(self) -> Mapping[str, Shape]:
        """One number for each distance down and across, and each head"""
        return {"weight": ((2 * self.window_size - 1) ** 2, self.num_heads)}


class ShiftedWindowMask(Supplied, family="Windows", aliases=("swin", "shifted window")):
    """After an image was rolled, hides from each place of a window those that were not its neighbours: 0
    or −100, to be added to attention scores.

    Liu et al., 2021: https://arxiv.org/abs/2103.14030
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"window_size": 4, "shift": 2}, (tensor(8, 12, 3),)),
    )

    window_size: int = param(7, low=2, positional=True, help="Height and width of a window.")
    shift: int = param(3, low=1, positional=True, help="By how much the image was rolled.")

    def validate(self) -> None:
        if self.shift >= self.window_size:
            raise ParameterError(
                f"`shift` is less than the window: {self.shift} is not less than {self.window_size}."
            )

    def infer(self, input: TensorType) -> TensorType:
        """(B, H, W, C) → (windows, window², window²)"""
        require_rank(input, 4, layout=LAYOUT)
        sizes = (tiles(size, self.window_size) for size in input.shape[1:3])
        return TensorType((product(sizes), self.window_size**2, self.window_size**2))

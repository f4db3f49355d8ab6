"""Windows that slide along one, two or three axes: what convolutions and pooling share."""

from __future__ import annotations

from typing import Any, ClassVar

from graph_engine.layers.base import Module, Window, require_rank
from graph_engine.layers.shape import Size, TensorType

LAYOUTS = {
    1: "channels × length",
    2: "channels × height × width",
    3: "channels × depth × height × width",
}
AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def spread(kernel: int, dilation: int) -> int:
    """How far a kernel reaches when its points are ``dilation`` apart."""
    return dilation * (kernel - 1) + 1


def slid(size: Size, reach: int, stride: int, padding: int) -> Size:
    """How many places a window of that reach has on an axis with ``padding`` added in all.

    The formula of https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """
    return (size + (padding - reach)) // stride + 1


class Spatial(Module):
    """A layer over samples of channels and ``rank`` spatial axes."""

    rank: ClassVar[int]

    def each(self, value: Any) -> tuple[Any, ...]:
        """One value for each spatial axis."""
        return value if isinstance(value, tuple) else (value,) * self.rank

    def require_layout(self, x: TensorType, port: str = "input") -> None:
        """Refuses what is not a batch of channels and the spatial axes."""
        require_rank(x, self.rank + 2, port=port, layout=LAYOUTS[self.rank])

    def axis(self, number: int) -> str:
        """The name of a spatial axis, for a sentence."""
        return AXES[self.rank][number]


class Windowed(Spatial):
    """A spatial layer that looks through a window of ``kernel_size``."""

    kernel_size: Any
    stride: Any
    dilation: Any = 1

    def window(self) -> Window:
        """The kernel, spread by its dilation."""
        return Window(self.reaches(), self.steps())

    def reaches(self) -> tuple[int, ...]:
        """The length of the window along each axis."""
        return tuple(self.reach(axis) for axis in range(self.rank))

    def reach(self, axis: int) -> int:
        """The length of the window along one axis."""
        return spread(self.each(self.kernel_size)[axis], self.each(self.dilation)[axis])

    def steps(self) -> tuple[int, ...]:
        """The step along each axis; windows lie side by side where no stride is set."""
        return self.each(self.kernel_size if self.stride is None else self.stride)

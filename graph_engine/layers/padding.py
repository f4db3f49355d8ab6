"""Padding: a border around a sequence, an image or a volume. Negative numbers cut instead."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, require_rank
from graph_engine.layers.dtypes import ANY, NUMBERS, holds, require_dtype
from graph_engine.layers.shape import Size, TensorType, tensor
from graph_engine.layers.sliding import Spatial

Ends1d = Annotated[tuple[int, int], "square"]
Ends2d = Annotated[tuple[int, int, int, int], "square"]
Ends3d = Annotated[tuple[int, int, int, int, int, int], "square"]


class Border(Spatial):
    """What every padding layer has in common; ``padding`` lists the last axis first, as PyTorch does."""

    takes: ClassVar[frozenset[str]] = NUMBERS
    padding: Any = param(
        1,
        positional=True,
        help="How much is added: left, right, then top, bottom, then front, back.",
    )

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, sizes…) → (B, C, sizes′…)"""
        require_dtype(input, self.takes)
        self.require_room(input)
        fixed = len(input.shape) - self.rank
        sizes = tuple(self.out(input.shape[fixed + axis], axis) for axis in range(self.rank))
        return TensorType((*input.shape[:fixed], *sizes), input.dtype)

    def require_room(self, x: TensorType) -> None:
        """Refuses a tensor that has not the axes to pad."""
        self.require_layout(x)

    def out(self, size: Size, axis: int) -> Size:
        """The size of an axis with its border."""
        before, after = self.ends(axis)
        if isinstance(size, int):
            self.require_source(size, before, after, axis)
            if size + before + after < 1:
                raise ShapeError(
                    f"cuts off {-before - after}, which leaves nothing of a {self.axis(axis)} of "
                    f"{size}. Cut off less.",
                    "input",
                )
        return size + (before + after)

    def ends(self, axis: int) -> tuple[int, int]:
        """What is added before and after an axis."""
        last = 2 * (self.rank - 1 - axis)
        return self.padding[last], self.padding[last + 1]

    def require_source(self, size: int, before: int, after: int, axis: int) -> None:
        """Refuses a border that cannot be filled from an axis of that size."""


class Constant(Border):
    """A border of one value, for any number of axes in front."""

    takes: ClassVar[frozenset[str]] = ANY
    saves = "none"

    def require_room(self, x: TensorType) -> None:
        """Any tensor whose last axes can be padded without touching the batch."""
        if len(x.shape) <= self.rank:
            require_rank(x, self.rank + 1, self.rank + 2)

    def require_source(self, size: int, before: int, after: int, axis: int) -> None:
        """PyTorch cuts first and adds afterwards."""
        cut = -min(before, 0) - min(after, 0)
        if cut > size:
            raise ShapeError(
                f"cuts off {cut}, but receives a {self.axis(axis)} of {size}. Cut off less.",
                "input",
            )


class Valued(Constant):
    """A border of a value of one's choice."""

    value: float = param(0.0, positional=True, help="What the border is filled with.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, …, sizes…) → (B, …, sizes′…)"""
        if max(self.padding) > 0 and not holds(input.dtype, self.value):
            raise ShapeError(
                f"fills its border with {self.value:g}, which {input.dtype} numbers cannot hold. Choose "
                f"another value, or insert a Cast.",
                "input",
                ("cast",),
            )
        return super().infer(input)


class Reflection(Border):
    """A border that mirrors the inside, without repeating the outermost values."""

    def require_source(self, size: int, before: int, after: int, axis: int) -> None:
        """Mirrors at most everything but the outermost value."""
        border = max(before, after)
        if border >= size:
            raise ShapeError(
                f"mirrors {border} values, but receives a {self.axis(axis)} of {size}, of which at most "
                f"{size - 1} can be mirrored. Use less padding.",
                "input",
            )


class Circular(Border):
    """A border that continues at the opposite end."""

    takes: ClassVar[frozenset[str]] = ANY
    saves = "none"

    def require_source(self, size: int, before: int, after: int, axis: int) -> None:
        """Goes round at most once. What is cut off at one end cannot be wrapped to the other."""
        border, left = max(before, after), size + min(before, 0) + min(after, 0)
        if border > left:
            raise ShapeError(
                f"wraps {border} values around, but receives a {self.axis(axis)} of {size}, of which "
                f"{left} can be used. Use less padding.",
                "input",
            )


class ZeroPad1d(Constant, family="Padding", aliases=("border", "zeros")):
    """Adds zeros at both ends of a sequence.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html
    """

    rank: ClassVar[int] = 1
    padding: Ends1d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"padding": (0, -2)}, (tensor("T", dtype="int64"),)),
    )


class ZeroPad2d(Constant, family="Padding", aliases=("border", "zeros")):
    """Adds zeros around an image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html
    """

    rank: ClassVar[int] = 2
    padding: Ends2d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"padding": (1, 2, 0, -1)}, (tensor(3, 8, 8),)),
    )


class ZeroPad3d(Constant, family="Padding", aliases=("border", "zeros")):
    """Adds zeros around a volume or a video.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html
    """

    rank: ClassVar[int] = 3
    padding: Ends3d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example({"padding": (1, 0, 0, 2, 1, 1)}, (tensor(2, 3, 4, 5),)),
    )


class ConstantPad1d(Valued, family="Padding", aliases=("border", "fill")):
    """Adds a value of one's choice at both ends of a sequence.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html
    """

    rank: ClassVar[int] = 1
    padding: Ends1d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"padding": (3, 0), "value": -1.5}, (tensor(3, "T"),)),
    )


class ConstantPad2d(Valued, family="Padding", aliases=("border", "fill")):
    """Adds a value of one's choice around an image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html
    """

    rank: ClassVar[int] = 2
    padding: Ends2d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"padding": (1, 2, 3, 0), "value": 0.5}, (tensor(8, 8),)),
    )


class ConstantPad3d(Valued, family="Padding", aliases=("border", "fill")):
    """Adds a value of one's choice around a volume or a video.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html
    """

    rank: ClassVar[int] = 3
    padding: Ends3d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example({"padding": (1, 2, 0, 0, -1, 0), "value": 7.0}, (tensor(2, 3, 4, 5),)),
    )


class ReflectionPad1d(Reflection, family="Padding", aliases=("border", "mirror")):
    """Continues a sequence at both ends with its mirror image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html
    """

    rank: ClassVar[int] = 1
    padding: Ends1d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"padding": (3, 0)}, (tensor(3, 4),)),
    )


class ReflectionPad2d(Reflection, family="Padding", aliases=("border", "mirror")):
    """Continues an image at its edges with its mirror image, which leaves no hard border.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html
    """

    rank: ClassVar[int] = 2
    padding: Ends2d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"padding": (1, 2, 3, 0)}, (tensor(3, 4, 4),)),
    )


class ReflectionPad3d(Reflection, family="Padding", aliases=("border", "mirror")):
    """Continues a volume at its faces with its mirror image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html
    """

    rank: ClassVar[int] = 3
    padding: Ends3d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example({"padding": (1, 2, 0, 1, 1, 0)}, (tensor(2, 3, 4, 5),)),
    )


class ReplicationPad1d(Border, family="Padding", aliases=("border", "repeat edge")):
    """Repeats the first and the last value of a sequence.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html
    """

    rank: ClassVar[int] = 1
    padding: Ends1d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"padding": (9, -1)}, (tensor(3, 4),)),
    )


class ReplicationPad2d(Border, family="Padding", aliases=("border", "repeat edge")):
    """Repeats the pixels at the edges of an image.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html
    """

    rank: ClassVar[int] = 2
    padding: Ends2d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"padding": (1, 2, 3, 0)}, (tensor(3, 2, 2),)),
    )


class ReplicationPad3d(Border, family="Padding", aliases=("border", "repeat edge")):
    """Repeats the outermost values of a volume.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html
    """

    rank: ClassVar[int] = 3
    padding: Ends3d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example({"padding": (1, 2, 0, 1, 1, 0)}, (tensor(2, 3, 4, 5),)),
    )


class CircularPad1d(Circular, family="Padding", aliases=("border", "wrap", "periodic")):
    """Continues a sequence at each end with the values of the other end.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html
    """

    rank: ClassVar[int] = 1
    padding: Ends1d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"padding": (4, 0)}, (tensor(3, 4),)),
    )


class CircularPad2d(Circular, family="Padding", aliases=("border", "wrap", "periodic")):
    """Continues an image at each edge with the pixels of the opposite edge.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html
    """

    rank: ClassVar[int] = 2
    padding: Ends2d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"padding": (1, 2, 3, 0)}, (tensor(3, 4, 4),)),
    )


class CircularPad3d(Circular, family="Padding", aliases=("border", "wrap", "periodic")):
    """Continues a volume at each face with the values of the opposite face.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html
    """

    rank: ClassVar[int] = 3
    padding: Ends3d
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example({"padding": (1, 2, 0, 1, 1, 0)}, (tensor(2, 3, 4, 5),)),
    )

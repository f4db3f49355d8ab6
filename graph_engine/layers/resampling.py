"""Growing, shrinking, repeating, shifting and sampling along the spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Floats, Sizes
from graph_engine.layers.base import EVERYTHING, Example, Port, Window, require_rank
from graph_engine.layers.expression import Raw, Value
from graph_engine.layers.operation import (
    EVERY,
    FUNCTIONAL,
    NUMBERS,
    PRECISE,
    Operation,
    differ,
    function,
    given,
    require_dimensions,
    require_dtype,
    require_fits,
    require_same_dtype,
    shape_words,
)
from graph_engine.layers.shape import FLOATING, Shape, Size, TensorType, tensor

Mode = Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"]
SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
UINT8 = FLOATING | {"uint8"}


class Pad(Operation, family="Reshape", aliases=("padding", "border", "zero padding", "crop")):
    """Adds values around a tensor, or cuts some off where a number is negative.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5),)),
        Example({"pad": (-1, 2), "value": 0.5}, (tensor(3, 4),)),
        Example({"pad": (2, 1), "mode": "reflect"}, (tensor(3, 4),)),
        Example({"pad": (1, 1, 2, 0), "mode": "circular"}, (tensor(3, 4, 5),)),
        Example({"pad": (1, 3), "mode": "replicate"}, (tensor(3, 4),)),
    )

    pad: Sizes = param(
        (1, 1, 1, 1),
        help="Before and after the last dimension, then before and after the one before it, and so on.",
    )
    mode: Literal["constant", "reflect", "replicate", "circular"] = param(
        "constant", help="What the new values are: a number, or a continuation of the tensor."
    )
    value: float = param(0.0, help="The number, for mode constant.")

    def validate(self) -> None:
        if len(self.pad) % 2:
            raise ParameterError(f"`pad` has pairs of numbers, not {len(self.pad)}.")
        if self.mode == "constant":
            return
        if len(self.pad) not in (2, 4, 6) or min(self.pad) < 0:
            raise ParameterError(
                f"`pad` has one, two or three pairs, none negative, for mode {self.mode}."
            )
        if self.value:
            raise ParameterError(f"`value` is for mode constant only, not for {self.mode}.")

    def infer(self, input: TensorType) -> TensorType:
        """(…, n) → (…, before + n + after)"""
        pairs = len(self.pad) // 2
        if self.mode == "constant":
            require_dimensions(input, max(pairs, 1))
            if input.dtype != "bool" and any(place > 0 for place in self.pad):
                require_fits(self.value, input.dtype, "value")
        else:
            require_dtype(input, EVERY if self.mode == "circular" else NUMBERS)
            require_rank(input, pairs + 1, pairs + 2)
            self._require_values(input, pairs)
        sizes = list(input.shape)
        for pair in range(pairs):
            place = len(sizes) - 1 - pair
            before, after = self.pad[2 * pair], self.pad[2 * pair + 1]
            sizes[place] = self._padded(sizes[place], before, after, place)
        return TensorType(tuple(sizes), input.dtype)

    def _require_values(self, input: TensorType, pairs: int) -> None:
        if self.mode == "circular":
            return
        if 0 in input.shape[1:] or (len(input.shape) == pairs + 1 and input.shape[0] == 0):
            raise ShapeError(
                f"needs values to continue, but receives {shape_words(input)}.", "input"
            )

    def _padded(self, size: Size, before: int, after: int, place: int) -> Size:
        if isinstance(size, int):
            most = {"reflect": size - 1, "circular": size}.get(self.mode)
            if most is not None and max(before, after) > most:
                raise ShapeError(
                    f"adds {max(before, after)} to a size of {size} along dimension {place}; mode "
                    f"{self.mode} can add {most} at most.",
                    "input",
                )
            if min(before, after, before + after) + size < 0:
                raise ShapeError(
                    f"cuts {-min(before, after, before + after)} from a size of {size} along dimension "
                    f"{place}.",
                    "input",
                )
        return size + (before + after)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.pad(x, (1, 1, 1, 1), mode="reflect")``"""
        keywords = given(
            {"mode": self.mode, "value": self.value}, {"mode": "constant", "value": 0.0}
        )
        return function("F.pad", names, self.pad, **keywords)

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL


class Interpolate(
    Operation, family="Resampling", aliases=("resize", "upsample", "downsample", "scale image")
):
    """Makes an image, a signal or a volume larger or smaller: to a size, by a factor, or to the size of
    another input.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input"),
        Port("like", "a tensor whose spatial size is taken over, whatever is set", optional=True),
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5), None)),
        Example({"size": 7, "scale_factor": None, "mode": "linear"}, (tensor(3, 4), None)),
        Example(
            {"scale_factor": (0.5, 1.5), "mode": "bilinear", "align_corners": True},
            (tensor(3, 7, 5), None),
        ),
        Example({"mode": "bicubic"}, (tensor(3, 4, 5), tensor(1, 9, 8))),
        Example({"size": (2, 3), "scale_factor": None, "mode": "area"}, (tensor(3, 4, 5), None)),
    )

    size: int | Sizes | None = param(None, low=1, help="The new size, one number for each axis.")
    scale_factor: float | Floats | None = param(
        2.0, low=1e-6, help="The factor, one number for each axis; empty where `size` is given."
    )
    mode: Mode = param("nearest", help="How new values are found between the old ones.")
    align_corners: bool | None = param(
        None, help="Whether the outermost values stay exactly at the corners; smooth modes only."
    )
    antialias: bool = param(
        False, help="Whether to blur before shrinking; bilinear and bicubic only."
    )

    def validate(self) -> None:
        if self.size is not None and self.scale_factor is not None:
            raise ParameterError(
                "`size` and `scale_factor` cannot both be given: empty one of them."
            )
        if self.align_corners is not None and self.mode not in SMOOTH:
            raise ParameterError(f"`align_corners` stays empty for mode {self.mode}.")
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            raise ParameterError(f"`antialias` is for bilinear and bicubic, not for {self.mode}.")

    def infer(self, input: TensorType, like: TensorType | None) -> TensorType:
        """(B, C, sizes…) → (B, C, sizes′…)"""
        self._require_input(input)
        before = input.shape[2:]
        after = self._size_of(like, input) if like is not None else self._sizes(before)
        if any(isinstance(size, int) and size < 1 for size in (*before, *after)):
            raise ShapeError(
                f"makes {TensorType(after)} of {TensorType(before)}: nothing would be left.",
                "input",
            )
        return TensorType((*input.shape[:2], *after), input.dtype)

    def _require_input(self, input: TensorType) -> None:
        axes = SMOOTH.get(self.mode)
        ranks = (3, 4, 5) if axes is None else (axes + 2,)
        require_rank(input, *ranks)
        whole = self.mode not in ("linear", "trilinear", "area")
        allowed = UINT8 if whole and len(input.shape) == 4 else FLOATING
        if self.mode in ("nearest", "nearest-exact"):
            allowed = UINT8
        require_dtype(input, PRECISE | {"uint8"} if self.antialias else allowed)
        if input.shape[1] == 0 and self.mode != "area":
            raise ShapeError(f"needs channels, but receives {shape_words(input)}.", "input")

    def _size_of(self, like: TensorType, input: TensorType) -> Shape:
        if len(like.shape) != len(input.shape):
            raise ShapeError(
                f"takes the size from a tensor with as many dimensions, not from {shape_words(like)}.",
                "like",
            )
        return like.shape[2:]

    def _sizes(self, before: Shape) -> Shape:
        given = self.size if self.scale_factor is None else self.scale_factor
        if given is None:
            raise ShapeError("has neither a size nor a factor. Set one, or wire `like`.", "input")
        each = given if isinstance(given, tuple) else (given,) * len(before)
        if len(each) != len(before):
            raise ShapeError(
                f"has {len(each)} sizes for {len(before)} axes. Give one number, or one for each axis.",
                "input",
            )
        if self.scale_factor is None:
            return tuple(int(size) for size in each)
        return tuple(scaled(size, float(f)) for size, f in zip(before, each, strict=True))

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.interpolate(x, scale_factor=2.0, mode="bilinear")``"""
        keywords: dict[str, Value] = {"size": self.size, "scale_factor": self.scale_factor}
        if names[1]:
            keywords = {"size": Raw(f"{names[1]}.shape[2:]")}
        keywords |= {"mode": self.mode, "align_corners": self.align_corners}
        keywords["antialias"] = self.antialias
        defaults = {"size": None, "scale_factor": None, "mode": "nearest", "align_corners": None}
        written = given(keywords, {**defaults, "antialias": False})
        return function("F.interpolate", names[:1], **written)

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL


def scaled(size: Size, factor: float) -> Size:
    """The size times a factor, rounded down as PyTorch does."""
    if isinstance(size, int):
        return math.floor(size * factor)
    exact = Fraction(factor).limit_denominator(64)
    return (size * exact.numerator) // exact.denominator


class GridSample(
    Operation, family="Resampling", aliases=("spatial transformer", "warp", "sample points")
):
    """Reads an image at the points of a grid, whose coordinates run from −1 to 1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("grid"))
    takes: ClassVar[frozenset[str]] = FLOATING
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 5, 6), tensor(4, 7, 2))),
        Example({"mode": "nearest"}, (tensor(3, 5, 6, 4), tensor(4, 7, 2, 3))),
        Example({"mode": "bicubic", "align_corners": True}, (tensor(3, 5, 6), tensor(4, 7, 2))),
    )

    mode: Literal["bilinear", "nearest", "bicubic"] = param(
        "bilinear", help="How values are found between the pixels."
    )
    padding_mode: Literal["zeros", "border", "reflection"] = param(
        "zeros", help="What lies outside of the image."
    )
    align_corners: bool = param(
        False, required=True, help="Whether −1 and 1 are the middles of the corner pixels."
    )

    def infer(self, input: TensorType, grid: TensorType) -> TensorType:
        """(B, C, H, W) and (B, h, w, 2) → (B, C, h, w)"""
        require_dtype(input, self.takes)
        require_same_dtype(input, grid, "input", "grid")
        require_rank(input, *((4,) if self.mode == "bicubic" else (4, 5)))
        axes = len(input.shape) - 2
        require_rank(grid, axes + 2, port="grid")
        wrong = differ(grid.shape[-1], axes) or differ(grid.shape[0], input.shape[0])
        if wrong:
            raise ShapeError(
                f"needs {axes} coordinates for each point of each of {input.shape[0]} images, but "
                f"receives {shape_words(grid)}.",
                "grid",
            )
        if 0 in input.shape[2:]:
            raise ShapeError(f"needs pixels, but receives {shape_words(input)}.", "input")
        return TensorType((*input.shape[:2], *grid.shape[1:-1]), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.grid_sample(x, grid, align_corners=False)``"""
        defaults = {"mode": "bilinear", "padding_mode": "zeros"}
        return function("F.grid_sample", names, **given(self.values(), defaults))

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL


class AffineGrid(
    Operation, family="Resampling", aliases=("spatial transformer", "rotation", "localisation")
):
    """The grid of points that a 2×3 (or 3×4) matrix makes of an image's pixels, for GridSample.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("theta"), Port("like", "the image"))
    takes: ClassVar[frozenset[str]] = FLOATING
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3), tensor(3, 5, 6))),
        Example({"align_corners": True}, (tensor(3, 4), tensor(3, 5, 6, 4))),
    )

    align_corners: bool = param(
        False, required=True, help="Whether −1 and 1 are the middles of the corner pixels."
    )

    def infer(self, theta: TensorType, like: TensorType) -> TensorType:
        """(B, 2, 3) and an image (B, C, H, W) → (B, H, W, 2)"""
        require_dtype(theta, self.takes, "theta")
        require_rank(like, 4, 5, port="like")
        require_rank(theta, 3, port="theta")
        axes = len(like.shape) - 2
        wanted = (like.shape[0], axes, axes + 1)
        if any(differ(a, b) for a, b in zip(theta.shape, wanted, strict=True)):
            raise ShapeError(
                f"needs a matrix of {axes}×{axes + 1} for each image, but receives "
                f"{shape_words(theta)}.",
                "theta",
            )
        if any(size == 0 for size in like.shape):
            raise ShapeError(f"needs pixels, but receives {shape_words(like)}.", "like")
        return TensorType((like.shape[0], *like.shape[2:], axes), theta.dtype)

    def window(self) -> Window:
        """Every pixel may be read."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.affine_grid(theta, x.shape, align_corners=False)``"""
        shape = Raw(f"{names[1]}.shape")
        return function("F.affine_grid", names[:1], shape, align_corners=self.align_corners)

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL

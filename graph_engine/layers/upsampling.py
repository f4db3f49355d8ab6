"""Enlarging without learned weights: interpolation."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Floats, Pair, Sizes
from graph_engine.layers.base import Example, Window, require_rank
from graph_engine.layers.dtypes import require_dtype
from graph_engine.layers.resizing import Resizing, scaled
from graph_engine.layers.shape import COMPLEX, FLOATING, Shape, Size, TensorType, tensor

Mode = Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"]
SMOOTH: dict[str, int] = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
REACH = {"nearest": 1, "nearest-exact": 1, "area": 1, "bicubic": 4}
WITH_BYTES = frozenset({"nearest", "nearest-exact", "bilinear", "bicubic"})
PairOfScales = Annotated[tuple[float, float], "square"]


class Interpolation(Resizing):
    """What the interpolating layers have in common; one number stands for all axes."""

    size_name: ClassVar[str] = "size"
    scale_name: ClassVar[str] = "scale_factor"
    saves = "none"
    mode: str
    ranks: ClassVar[tuple[int, ...]] = (3, 4, 5)

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, sizes…) → (B, C, sizes′…)"""
        require_rank(input, *self.taken_ranks(), layout="channels first")
        spatial = input.shape[2:]
        name = self.scale_name if self.wanted_size is None else self.size_name
        given: Any = self.argument(name, self.__dict__[name])
        each = given if isinstance(given, tuple) else (given,) * len(spatial)
        self._require_count(name, each, spatial)
        sizes = each if self.wanted_size is not None else self._scaled(spatial, each)
        self.require_numbers(input, sizes)
        return TensorType((*input.shape[:2], *sizes), input.dtype)

    def taken_ranks(self) -> tuple[int, ...]:
        """The ranks for which the mode exists; smooth ones are made for one rank each."""
        return (SMOOTH[self.mode],) if self.mode in SMOOTH else self.ranks

    def require_numbers(self, x: TensorType, sizes: Shape) -> None:
        """Refuses dtypes that PyTorch does not interpolate to these sizes."""
        if self.mode in WITH_BYTES:
            require_dtype(x, FLOATING | {"uint8"})
        else:
            single = self.mode == "area" and all(size == 1 for size in sizes)
            require_dtype(x, FLOATING | COMPLEX if single else FLOATING)
        if x.dtype == "uint8" and self.mode in SMOOTH and sizes == (1, 1):
            raise ShapeError(
                "cannot shrink images of uint8 numbers to a single pixel. Insert a Cast before it.",
                "input",
                ("cast",),
            )

    def window(self) -> Window:
        """Outputs lie a fraction of an input apart; smooth modes look at two or four inputs."""
        reach = REACH.get(self.mode, 2)
        if self.wanted_size is not None:
            return Window((reach,))
        scales: tuple[float, ...] = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        steps = tuple(1 / Fraction(scale).limit_denominator(1000) for scale in scales)
        return Window((reach,) * len(scales), steps)

    @staticmethod
    def _scaled(spatial: Shape, factors: tuple[Any, ...]) -> Shape:
        return tuple(_enlarged(size, f) for size, f in zip(spatial, factors, strict=True))

    @staticmethod
    def _require_count(name: str, each: tuple[Any, ...], spatial: Shape) -> None:
        if len(each) != len(spatial):
            raise ShapeError(
                f"has {len(each)} numbers as `{name}`, but receives {len(spatial)} axes beside the "
                f"channels. Give one number for all axes, or one for each.",
                "input",
            )


def _enlarged(size: Size, factor: float) -> Size:
    out = scaled(size, factor)
    if isinstance(out, int) and out < 1:
        raise ShapeError(
            f"scales by {factor:g}, which leaves nothing of {size}. Use a larger scale_factor.",
            "input",
        )
    return out


class Upsample(Interpolation, family="Upsampling", aliases=("resize", "interpolate", "enlarge")):
    """Enlarges (or shrinks) sequences, images or volumes by interpolating between their values.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
    """

    size: int | Sizes | None = param(
        None, low=1, help="Size that comes out along each axis; empty means by scale_factor."
    )
    scale_factor: float | Floats | None = param(
        2.0, low=1e-6, required=True, help="Multiple of the incoming size where size is empty."
    )
    mode: Mode = param("nearest", help="How values between the given ones are found.")
    align_corners: bool | None = param(
        None, help="For the smooth modes: whether the corner values stay exactly in the corners."
    )
    recompute_scale_factor: bool | None = param(
        None, help="Whether the scale is computed anew from the rounded sizes."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"mode": "bilinear", "align_corners": True, "size": (5, 7)}, (tensor(3, 8, 8),)),
        Example({"mode": "linear", "scale_factor": 1.7}, (tensor(3, 10),)),
        Example({"mode": "trilinear", "scale_factor": (1.0, 2.0, 2.5)}, (tensor(2, 3, 4, 5),)),
        Example({"mode": "area", "size": 3}, (tensor(3, 8, 8),)),
        Example({"scale_factor": 1.5, "recompute_scale_factor": True}, (tensor(3, "T"),)),
    )

    def validate(self) -> None:
        super().validate()
        if self.align_corners is not None and self.mode not in SMOOTH:
            raise ParameterError(
                f"`align_corners` is for {', '.join(SMOOTH)}; leave it empty for {self.mode!r}."
            )
        if self.size is not None and self.recompute_scale_factor:
            raise ParameterError("`recompute_scale_factor` has no meaning beside an explicit size.")


class UpsamplingNearest2d(Interpolation, family="Upsampling", aliases=("resize", "enlarge")):
    """Enlarges an image by repeating its pixels.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html
    """

    mode: str = "nearest"
    size: Pair | None = param(None, low=1, help="Size that comes out; empty means by scale_factor.")
    scale_factor: PairOfScales | None = param(
        2.0, low=1e-6, required=True, help="Multiple of the incoming size where size is empty."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"size": (9, 12)}, (tensor(3, 4, 5),)),
    )


class UpsamplingBilinear2d(Interpolation, family="Upsampling", aliases=("resize", "enlarge")):
    """Enlarges an image smoothly, its corner pixels staying exactly in the corners.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html
    """

    mode: str = "bilinear"
    size: Pair | None = param(None, low=1, help="Size that comes out; empty means by scale_factor.")
    scale_factor: PairOfScales | None = param(
        2.0, low=1e-6, required=True, help="Multiple of the incoming size where size is empty."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"size": (9, 12)}, (tensor(3, 4, 5),)),
    )

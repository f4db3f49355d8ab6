"""Reductions: many values along one or several dimensions become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.arithmetic import category, quotient_dtype
from graph_engine.layers.base import EVERYTHING, Example, Port, Saves, Window, resolve_dim
from graph_engine.layers.expression import Raw, Value
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    FUNCTIONAL,
    INEXACT,
    ORDERED,
    Operation,
    function,
    given,
    method,
    require_dimensions,
    require_dtype,
    shape_words,
)
from graph_engine.layers.shape import Shape, TensorType, tensor
from graph_engine.layers.shaping import Dims, resolved

DIMS = "The dimension, or several; the batch is 0, −1 is the last; empty means all."
KEEPDIM = "Whether the dimension stays, with size 1."


def real_part(dtype: str) -> str:
    """The dtype of a magnitude."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


class Reduction(Operation):
    """What the reductions have in common."""

    called: ClassVar[str] = ""
    needs_values: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": (1, 2), "keepdim": True}, (tensor(3, 4),)),
        Example({"dim": None}, (tensor(3, 4),)),
    )

    dim: Dims | None = param(-1, low=-64, high=63, help=DIMS)
    keepdim: bool = param(False, help=KEEPDIM)

    def validate(self) -> None:
        if self.dim == ():
            raise ParameterError(
                "`dim` names at least one dimension; leave it empty for all of them."
            )

    def infer(self, input: TensorType) -> Any:
        """(B, a, b) → (B, a) for the last dimension"""
        require_dtype(input, self.takes)
        return TensorType(self.reduced(input), self.result(input.dtype))

    def result(self, dtype: str) -> str:
        """The dtype that comes out."""
        return dtype

    def reduced(self, input: TensorType) -> Shape:
        """The shape that comes out."""
        dims = self.dims(input)
        if self.needs_values:
            self._require_values(input, dims)
        if self.keepdim:
            return tuple(1 if place in dims else size for place, size in enumerate(input.shape))
        return tuple(size for place, size in enumerate(input.shape) if place not in dims)

    def dims(self, input: TensorType) -> tuple[int, ...]:
        """The dimensions that go away, counted from the front."""
        rank = len(input.shape)
        return tuple(range(rank)) if self.dim is None else resolved(self.dim, rank)

    def window(self) -> Window:
        """Every value counts."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.mean(dim=(2, 3))``"""
        return method(names[0], self.called, **self.written())

    def written(self) -> dict[str, Value]:
        """``dim`` and ``keepdim`` as keywords, where they are needed."""
        if self.dim is None and not self.keepdim:
            return {}
        keepdim: dict[str, Value] = {"keepdim": True} if self.keepdim else {}
        return {"dim": self.dim, **keepdim}

    def _require_values(self, input: TensorType, dims: tuple[int, ...]) -> None:
        empty = [place for place in range(len(input.shape)) if input.shape[place] == 0]
        if any(place in dims for place in empty) or (self.dim is None and empty):
            raise ShapeError(
                f"needs at least one value, but receives {shape_words(input)}.", "input"
            )


class Mean(Reduction, family="Reduction", aliases=("average", "pool", "expected value")):
    """The average along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.mean.html
    """

    called: ClassVar[str] = "mean"
    takes: ClassVar[frozenset[str]] = INEXACT


class Sum(Reduction, family="Reduction", aliases=("total", "add up")):
    """The sum along dimensions; whole numbers and truth values are counted in int64.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sum.html
    """

    called: ClassVar[str] = "sum"

    def result(self, dtype: str) -> str:
        """int64 for whole numbers."""
        return dtype if category(dtype) >= 2 else "int64"


class Std(Reduction, family="Reduction", aliases=("standard deviation", "spread")):
    """The standard deviation along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.std.html
    """

    called: ClassVar[str] = "std"
    takes: ClassVar[frozenset[str]] = INEXACT
    saves: ClassVar[Saves] = "both"

    correction: int = param(
        1, low=0, help="1 divides by n − 1, as for a sample; 0 divides by n, as normalisations do."
    )

    def result(self, dtype: str) -> str:
        """Real for complex numbers."""
        return real_part(dtype)

    def written(self) -> dict[str, Value]:
        """``dim``, ``correction`` and ``keepdim``"""
        correction: dict[str, Value] = (
            {} if self.correction == 1 else {"correction": self.correction}
        )
        return {**super().written(), **correction}


class Var(Std, family="Reduction", aliases=("variance", "spread")):
    """The variance along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.var.html
    """

    called: ClassVar[str] = "var"
    saves = "input"


class Prod(Reduction, family="Reduction", aliases=("product",)):
    """The product along one dimension, or of all values.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.prod.html
    """

    called: ClassVar[str] = "prod"
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": 1, "keepdim": True}, (tensor(3, 4, dtype="bool"),)),
        Example({"dim": None}, (tensor(3, 4, dtype="int32"),), low=0, high=3),
    )

    dim: int | None = param(
        -1, low=-64, high=63, help="The dimension; the batch is 0, −1 is the last; empty means all."
    )

    def validate(self) -> None:
        if self.dim is None and self.keepdim:
            raise ParameterError("`keepdim` needs a dimension in `dim`.")

    def result(self, dtype: str) -> str:
        """int64 for whole numbers."""
        return dtype if category(dtype) >= 2 else "int64"


class Extremum(Reduction):
    """The largest or smallest value, and where it is if asked."""

    takes: ClassVar[frozenset[str]] = ORDERED
    needs_values: ClassVar[bool] = True
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        *Reduction.examples,
        Example(
            {"dim": 1, "return_indices": True, "keepdim": True}, (tensor(3, 4, dtype="int64"),)
        ),
    )

    return_indices: bool = param(
        False,
        help="Also give the place of the value along the dimension, which has to be a single one.",
    )

    def validate(self) -> None:
        super().validate()
        if self.return_indices and not isinstance(self.dim, int):
            raise ParameterError("`return_indices` needs a single dimension in `dim`.")

    def output_ports(self) -> tuple[Port, ...]:
        """The places come out beside the values where they are asked for."""
        return (Port("output"), Port("indices")) if self.return_indices else self.outputs

    def infer(self, input: TensorType) -> Any:
        """(B, a, b) → (B, a) for the last dimension"""
        require_dtype(input, self.takes)
        out = TensorType(self.reduced(input), input.dtype)
        return (out, TensorType(out.shape, "int64")) if self.return_indices else out

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.amax(dim=(2, 3))``, or ``x.max(dim=1)`` with the places"""
        called = self.called if self.return_indices else f"a{self.called}"
        return method(names[0], called, **self.written())


class Max(Extremum, family="Reduction", aliases=("maximum", "largest", "global max pooling")):
    """The largest value along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.amax.html
    """

    called: ClassVar[str] = "max"


class Min(Extremum, family="Reduction", aliases=("minimum", "smallest")):
    """The smallest value along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.amin.html
    """

    called: ClassVar[str] = "min"


class LogSumExp(Reduction, family="Reduction", aliases=("soft maximum", "energy", "free energy")):
    """log Σ exp along dimensions: a smooth maximum, computed without overflow.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html
    """

    called: ClassVar[str] = "logsumexp"
    saves = "both"

    def result(self, dtype: str) -> str:
        """float32 for whole numbers."""
        return quotient_dtype(dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``x.logsumexp(dim=-1)``: PyTorch wants the dimensions named even when it is all of them"""
        written = self.written()
        if self.dim is None:
            written = {**written, "dim": self.dims(inputs[0])}
        return method(names[0], self.called, **written)


class Norm(Reduction, family="Reduction", aliases=("length", "magnitude", "euclidean", "l2", "l1")):
    """The length of the vectors along dimensions.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
    """

    takes: ClassVar[frozenset[str]] = INEXACT
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        *Reduction.examples,
        Example({"ord": "inf"}, (tensor(3, 4),)),
    )

    ord: float | Literal["inf", "-inf"] = param(
        2.0, help="2 as the crow flies, 1 the sum of magnitudes, inf the largest of them."
    )

    def reduced(self, input: TensorType) -> Shape:
        """The shape that comes out; without values there is no smallest or largest magnitude."""
        if isinstance(self.ord, str) or self.ord < 0:
            self._require_values(input, self.dims(input))
        return super().reduced(input)

    def result(self, dtype: str) -> str:
        """Real for complex numbers."""
        return real_part(dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.linalg.vector_norm(x, dim=-1)``"""
        ord: Value = self.ord
        if isinstance(self.ord, str):
            ord = Raw("-torch.inf" if self.ord == "-inf" else "torch.inf")
        keywords = {**given({"ord": ord}, {"ord": 2.0}), **self.written()}
        return function("torch.linalg.vector_norm", names, **keywords)


class Normalize(
    Operation, family="Normalization", aliases=("unit length", "l2", "cosine", "embedding")
):
    """Divides the vectors along a dimension by their length, so that only the direction is left.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
    """

    takes: ClassVar[frozenset[str]] = INEXACT
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"p": 1.0, "dim": -1}, (tensor(3, 4, dtype="float64"),)),
    )

    p: float = param(2.0, low=0.0, help="2 as the crow flies, 1 the sum of magnitudes.")
    dim: int = param(1, low=-64, high=63, help=DIM)
    eps: float = param(1e-12, low=0.0, help="Smallest length that is divided by.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape."""
        require_dtype(input, self.takes)
        resolve_dim(self.dim, len(input.shape))
        return input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.normalize(x, dim=-1)``"""
        defaults = {"p": 2.0, "dim": 1, "eps": 1e-12}
        return function("F.normalize", names, **given(self.values(), defaults))

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL


class GlobalAveragePool(Operation, family="Pooling", aliases=("gap", "global pooling", "squeeze")):
    """The average over all places of a feature map: one number for each channel.

    Lin et al., 2013: https://arxiv.org/abs/1312.4400
    """

    takes: ClassVar[frozenset[str]] = INEXACT
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, 5),)),
        Example({"keepdim": True}, (tensor(3, 7),)),
    )

    keepdim: bool = param(False, help="Whether the spatial dimensions stay, with size 1.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, sizes…) → (B, C)"""
        require_dtype(input, self.takes)
        require_dimensions(input, 3)
        spatial = len(input.shape) - 2
        return TensorType((*input.shape[:2], *((1,) * spatial * self.keepdim)), input.dtype)

    def window(self) -> Window:
        """Every place counts."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``x.mean(dim=(2, 3))``"""
        dims = tuple(range(2, len(inputs[0].shape)))
        keepdim: dict[str, Value] = {"keepdim": True} if self.keepdim else {}
        return method(names[0], "mean", dim=dims[0] if len(dims) == 1 else dims, **keepdim)

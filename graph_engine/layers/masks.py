"""Masks: which positions may see which, and which are padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Port, resolve_dim
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    ORDERED,
    Operation,
    differ,
    function,
    given,
    require_dimensions,
    require_dtype,
    shape_words,
)
from graph_engine.layers.shape import FLOATING, TensorType, product, tensor


class Triangle(Operation):
    """Half of a matrix."""

    called: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(4, 4),)),
        Example({"diagonal": -1}, (tensor(3, 5, dtype="bool"),)),
    )

    diagonal: int = param(0, help="Where the edge runs: 0 along the diagonal, 1 above it.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        require_dimensions(input, 2)
        return input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.tril(x)``"""
        keywords = given({"diagonal": self.diagonal}, {"diagonal": 0})
        return function(f"torch.{self.called}", names, **keywords)


class Tril(Triangle, family="Masks", aliases=("lower triangle", "causal")):
    """Keeps the lower left of each matrix and sets the rest to zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.tril.html
    """

    called: ClassVar[str] = "tril"


class Triu(Triangle, family="Masks", aliases=("upper triangle",)):
    """Keeps the upper right of each matrix and sets the rest to zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.triu.html
    """

    called: ClassVar[str] = "triu"


class Arange(
    Operation, family="Position", aliases=("positions", "range", "indices", "coordinates")
):
    """The positions 0, 1, 2, … along a dimension of the input, for position embeddings and grids.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.arange.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"dim": -1, "dtype": "float32"}, (tensor("T", 4, dtype="int64"),)),
    )

    dim: int = param(1, low=-64, high=63, help=DIM)
    dtype: Literal["int64", "float32"] = param("int64", help="Kind of number.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, …) → (T)"""
        dim = resolve_dim(self.dim, len(input.shape))
        return TensorType((input.shape[dim],), self.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.arange(x.shape[1], device=x.device)``"""
        keywords: dict[str, Value] = {"device": Raw(f"{names[0]}.device")}
        if self.dtype != "int64":
            keywords = {"dtype": Raw(f"torch.{self.dtype}"), **keywords}
        return Call("torch.arange", (Raw(f"{names[0]}.shape[{self.dim}]"),), keywords)


class CausalMask(Operation, family="Masks", aliases=("look-ahead", "autoregressive", "triangular")):
    """The square mask under which each position sees only itself and those before it.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8),)),
        Example({"form": "blocked"}, (tensor(5, dtype="int64"),)),
        Example({"form": "added", "dim": -2}, (tensor(2, "T", 8, dtype="float16"),)),
    )

    form: Literal["allowed", "blocked", "added"] = param(
        "allowed",
        help="True where one may look (ScaledDotProductAttention), True where not "
        "(MultiheadAttention), or 0 and −∞ to be added.",
    )
    dim: int = param(1, low=-64, high=63, help="The dimension of the positions; the batch is 0.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, …) → (T, T)"""
        length = input.shape[resolve_dim(self.dim, len(input.shape))]
        dtype = "bool"
        if self.form == "added":
            dtype = input.dtype if input.dtype in FLOATING else "float32"
        return TensorType((length, length), dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """``torch.tril(torch.ones(T, T, dtype=torch.bool, device=x.device))``"""
        length, device = f"{names[0]}.shape[{self.dim}]", Raw(f"{names[0]}.device")
        if self.form == "added":
            dtype = self.infer(*inputs).dtype
            kind: dict[str, Value] = {"dtype": Raw(f"torch.{dtype}")} if dtype != "float32" else {}
            size = Raw(f"({length}, {length})")
            filled = Call("torch.full", (size, Raw("-torch.inf")), {**kind, "device": device})
            return Call("torch.triu", (filled,), {"diagonal": 1})
        keywords: dict[str, Value] = {"dtype": Raw("torch.bool"), "device": device}
        ones = Call("torch.ones", (Raw(length), Raw(length)), keywords)
        if self.form == "blocked":
            return Call("torch.triu", (ones,), {"diagonal": 1})
        return Call("torch.tril", (ones,))


class LengthMask(Operation, family="Masks", aliases=("padding", "packed", "sequence lengths")):
    """From the length of each sequence, which of its positions are real and which are padding.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.arange.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("lengths", "one number for each sample"),
        Port("like", "the padded sequences"),
    )
    takes: ClassVar[frozenset[str]] = ORDERED
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(dtype="int64"), tensor(5, 8)), low=0, high=5),
        Example(
            {"padding": True}, (tensor(dtype="int64"), tensor("T", dtype="int64")), low=0, high=5
        ),
    )

    padding: bool = param(
        False, help="True at the padding, as `key_padding_mask` wants it, instead of at the values."
    )

    def infer(self, lengths: TensorType, like: TensorType) -> TensorType:
        """(B) and (B, T, …) → (B, T)"""
        require_dtype(lengths, self.takes, "lengths")
        require_dimensions(like, 2, "like")
        if differ(product(lengths.shape), like.shape[0]):
            raise ShapeError(
                f"needs one length for each of {like.shape[0]} sequences, but receives "
                f"{shape_words(lengths)}.",
                "lengths",
            )
        return TensorType(like.shape[:2], "bool")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.lt(torch.arange(x.shape[1], device=x.device), lengths.reshape(x.shape[0], 1))``"""
        length, device = Raw(f"{names[1]}.shape[1]"), Raw(f"{names[1]}.device")
        places = Call("torch.arange", (length,), {"device": device})
        called = "torch.ge" if self.padding else "torch.lt"
        return Call(called, (places, Raw(f"{names[0]}.reshape({names[1]}.shape[0], 1)")))

"""Products of matrices, and attention, which is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.arithmetic import broadcast
from graph_engine.layers.base import EVERYTHING, Example, Port, Window
from graph_engine.layers.expression import Raw, Value, literal
from graph_engine.layers.operation import (
    FUNCTIONAL,
    NUMBERS,
    PRECISE,
    Operation,
    differ,
    function,
    given,
    require_dimensions,
    require_dtype,
    require_same_dtype,
    shape_words,
)
from graph_engine.layers.shape import FLOATING, Shape, Size, TensorType, product, tensor


class Product(Operation):
    """What the products of two tensors have in common."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("a"), Port("b"))
    saves = "both"

    def window(self) -> Window:
        """Every place sees every other."""
        return EVERYTHING


class MatMul(Product, family="Arithmetic", aliases=("matrix product", "dot", "bmm", "@")):
    """Multiplies matrices: rows of the first with columns of the second, for each entry of the batch.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
    """

    takes: ClassVar[frozenset[str]] = NUMBERS
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(4, 5))),
        Example({}, (tensor(2, 3, 4), TensorType((4, 5)))),
        Example({}, (tensor(3, 4), TensorType((4,)))),
    )

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        """(…, n, k) and (…, k, m) → (…, n, m); a tensor of one dimension is a row or a column."""
        require_dtype(a, self.takes, "a")
        require_dtype(b, self.takes, "b")
        require_same_dtype(a, b, "a", "b")
        left, right = self._matrices(a, b)
        if differ(left[-1], right[-2]):
            turn = len(b.shape) > 1 and not differ(left[-1], b.shape[-1])
            raise ShapeError(
                f"multiplies rows of {left[-1]} values with columns of {right[-2]}. "
                + ("Transpose the second input." if turn else "The two sizes have to be equal."),
                "b",
                ("transpose", "b") if turn else ("project", "b", "a"),
            )
        batch = broadcast(left[:-2], right[:-2], "a", "b")
        rows = left[-2:-1] if len(a.shape) > 1 else ()
        columns = right[-1:] if len(b.shape) > 1 else ()
        return TensorType((*batch, *rows, *columns), a.dtype)

    def multiply_adds(self, a: TensorType, b: TensorType) -> Size:
        """One for each value of a row, for each value that comes out. PyTorch works a product of two
        vectors out without a matrix product, which the convention does not count."""
        if len(a.shape) == len(b.shape) == 1:
            return 0
        return product(self.infer(a, b).shape) * a.shape[-1]

    @staticmethod
    def _matrices(a: TensorType, b: TensorType) -> tuple[Shape, Shape]:
        require_dimensions(a, 1, "a")
        require_dimensions(b, 1, "b")
        left = a.shape if len(a.shape) > 1 else (1, *a.shape)
        right = b.shape if len(b.shape) > 1 else (*b.shape, 1)
        return left, right

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.matmul(a, b)``"""
        return function("torch.matmul", names)


class Cdist(Product, family="Arithmetic", aliases=("distance matrix", "radial", "nearest", "rbf")):
    """The distance of every row of the first tensor to every row of the second, as radial units and
    codebooks need it.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.cdist.html
    """

    takes: ClassVar[frozenset[str]] = PRECISE
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), TensorType((5, 4)))),
        Example({"p": 1.0}, (tensor(3, 4), tensor(5, 4))),
    )

    p: float = param(2.0, low=0.0, help="Kind of distance: 2 as the crow flies, 1 along the axes.")

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        """(…, n, d) and (…, m, d) → (…, n, m)"""
        for x, port in ((a, "a"), (b, "b")):
            require_dtype(x, self.takes, port)
            require_dimensions(x, 2, port)
        require_same_dtype(a, b, "a", "b")
        if differ(a.shape[-1], b.shape[-1]):
            raise ShapeError(
                f"compares rows of {a.shape[-1]} values with rows of {b.shape[-1]}. "
                "The two sizes have to be equal.",
                "b",
                ("project", "a", "b"),
            )
        batch = broadcast(a.shape[:-2], b.shape[:-2], "a", "b")
        return TensorType((*batch, a.shape[-2], b.shape[-2]), a.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.cdist(a, b)``"""
        return function("torch.cdist", names, **given({"p": self.p}, {"p": 2.0}))


class ScaledDotProductAttention(
    Operation,
    family="Attention",
    aliases=("attention", "sdpa", "flash attention", "self-attention"),
):
    """Each query gathers the values whose keys match it: softmax(q·kᵀ·scale + mask)·v.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("query", "… × target length × E"),
        Port("key", "… × source length × E"),
        Port("value", "… × source length × values"),
        Port("mask", "True where a query may look, or numbers that are added", optional=True),
    )
    saves = "both"
    takes: ClassVar[frozenset[str]] = FLOATING
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 5, 8), tensor(2, 7, 8), tensor(2, 7, 6), None)),
        Example({"is_causal": True, "scale": 1.0}, (tensor(2, 5, 8),) * 3),
        Example({"dropout_p": 0.1}, (*(tensor(2, 5, 8),) * 3, TensorType((5, 5), "bool"))),
        Example({"enable_gqa": True}, (tensor(4, 5, 8), *(tensor(2, 5, 8),) * 2, None)),
    )

    dropout_p: float = param(
        0.0, low=0.0, high=1.0, help="Chance that a connection is left out in training."
    )
    is_causal: bool = param(
        False, help="A position sees only itself and those before it, instead of a mask."
    )
    scale: float | None = param(None, help="Factor before the softmax; empty means 1/√E.")
    enable_gqa: bool = param(
        False, help="Several query heads share one key and value head (grouped queries)."
    )

    def input_ports(self) -> tuple[Port, ...]:
        """A causal mask takes the place of another."""
        return self.inputs[:3] if self.is_causal else self.inputs

    def infer(
        self,
        query: TensorType,
        key: TensorType,
        value: TensorType,
        mask: TensorType | None = None,
    ) -> TensorType:
        """(…, L, E), (…, S, E), (…, S, V) → (…, L, V)"""
        require_dtype(query, self.takes, "query")
        for x, port in ((query, "query"), (key, "key"), (value, "value")):
            require_same_dtype(query, x, "query", port)
            require_dimensions(x, 2, port)
        self._matching(query.shape[-1], key.shape[-1], "values in a query", "in a key", "key")
        self._matching(key.shape[-2], value.shape[-2], "keys", "values", "value")
        batch = self._batch(query, key, value)
        if mask is not None:
            places = (*batch, query.shape[-2], key.shape[-2])
            self._require_mask(mask, places, query.dtype)
        return TensorType((*batch, query.shape[-2], value.shape[-1]), query.dtype)

    def multiply_adds(
        self,
        query: TensorType,
        key: TensorType,
        value: TensorType,
        mask: TensorType | None = None,
    ) -> Size:
        """Queries times keys, and weights times values."""
        batch = product(self._batch(query, key, value))
        places = query.shape[-2] * key.shape[-2]
        return batch * places * (query.shape[-1] + value.shape[-1])

    def window(self) -> Window:
        """Every place sees every other."""
        return EVERYTHING

    @staticmethod
    def _matching(a: Size, b: Size, one: str, other: str, port: str) -> None:
        if differ(a, b):
            raise ShapeError(f"has {a} {one}, but {b} {other}: they have to be equal.", port)

    def _batch(self, query: TensorType, key: TensorType, value: TensorType) -> Shape:
        q, k, v = query.shape[:-2], key.shape[:-2], value.shape[:-2]
        if self.enable_gqa:
            return self._grouped(q, k, v)
        return broadcast(broadcast(q, k, "query", "key"), v, "query", "value")

    def _grouped(self, q: Shape, k: Shape, v: Shape) -> Shape:
        for sizes, port in ((q, "query"), (k, "key"), (v, "value")):
            if not sizes:
                raise ShapeError("shares heads, but there is no dimension of heads.", port)
        for sizes, port in ((k, "key"), (v, "value")):
            heads, shared = q[-1], sizes[-1]
            if (
                isinstance(heads, int)
                and isinstance(shared, int)
                and (not shared or heads % shared)
            ):
                raise ShapeError(
                    f"has {heads} query heads, which {shared} heads cannot be shared among.", port
                )
        rest = broadcast(broadcast(q[:-1], k[:-1], "query", "key"), v[:-1], "query", "value")
        return (*rest, q[-1])

    @staticmethod
    def _require_mask(mask: TensorType, places: Shape, dtype: str) -> None:
        if mask.dtype not in ("bool", "float32", dtype):
            raise ShapeError(
                f"needs a mask of truth values or of {dtype}, but receives {mask.dtype}. "
                "Insert a Cast.",
                "mask",
                ("cast", "bool"),
            )
        require_dimensions(mask, 2, "mask")
        both = broadcast(places, mask.shape, "query", "mask")
        if len(both) != len(places) or any(map(differ, both, places)):
            raise ShapeError(
                f"needs a mask for {shape_words(TensorType(places))} scores, but receives "
                f"{shape_words(mask)}.",
                "mask",
            )

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.scaled_dot_product_attention(query, key, value, is_causal=True)``"""
        mask = "".join(names[3:])
        keywords: dict[str, Value] = {"attn_mask": Raw(mask)} if mask else {}
        if self.dropout_p:
            chance = f"{literal(self.dropout_p)} if self.training else 0.0"
            keywords["dropout_p"] = Raw(chance)
        plain = {"is_causal": self.is_causal, "scale": self.scale, "enable_gqa": self.enable_gqa}
        defaults = {"is_causal": False, "scale": None, "enable_gqa": False}
        keywords |= given(plain, defaults)
        return function("F.scaled_dot_product_attention", names[:3], **keywords)

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL

"""Comparisons, truth values, and choices that depend on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any as Anything
from typing import ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.arithmetic import (
    IN_PLACE,
    Binary,
    Number,
    broadcast,
    category,
    dtype_with,
    result_dtype,
)
from graph_engine.layers.base import Example, Port
from graph_engine.layers.expression import Chain, Raw, Value
from graph_engine.layers.operation import (
    BOOL,
    EVERY,
    ORDERED,
    Operation,
    function,
    method,
    require_dtype,
    require_fits,
)
from graph_engine.layers.reduction import Reduction
from graph_engine.layers.shape import TensorType, tensor

SIGNS = {
    "equal": "==", "not equal": "!=", "less": "<", "at most": "<=", "greater": ">", "at least": ">=",
}  # fmt: skip
CONDITIONS = BOOL | {"uint8"}
Comparison = Literal["equal", "not equal", "less", "at most", "greater", "at least"]


class Compare(
    Binary, family="Logic", aliases=("equal", "greater", "less", "threshold", "padding mask")
):
    """Compares two tensors, or a tensor and a number, value by value: true or false.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.eq.html
    """

    operation: Comparison = param("equal", help="When the answer is true.")

    examples: ClassVar[tuple[Example, ...]] = (
        *Binary.examples,
        Example({"operation": "greater", "value": 0.5}, (tensor(3, 4),)),
        Example({"operation": "not equal"}, (tensor(3, 4, dtype="int64"), TensorType((4,)))),
    )

    def infer(self, a: TensorType, b: TensorType | None = None) -> TensorType:
        """The broadcast shape of both, as truth values."""
        if self.operation not in ("equal", "not equal"):
            require_dtype(a, ORDERED, "a")
            if b is not None:
                require_dtype(b, ORDERED, "b")
        return TensorType(super().infer(a, b).shape, "bool")

    def expression(self, module: str, names: Sequence[str], *inputs: Anything) -> Value:
        """``a > b``"""
        return Chain(SIGNS[self.operation], (Raw(names[0]), self.second(names)))


class LogicalNot(Operation, family="Logic", aliases=("not", "invert", "negate")):
    """True where a value is false or zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.logical_not.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, dtype="bool"),)),
        Example({}, (tensor(3),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same shape, as truth values"""
        return TensorType(input.shape, "bool")

    def expression(self, module: str, names: Sequence[str], *inputs: Anything) -> Value:
        """``torch.logical_not(x)``"""
        return function("torch.logical_not", names)


class LogicalPair(Operation):
    """Joins two tensors of truth values."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("a"), Port("b"))
    called: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 1, dtype="bool"), TensorType((4,), "bool"))),
        Example({}, (tensor(3), tensor(3, dtype="int64"))),
    )

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        """The broadcast shape, as truth values"""
        return TensorType(broadcast(a.shape, b.shape, "a", "b"), "bool")

    def expression(self, module: str, names: Sequence[str], *inputs: Anything) -> Value:
        """``torch.logical_and(a, b)``"""
        return function(f"torch.logical_{self.called}", names)


class LogicalAnd(LogicalPair, family="Logic", aliases=("and", "both", "intersection")):
    """True where both values are true.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.logical_and.html
    """

    called: ClassVar[str] = "and"


class LogicalOr(LogicalPair, family="Logic", aliases=("or", "either", "union")):
    """True where at least one of two values is true.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.logical_or.html
    """

    called: ClassVar[str] = "or"


class LogicalXor(LogicalPair, family="Logic", aliases=("xor", "exclusive or")):
    """True where exactly one of two values is true.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.logical_xor.html
    """

    called: ClassVar[str] = "xor"


class Quantified(Reduction):
    """Truth along dimensions."""

    def result(self, dtype: str) -> str:
        """Truth values; PyTorch keeps uint8, which once stood for them."""
        return "uint8" if dtype == "uint8" else "bool"


class Any(Quantified, family="Logic", aliases=("exists", "or")):
    """Whether any value along dimensions is true or not zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.any.html
    """

    called: ClassVar[str] = "any"


class All(Quantified, family="Logic", aliases=("every", "and")):
    """Whether every value along dimensions is true or not zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.all.html
    """

    called: ClassVar[str] = "all"


class Where(Operation, family="Logic", aliases=("choose", "if", "switch", "condition")):
    """Takes each value from the first tensor where the condition is true, else from the second.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.where.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("condition"), Port("a"), Port("b"))
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, dtype="bool"), tensor(3, 4), TensorType((4,)))),
        Example({"value": 0.0}, (tensor(3, dtype="bool"), tensor(3))),
        Example({"value": -100}, (tensor(3, dtype="bool"), tensor(3, dtype="int64"))),
    )

    value: Number | None = param(None, help=IN_PLACE)

    def input_ports(self) -> tuple[Port, ...]:
        """A number takes the place of ``b``."""
        return self.inputs if self.value is None else self.inputs[:2]

    def infer(
        self, condition: TensorType, a: TensorType, b: TensorType | None = None
    ) -> TensorType:
        """The broadcast shape of all three"""
        require_dtype(condition, CONDITIONS, "condition")
        shape = broadcast(condition.shape, a.shape, "condition", "a")
        if b is None:
            assert self.value is not None
            return TensorType(shape, self._with_number(a.dtype, self.value))
        return TensorType(broadcast(shape, b.shape, "a", "b"), result_dtype(a, b))

    @staticmethod
    def _with_number(dtype: str, value: Number) -> str:
        result = dtype_with(dtype, value)
        if result not in ("float16", "bfloat16"):
            require_fits(value, result, "value", "a")
        return result

    def expression(self, module: str, names: Sequence[str], *inputs: Anything) -> Value:
        """``torch.where(condition, a, b)``"""
        if self.value is None:
            return function("torch.where", names)
        return function("torch.where", names, self.value)


class Mask(Operation, family="Logic", aliases=("masked fill", "padding", "attention mask", "hide")):
    """Writes one number wherever the mask is true, such as −∞ before a softmax.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.masked_fill.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("input"), Port("mask"))
    takes: ClassVar[frozenset[str]] = EVERY
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 4, dtype="bool"))),
        Example({"value": 0.0}, (tensor(3, 4, dtype="int64"), tensor(3, 1, dtype="bool"))),
    )

    value: float | Literal["-inf", "inf"] = param(
        "-inf", help="The number that is written where the mask is true."
    )

    def infer(self, input: TensorType, mask: TensorType) -> TensorType:
        """The broadcast shape of both"""
        require_dtype(mask, BOOL, "mask")
        if isinstance(self.value, str):
            if category(input.dtype) == 1:
                raise ShapeError(
                    f"writes {self.value}, which {input.dtype} cannot hold. Choose another value.",
                    "input",
                )
        elif input.dtype != "bool":
            require_fits(self.value, input.dtype, "value")
        return TensorType(broadcast(input.shape, mask.shape, "input", "mask"), input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Anything) -> Value:
        """``x.masked_fill(mask, -torch.inf)``"""
        value: Value = self.value
        if isinstance(self.value, str):
            value = Raw("-torch.inf" if self.value == "-inf" else "torch.inf")
        return method(names[0], "masked_fill", Raw(names[1]), value)

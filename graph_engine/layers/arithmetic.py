"""Element by element arithmetic between tensors; sizes broadcast as in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Layer, Port
from graph_engine.layers.expression import Chain, Raw, Value, literal
from graph_engine.layers.operation import (
    EVERY,
    NUMBERS,
    ORDERED,
    Operation,
    certain,
    differ,
    function,
    method,
    require_dtype,
    require_fits,
)
from graph_engine.layers.shape import (
    BYTES,
    COMPLEX,
    FLOATING,
    WHOLE,
    Shape,
    Size,
    TensorType,
    tensor,
)

Number = int | float
IN_PLACE = "A number in place of `b`; empty where another tensor is wired there."


def broadcast(a: Shape, b: Shape, first: str, second: str) -> Shape:
    """The common shape of two tensors. Raises ShapeError where they certainly have none.

    https://docs.pytorch.org/docs/stable/notes/broadcasting.html
    """
    rank = max(len(a), len(b))
    left, right = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    sizes: list[Size] = []
    for x, y in zip(left, right, strict=True):
        if x != 1 and y not in (1, x) and differ(x, y):
            raise ShapeError(
                f"needs {TensorType(a)} as on input {first}, but receives {TensorType(b)}.",
                second,
                ("project", first, second),
            )
        if x == 1 or y == 1:
            sizes.append(y if x == 1 else x)
        else:
            sizes.append(x if x == y else certain(x, y))
    return tuple(sizes)


def promoted(a: str, b: str) -> str:
    """The dtype of a result, by the rules of
    https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
    """
    if a == b:
        return a
    for kinds in (COMPLEX, FLOATING):
        found = [t for t in (a, b) if t in kinds]
        if len(found) == 2:
            return max(found, key=BYTES.__getitem__) if BYTES[a] != BYTES[b] else "float32"
        if found:
            return "complex128" if kinds is COMPLEX and "float64" in (a, b) else found[0]
    if "bool" in (a, b):
        return a if b == "bool" else b
    if "uint8" in (a, b):
        other = a if b == "uint8" else b
        return "int16" if other == "int8" else other
    return max(a, b, key=BYTES.__getitem__)


def category(dtype: str) -> int:
    """Truth values, whole numbers, real numbers, complex numbers: 0 to 3."""
    if dtype in FLOATING:
        return 2
    if dtype in COMPLEX:
        return 3
    return 1 if dtype in WHOLE else 0


def result_dtype(a: TensorType, b: TensorType) -> str:
    """The dtype of an operation between two tensors: a tensor without dimensions only counts where it
    is of a higher category than the other.

    https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
    """
    if a.dtype == b.dtype or bool(a.shape) == bool(b.shape):
        return promoted(a.dtype, b.dtype)
    large, small = (a.dtype, b.dtype) if a.shape else (b.dtype, a.dtype)
    if category(small) <= category(large):
        return large
    return _complex(large) if category(small) == 3 and category(large) == 2 else small


def _complex(dtype: str) -> str:
    """The complex numbers of that precision."""
    if dtype == "float16":
        raise ShapeError(
            "needs complex numbers of 16 bits, with which hardly anything computes. Insert a Cast."
        )
    return "complex128" if dtype == "float64" else "complex64"


def dtype_with(dtype: str, value: Number) -> str:
    """The dtype of an operation between a tensor and a number in the source."""
    if isinstance(value, float):
        return "float32" if category(dtype) < 2 else dtype
    return "int64" if dtype == "bool" else dtype


def quotient_dtype(dtype: str) -> str:
    """Whole numbers divide, and go into roots and exponentials, as float32."""
    return dtype if category(dtype) >= 2 else "float32"


class Variadic(Layer):
    """Joins any number of inputs, and a number if one is given."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("x", variadic=True),)
    operator: ClassVar[str] = ""
    value: Number | None

    def infer(self, *inputs: TensorType) -> TensorType:
        """The broadcast shape and the promoted dtype of all inputs."""
        result = inputs[0]
        for number, x in enumerate(inputs[1:], 2):
            shape = result.shape
            if x.shape != shape:
                shape = broadcast(shape, x.shape, "x1", f"x{number}")
            result = TensorType(shape, result_dtype(result, x))
        if self.value is not None:
            return TensorType(result.shape, dtype_with(result.dtype, self.value))
        return result

    def is_idle(self, *inputs: TensorType | None) -> bool:
        """A single input without a number has nothing to be joined with."""
        return len(inputs) == 1 and self.value is None

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``a + b + c``"""
        operands = tuple(Raw(name) for name in names)
        if self.value is not None:
            operands = (*operands, Raw(literal(self.value)))
        return operands[0] if len(operands) == 1 else Chain(self.operator, operands)


class Add(Variadic, family="Arithmetic", aliases=("skip", "residual", "sum", "plus", "shortcut")):
    """Adds tensors value by value: the joint of a skip connection.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.add.html
    """

    value: Number | None = param(None, help="A number that is added as well.")

    operator: ClassVar[str] = "+"
    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 4))),
        Example({}, (tensor(3, 4), tensor(1, 4), tensor(3, 1, dtype="int64"))),
        Example({"value": 1}, (tensor(3, 4),)),
    )


class Multiply(Variadic, family="Arithmetic", aliases=("gate", "times", "scale", "hadamard")):
    """Multiplies tensors value by value: the joint of a gate, or a scale where a number is given.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.mul.html
    """

    value: Number | None = param(None, help="A number that multiplies as well.")

    operator: ClassVar[str] = "*"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 1))),
        Example({}, (tensor(3, 4), TensorType((4,), "int64"), tensor(3, 4))),
        Example({"value": 0.125}, (tensor(3, 4),)),
    )


class Binary(Operation):
    """Joins two inputs, or one input and a number."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("a"), Port("b"))
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 4))),
        Example({}, (tensor(3, 4), tensor(1, 4, dtype="float64"))),
        Example({"value": 2}, (tensor(3, 4),)),
    )
    operator: ClassVar[str] = ""

    value: Number | None = param(None, help=IN_PLACE)

    def input_ports(self) -> tuple[Port, ...]:
        """A number takes the place of ``b``."""
        return self.inputs if self.value is None else self.inputs[:1]

    def infer(self, a: TensorType, b: TensorType | None = None) -> TensorType:
        """The broadcast shape of both."""
        require_dtype(a, self.takes, "a")
        if b is None:
            assert self.value is not None
            return TensorType(a.shape, self.with_number(a.dtype, self.value))
        require_dtype(b, self.takes, "b")
        shape = a.shape if a.shape == b.shape else broadcast(a.shape, b.shape, "a", "b")
        return TensorType(shape, self.together(a, b))

    def with_number(self, dtype: str, value: Number) -> str:
        """The dtype of the result where ``b`` is a number."""
        return dtype_with(dtype, value)

    def together(self, a: TensorType, b: TensorType) -> str:
        """The dtype of the result of two tensors."""
        return result_dtype(a, b)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``a - b``"""
        return Chain(self.operator, (Raw(names[0]), self.second(names)))

    def second(self, names: Sequence[str]) -> Raw:
        """The variable of ``b``, or the number in its place."""
        return Raw(names[1] if self.value is None else literal(self.value))


class Subtract(Binary, family="Arithmetic", aliases=("minus", "difference")):
    """Subtracts the second tensor from the first, value by value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sub.html
    """

    operator: ClassVar[str] = "-"
    takes: ClassVar[frozenset[str]] = NUMBERS


class Divide(Binary, family="Arithmetic", aliases=("quotient", "ratio")):
    """Divides the first tensor by the second, value by value; whole numbers give float32.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.div.html
    """

    operator: ClassVar[str] = "/"
    saves = "both"
    takes: ClassVar[frozenset[str]] = EVERY

    def with_number(self, dtype: str, value: Number) -> str:
        """Never a whole number."""
        return quotient_dtype(dtype_with(dtype, value))

    def together(self, a: TensorType, b: TensorType) -> str:
        """Never a whole number."""
        return quotient_dtype(result_dtype(a, b))


class Power(Binary, family="Arithmetic", aliases=("pow", "exponent", "square", "root")):
    """Raises the first tensor to the power of the second, value by value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.pow.html
    """

    saves = "both"

    def with_number(self, dtype: str, value: Number) -> str:
        """Whole numbers have no negative whole powers."""
        if category(dtype) < 2 and isinstance(value, int) and value < 0:
            raise ShapeError(
                f"raises whole numbers to the power {value}. Write {value}.0, or insert a Cast.",
                "a",
                ("cast", "float32"),
            )
        result = dtype_with(dtype, value)
        if result in WHOLE or result in ("float16", "bfloat16"):
            require_fits(value, result, "value", "a")
        return result

    def together(self, a: TensorType, b: TensorType) -> str:
        """Not between truth values."""
        if a.dtype == b.dtype == "bool":
            raise ShapeError("needs numbers, but receives truth values. Insert a Cast.", "a")
        return result_dtype(a, b)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.pow(2)``"""
        return method(names[0], "pow", self.second(names))


class Extreme(Operation):
    """The larger or smaller of two tensors."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("a"), Port("b"))
    takes: ClassVar[frozenset[str]] = ORDERED
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(3, 4))),
        Example({}, (tensor(3, 4, dtype="int64"), TensorType((4,)))),
    )
    called: ClassVar[str] = ""

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        """The broadcast shape and promoted dtype."""
        require_dtype(a, self.takes, "a")
        require_dtype(b, self.takes, "b")
        return TensorType(broadcast(a.shape, b.shape, "a", "b"), result_dtype(a, b))

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.maximum(a, b)``"""
        return function(f"torch.{self.called}", names)


class Maximum(Extreme, family="Arithmetic", aliases=("larger", "maxout")):
    """Keeps the larger of two values, place by place.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.maximum.html
    """

    called: ClassVar[str] = "maximum"


class Minimum(Extreme, family="Arithmetic", aliases=("smaller",)):
    """Keeps the smaller of two values, place by place.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.minimum.html
    """

    called: ClassVar[str] = "minimum"

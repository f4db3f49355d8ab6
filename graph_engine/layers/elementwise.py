"""Functions of each value by itself: the shape stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError
from graph_engine.layers.arithmetic import (
    Number,
    dtype_with,
    quotient_dtype,
)
from graph_engine.layers.base import Example
from graph_engine.layers.expression import Call, Raw, Value, literal
from graph_engine.layers.inputs import DType
from graph_engine.layers.operation import (
    FUNCTIONAL,
    INT64,
    NUMBERS,
    ORDERED,
    REAL,
    Operation,
    function,
    method,
    require_dtype,
    require_fits,
)
from graph_engine.layers.shape import COMPLEX, TensorType, tensor


class Elementwise(Operation):
    """One of torch's functions of a value; ``continuous`` ones turn whole numbers into float32."""

    called: ClassVar[str] = ""
    continuous: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),), low=0.1, high=2.0),
        Example({}, (tensor(4, dtype="float64"),), low=0.1, high=2.0),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same shape."""
        require_dtype(input, self.takes)
        return TensorType(input.shape, quotient_dtype(input.dtype)) if self.continuous else input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.exp(x)``"""
        return function(f"torch.{self.called}", names)


class Abs(Elementwise, family="Functions", aliases=("absolute", "magnitude")):
    """Drops the sign; of a complex number it gives the magnitude.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.abs.html
    """

    called: ClassVar[str] = "abs"
    takes: ClassVar[frozenset[str]] = NUMBERS
    saves = "input"

    def infer(self, input: TensorType) -> TensorType:
        """The same shape; real numbers."""
        require_dtype(input, self.takes)
        if input.dtype in COMPLEX:
            return TensorType(input.shape, "float32" if input.dtype == "complex64" else "float64")
        return input


class Neg(Elementwise, family="Functions", aliases=("negative", "minus")):
    """Turns the sign around.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.neg.html
    """

    called: ClassVar[str] = "neg"
    takes: ClassVar[frozenset[str]] = NUMBERS


class Exp(Elementwise, family="Functions", aliases=("exponential",)):
    """e to the power of each value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.exp.html
    """

    called: ClassVar[str] = "exp"
    continuous: ClassVar[bool] = True
    saves = "output"


class Log(Elementwise, family="Functions", aliases=("logarithm", "ln")):
    """The natural logarithm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.log.html
    """

    called: ClassVar[str] = "log"
    continuous: ClassVar[bool] = True
    saves = "input"


class Log1p(Elementwise, family="Functions", aliases=("logarithm of 1 + x",)):
    """The natural logarithm of 1 + x, exact for small x as well.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.log1p.html
    """

    called: ClassVar[str] = "log1p"
    continuous: ClassVar[bool] = True
    saves = "input"


class Sqrt(Elementwise, family="Functions", aliases=("square root",)):
    """The square root.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sqrt.html
    """

    called: ClassVar[str] = "sqrt"
    continuous: ClassVar[bool] = True
    saves = "output"


class Rsqrt(Elementwise, family="Functions", aliases=("inverse square root",)):
    """One over the square root, as normalisations need it.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.rsqrt.html
    """

    called: ClassVar[str] = "rsqrt"
    continuous: ClassVar[bool] = True
    saves = "output"


class Square(Elementwise, family="Functions", aliases=("power of two",)):
    """Each value times itself.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.square.html
    """

    called: ClassVar[str] = "square"
    saves = "input"

    def infer(self, input: TensorType) -> TensorType:
        """The same shape; truth values count as whole numbers."""
        return TensorType(input.shape, dtype_with(input.dtype, 2))


class Reciprocal(Elementwise, family="Functions", aliases=("inverse", "one over")):
    """One over each value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.reciprocal.html
    """

    called: ClassVar[str] = "reciprocal"
    continuous: ClassVar[bool] = True
    saves = "output"


class Sign(Elementwise, family="Functions", aliases=("signum", "binarize", "hopfield")):
    """−1, 0 or 1, after the sign of each value. No gradient passes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sign.html
    """

    called: ClassVar[str] = "sign"
    takes: ClassVar[frozenset[str]] = ORDERED


class Sin(Elementwise, family="Functions", aliases=("sine", "siren")):
    """The sine.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.sin.html
    """

    called: ClassVar[str] = "sin"
    continuous: ClassVar[bool] = True
    saves = "input"


class Cos(Elementwise, family="Functions", aliases=("cosine",)):
    """The cosine.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.cos.html
    """

    called: ClassVar[str] = "cos"
    continuous: ClassVar[bool] = True
    saves = "input"


class Round(Elementwise, family="Functions", aliases=("quantize", "nearest")):
    """The nearest whole number, halves to the even one. No gradient passes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.round.html
    """

    called: ClassVar[str] = "round"
    takes: ClassVar[frozenset[str]] = REAL


class Floor(Elementwise, family="Functions", aliases=("round down",)):
    """The next whole number below. No gradient passes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.floor.html
    """

    called: ClassVar[str] = "floor"
    takes: ClassVar[frozenset[str]] = REAL


class Ceil(Elementwise, family="Functions", aliases=("round up", "ceiling")):
    """The next whole number above. No gradient passes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.ceil.html
    """

    called: ClassVar[str] = "ceil"
    takes: ClassVar[frozenset[str]] = REAL


class Erf(Elementwise, family="Functions", aliases=("error function", "gauss")):
    """The error function: the S-curve of the bell-shaped distribution.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.erf.html
    """

    called: ClassVar[str] = "erf"
    continuous: ClassVar[bool] = True
    takes: ClassVar[frozenset[str]] = ORDERED
    saves = "input"


class Clamp(Operation, family="Functions", aliases=("clip", "limit", "bound")):
    """Keeps each value between two bounds.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.clamp.html
    """

    takes: ClassVar[frozenset[str]] = ORDERED
    saves = "input"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"min": None, "max": 3}, (tensor(4, dtype="int64"),), low=0, high=9),
        Example({"min": 0.5, "max": None}, (tensor(4, dtype="int32"),), low=0, high=9),
    )

    min: Number | None = param(0.0, help="Lower bound; empty means none.")
    max: Number | None = param(1.0, help="Upper bound; empty means none.")

    def validate(self) -> None:
        if self.min is None and self.max is None:
            raise ParameterError("`min` or `max` has to be given.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape; a bound with a decimal point makes whole numbers float32."""
        require_dtype(input, self.takes)
        dtype = input.dtype
        bounds = {"min": self.min, "max": self.max}
        for bound in bounds.values():
            dtype = dtype if bound is None else dtype_with(dtype, bound)
        for name, bound in bounds.items():
            if bound is not None:
                require_fits(bound, dtype, name)
        return TensorType(input.shape, dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.clamp(0.0, 1.0)``"""
        if self.min is not None and self.max is not None:
            return method(names[0], "clamp", self.min, self.max)
        if self.min is not None:
            return method(names[0], "clamp", min=self.min)
        return method(names[0], "clamp", max=self.max)


class Step(Operation, family="Functions", aliases=("heaviside", "threshold", "mcculloch", "pitts")):
    """1 where a value reaches the threshold, 0 elsewhere: the neuron of McCulloch and Pitts (1943). No
    gradient passes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.ge.html
    """

    takes: ClassVar[frozenset[str]] = ORDERED
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"threshold": 0.5}, (tensor(4, dtype="float16"),)),
    )

    threshold: float = param(0.0, help="Where the step is.")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``(x >= 0.0).to(x.dtype)``"""
        test = f"({names[0]} >= {literal(self.threshold)})"
        return Call(f"{test}.to", (Raw(f"{names[0]}.dtype"),))


class Cast(Operation, family="Functions", aliases=("convert", "dtype", "float", "half", "long")):
    """Converts to another kind of number; from a complex one to a real one, the imaginary part is lost.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4, dtype="int64"),)),
        Example({"dtype": "bool"}, (tensor(4),)),
    )

    dtype: DType = param("float32", help="The kind of number to convert to.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape, the other dtype."""
        return TensorType(input.shape, self.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.to(torch.float16)``"""
        return method(names[0], "to", Raw(f"torch.{self.dtype}"))


class OneHot(Operation, family="Functions", aliases=("dummy", "categorical", "indicator")):
    """Writes a class number as a row of zeros with a one at its place.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
    """

    takes: ClassVar[frozenset[str]] = INT64
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(dtype="int64"),), low=0, high=9),
        Example({"num_classes": 3}, (tensor(4, 2, dtype="int64"),), low=0, high=2),
    )

    num_classes: int = param(10, low=1, required=True, help="How many classes there are.")

    def infer(self, input: TensorType) -> TensorType:
        """(…) → (…, num_classes)"""
        require_dtype(input, self.takes)
        return TensorType((*input.shape, self.num_classes), "int64")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.one_hot(x, num_classes=10)``"""
        return function("F.one_hot", names, num_classes=self.num_classes)

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL

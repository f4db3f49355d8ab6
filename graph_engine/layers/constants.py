"""Tensors that belong to the network itself: fixed ones and learned ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError
from graph_engine.kinds import Floats, Sizes
from graph_engine.layers.base import Example, Learned, Port
from graph_engine.layers.dtypes import holds
from graph_engine.layers.expression import Call, Listing, Raw, Value
from graph_engine.layers.inputs import DType
from graph_engine.layers.operation import Operation
from graph_engine.layers.shape import WHOLE, Shape, TensorType, product


class Constant(Operation, family="Input and output", aliases=("fixed", "zeros", "ones", "buffer")):
    """A tensor that never changes: one number everywhere, or a short list of numbers.

    It moves between devices with the network and is not part of the saved weights.
    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html
    """

    inputs: ClassVar[tuple[Port, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"value": 0.5}, ()),
        Example({"shape": (1, 8, 1)}, ()),
        Example({"value": (0.485, 0.456, 0.406), "shape": (3, 1, 1)}, ()),
        Example({"value": (2, 0, 1), "shape": (3,), "dtype": "int64"}, ()),
        Example({"value": 1, "shape": (2, 2), "dtype": "bool"}, ()),
    )

    value: float | Floats = param(
        0.0, help="The number, or the numbers in reading order, as many as the shape has places."
    )
    shape: Sizes = param((), low=0, help="The whole shape, batch included; empty for one number.")
    dtype: DType = param("float32", help="Kind of number.")

    def validate(self) -> None:
        places = int(str(product(self.shape)))
        if isinstance(self.value, tuple) and len(self.value) != places:
            raise ParameterError(
                f"`value` has {len(self.value)} numbers, but `shape` {self.shape} has {places} places."
            )
        for number in self._numbers():
            if self.dtype == "bool" and number not in (0, 1):
                raise ParameterError(f"`value` is 0 or 1 for truth values, not {number:g}.")
            if self.dtype in WHOLE and not (number.is_integer() and holds(self.dtype, number)):
                raise ParameterError(
                    f"`value` {number:g} is not a number that {self.dtype} can hold."
                )

    def infer(self) -> TensorType:
        """The declared type; there is no batch in front."""
        return TensorType(self.shape, self.dtype)

    def construct(self) -> Call:
        """``nn.Buffer(torch.zeros(1, 8), persistent=False)``"""
        return Call("nn.Buffer", (self._tensor(),), {"persistent": False})

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """The attribute itself."""
        return Raw(module)

    def _tensor(self) -> Call:
        keywords: dict[str, Value] = {}
        natural = "float32"
        if isinstance(self.value, tuple) or not self.shape:
            natural = "int64" if self.dtype in WHOLE else self.dtype
            natural = "float32" if natural not in ("int64", "bool") else natural
        if self.dtype != natural:
            keywords["dtype"] = Raw(f"torch.{self.dtype}")
        if isinstance(self.value, tuple):
            return Call("torch.tensor", (self._nested(list(self.value), self.shape),), keywords)
        if not self.shape:
            return Call("torch.tensor", (self._plain(self.value),), keywords)
        if self.value in (0, 1):
            called = "torch.ones" if self.value else "torch.zeros"
            return Call(called, self.shape, keywords)
        if self.dtype in WHOLE:
            keywords["dtype"] = Raw(f"torch.{self.dtype}")
        return Call("torch.full", (self.shape, self._plain(self.value)), keywords)

    def _nested(self, numbers: list[float], shape: Sizes) -> Value:
        if not shape:
            return self._plain(numbers[0])
        step = len(numbers) // shape[0] if shape[0] else 0
        rows = (numbers[i * step : (i + 1) * step] for i in range(shape[0]))
        return Listing(tuple(self._nested(row, shape[1:]) for row in rows))

    def _plain(self, number: float) -> bool | int | float:
        if self.dtype == "bool":
            return bool(number)
        return int(number) if self.dtype in WHOLE else number

    def _numbers(self) -> tuple[float, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)


class Parameter(
    Learned, family="Input and output", aliases=("weight", "learned", "token", "query")
):
    """A tensor that is learned, such as a class token or a temperature; it starts with zeros unless
    `weight_init` says otherwise.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
    """

    inputs: ClassVar[tuple[Port, ...]] = ()
    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, ()),
        Example({"shape": (1, 4, 8), "weight_init": "trunc_normal"}, ()),
        Example({"shape": (), "weight_init": "ones", "trainable": False}, ()),
    )

    shape: Sizes = param((1,), low=0, help="The whole shape; there is no batch in front.")

    def infer(self) -> TensorType:
        """The declared shape."""
        return TensorType(self.shape)

    def weights(self) -> Mapping[str, Shape]:
        """The tensor itself: its name is the node's."""
        return {"": self.shape}

    def construct(self) -> Call:
        """``nn.Parameter(torch.zeros(1, 1, 768))``"""
        filled = "torch.empty" if self.weight_init is not None else "torch.zeros"
        sizes = self.shape or ((),)
        return Call("nn.Parameter", (Call(filled, sizes),))

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """The attribute itself."""
        return Raw(module)

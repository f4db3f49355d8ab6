"""Where data enters and leaves a network, and tensors that belong to the network itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError
from graph_engine.kinds import NamedSizes
from graph_engine.layers.base import Example, Layer, Port
from graph_engine.layers.expression import Raw, Value
from graph_engine.layers.shape import TensorType, tensor
from graph_engine.names import check_name

DType = Literal[
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    "complex64", "complex128",
]  # fmt: skip


class Input(Layer, family="Input and output", aliases=("source", "data", "placeholder")):
    """Brings one tensor into the network: its name and the shape of one sample."""

    inputs: ClassVar[tuple[Port, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = (Example({"shape": (3, 32, 32)}, ()),)

    shape: NamedSizes = param(
        (1, 28, 28),
        low=0,
        help="Sizes of one sample, without the batch; a name such as T for a size that varies.",
    )
    dtype: DType = param("float32", help="Kind of number.")

    def validate(self) -> None:
        for size in self.shape:
            if isinstance(size, str):
                check_name(size, "The name of a size")
                if size == "B":
                    raise ParameterError("`shape` leaves the batch B out: it always comes first.")

    def infer(self) -> TensorType:
        """The declared type, with the batch in front."""
        return tensor(*self.shape, dtype=self.dtype)


class Output(Layer, family="Input and output", aliases=("result", "return", "sink")):
    """Takes one tensor out of the network; its name is the name of the result."""

    outputs: ClassVar[tuple[Port, ...]] = ()

    def expression(self, module: str, names: Sequence[str], *inputs: TensorType) -> Value:
        """The value itself."""
        return Raw(names[0])

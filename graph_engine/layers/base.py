"""What a layer is: one class that declares parameters, ports, shapes, costs and source at once.

Palette, search, inspector, help page, saving, code, cost and tests all follow from these classes. A
layer class lives in a family file of this package; defining it with ``family=`` puts it into
``CATALOGUE``. Rules are pure functions of the parameters and of the incoming ``TensorType``s, which
always have the batch first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, cast

from graph_engine.declaration import Declared, param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.expression import Call, Chain, Raw, Value, square
from graph_engine.layers.initialization import Initialization
from graph_engine.layers.shape import (
    FLOATING,
    Shape,
    Size,
    TensorType,
    evaluate,
    product,
    shape_text,
    tensor,
)

CATALOGUE: dict[str, type[Layer]] = {}

Saves = Literal["input", "output", "both", "none", "view"]
"""What autograd keeps of a layer for the backward pass; a ``view`` has no memory of its own either."""

Outputs = TensorType | tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """A named place where wires end or begin.

    An ``optional`` input may stay unwired. A ``variadic`` one stands for any number of inputs named
    ``x1``, ``x2``, … after it.
    """

    name: str
    help: str = ""
    optional: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """How one output position sees the input along each spatial axis; for receptive fields.

    Where a layer enlarges its input, neighbouring outputs lie a fraction of an input apart.
    """

    kernel: tuple[int, ...] = (1,)
    stride: tuple[int | Fraction, ...] = (1,)


EVERYTHING = Window(kernel=(0,))


@dataclass(frozen=True)
class Example:
    """A configuration that works, for help pages and for the tests that hold it against torch.

    ``low`` and ``high`` bound the sample values where a layer takes only some (indices, probabilities).
    """

    parameters: Mapping[str, Any]
    inputs: tuple[TensorType | None, ...]
    low: float = -1.0
    high: float = 1.0


class Layer(Declared):
    """One kind of node. See the family files beside this one for what a declaration looks like."""

    family: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[Port, ...]] = (Port("input"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port("output"),)
    examples: ClassVar[tuple[Example, ...]] = (Example({}, (tensor(8),)),)
    saves: ClassVar[Saves] = "input"
    source: ClassVar[str] = ""

    def __init_subclass__(cls, family: str = "", aliases: Sequence[str] = ()) -> None:
        super().__init_subclass__()
        if family:
            cls.family, cls.aliases = family, tuple(aliases)
            assert cls.__name__ not in CATALOGUE, f"two layers are called {cls.__name__}"
            CATALOGUE[cls.__name__] = cls

    # Ports ---------------------------------------------------------------------------------------

    def input_ports(self) -> tuple[Port, ...]:
        """The inputs, which may depend on the parameters."""
        return self.inputs

    def output_ports(self) -> tuple[Port, ...]:
        """The outputs, which may depend on the parameters."""
        return self.outputs

    # Rules ---------------------------------------------------------------------------------------

    def infer(self, *inputs: Any, **_: Any) -> Outputs:
        """The type of each output from the types of the inputs, in the order of the ports.

        Optional inputs without a wire arrive as None. The default keeps the first input's type.
        Raises ShapeError, in words, for what torch would refuse.
        """
        first: TensorType = inputs[0]
        return first

    def weights(self, *inputs: Any, **_: Any) -> Mapping[str, Shape]:
        """The shape of every learned tensor, under the name that torch gives it."""
        return {}

    def multiply_adds(self, *inputs: Any, **_: Any) -> Size:
        """Multiply-adds of one forward pass for these inputs, by torchvision's convention: matrix
        products and convolutions count, element-wise work does not."""
        return 0

    def is_view(self) -> bool:
        """Whether the outputs show the memory of the first input instead of having their own."""
        return self.saves == "view" or bool(self.__dict__.get("inplace"))

    def kept_beside(self, *inputs: Any, **_: Any) -> Size:
        """The bytes that autograd keeps for the backward pass besides inputs, outputs and weights."""
        return 0

    def window(self) -> Window:
        """How far one output value sees along the spatial axes."""
        return Window()

    def is_idle(self, *inputs: TensorType | None) -> bool:
        """Whether the layer only passes its input on, because what it would join is missing."""
        return False

    # Source --------------------------------------------------------------------------------------

    def construct(self, *inputs: Any, **_: Any) -> Call | None:
        """The constructor call of the module, or None for a layer that is only an expression."""
        return None

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """What computes the outputs, from the module's name and the variables of the wired inputs.

        ``names`` has one variable for each input port that is wired and ``""`` for each that is not.
        """
        return Call(module, tuple(Raw(name) for name in names if name))

    def unpack(self, names: Sequence[str]) -> str:
        """The left side of the assignment, from one variable name (or ``_``) for each output."""
        return ", ".join(names)

    def definitions(self) -> tuple[str, ...]:
        """Names of the classes from ``graph_engine.modules`` that the source needs."""
        return ()

    def imports(self) -> tuple[str, ...]:
        """Import lines that the source needs beyond ``torch`` and ``nn``."""
        return ()


class Module(Layer):
    """A layer that is one ``torch.nn`` module of the same name, with torch's own parameters.

    ``call_parameters`` names those that belong to the call in ``forward``, not to the constructor.
    """

    call_parameters: ClassVar[frozenset[str]] = frozenset()

    def inferred(self, *inputs: Any, **_: Any) -> Mapping[str, Any]:
        """The constructor arguments that follow from the incoming shapes, in torch's order."""
        return {}

    def fixed(self) -> Mapping[str, Any]:
        """Arguments that Netloom always writes, such as ``batch_first=True``."""
        return {}

    def function(self) -> str:
        """The callable that constructs the module."""
        return f"nn.{type(self).__name__}"

    def argument(self, name: str, value: Any) -> Value:
        """How the value of a parameter is written: ``(3, 3)`` as ``3`` where one number means all."""
        return square(value) if self.parameters()[name].kind.square else cast("Value", value)

    def construct(self, *inputs: Any, **_: Any) -> Call:
        """``nn.Conv2d(3, 64, kernel_size=7, stride=2)``: only what differs from torch's defaults."""
        positional = list(self.inferred(*inputs).values())
        keywords: dict[str, Value] = {}
        own = self.__dict__
        for name, parameter in self.parameters().items():
            value = own[name]
            if name in NOT_ARGUMENTS or name in self.call_parameters:
                continue
            if parameter.positional:
                positional.append(self.argument(name, value))
            elif parameter.required or value != parameter.default:
                keywords[name] = self.argument(name, value)
        return Call(self.function(), tuple(positional), {**keywords, **self.fixed()})


class Learned(Module):
    """A module with weights: their initialisation and whether training may change them."""

    weight_init: Initialization | None = param(
        None, help="How the weights start; empty means PyTorch's default for this layer."
    )
    bias_init: Initialization | None = param(
        None, help="How the biases start; empty means PyTorch's default for this layer."
    )
    trainable: bool = param(True, help="Whether training changes the weights, or they stay frozen.")

    def initialised(self, *inputs: Any) -> list[tuple[Initialization, list[str]]]:
        """Each initialisation with the names of the weights that it is for.

        In a layer with matrices, ``weight_init`` is for those; the scales of inner norms stay one.
        Raises ParameterError where an initialisation suits none of the weights.
        """
        if self.weight_init is None and self.bias_init is None:
            return []
        shapes = self.weights(*inputs)
        biases = [name for name in shapes if "bias" in name]
        others = [name for name in shapes if "bias" not in name]
        matrices = [name for name in others if len(shapes[name]) > 1]
        found = []
        for init, names in ((self.weight_init, matrices or others), (self.bias_init, biases)):
            suited = [name for name in names if init is not None and init.suits(shapes[name])]
            if init is not None and names and not suited:
                raise ParameterError(
                    f"cannot start with {init.name}: that does not suit a weight of "
                    f"{shape_text(shapes[names[0]])}. Choose another initialisation."
                )
            if init is not None and suited:
                found.append((init, suited))
        return found


NOT_ARGUMENTS = frozenset(Learned.parameters())


def parameter_count(layer: Layer, *inputs: TensorType | None) -> int:
    """How many learned numbers the layer has for these inputs."""
    return sum(evaluate(product(shape), {}) for shape in layer.weights(*inputs).values())


# Checks that many rules share --------------------------------------------------------------------


def require_floating(x: TensorType, port: str = "input") -> None:
    """Refuses anything but real floating-point numbers of the weights' precision."""
    if x.dtype != "float32":
        raise ShapeError(
            f"needs float32 numbers, but receives {x.dtype}. {_dtype_advice(x)}", port, ("cast",)
        )


def require_real(x: TensorType, port: str = "input") -> None:
    """Refuses integers, truth values and complex numbers, of whatever precision."""
    if x.dtype not in FLOATING:
        raise ShapeError(
            f"needs floating-point numbers, but receives {x.dtype}. {_dtype_advice(x)}",
            port,
            ("cast",),
        )


def _dtype_advice(x: TensorType) -> str:
    if x.dtype in ("int64", "int32"):
        return "Insert an Embedding for indices, or a Cast for quantities."
    return "Insert a Cast."


def require_rank(x: TensorType, *ranks: int, port: str = "input", layout: str = "") -> None:
    """Refuses a tensor whose number of dimensions, batch included, is not one of ``ranks``."""
    if len(x.shape) not in ranks:
        wanted = " or ".join(str(rank - 1) for rank in ranks)
        shape = f" ({layout})" if layout else ""
        advice = "Flatten or a Select" if len(x.shape) > max(ranks) else "Unsqueeze or a Reshape"
        raise ShapeError(
            f"needs samples of {wanted} dimension{'s' if wanted != '1' else ''}{shape}, "
            f"but receives {x}. Insert {'a' if advice[0] == 'F' else 'an'} {advice}.",
            port,
            ("rank", min(ranks)),
        )


def resolve_dim(dim: int, rank: int, port: str = "input", what: str = "dim") -> int:
    """The dimension counted from the front. Raises ShapeError where the tensor has no such one."""
    if not -rank <= dim < rank:
        raise ShapeError(
            f"has {what}={dim}, but the input has {rank} dimensions with the batch: "
            f"choose between {-rank} and {rank - 1}.",
            port,
        )
    return dim % rank


__all__ = [
    "CATALOGUE",
    "EVERYTHING",
    "Chain",
    "Example",
    "Layer",
    "Learned",
    "Module",
    "Outputs",
    "Port",
    "Window",
    "parameter_count",
    "require_floating",
    "require_rank",
    "require_real",
    "resolve_dim",
]

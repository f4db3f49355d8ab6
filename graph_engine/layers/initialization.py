"""The ways of ``torch.nn.init`` to set weights before training; each is one small record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from graph_engine.declaration import Declared, param, short
from graph_engine.errors import ParameterError
from graph_engine.layers.expression import Call, Raw
from graph_engine.layers.shape import Shape

INITIALIZATIONS: dict[str, type[Initialization]] = {}

Nonlinearity = Literal[
    "linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"
]


class Initialization(Declared):
    """How the numbers of one weight tensor start."""

    name: ClassVar[str] = ""
    words: ClassVar[str] = "an initialisation such as kaiming_normal"
    ranks: ClassVar[tuple[int, int]] = (0, 1000)

    def __init_subclass__(cls, name: str = "", ranks: tuple[int, int] = (0, 1000)) -> None:
        super().__init_subclass__()
        cls.name, cls.ranks = name, ranks
        INITIALIZATIONS[name] = cls

    def call(self, weight: str) -> Call:
        """``nn.init.kaiming_normal_(self.conv1.weight, nonlinearity="relu")``"""
        return Call(f"nn.init.{self.name}_", (Raw(weight),), self.changed())

    def suits(self, shape: Shape) -> bool:
        """Whether torch accepts it for a weight of that shape."""
        return self.ranks[0] <= len(shape) <= self.ranks[1]

    def saved(self) -> Mapping[str, Any]:
        """The record as it stands in a project file."""
        return {"init": self.name, **self.changed()}

    @classmethod
    def read(cls, saved: object) -> Initialization:
        """The record from its name or its saved form.

        Raises ParameterError for an unknown name or argument.
        """
        fields: Mapping[Any, Any] = {"init": saved} if isinstance(saved, str) else {}
        if isinstance(saved, Mapping):
            fields = saved
        name = fields.get("init")
        kind = INITIALIZATIONS.get(name) if isinstance(name, str) else None
        if kind is None:
            known = ", ".join(INITIALIZATIONS)
            raise ParameterError(f"No initialisation is called {short(name)}; there are {known}.")
        return kind(**{str(key): value for key, value in fields.items() if key != "init"})


def ascending(a: float, b: float) -> None:
    """Refuses bounds in the wrong order. Raises ParameterError."""
    if a > b:
        raise ParameterError(f"`a` is at most `b`, but {a:g} is more than {b:g}.")


class Uniform(Initialization, name="uniform"):
    """Evenly spread between two bounds."""

    a: float = param(0.0, help="Lower bound.")
    b: float = param(1.0, help="Upper bound.")

    def validate(self) -> None:
        ascending(self.a, self.b)


class Normal(Initialization, name="normal"):
    """Bell-shaped around a mean."""

    mean: float = param(0.0, help="Centre.")
    std: float = param(1.0, low=0.0, help="Spread.")


class TruncatedNormal(Initialization, name="trunc_normal"):
    """Bell-shaped, with the far tails drawn again."""

    mean: float = param(0.0, help="Centre.")
    std: float = param(1.0, low=1e-12, help="Spread.")
    a: float = param(-2.0, help="Lowest value kept.")
    b: float = param(2.0, help="Highest value kept.")

    def validate(self) -> None:
        ascending(self.a, self.b)


class Constant(Initialization, name="constant"):
    """The same number everywhere."""

    val: float = param(0.0, help="The number.", required=True)

    def call(self, weight: str) -> Call:
        """``nn.init.constant_(self.fc.bias, 0.1)``"""
        return Call("nn.init.constant_", (Raw(weight), self.val))


class Zeros(Initialization, name="zeros"):
    """All zero: right for biases, and for the last layer of a residual branch."""


class Ones(Initialization, name="ones"):
    """All one: right for scales."""


class Eye(Initialization, name="eye", ranks=(2, 2)):
    """The identity matrix: the layer starts by passing its input on."""


class Dirac(Initialization, name="dirac", ranks=(3, 5)):
    """The identity for convolutions: each filter starts by passing one channel on."""

    groups: int = param(1, low=1, help="Groups of the convolution.")

    def suits(self, shape: Shape) -> bool:
        """Only for convolutions, whose filters the groups divide."""
        return super().suits(shape) and shape[0] // self.groups * self.groups == shape[0]


class XavierUniform(Initialization, name="xavier_uniform", ranks=(2, 1000)):
    """Keeps the variance through tanh and sigmoid layers (Glorot and Bengio, 2010)."""

    gain: float = param(1.0, low=0.0, help="Scale for the activation that follows.")


class XavierNormal(Initialization, name="xavier_normal", ranks=(2, 1000)):
    """The bell-shaped form of xavier_uniform (Glorot and Bengio, 2010)."""

    gain: float = param(1.0, low=0.0, help="Scale for the activation that follows.")


class KaimingUniform(Initialization, name="kaiming_uniform", ranks=(2, 1000)):
    """Keeps the variance through ReLU layers (He et al., 2015)."""

    a: float = param(0.0, help="Slope of a leaky ReLU below zero.")
    mode: Literal["fan_in", "fan_out"] = param("fan_in", help="Which pass keeps its variance.")
    nonlinearity: Nonlinearity = param("leaky_relu", help="The activation that follows.")


class KaimingNormal(Initialization, name="kaiming_normal", ranks=(2, 1000)):
    """The bell-shaped form of kaiming_uniform (He et al., 2015)."""

    a: float = param(0.0, help="Slope of a leaky ReLU below zero.")
    mode: Literal["fan_in", "fan_out"] = param("fan_in", help="Which pass keeps its variance.")
    nonlinearity: Nonlinearity = param("leaky_relu", help="The activation that follows.")


class Orthogonal(Initialization, name="orthogonal", ranks=(2, 1000)):
    """Rows at right angles: keeps lengths, good for recurrent layers (Saxe et al., 2013)."""

    gain: float = param(1.0, help="Scale for the activation that follows.")


class Sparse(Initialization, name="sparse", ranks=(2, 2)):
    """Mostly zero, the rest bell-shaped (Martens, 2010)."""

    sparsity: float = param(0.5, low=0.0, high=1.0, help="Share of zeros.", required=True)
    std: float = param(0.01, low=0.0, help="Spread of the others.")

    def call(self, weight: str) -> Call:
        """``nn.init.sparse_(self.fc.weight, sparsity=0.9)``"""
        arguments = {"sparsity": self.sparsity, **self.changed()}
        return Call("nn.init.sparse_", (Raw(weight),), arguments)

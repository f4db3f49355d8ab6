"""Activations: what makes a stack of layers more than one linear map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.base import Example, Learned, Module, require_floating
from graph_engine.layers.dtypes import ANY, NUMBERS, REAL, floated, holds, require_dtype
from graph_engine.layers.shape import FLOATING, WHOLE, Shape, TensorType, tensor


class Activation(Module):
    """A function of each value by itself: the shape stays."""

    takes: ClassVar[frozenset[str]] = FLOATING

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_dtype(input, self.takes)
        return input


class Overwriting(Activation):
    """An activation that may overwrite its input."""

    inplace: bool = param(False, help="Overwrite the input to save memory.")


class Smooth(Activation):
    """An activation that turns whole numbers into float32."""

    takes: ClassVar[frozenset[str]] = NUMBERS

    def infer(self, input: TensorType) -> TensorType:
        """The same shape."""
        require_dtype(input, self.takes)
        return floated(input)


class Invertible(Overwriting):
    """An activation whose gradient follows from its output, as long as a slope is not negative."""

    def refuse_inplace(self, name: str, slope: float) -> None:
        """Refuses to overwrite an input that the gradient could not do without."""
        if self.inplace and slope < 0:
            raise ParameterError(
                f"`inplace` needs {name} of at least 0, not {slope:g}: the gradient could not be "
                f"computed any more."
            )


class Bounded(Activation):
    """An activation with constants that numbers of the incoming dtype have to be able to hold."""

    def limits(self, dtype: str) -> tuple[float, ...]:
        """The constants that are compared with the values or put in their place."""
        raise NotImplementedError

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_dtype(input, self.takes)
        for limit in self.limits(input.dtype):
            if not holds(input.dtype, limit):
                raise ShapeError(
                    f"works with {limit:g}, which {input.dtype} numbers cannot hold. Choose another "
                    f"value, or insert a Cast.",
                    "input",
                    ("cast",),
                )
        return input


class ReLU(Overwriting, family="Activation", aliases=("rectifier", "nonlinearity")):
    """Sets negative values to zero: cheap, and gradients pass where a unit is active.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    """

    takes: ClassVar[frozenset[str]] = REAL
    saves = "output"


class ReLU6(Overwriting, family="Activation", aliases=("rectifier", "mobilenet")):
    """ReLU that also stops at 6, which suits arithmetic of low precision.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
    """

    takes: ClassVar[frozenset[str]] = REAL


class LeakyReLU(Invertible, family="Activation", aliases=("rectifier", "gan")):
    """ReLU that lets a little of the negative values through, so that no unit dies.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
    """

    negative_slope: float = param(0.01, help="Slope for negative values.")

    def validate(self) -> None:
        self.refuse_inplace("a negative_slope", self.negative_slope)


class RReLU(Overwriting, family="Activation", aliases=("rectifier", "random")):
    """Leaky ReLU whose slope is drawn at random while training.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html
    """

    takes: ClassVar[frozenset[str]] = FLOATING - {"float16"}
    saves = "both"
    lower: float = param(1 / 8, help="Smallest slope for negative values.")
    upper: float = param(1 / 3, help="Largest slope for negative values.")

    def validate(self) -> None:
        if self.lower > self.upper:
            raise ParameterError(
                f"`lower` must not be above `upper`: {self.lower:g} is above {self.upper:g}."
            )


class PReLU(Learned, family="Activation", aliases=("rectifier", "learned slope")):
    """Leaky ReLU whose slope is learned, one for all channels or one for each.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
    """

    num_parameters: int = param(1, low=1, help="1, or the number of channels for a slope each.")
    init: float = param(0.25, help="Slope to start with.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"num_parameters": 3, "init": 0.1}, (tensor(3, 4, 4),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_floating(input)
        channels = input.shape[1] if len(input.shape) > 1 else 1
        if isinstance(channels, int) and self.num_parameters not in (1, channels):
            raise ShapeError(
                f"has {self.num_parameters} slopes, but receives {channels} channels. Set "
                f"num_parameters to 1 or {channels}.",
                "input",
            )
        return input

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """The slopes."""
        return {"weight": (self.num_parameters,)}


class ELU(Invertible, family="Activation", aliases=("exponential",)):
    """Passes positive values on and bends negative ones smoothly towards −alpha.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html
    """

    alpha: float = param(1.0, help="How far negative values reach.")

    def validate(self) -> None:
        self.refuse_inplace("an alpha", self.alpha)


class CELU(Invertible, family="Activation", aliases=("exponential",)):
    """ELU in a form whose slope has no kink for any alpha.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html
    """

    alpha: float = param(1.0, help="How far negative values reach; not 0.")

    def validate(self) -> None:
        if self.alpha == 0:
            raise ParameterError("`alpha` of CELU must not be 0: the function divides by it.")
        self.refuse_inplace("an alpha", self.alpha)


class SELU(Overwriting, family="Activation", aliases=("self-normalizing", "exponential")):
    """ELU scaled so that values keep mean 0 and variance 1 (Klambauer et al., 2017).

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html
    """


class GELU(Activation, family="Activation", aliases=("transformer", "gaussian")):
    """Weighs each value by how much of a normal distribution lies below it; usual in transformers.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html
    """

    approximate: Literal["none", "tanh"] = param("none", help="The exact form or its tanh form.")


class SiLU(Overwriting, family="Activation", aliases=("swish", "efficientnet")):
    """Multiplies each value by its sigmoid; smooth, and slightly negative before zero.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html
    """


class Mish(Overwriting, family="Activation", aliases=("yolo",)):
    """A smooth relative of SiLU: each value times the tanh of its softplus.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html
    """


class Hardswish(Overwriting, family="Activation", aliases=("mobilenet", "swish")):
    """SiLU made of straight pieces and a parabola, for small devices.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html
    """


class Sigmoid(Smooth, family="Activation", aliases=("logistic", "squash", "gate")):
    """Squashes each value smoothly into 0 … 1, so that it can be read as a probability.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
    """

    takes: ClassVar[frozenset[str]] = ANY
    saves = "output"


class LogSigmoid(Activation, family="Activation", aliases=("log probability",)):
    """The logarithm of the sigmoid, computed without loss of precision.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
    """

    saves = "both"


class Hardsigmoid(Overwriting, family="Activation", aliases=("mobilenet", "gate")):
    """The sigmoid made of three straight pieces.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
    """


class Tanh(Smooth, family="Activation", aliases=("hyperbolic tangent", "squash")):
    """Squashes each value smoothly into −1 … 1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
    """

    takes: ClassVar[frozenset[str]] = ANY
    saves = "output"


class Tanhshrink(Smooth, family="Activation", aliases=("shrinkage",)):
    """Each value minus its tanh: small values vanish.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
    """

    saves = "output"


class Hardtanh(Overwriting, Bounded, family="Activation", aliases=("clip", "clamp")):
    """Passes values between two limits on and stops at the limits.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
    """

    takes: ClassVar[frozenset[str]] = REAL
    min_val: float = param(-1.0, help="Lower limit.")
    max_val: float = param(1.0, help="Upper limit.")

    def validate(self) -> None:
        if self.min_val >= self.max_val:
            raise ParameterError(
                f"`min_val` must be below `max_val`: {self.min_val:g} is not below {self.max_val:g}."
            )

    def limits(self, dtype: str) -> tuple[float, ...]:
        """Both limits; PyTorch rounds a little less than nothing up to nothing."""
        return tuple(0.0 if -1 < v < 0 else v for v in (self.min_val, self.max_val))


class Threshold(Overwriting, Bounded, family="Activation", aliases=("cut",)):
    """Keeps the values above a threshold and replaces the others.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html
    """

    takes: ClassVar[frozenset[str]] = REAL
    threshold: float = param(0.0, positional=True, help="Values must be above this to be kept.")
    value: float = param(0.0, positional=True, help="What the others are replaced by.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"threshold": 0.1, "value": -20.0}, (tensor(3, 4),)),
    )

    def limits(self, dtype: str) -> tuple[float, ...]:
        """The new value, and for whole numbers also what it is compared with."""
        return (self.threshold, self.value) if dtype in WHOLE else (self.value,)


class Softplus(Activation, family="Activation", aliases=("smooth relu", "positive")):
    """A smooth ReLU whose values are always positive.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html
    """

    beta: float = param(1.0, help="How sharp the bend is.")
    threshold: float = param(20.0, help="Above this, the function is taken as a straight line.")


class Softsign(Smooth, family="Activation", aliases=("squash",)):
    """Squashes each value into −1 … 1, more slowly than tanh: x / (1 + |x|).

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html
    """

    saves = "both"


class Softshrink(Bounded, family="Activation", aliases=("shrinkage", "sparse")):
    """Moves each value towards zero by lambd, and small ones onto it: sparse codes.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
    """

    lambd: float = param(0.5, low=0.0, help="How far values move.")

    def limits(self, dtype: str) -> tuple[float, ...]:
        """How far values move."""
        return (self.lambd,)


class Hardshrink(Bounded, family="Activation", aliases=("shrinkage", "sparse")):
    """Sets values between −lambd and lambd to zero and passes the others on.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
    """

    lambd: float = param(0.5, help="Values no further than this from zero vanish.")

    def limits(self, dtype: str) -> tuple[float, ...]:
        """The limit of what vanishes."""
        return (self.lambd,)

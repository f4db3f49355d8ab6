"""Noise, sampling and tricks with gradients: what generative and adversarial networks are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import (
    EVERYTHING,
    Example,
    Port,
    Window,
    require_floating,
    resolve_dim,
)
from graph_engine.layers.expression import Value
from graph_engine.layers.matching import require_same
from graph_engine.layers.merge import DIM
from graph_engine.layers.operation import (
    FUNCTIONAL,
    INEXACT,
    ORDERED,
    Operation,
    Supplied,
    SuppliedLearned,
    function,
    given,
    method,
    require_dimensions,
    require_dtype,
    require_same_dtype,
)
from graph_engine.layers.shape import FLOATING, Shape, Size, TensorType, product, tensor


class Reparameterize(
    Supplied, family="Generative", aliases=("vae", "sample", "latent", "gaussian sampling")
):
    """Draws a sample from the bell curve of a given mean and logarithm of variance, in a way that
    gradients can pass; outside of training it gives the mean.

    Kingma and Welling, 2013: https://arxiv.org/abs/1312.6114
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("mean"), Port("log_variance"))
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8))),
        Example({}, (tensor(3, 4, dtype="float64"), tensor(3, 4, dtype="float64"))),
    )

    def infer(self, mean: TensorType, log_variance: TensorType) -> TensorType:
        """The shape of both"""
        require_dtype(mean, INEXACT, "mean")
        require_same_dtype(mean, log_variance, "mean", "log_variance")
        require_same(log_variance, mean, "log_variance", "mean")
        return mean


class GumbelSoftmax(
    Operation, family="Generative", aliases=("discrete latent", "concrete", "categorical sampling")
):
    """Draws a nearly one-hot sample from class scores, in a way that gradients can pass.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
    """

    takes: ClassVar[frozenset[str]] = FLOATING
    saves = "output"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8),)),
        Example({"tau": 0.5, "hard": True, "dim": 1}, (tensor(3, 8),)),
    )

    tau: float = param(1.0, low=1e-6, help="Temperature: the lower, the closer to one-hot.")
    hard: bool = param(
        False, help="Give exactly one-hot samples, with the gradient of the soft ones."
    )
    dim: int = param(-1, low=-64, high=63, help=DIM)

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        require_dtype(input, self.takes)
        dim = resolve_dim(self.dim, len(input.shape))
        if self.hard and input.shape[dim] == 0:
            raise ShapeError(f"chooses among classes, but receives {input}.", "input")
        return input

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``F.gumbel_softmax(x, tau=0.5)``"""
        defaults = {"tau": 1.0, "hard": False, "dim": -1}
        return function("F.gumbel_softmax", names, **given(self.values(), defaults))

    def imports(self) -> tuple[str, ...]:
        """``F``"""
        return FUNCTIONAL


class DropPath(
    Supplied, family="Dropout", aliases=("stochastic depth", "drop connect", "residual")
):
    """In training, sets whole samples of a residual branch to zero at random, so that layers learn not
    to rely on each other.

    Huang et al., 2016: https://arxiv.org/abs/1603.09382
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"p": 0.5, "mode": "batch"}, (tensor(4, dtype="float64"),)),
    )

    p: float = param(
        0.1, low=0.0, high=1.0, required=True, help="Chance that a sample is set to zero."
    )
    mode: Literal["row", "batch"] = param("row", help="Each sample by itself, or all at once.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        if self.p > 0.0:
            require_dtype(input, FLOATING if self.p < 1.0 else ORDERED)
            require_dimensions(input, 1)
        return input


class GaussianNoise(Supplied, family="Dropout", aliases=("noise", "denoising", "jitter")):
    """In training, adds bell-shaped noise to each value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.randn_like.html
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"std": 1.0}, (tensor(4, dtype="float64"),)),
    )

    std: float = param(0.1, low=0.0, required=True, help="Spread of the noise.")

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        require_dtype(input, INEXACT)
        return input


class GradientReversal(
    Supplied, family="Generative", aliases=("domain adaptation", "adversarial", "dann")
):
    """Passes values on unchanged and turns the gradient around, so that what comes before learns to
    mislead what comes after.

    Ganin and Lempitsky, 2015: https://arxiv.org/abs/1409.7495
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4),)),
        Example({"coefficient": 0.5}, (tensor(4, dtype="int64"),)),
    )

    coefficient: float = param(
        1.0, help="By how much the gradient is multiplied, besides the sign."
    )

    def definitions(self) -> tuple[str, ...]:
        """The function with its own backward pass, and the module."""
        return ("ReverseGradient", "GradientReversal")


class Detach(Operation, family="Generative", aliases=("stop gradient", "freeze", "target network")):
    """Passes values on and lets no gradient through.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
    """

    saves = "view"
    examples: ClassVar[tuple[Example, ...]] = (Example({}, (tensor(3, 4),)),)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``x.detach()``"""
        return method(names[0], "detach")


class RestrictedBoltzmannMachine(
    SuppliedLearned, family="Generative", aliases=("rbm", "boltzmann", "energy", "deep belief")
):
    """Two layers that explain each other: from visible values it gives the chance that each hidden unit
    is on. It is trained by contrastive divergence, for which its module has `contrastive_divergence`.

    Hinton, 2002: https://www.cs.toronto.edu/~hinton/absps/nccd.pdf
    """

    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),), low=0.0, high=1.0),
        Example({"hidden_features": 5, "visible": "gaussian"}, (tensor(3, 4),)),
    )

    hidden_features: int = param(64, low=1, positional=True, help="How many hidden units.")
    visible: Literal["bernoulli", "gaussian"] = param(
        "bernoulli", help="Visible units that are on or off, or real numbers of variance 1."
    )

    def infer(self, input: TensorType) -> TensorType:
        """(…, visible) → (…, hidden)"""
        require_floating(input)
        self._features(input)
        return TensorType((*input.shape[:-1], self.hidden_features))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """``visible_features`` is the size of the last dimension."""
        return {"visible_features": self._features(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """A matrix, and an offset for each unit of both layers"""
        visible = self._features(input)
        return {
            "weight": (self.hidden_features, visible),
            "visible_bias": (visible,),
            "hidden_bias": (self.hidden_features,),
        }

    def multiply_adds(self, input: TensorType) -> Size:
        """One for each connection"""
        return product(input.shape) * self.hidden_features

    def window(self) -> Window:
        """Each hidden unit sees everything."""
        return EVERYTHING

    @staticmethod
    def _features(x: TensorType) -> int:
        require_dimensions(x, 2)
        if not isinstance(x.shape[-1], int):
            raise ShapeError(
                f"needs a last dimension of fixed size, but receives {x}.", "input", ("fixed",)
            )
        return x.shape[-1]

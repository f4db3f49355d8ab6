"""Losses that compare a prediction with a target value by value: how wrong it is, as one number.

Predictions are real floating-point numbers, and the two shapes have to be equal: PyTorch would
broadcast them, which is hardly ever what was meant (it warns where it can).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Floats
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import Example, Module, Port, require_real
from graph_engine.layers.expression import Call, Listing, Value
from graph_engine.layers.matching import require_dtype, require_same
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import FLOATING, WHOLE, Shape, TensorType, tensor

Reduction = Literal["mean", "sum", "none"]
PREDICTION = Port("input", "What the network says.")
TARGET = Port("target", "What it should say.")


class Loss(Module):
    """What all losses have in common."""

    inputs: ClassVar[tuple[Port, ...]] = (PREDICTION, TARGET)
    outputs: ClassVar[tuple[Port, ...]] = (Port("output", "How wrong it is; smaller is better."),)
    reduction: Reduction = param(
        "mean", help="Average or add up over everything, or keep one value for each part."
    )

    def reduced(self, shape: Shape, *dtypes: str) -> TensorType:
        """One number, or the whole shape where nothing is reduced; the dtypes are promoted."""
        dtype = dtypes[0]
        for other in dtypes[1:]:
            dtype = promoted(dtype, other)
        return TensorType(shape if self.reduction == "none" else (), dtype)

    def argument(self, name: str, value: Any) -> Value:
        """Weights are written as a tensor."""
        if name in ("weight", "pos_weight"):
            return Call("torch.tensor", (Listing(value),))
        return super().argument(name, value)


def refuse_target(x: TensorType, allowed: Sequence[str], port: str = "target") -> None:
    """Refuses a kind of number that is not among the allowed ones."""
    if x.dtype not in allowed:
        raise ShapeError(
            f"cannot compare with {x.dtype} numbers on input {port}. Insert a Cast to float32.",
            port,
            ("cast", "float32"),
        )


def check_weight(weight: Floats | None, name: str, x: TensorType) -> None:
    """Refuses weights that do not fit the last dimension."""
    size = x.shape[-1] if x.shape else 1
    if weight is not None and len(weight) != 1 and differ(len(weight), size):
        raise ShapeError(
            f"has {len(weight)} values in {name}, but the last dimension of its input has {size}. "
            f"Give one value for each, or a single one.",
            "input",
        )


def at_least_zero(value: float, name: str, *, exclusive: bool) -> None:
    """Refuses a negative value, and zero as well where it is excluded. Raises ParameterError."""
    if value < 0 or (exclusive and value == 0):
        raise ParameterError(f"`{name}` takes a number above zero, not {value:g}.")


REAL = WHOLE | FLOATING


class ValueLoss(Loss):
    """A loss of two tensors of the same shape. ``targets`` are the dtypes that the target may have."""

    targets: ClassVar[frozenset[str]] = REAL

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number"""
        require_real(input)
        require_same(target, input, "target", "input")
        refuse_target(target, sorted(self.targets))
        return self.reduced(input.shape, input.dtype, target.dtype)


class L1Loss(ValueLoss, family="Loss", aliases=("mean absolute error", "mae", "regression")):
    """The mean absolute difference: each error counts as large as it is, so outliers weigh little.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3))),
        Example({"reduction": "none"}, (tensor(2, 3), tensor(2, 3, dtype="int64"))),
    )


class MSELoss(ValueLoss, family="Loss", aliases=("mean squared error", "l2", "regression")):
    """The mean squared difference: the standard for regression and reconstruction.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
    """

    targets: ClassVar[frozenset[str]] = REAL | {"bool"}
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3))),
        Example({"reduction": "sum"}, (tensor(), tensor(dtype="bool"))),
        Example({"reduction": "none"}, (tensor(2, 3), tensor(2, 3, dtype="float64"))),
    )


class SmoothL1Loss(ValueLoss, family="Loss", aliases=("robust regression", "fast r-cnn", "boxes")):
    """Squared for small errors and absolute for large ones, so that outliers do not rule the training.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
    """

    targets: ClassVar[frozenset[str]] = REAL | {"bool"}
    beta: float = param(1.0, low=0.0, help="Where the square turns into the absolute value.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3))),
        Example({"beta": 0.0, "reduction": "none"}, (tensor(2, 3), tensor(2, 3))),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number; without a square this is L1Loss, which takes no bool"""
        if not self.beta:
            refuse_target(target, sorted(REAL))
        return super().infer(input, target)


class HuberLoss(ValueLoss, family="Loss", aliases=("robust regression",)):
    """Squared for small errors and absolute for large ones; SmoothL1Loss times delta.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
    """

    delta: float = param(1.0, low=0.0, help="Where the square turns into the absolute value.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3))),
        Example({"delta": 0.5, "reduction": "none"}, (tensor(2, 3), tensor(2, 3))),
    )

    def validate(self) -> None:
        at_least_zero(self.delta, "delta", exclusive=True)

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number; the backward pass wants equal dtypes as well."""
        require_real(input)
        require_same(target, input, "target", "input")
        require_dtype(target, input.dtype, "target")
        return self.reduced(input.shape, input.dtype)


class PoissonNLLLoss(ValueLoss, family="Loss", aliases=("count", "poisson regression")):
    """For counts: how unlikely the count is if events come at the predicted rate.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html
    """

    log_input: bool = param(True, help="The input is the logarithm of the rate.")
    full: bool = param(False, help="Add the term that does not depend on the prediction.")
    eps: float = param(1e-8, help="Small number against the logarithm of zero.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3)), low=0.1),
        Example(
            {"log_input": False, "full": True, "reduction": "none"},
            (tensor(2), tensor(2, dtype="int64")),
            low=0.1,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number"""
        require_real(input)
        require_same(target, input, "target", "input")
        refuse_target(target, sorted(REAL if self.full else REAL | {"bool"}))
        return self.reduced(input.shape, input.dtype, target.dtype)


class GaussianNLLLoss(Loss, family="Loss", aliases=("uncertainty", "variance", "heteroscedastic")):
    """For predictions with an uncertainty: how unlikely the target is under a bell curve of the
    predicted mean and variance.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        PREDICTION,
        TARGET,
        Port("var", "The predicted variance, for each value or for each row; not negative."),
    )
    full: bool = param(False, help="Add the term that does not depend on the prediction.")
    eps: float = param(1e-6, low=0.0, help="Smallest variance.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3), tensor(3)), low=0.1),
        Example(
            {"full": True, "reduction": "none"}, (tensor(2, 3), tensor(2, 3), tensor(2)), low=0.1
        ),
        Example({}, (tensor(2, 3), tensor(2, 3), tensor(2, 1)), low=0.1),
    )

    def infer(self, input: TensorType, target: TensorType, var: TensorType) -> TensorType:
        """Two equal shapes and a variance → one number"""
        require_real(input)
        require_real(var, "var")
        require_same(target, input, "target", "input")
        refuse_target(target, sorted(REAL))
        self._check_variance(var.shape, input)
        return self.reduced(input.shape, input.dtype, target.dtype, var.dtype)

    @staticmethod
    def _check_variance(var: Shape, x: TensorType) -> None:
        per_row = len(var) == len(x.shape) - 1 and not any(map(differ, var, x.shape))
        if per_row:
            return
        pairs = list(zip(var, x.shape, strict=False))
        other = [a for a, b in pairs if differ(a, b)]
        if len(var) != len(x.shape) or (other and other != [1]):
            raise ShapeError(
                f"needs a variance for each value ({x}) or for each row, "
                f"but receives {TensorType(var)}.",
                "var",
            )


class KLDivLoss(
    ValueLoss, family="Loss", aliases=("kullback-leibler", "divergence", "distillation")
):
    """How far a predicted distribution is from another; the input is in logarithms.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
    """

    targets: ClassVar[frozenset[str]] = FLOATING
    reduction: Literal["mean", "batchmean", "sum", "none"] = param(  # type: ignore[assignment]
        "mean", help="“batchmean” is the mathematical definition; “mean” divides by too much."
    )
    log_target: bool = param(False, help="The target is in logarithms as well.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"reduction": "batchmean"}, (tensor(3), tensor(3)), low=0.1),
        Example({"log_target": True, "reduction": "none"}, (tensor(2, 3), tensor(2, 3))),
    )


class SignLoss(ValueLoss):
    """A loss whose target only says which way; the result has the dtype of the input."""

    def reduced(self, shape: Shape, *dtypes: str) -> TensorType:
        """The dtype is that of the input."""
        return super().reduced(shape, dtypes[0])


class HingeEmbeddingLoss(SignLoss, family="Loss", aliases=("similarity", "siamese")):
    """For distances: small where the target is 1, above a margin where it is −1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html
    """

    targets: ClassVar[frozenset[str]] = REAL | {"bool"}
    margin: float = param(1.0, help="Distance beyond which different pairs cost nothing.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(), tensor())),
        Example({"margin": 2.0, "reduction": "none"}, (tensor(3), tensor(3, dtype="int64"))),
    )


class SoftMarginLoss(SignLoss, family="Loss", aliases=("two classes", "logistic")):
    """For two classes called 1 and −1: the logistic loss of the score.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3))),
        Example({"reduction": "none"}, (tensor(2, 3), tensor(2, 3, dtype="int64"))),
    )

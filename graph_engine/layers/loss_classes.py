"""Losses for classes: the target says which one, or which ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Floats, Sizes
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import (
    Example,
    Learned,
    Port,
    require_floating,
    require_rank,
    require_real,
)
from graph_engine.layers.loss import (
    PREDICTION,
    Loss,
    ValueLoss,
    check_weight,
    refuse_target,
)
from graph_engine.layers.matching import (
    fixed_size,
    require_dtype,
    require_same,
    require_shape,
    shapes_differ,
)
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import FLOATING, Shape, Size, TensorType, product, tensor

LABELS = Port("target", "The number of the right class, int64.")


class BCELoss(ValueLoss, family="Loss", aliases=("binary cross entropy", "two classes", "gan")):
    """For yes or no: how surprised the predicted probabilities are. The input comes out of a Sigmoid.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
    """

    weight: Floats | None = param(None, help="A weight for each value of the last dimension.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(1), tensor(1)), low=0.1, high=0.9),
        Example(
            {"weight": (0.5, 1.0, 2.0), "reduction": "none"},
            (tensor(2, 3), tensor(2, 3)),
            low=0.1,
            high=0.9,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number"""
        require_real(input)
        require_same(target, input, "target", "input")
        require_dtype(target, input.dtype, "target")
        check_weight(self.weight, "weight", input)
        return self.reduced(input.shape, input.dtype)


class BCEWithLogitsLoss(
    ValueLoss,
    family="Loss",
    aliases=("binary cross entropy", "two classes", "multi-label", "sigmoid"),
):
    """For yes or no: how surprised the predicted scores are. The sigmoid is inside, which is more exact.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
    """

    weight: Floats | None = param(None, help="A weight for each value of the last dimension.")
    pos_weight: Floats | None = param(
        None, help="How much more a “yes” counts, for each value of the last dimension."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(1), tensor(1)), low=0.0),
        Example(
            {"weight": (0.5, 1.0, 2.0), "pos_weight": (3.0,), "reduction": "none"},
            (tensor(2, 3), tensor(2, 3)),
            low=0.0,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """Two equal shapes → one number, of the target's dtype"""
        require_real(input)
        require_same(target, input, "target", "input")
        refuse_target(target, sorted(FLOATING))
        check_weight(self.weight, "weight", input)
        check_weight(self.pos_weight, "pos_weight", input)
        return self.reduced(input.shape, target.dtype)


class MultiLabelSoftMarginLoss(
    ValueLoss, family="Loss", aliases=("multi-label", "several classes")
):
    """For several classes at once: the mean of a yes-or-no loss for each class.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html
    """

    weight: Floats | None = param(None, help="A weight for each class.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3)), low=0.0),
        Example(
            {"weight": (0.5, 1.0, 2.0), "reduction": "none"},
            (tensor(2, 3), tensor(2, 3, dtype="int64")),
            low=0,
            high=1,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(…, C) and (…, C) → one number, or (…)"""
        super().infer(input, target)
        check_weight(self.weight, "weight", input)
        dtypes = ("float32",) if self.weight else ()
        return self.reduced(input.shape[:-1], input.dtype, target.dtype, *dtypes)


class ClassLoss(Loss):
    """A loss whose target is the number of one class, for each sample or for each place in it."""

    inputs: ClassVar[tuple[Port, ...]] = (PREDICTION, LABELS)
    weight: Floats | None

    def classes(self, input: TensorType, *ranks: int) -> Size:
        """How many classes there are: dimension 1. Refuses what does not fit the weights."""
        if ranks:
            require_rank(input, *ranks, layout="classes")
        elif len(input.shape) < 2:
            require_rank(input, 2, layout="classes")
        count = input.shape[1]
        if self.weight is not None:
            if differ(len(self.weight), count):
                raise ShapeError(
                    f"has {len(self.weight)} values in weight for {count} classes. Give one for each.",
                    "input",
                )
            require_dtype(input, "float32", "input")
        return count


def check_labels(target: TensorType, wanted: Shape) -> None:
    """Refuses targets that are not class numbers of that shape."""
    require_dtype(target, "int64", "target")
    require_shape(target, wanted, "target", "one class number each")


class NLLLoss(ClassLoss, family="Loss", aliases=("negative log likelihood", "classification")):
    """For one class of several: the negative log-probability of the right one, after a LogSoftmax.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
    """

    weight: Floats | None = param(None, help="A weight for each class.")
    ignore_index: int = param(-100, help="A class number that is left out.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(dtype="int64")), low=0, high=2),
        Example(
            {"weight": (0.5, 1.0, 2.0), "ignore_index": 2, "reduction": "none"},
            (tensor(3, 4, 5), tensor(4, 5, dtype="int64")),
            low=0,
            high=2,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(B, C, …), (B, …) → one number"""
        require_real(input)
        self.classes(input)
        places = (input.shape[0], *input.shape[2:])
        check_labels(target, places)
        return self.reduced(places, input.dtype)


class CrossEntropyLoss(
    ClassLoss, family="Loss", aliases=("softmax", "classification", "log loss", "categorical")
):
    """For one class of several: how surprised the scores are by the right one. The softmax is inside.

    The target is the number of the class, or a probability for each class.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        PREDICTION,
        Port("target", "The number of the right class, int64, or a probability for each class."),
    )
    weight: Floats | None = param(None, help="A weight for each class.")
    ignore_index: int = param(-100, help="A class number that is left out.")
    label_smoothing: float = param(
        0.0, low=0.0, high=1.0, help="How much probability goes to all classes alike."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(dtype="int64")), low=0, high=2),
        Example({"label_smoothing": 0.1}, (tensor(3), tensor(3)), low=0.1),
        Example(
            {"weight": (0.5, 1.0, 2.0), "ignore_index": 2, "reduction": "none"},
            (tensor(3, 4, 5), tensor(4, 5, dtype="int64")),
            low=0,
            high=2,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(B, C, …), (B, …) → one number"""
        require_real(input)
        self.classes(input)
        places = (input.shape[0], *input.shape[2:])
        if target.dtype not in FLOATING or shapes_differ(target.shape, input.shape):
            check_labels(target, places)
            return self.reduced(places, input.dtype)
        refuse_ignored(self.ignore_index if self.ignore_index >= 0 else None)
        dtypes = ("float32",) if self.weight else ()
        return self.reduced(places, input.dtype, target.dtype, *dtypes)


def refuse_ignored(ignore_index: int | None) -> None:
    """Refuses an ignored class beside probabilities."""
    if ignore_index is not None:
        raise ShapeError(
            f"leaves out class {ignore_index}, which works with class numbers only, not with "
            f"probabilities. Clear ignore_index.",
            "target",
        )


class LinearCrossEntropyLoss(
    Loss, Learned, family="Loss", aliases=("language model head", "softmax", "classification")
):
    """A linear layer and CrossEntropyLoss in one, for vocabularies so large that their scores would not
    fit in memory. Needs PyTorch 2.13.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = CrossEntropyLoss.inputs
    num_classes: int = param(1000, low=1, positional=True, help="How many classes there are.")
    out_features: Sizes = param((), low=1, help="Sizes of several predictions for each sample.")
    bias: bool = param(False, help="Whether each score has an offset of its own.")
    weight: Floats | None = param(None, help="A weight for each class.")
    ignore_index: int | None = param(None, help="A class number that is left out.")
    label_smoothing: float = param(
        0.0, low=0.0, high=1.0, help="How much probability goes to all classes alike."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(dtype="int64")), low=0, high=999),
        Example(
            {"num_classes": 3, "weight": (0.5, 1.0, 2.0), "bias": True, "label_smoothing": 0.1},
            (tensor(8), tensor(3)),
            low=0.1,
        ),
        Example(
            {"num_classes": 3, "out_features": (2, 2), "ignore_index": 1, "reduction": "none"},
            (tensor(8), tensor(2, 2, dtype="int64")),
            low=0,
            high=2,
        ),
    )

    def validate(self) -> None:
        check_weight_count(self.weight, self.num_classes)

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(B, in), (B, …) → one number"""
        require_floating(input)
        require_rank(input, 2, layout="features")
        fixed_size(input, 1)
        places = (input.shape[0], *self.out_features)
        scores = (input.shape[0], self.num_classes, *self.out_features)
        if target.dtype not in FLOATING or shapes_differ(target.shape, scores):
            check_labels(target, places)
            return self.reduced(places, input.dtype)
        refuse_ignored(self.ignore_index)
        return self.reduced(places, promoted(input.dtype, target.dtype))

    def inferred(self, input: TensorType, target: TensorType) -> Mapping[str, Any]:
        """``in_features`` is the size of the last dimension."""
        return {"in_features": fixed_size(input, 1)}

    def weights(self, input: TensorType, target: TensorType) -> Mapping[str, Shape]:
        """A matrix, and an offset for each score."""
        rows = product((self.num_classes, *self.out_features))
        found: dict[str, Shape] = {"linear.weight": (rows, fixed_size(input, 1))}
        if self.bias:
            found["linear.bias"] = (rows,)
        return found

    def multiply_adds(self, input: TensorType, target: TensorType) -> Size:
        """One for each weight and sample."""
        return product(input.shape) * product((self.num_classes, *self.out_features))


def check_weight_count(weight: Floats | None, classes: int) -> None:
    """Refuses weights that are not one for each class. Raises ParameterError."""
    if weight is not None and len(weight) != classes:
        raise ParameterError(
            f"`weight` takes {classes} values, one for each class, not {len(weight)}."
        )


class MultiMarginLoss(ClassLoss, family="Loss", aliases=("hinge", "svm", "classification")):
    """For one class of several: its score should beat every other by a margin.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
    """

    p: Literal[1, 2] = param(1, help="Whether a shortfall counts as it is, or squared.")
    margin: float = param(1.0, help="By how much the right class should win.")
    weight: Floats | None = param(None, help="A weight for each class.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(dtype="int64")), low=0, high=2),
        Example(
            {"p": 2, "margin": 0.5, "weight": (0.5, 1.0, 2.0), "reduction": "none"},
            (tensor(3), tensor(dtype="int64")),
            low=0,
            high=2,
        ),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(B, C), (B) → one number"""
        require_full(input)
        self.classes(input, 2)
        check_labels(target, input.shape[:1])
        return self.reduced(input.shape[:1], input.dtype)


class MultiLabelMarginLoss(Loss, family="Loss", aliases=("hinge", "several classes")):
    """For several classes at once: each right one should beat every wrong one by a margin.

    The target lists the right classes of a sample, then −1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        PREDICTION,
        Port("target", "The numbers of the right classes, int64, filled up with −1."),
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3), tensor(3, dtype="int64")), low=0, high=2),
        Example({"reduction": "none"}, (tensor(4), tensor(4, dtype="int64")), low=0, high=0),
    )

    def infer(self, input: TensorType, target: TensorType) -> TensorType:
        """(B, C), (B, C) → one number"""
        require_full(input)
        require_rank(input, 2, layout="classes")
        check_labels(target, input.shape)
        return self.reduced(input.shape[:1], input.dtype)


def require_full(x: TensorType, port: str = "input") -> None:
    """Refuses all but float32 and float64, where torch has no kernel for shorter numbers on the CPU."""
    if x.dtype not in ("float32", "float64"):
        raise ShapeError(
            f"needs float32 or float64 numbers, but receives {x.dtype}. Insert a Cast.",
            port,
            ("cast",),
        )

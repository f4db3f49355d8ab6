"""Losses between embeddings, over sequences without alignment, and over very many classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Sizes
from graph_engine.layers.base import (
    Example,
    Learned,
    Port,
    require_floating,
    require_rank,
    require_real,
)
from graph_engine.layers.expression import Call, Listing, Raw, Value
from graph_engine.layers.loss import REAL, Loss, at_least_zero, refuse_target
from graph_engine.layers.loss_classes import require_full
from graph_engine.layers.matching import fixed_size, require_indices, require_same, require_shape
from graph_engine.layers.shape import WHOLE, Shape, Size, TensorType, tensor


class CosineEmbeddingLoss(Loss, family="Loss", aliases=("similarity", "siamese", "contrastive")):
    """Turns two vectors the same way where the target is 1, and apart where it is −1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input1"),
        Port("input2"),
        Port("target", "1 for a pair that belongs together, −1 for one that does not."),
    )
    margin: float = param(0.0, help="Similarity below which different pairs cost nothing.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8), tensor())),
        Example(
            {"margin": 0.5, "reduction": "none"}, (tensor(8), tensor(8), tensor(dtype="int64"))
        ),
    )

    def infer(self, input1: TensorType, input2: TensorType, target: TensorType) -> TensorType:
        """(B, D), (B, D), (B) → one number"""
        require_real(input1, "input1")
        require_real(input2, "input2")
        require_rank(input1, 2, port="input1", layout="features")
        require_same(input2, input1, "input2", "input1")
        refuse_target(target, sorted(REAL | {"bool"}))
        require_shape(target, input1.shape[:1], "target", "one for each pair")
        return self.reduced(input1.shape[:1], input1.dtype, input2.dtype)


class MarginRankingLoss(Loss, family="Loss", aliases=("order", "ranking", "learning to rank")):
    """Ranks two scores: the first should be larger where the target is 1, the second where it is −1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input1"),
        Port("input2"),
        Port("target", "1 where input1 should be larger, −1 where input2 should."),
    )
    margin: float = param(0.0, help="By how much the larger one should win.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(), tensor(), tensor())),
        Example(
            {"margin": 0.5, "reduction": "none"}, (tensor(3), tensor(3), tensor(3, dtype="int64"))
        ),
    )

    def infer(self, input1: TensorType, input2: TensorType, target: TensorType) -> TensorType:
        """Three equal shapes → one number"""
        require_real(input1, "input1")
        require_real(input2, "input2")
        require_same(input2, input1, "input2", "input1")
        refuse_target(target, sorted(REAL))
        require_same(target, input1, "target", "input1")
        return self.reduced(input1.shape, input1.dtype, input2.dtype, target.dtype)


class Triplets(Loss):
    """What the triplet losses have in common."""

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("anchor"),
        Port("positive", "Of the same kind as the anchor."),
        Port("negative", "Of another kind."),
    )
    margin: float

    def validate(self) -> None:
        at_least_zero(self.margin, "margin", exclusive=True)

    def infer(self, anchor: TensorType, positive: TensorType, negative: TensorType) -> TensorType:
        """(B, D), (B, D), (B, D) → one number"""
        if len(anchor.shape) < 2:
            require_rank(anchor, 2, port="anchor", layout="features")
        for port, x in (("anchor", anchor), ("positive", positive), ("negative", negative)):
            require_real(x, port)
            require_same(x, anchor, port, "anchor")
        return self.reduced(anchor.shape[:-1], anchor.dtype, positive.dtype, negative.dtype)


class TripletMarginLoss(Triplets, family="Loss", aliases=("metric learning", "facenet", "siamese")):
    """Pulls vectors of the same kind together and pushes another kind away, by a margin.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html
    """

    margin: float = param(1.0, low=0.0, help="By how much the other kind should be farther away.")
    p: float = param(2.0, help="The norm: 2 is the straight distance, 1 the one along the axes.")
    eps: float = param(1e-6, help="Small number against a distance of exactly zero.")
    swap: bool = param(False, help="Also compare positive with negative, and take the nearer pair.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8), tensor(8))),
        Example(
            {"margin": 0.5, "p": 1.0, "swap": True, "reduction": "none"},
            (tensor(3, 8), tensor(3, 8), tensor(3, 8)),
        ),
    )


DISTANCES: Mapping[str, Value] = {
    "manhattan": Call("nn.PairwiseDistance", (), {"p": 1.0}),
    "chebyshev": Call("nn.PairwiseDistance", (), {"p": Call("float", ("inf",))}),
    "cosine": Raw("lambda a, b: 1.0 - torch.cosine_similarity(a, b, dim=-1)"),
}


class TripletMarginWithDistanceLoss(
    Triplets, family="Loss", aliases=("metric learning", "facenet", "siamese", "cosine")
):
    """The triplet loss with a distance of your choice.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html
    """

    distance_function: Literal["euclidean", "manhattan", "chebyshev", "cosine"] = param(
        "euclidean",
        help="How far two vectors are: straight, along the axes, the longest axis, the angle.",
    )
    margin: float = param(1.0, low=0.0, help="By how much the other kind should be farther away.")
    swap: bool = param(False, help="Also compare positive with negative, and take the nearer pair.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8), tensor(8))),
        Example(
            {"distance_function": "cosine", "swap": True, "reduction": "none"},
            (tensor(3, 8), tensor(3, 8), tensor(3, 8)),
        ),
        Example({"distance_function": "chebyshev"}, (tensor(8), tensor(8), tensor(8))),
    )

    def argument(self, name: str, value: Any) -> Value:
        """The distance is written as a module or a function."""
        return DISTANCES[value] if name == "distance_function" else super().argument(name, value)


class CTCLoss(Loss, family="Loss", aliases=("speech", "handwriting", "connectionist temporal")):
    """For sequences without alignment, such as speech: the text may be read anywhere along the steps.

    Takes the batch first, as everything here does; PyTorch wants the steps first, so the source turns
    them round.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("log_probs", "Log-probabilities, after a LogSoftmax: batch × steps × classes."),
        Port("targets", "The class numbers of each text, filled up behind: batch × longest."),
        Port("input_lengths", "How many steps each sample has."),
        Port("target_lengths", "How many classes each text has."),
    )
    blank: int = param(0, low=0, help="The class that stands for “nothing new”.")
    zero_infinity: bool = param(
        False, help="Let texts that are too long for their steps cost nothing."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            {},
            (tensor(6, 5), tensor(3, dtype="int64"), tensor(dtype="int64"), tensor(dtype="int64")),
            low=1,
            high=3,
        ),
        Example(
            {"blank": 4, "zero_infinity": True, "reduction": "none"},
            (tensor(6, 5), tensor(3, dtype="int32"), tensor(dtype="int32"), tensor(dtype="int64")),
            low=1,
            high=3,
        ),
    )

    def infer(
        self,
        log_probs: TensorType,
        targets: TensorType,
        input_lengths: TensorType,
        target_lengths: TensorType,
    ) -> TensorType:
        """(B, T, C), (B, S), (B), (B) → one number"""
        require_full(log_probs, "log_probs")
        require_rank(log_probs, 3, port="log_probs", layout="steps × classes")
        batch, classes = log_probs.shape[0], log_probs.shape[2]
        if isinstance(classes, int) and self.blank >= classes:
            raise ShapeError(
                f"has class {self.blank} as blank, but there are {classes} classes. Choose one of them.",
                "log_probs",
            )
        require_indices(targets, "targets")
        require_rank(targets, 2, port="targets", layout="longest text")
        require_shape(targets, (batch, targets.shape[1]), "targets", "one text for each sample")
        for port, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
            refuse_target(lengths, sorted(WHOLE), port)
            require_shape(lengths, (batch,), port, "one for each sample")
        return self.reduced((batch,), log_probs.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``ctc(x.transpose(0, 1), targets, input_lengths, target_lengths)``"""
        first, *others = names
        return Call(module, (Raw(f"{first}.transpose(0, 1)"), *map(Raw, others)))


class AdaptiveLogSoftmaxWithLoss(
    Learned, family="Loss", aliases=("language model", "large vocabulary", "softmax")
):
    """A fast softmax and its loss for very many classes, in which rare ones share smaller layers.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input"),
        Port("target", "The number of the right class, int64."),
    )
    outputs: ClassVar[tuple[Port, ...]] = (
        Port("output", "The log-probability of the right class."),
        Port("loss", "The mean loss."),
    )
    n_classes: int = param(1000, low=2, positional=True, help="How many classes there are.")
    cutoffs: Sizes = param(
        (100, 500),
        low=1,
        positional=True,
        help="Where the clusters of rarer classes begin; classes are ordered by how frequent they are.",
    )
    div_value: float = param(4.0, low=1.0, help="How much smaller each further cluster's layer is.")
    head_bias: bool = param(False, help="Whether the scores of frequent classes have offsets.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(32), tensor(dtype="int64")), low=0, high=999),
        Example(
            {"n_classes": 10, "cutoffs": (3,), "div_value": 2.0, "head_bias": True},
            (tensor(8), tensor(dtype="int64")),
            low=0,
            high=9,
        ),
    )

    def validate(self) -> None:
        cuts = self.cutoffs
        if not cuts or list(cuts) != sorted(set(cuts)) or cuts[-1] >= self.n_classes:
            raise ParameterError(
                f"`cutoffs` takes at least one class number, ascending and below {self.n_classes}."
            )

    def infer(self, input: TensorType, target: TensorType) -> tuple[TensorType, TensorType]:
        """(B, in), (B) → (B), one number"""
        require_floating(input)
        require_rank(input, 2, layout="features")
        require_indices(target, "target")
        require_shape(target, input.shape[:1], "target", "one class number each")
        self._widths(input)
        return TensorType(input.shape[:1], input.dtype), TensorType((), input.dtype)

    def inferred(self, input: TensorType, target: TensorType) -> Mapping[str, Any]:
        """``in_features`` is the size of the last dimension."""
        return {"in_features": fixed_size(input, 1)}

    def argument(self, name: str, value: Any) -> Value:
        """The cutoffs are written as a list."""
        return Listing(value) if name == "cutoffs" else super().argument(name, value)

    def weights(self, input: TensorType, target: TensorType) -> Mapping[str, Shape]:
        """A matrix for the frequent classes, and two for each cluster of rarer ones."""
        features, head = fixed_size(input, 1), self.cutoffs[0] + len(self.cutoffs)
        found: dict[str, Shape] = {"head.weight": (head, features)}
        if self.head_bias:
            found["head.bias"] = (head,)
        ends = (*self.cutoffs[1:], self.n_classes)
        for i, width in enumerate(self._widths(input)):
            found[f"tail.{i}.0.weight"] = (width, features)
            found[f"tail.{i}.1.weight"] = (ends[i] - self.cutoffs[i], width)
        return found

    def multiply_adds(self, input: TensorType, target: TensorType) -> Size:
        """Those of the frequent classes; what the clusters cost depends on the targets."""
        return input.shape[0] * (fixed_size(input, 1) * (self.cutoffs[0] + len(self.cutoffs)))

    def _widths(self, x: TensorType) -> list[int]:
        features = fixed_size(x, 1)
        widths = [int(features // self.div_value ** (i + 1)) for i in range(len(self.cutoffs))]
        if widths[-1] < 1:
            raise ShapeError(
                f"divides {features} features by {self.div_value:g} once for each of "
                f"{len(self.cutoffs)} clusters, which leaves none. Use fewer "
                f"cutoffs or a smaller div_value.",
                "input",
            )
        return widths

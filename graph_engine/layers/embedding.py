"""Embeddings: a learned vector for each index of a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import Example, Learned, Port, require_floating, require_rank
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.matching import require_indices, require_same
from graph_engine.layers.operation import INDICES
from graph_engine.layers.shape import WHOLE, Shape, TensorType, tensor


class Lookup(Learned):
    """What the embedding layers have in common: a table with one row for each index."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None

    def validate(self) -> None:
        if self.padding_idx is None:
            return
        if not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            raise ParameterError(
                f"`padding_idx` is one of the {self.num_embeddings} indices, not {self.padding_idx}."
            )

    def weights(self, *inputs: Any) -> Mapping[str, Shape]:
        """One row for each index."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}


class Embedding(
    Lookup, family="Embedding", aliases=("word vectors", "tokens", "lookup", "vocabulary")
):
    """Looks up a learned vector for each index, such as one for each word of a vocabulary.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
    """

    num_embeddings: int = param(
        1000, low=1, positional=True, help="How many indices there are: 0 up to one less than this."
    )
    embedding_dim: int = param(64, low=1, positional=True, help="How long each vector is.")
    padding_idx: int | None = param(
        None, help="An index that stands for “nothing here”: its vector is zero and does not learn."
    )
    max_norm: float | None = param(None, help="Longer vectors are shortened to this length.")
    norm_type: float = param(2.0, help="Which norm max_norm means; 2 is the straight length.")
    scale_grad_by_freq: bool = param(
        False, help="Divide gradients by how often an index occurs in the batch."
    )
    sparse: bool = param(
        False,
        help="Keep gradients sparse: faster for large vocabularies, but few optimizers take it.",
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(7, dtype="int64"),), low=0, high=999),
        Example(
            {"num_embeddings": 10, "embedding_dim": 3, "padding_idx": 0, "max_norm": 1.0},
            (tensor(4, 5, dtype="int32"),),
            low=0,
            high=9,
        ),
        Example({"sparse": True, "padding_idx": -1}, (tensor(dtype="int64"),), low=0, high=9),
    )

    def infer(self, input: TensorType) -> TensorType:
        """(…) → (…, embedding_dim)"""
        require_indices(input)
        return TensorType((*input.shape, self.embedding_dim), "float32")


class EmbeddingBag(Lookup, family="Embedding", aliases=("bag of words", "sum of embeddings")):
    """Looks up the vectors of several indices and adds or averages them: one vector for a whole bag.

    The input is a batch of bags of equal length, or all indices in one row with ``offsets`` that say
    where each bag begins.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input", "Indices: bags × length, or all in one row."),
        Port("offsets", "Where each bag begins, for indices in one row.", optional=True),
        Port("per_sample_weights", "A weight for each index, in mode sum.", optional=True),
    )
    num_embeddings: int = param(
        1000, low=1, positional=True, help="How many indices there are: 0 up to one less than this."
    )
    embedding_dim: int = param(64, low=1, positional=True, help="How long each vector is.")
    max_norm: float | None = param(None, help="Longer vectors are shortened to this length.")
    norm_type: float = param(2.0, help="Which norm max_norm means; 2 is the straight length.")
    scale_grad_by_freq: bool = param(
        False, help="Divide gradients by how often an index occurs in the batch."
    )
    mode: Literal["sum", "mean", "max"] = param("mean", help="How the vectors of a bag are joined.")
    sparse: bool = param(
        False,
        help="Keep gradients sparse: faster for large vocabularies, but few optimizers take it.",
    )
    include_last_offset: bool = param(
        False, help="The offsets end with the number of indices, so there is one bag less."
    )
    padding_idx: int | None = param(None, help="An index that is left out of its bag.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(7, dtype="int64"), None, None), low=0, high=999),
        Example(
            {"num_embeddings": 10, "mode": "sum", "padding_idx": 1},
            (tensor(5, dtype="int32"), None, tensor(5)),
            low=0,
            high=9,
        ),
        Example(
            {"include_last_offset": True, "mode": "max"},
            (tensor(dtype="int64"), TensorType((4,), "int64"), None),
            low=0,
            high=0,
        ),
    )

    def validate(self) -> None:
        super().validate()
        if self.mode == "max" and (self.scale_grad_by_freq or self.sparse):
            raise ParameterError(
                "`mode` max works neither with scale_grad_by_freq nor with sparse gradients."
            )

    def infer(
        self,
        input: TensorType,
        offsets: TensorType | None = None,
        per_sample_weights: TensorType | None = None,
    ) -> TensorType:
        """(B, N) → (B, embedding_dim), or (N), (K) → (K, embedding_dim)"""
        require_rank(input, 1, 2)
        self._check_indices(input, offsets)
        if per_sample_weights is not None:
            self._check_weights(input, per_sample_weights)
        bags = input.shape[0]
        if offsets is not None:
            bags = offsets.shape[0] - self.include_last_offset
        return TensorType((bags, self.embedding_dim), "float32")

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``bag(x, offsets, per_sample_weights=w)``"""
        weights = {"per_sample_weights": Raw(names[2])} if names[2] else {}
        return Call(module, tuple(Raw(name) for name in names[:2] if name), weights)

    def _check_indices(self, input: TensorType, offsets: TensorType | None) -> None:
        if len(input.shape) == 2 or offsets is None:
            require_indices(input)
        if len(input.shape) == 2 and offsets is not None:
            raise ShapeError(
                f"takes no offsets with a batch of bags ({input}). Remove the wire, or send the "
                f"indices in one row.",
                "offsets",
            )
        if len(input.shape) == 1 and offsets is None:
            raise ShapeError(
                "needs offsets to tell the bags apart when the indices come in one row.", "offsets"
            )
        if offsets is not None:
            self._check_offsets(input, offsets)

    def _check_offsets(self, input: TensorType, offsets: TensorType) -> None:
        if len(offsets.shape) != 1:
            raise ShapeError(f"needs offsets in one row, but receives {offsets}.", "offsets")
        if self.include_last_offset and offsets.shape[0] == 1:
            raise ShapeError(
                "needs at least two offsets where the last one is the end. Send more, or set "
                "include_last_offset to false.",
                "offsets",
            )
        for port, x in (("input", input), ("offsets", offsets)):
            if x.dtype not in WHOLE or promoted(input.dtype, offsets.dtype) not in INDICES:
                require_indices(x, port)

    def _check_weights(self, input: TensorType, weights: TensorType) -> None:
        if self.mode != "sum":
            raise ShapeError(
                f"takes weights for its indices in mode sum only, not in {self.mode}. Set mode to sum.",
                "per_sample_weights",
            )
        require_floating(weights, "per_sample_weights")
        require_same(weights, input, "per_sample_weights", "input")

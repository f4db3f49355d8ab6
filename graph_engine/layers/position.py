"""What tells a network where a token or a pixel is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import Example, Port
from graph_engine.layers.operation import (
    Supplied,
    SuppliedLearned,
    require_dimensions,
    require_dtype,
)
from graph_engine.layers.shape import FLOATING, Shape, Size, TensorType, tensor

Layout = Literal["interleaved", "halves"]


def features(x: TensorType, even: bool = False) -> int:
    """The size of the last dimension. Raises ShapeError where it is not fixed, or odd where sines and
    cosines come in pairs."""
    require_dimensions(x, 2)
    size = x.shape[-1]
    if not isinstance(size, int):
        raise ShapeError(
            f"needs a last dimension of fixed size, but receives {x}.", "input", ("fixed",)
        )
    if even and (size % 2 or size < 2):
        raise ShapeError(
            f"needs an even number of features for its pairs of sine and cosine, but receives {size}.",
            "input",
        )
    return size


def require_length(length: Size, most: int) -> None:
    """Refuses a sequence that certainly has more positions than there are."""
    if isinstance(length, int) and length > most:
        raise ShapeError(
            f"has {most} positions, but receives a sequence of {length}. Raise `max_length`.",
            "input",
        )


class SinusoidalPositionalEncoding(
    Supplied, family="Position", aliases=("positional encoding", "sine", "transformer", "fourier")
):
    """Adds to each token a fixed pattern of sines and cosines that tells its position.

    Vaswani et al., 2017: https://arxiv.org/abs/1706.03762
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"max_length": 20}, (tensor(5, 8),)),
        Example({"max_length": 30, "layout": "halves"}, (tensor("T", 6),)),
    )

    max_length: int = param(5000, low=2, help="The longest sequence.")
    layout: Layout = param(
        "interleaved",
        help="Sines and cosines in turn, as in the paper, or in two halves, as Whisper has them.",
    )

    def validate(self) -> None:
        if self.max_length > 2**24:
            raise ParameterError("`max_length` is at most 16,777,216.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, C) → (B, T, C)"""
        require_dimensions(input, 3)
        size = features(input, even=True)
        if self.layout == "halves" and size < 4:
            raise ShapeError(f"needs at least 4 features, but receives {size}.", "input")
        require_length(input.shape[-2], self.max_length)
        return TensorType(input.shape, promoted(input.dtype, "float32"))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """The number of features"""
        return {"features": features(input)}


class SinusoidalEmbedding(
    Supplied, family="Position", aliases=("timestep", "diffusion", "time embedding", "fourier")
):
    """Turns one number for each sample, such as the time step of a diffusion model, into a pattern of
    sines and cosines.

    Ho et al., 2020: https://arxiv.org/abs/2006.11239
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(),), low=0, high=1000),
        Example({"features": 6}, (tensor(dtype="int64"),), low=0, high=1000),
    )

    features: int = param(64, low=2, positional=True, help="How many values come out; even.")
    max_period: float = param(10000.0, low=1.0, help="The slowest wave, in steps.")

    def validate(self) -> None:
        if self.features % 2:
            raise ParameterError(
                f"`features` is even: half sines, half cosines. It is {self.features}."
            )

    def infer(self, input: TensorType) -> TensorType:
        """(B) → (B, features)"""
        require_dimensions(input, 1)
        return TensorType((*input.shape, self.features), promoted(input.dtype, "float32"))


class LearnedPositionalEncoding(
    SuppliedLearned, family="Position", aliases=("position embedding", "gpt", "bert", "vit")
):
    """Adds to each token a learned vector that stands for its position.

    Gehring et al., 2017: https://arxiv.org/abs/1705.03122
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"max_length": 20}, (tensor(5, 8),)),
        Example({"max_length": 30}, (tensor("T", 5),)),
    )

    max_length: int = param(512, low=2, positional=True, help="The longest sequence.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, C) → (B, T, C)"""
        require_dimensions(input, 3)
        features(input)
        require_length(input.shape[-2], self.max_length)
        return TensorType(input.shape, promoted(input.dtype, "float32"))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """The number of features"""
        return {"features": features(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """One vector for each position"""
        return {"weight": (self.max_length, features(input))}


class RotaryPositionalEncoding(
    Supplied, family="Position", aliases=("rope", "rotary", "llama", "rotation")
):
    """Turns pairs of features of queries and keys by an angle that grows with the position, so that
    their product depends on the distance.

    Su et al., 2021: https://arxiv.org/abs/2104.09864
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 5, 8),)),
        Example({"interleaved": True, "base": 500.0}, (tensor("T", 6, dtype="float16"),)),
        Example({"rotated": 4}, (tensor(2, 5, 8),)),
    )

    base: float = param(
        10000.0, low=1.0, help="How much slower each pair turns than the one before."
    )
    interleaved: bool = param(
        False,
        help="Pairs of neighbours, as in the paper, instead of one from each half, as in LLaMA.",
    )
    rotated: int | None = param(
        None, low=2, help="How many of the features turn; empty means all of them."
    )

    def validate(self) -> None:
        if self.rotated is not None and self.rotated % 2:
            raise ParameterError(
                f"`rotated` is even: features turn in pairs. It is {self.rotated}."
            )

    def infer(self, input: TensorType) -> TensorType:
        """(B, heads, T, d) → (B, heads, T, d)"""
        require_dtype(input, FLOATING)
        require_dimensions(input, 3)
        self._turned(input)
        return input

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """How many features turn"""
        return {"features": self._turned(input)}

    def construct(self, *inputs: Any, **_: Any) -> Any:
        """Without ``rotated``, which is the first argument already"""
        call = super().construct(*inputs)
        keywords = {name: value for name, value in call.keywords.items() if name != "rotated"}
        return type(call)(call.function, call.positional, keywords)

    def _turned(self, input: TensorType) -> int:
        if self.rotated is None:
            return features(input, even=True)
        size = features(input)
        if self.rotated > size:
            raise ShapeError(
                f"turns {self.rotated} features, but receives only {size}. Lower `rotated`.",
                "input",
            )
        return self.rotated


class RelativePositionBias(
    SuppliedLearned, family="Position", aliases=("t5", "buckets", "relative attention bias")
):
    """A learned number for each head and distance, to be added to attention scores; far distances share
    their number.

    Raffel et al., 2020 (T5): https://arxiv.org/abs/1910.10683
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("query", "the tokens that look"),
        Port("key", "the tokens that are looked at, if they are others", optional=True),
    )
    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8), None)),
        Example({"num_heads": 2, "bidirectional": False}, (tensor(5, 8), tensor("T", 8))),
        Example({"buckets": 8, "max_distance": 9}, (tensor(12, 8), None)),
    )

    num_heads: int = param(8, low=1, positional=True, help="How many attention heads.")
    buckets: int = param(32, low=4, help="How many numbers each head has; even.")
    max_distance: int = param(128, low=2, help="Distances from here on share one number.")
    bidirectional: bool = param(True, help="Whether before and after are told apart.")

    def validate(self) -> None:
        exact = self.buckets // (4 if self.bidirectional else 2)
        if self.buckets % 4 * self.bidirectional or self.buckets % 2 or self.max_distance <= exact:
            raise ParameterError(
                f"`buckets` divides by {4 if self.bidirectional else 2}, and `max_distance` is larger "
                f"than the {exact} distances that have a number of their own."
            )

    def infer(self, query: TensorType, key: TensorType | None) -> TensorType:
        """(B, T, C) and (B, S, C) → (1, heads, T, S)"""
        require_dimensions(query, 2, "query")
        if key is not None:
            require_dimensions(key, 2, "key")
        length = query.shape[1]
        return TensorType((1, self.num_heads, length, length if key is None else key.shape[1]))

    def weights(self, query: TensorType, key: TensorType | None) -> Mapping[str, Shape]:
        """One number for each bucket and head"""
        return {"weight": (self.buckets, self.num_heads)}

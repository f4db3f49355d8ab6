"""Normalisation over the batch, over samples and over groups of channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.base import Example, Learned, Module, require_rank
from graph_engine.layers.dtypes import UP_TO_SINGLE, require_dtype
from graph_engine.layers.expression import Call
from graph_engine.layers.shape import FLOATING, Shape, TensorType, product, tensor


class Scaled(Learned):
    """A normalisation that may end with a learned scale and offset for each channel."""

    ranks: ClassVar[tuple[int, ...]]
    layout: ClassVar[str] = "channels first"
    eps: float = param(
        1e-5, low=0.0, help="Added to the variance, so that nothing divides by zero."
    )
    affine: bool
    bias: bool

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_dtype(input, self.taken())
        self.channels(input)
        self.require_spread(input)
        return input

    def taken(self) -> frozenset[str]:
        """PyTorch computes lower precisions with float32 statistics, and nothing above them."""
        return UP_TO_SINGLE if self.affine else FLOATING

    def require_spread(self, x: TensorType) -> None:
        """Refuses an input whose statistics would be those of a single value."""

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """``num_features`` is the number of channels."""
        return {"num_features": self.channels(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """A scale and an offset for each channel."""
        shape = (self.channels(input),)
        if not self.affine:
            return {}
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}

    def channels(self, x: TensorType) -> int:
        """The number of channels, which has to be known."""
        require_rank(x, *self.ranks, layout=self.layout)
        channels = x.shape[1]
        if not isinstance(channels, int):
            raise ShapeError(
                f"needs a fixed number of channels, but receives {x}. Give the channels a number, or "
                f"move another dimension to the front with Permute.",
                "input",
                ("fixed",),
            )
        return channels


class BatchNormalization(Scaled):
    """What batch normalisation of every dimension has in common."""

    eps: float = param(1e-5, low=1e-12, help="Added to the variance, so that it is never zero.")
    momentum: float | None = param(
        0.1, help="Weight of a new batch in the running statistics; empty averages all batches."
    )
    affine: bool = param(True, help="Whether a scale and an offset are learned for each channel.")
    track_running_stats: bool = param(
        True, help="Whether statistics are collected for use after training."
    )
    bias: bool = param(True, help="Whether the offset is learned beside the scale.")

    def taken(self) -> frozenset[str]:
        """Running statistics are float32, as the scale is."""
        return UP_TO_SINGLE if self.affine or self.track_running_stats else FLOATING

    def require_spread(self, x: TensorType) -> None:
        """One value for each channel has no variance."""
        if x.shape[0] == 1 and product(x.shape[2:]) == 1:
            raise ShapeError(
                f"needs more than one value for each channel to train on, but receives a batch of one "
                f"with {x}. Use a larger batch or GroupNorm.",
                "input",
            )


class BatchNorm1d(
    BatchNormalization, family="Normalization", aliases=("batch normalization", "bn")
):
    """Gives each feature mean 0 and variance 1 over the batch, which lets networks train faster.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    layout: ClassVar[str] = "features, or channels × length"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8),)),
        Example({"bias": False, "momentum": None}, (tensor(8, "T"),)),
    )


class BatchNorm2d(
    BatchNormalization, family="Normalization", aliases=("batch normalization", "bn")
):
    """Gives each feature map mean 0 and variance 1 over the batch, which lets networks train faster.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (4,)
    layout: ClassVar[str] = "channels × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 5, 5),)),
        Example({"affine": False, "track_running_stats": False}, (tensor(3, 1, 1),)),
    )


class BatchNorm3d(
    BatchNormalization, family="Normalization", aliases=("batch normalization", "bn", "video")
):
    """Gives each channel of a volume mean 0 and variance 1 over the batch.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (5,)
    layout: ClassVar[str] = "channels × depth × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 2, 4, 4),)),
        Example({"eps": 0.001, "momentum": 0.01}, (tensor(3, 2, 4, 4),)),
    )


class SyncBatchNorm(
    BatchNormalization, family="Normalization", aliases=("batch normalization", "distributed")
):
    """Batch normalisation whose statistics are shared by all processes of a distributed training.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html
    """

    ranks: ClassVar[tuple[int, ...]] = (2, 3, 4, 5)
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 5, 5),)),
        Example({}, (tensor(8),)),
    )

    def channels(self, x: TensorType) -> int:
        """The number of channels; any number of axes may follow them."""
        return super().channels(TensorType(x.shape[:5], x.dtype))


class InstanceNormalization(Scaled):
    """What instance normalisation of every dimension has in common."""

    momentum: float = param(0.1, help="Weight of a new batch in the running statistics.")
    affine: bool = param(False, help="Whether a scale and an offset are learned for each channel.")
    track_running_stats: bool = param(
        False, help="Whether statistics are collected for use after training."
    )
    bias: bool = param(True, help="Whether the offset is learned beside the scale.")

    def require_spread(self, x: TensorType) -> None:
        """One value for each channel of a sample has no variance."""
        if product(x.shape[2:]) == 1:
            raise ShapeError(
                f"needs more than one value in each channel, but receives {x}. Use BatchNorm or "
                f"LayerNorm.",
                "input",
            )


class InstanceNorm1d(
    InstanceNormalization, family="Normalization", aliases=("instance normalization",)
):
    """Gives each channel of each sequence mean 0 and variance 1 by itself.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (3,)
    layout: ClassVar[str] = "channels × length"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, "T"),)),
        Example({"affine": True}, (tensor(3, 8),)),
    )


class InstanceNorm2d(
    InstanceNormalization, family="Normalization", aliases=("instance normalization", "style")
):
    """Gives each channel of each image mean 0 and variance 1 by itself, as style transfer does.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (4,)
    layout: ClassVar[str] = "channels × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 5, 5),)),
        Example({"affine": True, "track_running_stats": True, "bias": False}, (tensor(3, 5, 5),)),
    )


class InstanceNorm3d(
    InstanceNormalization, family="Normalization", aliases=("instance normalization",)
):
    """Gives each channel of each volume mean 0 and variance 1 by itself.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html
    """

    ranks: ClassVar[tuple[int, ...]] = (5,)
    layout: ClassVar[str] = "channels × depth × height × width"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 2, 4, 4),)),
        Example({"track_running_stats": True}, (tensor(3, 2, 4, 4),)),
    )


class GroupNorm(Scaled, family="Normalization", aliases=("group normalization", "layer norm")):
    """Gives groups of channels of each sample mean 0 and variance 1; works with small batches.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
    """

    num_groups: int = param(
        8, low=1, positional=True, help="How many groups the channels form; 1 takes all together."
    )
    affine: bool = param(True, help="Whether a scale and an offset are learned for each channel.")
    bias: bool = param(True, help="Whether the offset is learned beside the scale.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(16, 5, 5),)),
        Example({"num_groups": 2, "bias": False}, (tensor(6),)),
        Example({"num_groups": 1, "affine": False}, (tensor(6, "T"),)),
    )

    def construct(self, input: TensorType, **_: Any) -> Call:
        """PyTorch writes the groups before the channels."""
        call = super().construct(input)
        return Call(call.function, call.positional[::-1], call.keywords)

    def channels(self, x: TensorType) -> int:
        """The number of channels, which the groups have to divide."""
        channels = x.shape[1] if len(x.shape) > 1 else None
        if not isinstance(channels, int):
            raise ShapeError(f"needs a fixed number of channels, but receives {x}.", "input")
        if channels % self.num_groups:
            raise ShapeError(
                f"forms {self.num_groups} groups, but {channels} channels cannot be divided evenly. "
                f"Choose num_groups that divide {channels}.",
                "input",
            )
        return channels

    def require_spread(self, x: TensorType) -> None:
        """One value for each group of the whole batch has no variance."""
        if x.shape[0] == 1 and product(x.shape[1:]) == self.num_groups:
            raise ShapeError(
                f"needs more than one value for each group, but receives a batch of one with {x}. Use "
                f"fewer groups.",
                "input",
            )


class CrossChannel(Module):
    """Divides each value by a sum over neighbouring channels (Krizhevsky et al., 2012)."""

    saves = "both"
    size: int = param(5, low=1, positional=True, help="How many neighbouring channels count.")
    alpha: float = param(1e-4, help="Weight of the neighbours.")
    beta: float = param(0.75, help="Exponent of the sum.")
    k: float = param(1.0, help="Added to the sum.")


class LocalResponseNorm(CrossChannel, family="Normalization", aliases=("lrn", "alexnet")):
    """Damps a value where neighbouring channels are strong at the same place, as AlexNet did.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 5, 5),)),
        Example({"size": 2, "k": 2.0}, (tensor(8, "T"),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same shape; int64 becomes float32"""
        if len(input.shape) < 3:
            require_rank(input, 3, 4, 5, layout="channels first")
        halves = {"float16", "bfloat16"} if len(input.shape) == 3 else set()
        require_dtype(input, frozenset({"float32", "float64", "int64"} | halves))
        return TensorType(input.shape, "float32" if input.dtype == "int64" else input.dtype)


class CrossMapLRN2d(CrossChannel, family="Normalization", aliases=("lrn", "local response")):
    """Local response normalisation of images in the form of Torch and Caffe.

    PyTorch: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers
    """

    size: int = param(5, low=2, positional=True, help="How many neighbouring channels count.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8, 5, 5),)),
        Example({"size": 3, "beta": 1.0}, (tensor(8, 5, 5),)),
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same type."""
        require_dtype(input, FLOATING)
        require_rank(input, 4, layout="channels × height × width")
        return input

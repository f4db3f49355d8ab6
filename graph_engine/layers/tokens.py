"""From images to tokens, and small learned parts of transformers and ConvNeXts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.kinds import Pair
from graph_engine.layers.arithmetic import promoted
from graph_engine.layers.base import (
    Example,
    Window,
    require_floating,
    require_rank,
    resolve_dim,
)
from graph_engine.layers.operation import SuppliedLearned
from graph_engine.layers.position import features
from graph_engine.layers.shape import Shape, Size, TensorType, product, tensor


class PatchEmbedding(
    SuppliedLearned, family="Embedding", aliases=("vit", "vision transformer", "patches", "tokens")
):
    """Cuts an image into patches and turns each into a token by one learned linear map.

    Dosovitskiy et al., 2020: https://arxiv.org/abs/2010.11929
    """

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"features": 12, "patch_size": 4}, (tensor(3, 16, 12),)),
        Example({"features": 5, "patch_size": (2, 3), "bias": False}, (tensor(1, 8, 10),)),
    )

    features: int = param(768, low=1, positional=True, help="How many values a token has.")
    patch_size: Pair = param(16, low=1, positional=True, help="Height and width of a patch.")
    bias: bool = param(True, help="Whether each value has an offset of its own.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, H, W) → (B, patches, features)"""
        require_floating(input)
        self._channels(input)
        places = product(
            self._places(size, patch)
            for size, patch in zip(input.shape[2:], self.patch_size, strict=True)
        )
        return TensorType((input.shape[0], places, self.features))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """``in_channels`` is the size of the channel dimension."""
        return {"in_channels": self._channels(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """The weights of the convolution that does it"""
        weight = (self.features, self._channels(input), *self.patch_size)
        found: dict[str, Shape] = {"projection.weight": weight}
        if self.bias:
            found["projection.bias"] = (self.features,)
        return found

    def multiply_adds(self, input: TensorType) -> Size:
        """Every weight once for each patch"""
        patches = product(self.infer(input).shape[:2])
        return patches * product(self.weights(input)["projection.weight"])

    def window(self) -> Window:
        """A patch"""
        return Window(self.patch_size, self.patch_size)

    @staticmethod
    def _places(size: Size, patch: int) -> Size:
        if isinstance(size, int) and size < patch:
            raise ShapeError(
                f"has patches of {patch}, larger than the image of {size}. Use smaller patches.",
                "input",
                ("kernel", size),
            )
        return size // patch

    @staticmethod
    def _channels(x: TensorType) -> int:
        require_rank(x, 4, layout="channels × height × width")
        if not isinstance(x.shape[1], int):
            raise ShapeError(
                f"needs a fixed number of channels, but receives {x}.", "input", ("fixed",)
            )
        return x.shape[1]


class ClassToken(
    SuppliedLearned, family="Embedding", aliases=("cls", "register tokens", "distillation token")
):
    """Puts learned tokens in front of each sequence, in which a transformer gathers its answer.

    Devlin et al., 2018: https://arxiv.org/abs/1810.04805
    """

    saves = "none"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8),)),
        Example({"count": 2}, (tensor("T", 8),)),
    )

    count: int = param(1, low=1, help="How many tokens.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, T, C) → (B, count + T, C)"""
        require_rank(input, 3, layout="tokens × features")
        batch, length, size = *input.shape[:2], features(input)
        return TensorType((batch, length + self.count, size), promoted(input.dtype, "float32"))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """The number of features"""
        return {"features": features(input)}

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """The tokens"""
        return {"weight": (1, self.count, features(input))}


class LayerScale(SuppliedLearned, family="Normalization", aliases=("cait", "convnext", "gamma")):
    """Multiplies each channel by a learned number that starts small, so that a deep residual network
    starts close to the identity.

    Touvron et al., 2021: https://arxiv.org/abs/2103.17239
    """

    saves = "input"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8),)),
        Example({"dim": 1, "start": 0.1}, (tensor(3, 4, 5),)),
    )

    start: float = param(1e-5, help="The number at the start of training.")
    dim: int = param(
        -1, low=-64, high=63, help="The dimension of the channels: −1 for tokens, 1 for images."
    )

    def infer(self, input: TensorType) -> TensorType:
        """The same shape"""
        self._shape(input)
        return TensorType(input.shape, promoted(input.dtype, "float32"))

    def inferred(self, input: TensorType) -> Mapping[str, Any]:
        """The shape of the learned numbers, such as ``(96, 1, 1)`` for images"""
        return {"shape": self._shape(input)}

    def construct(self, *inputs: Any, **_: Any) -> Any:
        """Without ``dim``, which the shape says already"""
        call = super().construct(*inputs)
        keywords = {name: value for name, value in call.keywords.items() if name != "dim"}
        return type(call)(call.function, call.positional, keywords)

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """One number for each channel"""
        return {"weight": self._shape(input)}

    def _shape(self, input: TensorType) -> tuple[int, ...]:
        dim = resolve_dim(self.dim, len(input.shape))
        size = input.shape[dim]
        if not isinstance(size, int):
            raise ShapeError(
                f"needs a fixed number of channels along dimension {dim}, but receives {input}.",
                "input",
                ("fixed",),
            )
        return (size, *(1,) * (len(input.shape) - dim - 1))

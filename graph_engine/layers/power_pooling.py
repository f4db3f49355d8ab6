"""Power-average pooling: between the mean of a window and its maximum."""

from __future__ import annotations

from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import Example
from graph_engine.layers.dtypes import ANY, floated
from graph_engine.layers.pooling import Pooling
from graph_engine.layers.shape import COMPLEX, TensorType, tensor


class PowerPooling(Pooling):
    """The p-norm of each window: the sum for 1, the Euclidean length for 2, near the maximum beyond."""

    norm_type: float = param(2.0, positional=True, help="The power p of the norm.")
    kernel_size: Any = param(2, low=1, positional=True, help="Size of a window along each axis.")
    stride: Any = param(None, low=1, help="Step between windows; empty means side by side.")
    ceil_mode: bool = param(False, help="Whether a last window may hang over the edge.")

    takes: ClassVar[frozenset[str]] = ANY - COMPLEX
    saves = "both"

    def validate(self) -> None:
        if self.norm_type == 0:
            raise ParameterError("`norm_type` must not be 0: there is no zeroth root.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, C, sizes…) → (B, C, sizes′…); whole numbers become float32"""
        out = super().infer(input)
        assert isinstance(out, TensorType)
        return floated(out)


class LPPool1d(PowerPooling, family="Pooling", aliases=("power average pooling", "norm")):
    """Replaces each window of a sequence by its p-norm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int | None

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16),)),
        Example(
            {"norm_type": 1.0, "kernel_size": 3, "stride": 2, "ceil_mode": True}, (tensor(2, 8),)
        ),
    )


class LPPool2d(PowerPooling, family="Pooling", aliases=("power average pooling", "norm")):
    """Replaces each window of an image by its p-norm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair | None

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 8, 8),)),
        Example({"norm_type": 4.0, "kernel_size": (3, 2), "stride": 2}, (tensor(3, 9, 8),)),
    )


class LPPool3d(PowerPooling, family="Pooling", aliases=("power average pooling", "norm")):
    """Replaces each window of a volume by its p-norm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html
    """

    rank: ClassVar[int] = 3
    takes: ClassVar[frozenset[str]] = ANY - COMPLEX - {"float16", "bfloat16"}
    fills: ClassVar[bool] = True
    kernel_size: Triple
    stride: Triple | None

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 4, 6, 6),)),
        Example({"kernel_size": (1, 2, 3), "ceil_mode": True}, (tensor(2, 4, 6, 7),)),
    )

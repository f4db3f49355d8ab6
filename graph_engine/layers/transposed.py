"""Transposed convolutions: learned filters painted onto a larger image."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.kinds import Pair, Triple
from graph_engine.layers.base import Example, Window
from graph_engine.layers.convolution import Filters
from graph_engine.layers.shape import Shape, Size, TensorType, product, tensor


class TransposedConvolution(Filters):
    """What the transposed convolutions of every dimension have in common."""

    output_padding: Any = param(0, low=0, help="How much is added at the end of each output axis.")
    padding_mode: Literal["zeros"] = param("zeros", help="PyTorch offers zeros only.")

    def validate(self) -> None:
        super().validate()
        limits = zip(self.each(self.stride), self.each(self.dilation), strict=True)
        for extra, limit in zip(self.each(self.output_padding), map(max, limits), strict=True):
            if extra >= limit:
                raise ParameterError(
                    f"`output_padding` must be smaller than the stride or the dilation: {extra} is not "
                    f"below {limit}."
                )

    def weights(self, input: TensorType) -> Mapping[str, Shape]:
        """One filter for each input channel, over the output channels of its group."""
        filters = self.out_channels // self.groups
        weight = (self.channels(input), filters, *self.each(self.kernel_size))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def multiply_adds(self, input: TensorType) -> Size:
        """Every weight once at every place of the input."""
        per_place = product(self.weights(input)["weight"])
        return product(input.shape[2:]) * per_place * input.shape[0]

    def out(self, size: Size, axis: int) -> Size:
        """(size − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1

        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
        """
        padding: int = self.each(self.padding)[axis]
        extra: int = self.each(self.output_padding)[axis]
        out = (size - 1) * self.steps()[axis] + (self.reach(axis) + extra - 2 * padding)
        if isinstance(out, int) and out < 1:
            raise ShapeError(
                f"cuts {padding} from both ends of the {self.axis(axis)}, which leaves nothing of "
                f"{out + 2 * padding}. Use less padding.",
                "input",
            )
        return out

    def window(self) -> Window:
        """Neighbouring outputs lie a fraction of an input apart, and see few inputs each."""
        pairs = zip(self.reaches(), self.steps(), strict=True)
        steps = tuple(Fraction(1, step) for step in self.steps())
        return Window(tuple(-(-reach // step) for reach, step in pairs), steps)


class ConvTranspose1d(
    TransposedConvolution, family="Convolution", aliases=("deconvolution", "upsample", "decoder")
):
    """Lengthens a sequence by painting a learned filter for each incoming value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
    """

    rank: ClassVar[int] = 1
    kernel_size: int
    stride: int
    padding: int
    output_padding: int
    dilation: int

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 16),)),
        Example({"kernel_size": 4, "stride": 2, "padding": 1}, (tensor(3, "T"),)),
    )


class ConvTranspose2d(
    TransposedConvolution, family="Convolution", aliases=("deconvolution", "upsample", "decoder")
):
    """Enlarges an image by painting a learned filter for each incoming value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """

    rank: ClassVar[int] = 2
    kernel_size: Pair
    stride: Pair
    padding: Pair
    output_padding: Pair
    dilation: Pair

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 7, 7),)),
        Example(
            {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False, "out_channels": 5},
            (tensor(4, 7, 6),),
        ),
        Example(
            {"stride": (2, 3), "output_padding": (1, 2), "groups": 2, "dilation": 2},
            (tensor(4, 5, 4),),
        ),
    )


class ConvTranspose3d(
    TransposedConvolution, family="Convolution", aliases=("deconvolution", "upsample", "decoder")
):
    """Enlarges a volume or a video by painting a learned filter for each incoming value.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html
    """

    rank: ClassVar[int] = 3
    kernel_size: Triple
    stride: Triple
    padding: Triple
    output_padding: Triple
    dilation: Triple

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(2, 3, 4, 5),)),
        Example(
            {"kernel_size": 2, "stride": 2, "output_padding": (1, 0, 1)}, (tensor(2, 3, 4, 3),)
        ),
    )

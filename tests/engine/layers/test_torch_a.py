"""Convolution, pooling, padding, upsampling, normalisation, activation and dropout: what is special
about them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import nn

from graph_engine import NetworkBuilder
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE, Layer
from graph_engine.layers.base import Module, Window, parameter_count
from graph_engine.layers.shape import BATCH, Symbol, TensorType, tensor
from graph_engine.summary import summarize

pytestmark = pytest.mark.torch


def layer(name: str, **parameters: Any) -> Layer:
    """A layer of the catalogue."""
    return CATALOGUE[name](**parameters)


def refusal(name: str, *types: TensorType, **parameters: Any) -> str:
    """The sentence with which a layer refuses its inputs."""
    with pytest.raises(ShapeError) as caught:
        layer(name, **parameters).infer(*types)
    return str(caught.value)


def out(name: str, *types: TensorType, **parameters: Any) -> str:
    """The inferred output as people read it."""
    return str(layer(name, **parameters).infer(*types))


# Convolution --------------------------------------------------------------------------------------


def test_same_padding_keeps_any_size() -> None:
    kept = layer("Conv1d", kernel_size=4, dilation=3, padding="same").infer(tensor(3, "T"))

    assert kept == tensor(32, "T")


def test_same_padding_is_for_stride_one() -> None:
    with pytest.raises(ParameterError, match="stride 1"):
        layer("Conv2d", padding="same", stride=(1, 2))


@pytest.mark.parametrize(
    ("parameters", "sizes", "sentence"),
    [
        ({"kernel_size": 5}, (3, 4, 9), "kernel of 5, larger than the height of 4"),
        ({"groups": 2}, (3, 9, 9), "3 channels cannot be divided evenly"),
        ({"padding": 3, "padding_mode": "reflect"}, (3, 9, 3), "at least 4 values .* width of 3"),
        ({"padding": 4, "padding_mode": "circular"}, (3, 3, 9), "at least 4 values .* height of 3"),
        ({}, ("C", 9, 9), "fixed number of channels"),
        ({}, (9, 9), "channels × height × width"),
    ],
)
def test_conv2d_says_what_does_not_fit(
    parameters: dict[str, Any], sizes: tuple[int | str, ...], sentence: str
) -> None:
    assert re.search(
        sentence, refusal("Conv2d", tensor(*sizes), **{"out_channels": 4} | parameters)
    )


def test_a_kernel_that_is_too_large_offers_the_room_there_is() -> None:
    with pytest.raises(ShapeError) as caught:
        layer("Conv2d", kernel_size=7, padding=1).infer(tensor(3, 4, 9))

    assert caught.value.fix == ("kernel", 6)


def test_transposed_convolution_undoes_the_sizes_of_a_convolution() -> None:
    small = layer("Conv2d", kernel_size=4, stride=2, padding=1).infer(tensor(3, 28, 28))
    assert isinstance(small, TensorType)

    assert out("ConvTranspose2d", small, kernel_size=4, stride=2, padding=1) == "32×28×28"


def test_output_padding_stays_below_the_stride() -> None:
    with pytest.raises(ParameterError, match="2 is not below 2"):
        layer("ConvTranspose1d", stride=2, output_padding=2)


def test_multiply_adds_of_a_transposed_convolution_follow_its_input() -> None:
    upward = layer("ConvTranspose2d", out_channels=8, kernel_size=3, stride=2)

    assert upward.multiply_adds(TensorType((1, 4, 5, 6))) == 5 * 6 * (4 * 8 * 3 * 3)


def test_unfold_and_fold_fit_together() -> None:
    columns = layer("Unfold", kernel_size=3, padding=1).infer(tensor(2, 8, 7))

    assert columns == tensor(18, 56)
    assert out("Fold", columns, kernel_size=3, padding=1, output_size=(8, 7)) == "2×8×7"
    assert "needs 30 patches" in refusal("Fold", columns, kernel_size=3, output_size=(8, 7))


def test_fold_waits_for_an_unknown_number_of_patches() -> None:
    assert out("Fold", tensor(18, "T"), kernel_size=3, output_size=(8, 7)) == "2×8×7"


# Pooling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "parameters", "places"),
    [
        (5, {"kernel_size": 2}, 2),
        (5, {"kernel_size": 2, "ceil_mode": True}, 3),
        (4, {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, 2),
        (2, {"kernel_size": 3, "stride": 4, "padding": 1, "ceil_mode": True}, 1),
        (1, {"kernel_size": 1, "stride": 5, "ceil_mode": True}, 1),
        (1, {"kernel_size": 3, "ceil_mode": True}, 1),
    ],
)
def test_ceil_mode_never_starts_a_window_behind_the_image(
    size: int, parameters: dict[str, Any], places: int
) -> None:
    assert layer("MaxPool1d", **parameters).infer(tensor(3, size)) == tensor(3, places)
    assert nn.MaxPool1d(**parameters)(torch.zeros(2, 3, size)).shape[2] == places


def test_three_dimensional_averages_need_a_window_within_the_image() -> None:
    parameters: dict[str, Any] = {"kernel_size": 3, "padding": 1, "ceil_mode": True}

    assert out("AvgPool2d", tensor(1, 2, 6), **parameters) == "1×1×3"
    assert "without padding" in refusal("AvgPool3d", tensor(1, 6, 2, 6), **parameters)


def test_a_dilated_window_that_misses_the_image_is_refused() -> None:
    """PyTorch answers −∞, and its backward pass writes outside the image."""
    assert "all miss the length of 2" in refusal(
        "MaxPool1d", tensor(1, 2), kernel_size=2, dilation=3, padding=1
    )
    missed = nn.MaxPool1d(2, dilation=3, padding=1)(torch.zeros(2, 1, 2))
    assert missed.isinf().all()


def test_unpooling_takes_the_indices_of_the_pooling() -> None:
    pooled = layer("MaxPool2d", return_indices=True).infer(tensor(3, 8, 6))
    assert isinstance(pooled, tuple)

    assert pooled[1] == tensor(3, 4, 3, dtype="int64")
    assert out("MaxUnpool2d", *pooled) == "3×8×6"
    assert "second output" in refusal("MaxUnpool2d", pooled[0], pooled[0])
    assert "same shape" in refusal("MaxUnpool2d", pooled[0], tensor(3, 4, 4, dtype="int64"))


def test_shapes_that_may_turn_out_equal_are_accepted() -> None:
    indices = tensor(3, "S", dtype="int64")

    assert layer("MaxUnpool1d").infer(tensor(3, "T"), indices) == TensorType(
        (BATCH, 3, 2 * Symbol.named("T"))
    )


def test_adaptive_pooling_keeps_what_is_left_open() -> None:
    kept = layer("AdaptiveAvgPool2d", output_size=(None, 1))

    assert kept.infer(tensor(3, "H", 9)) == tensor(3, "H", 1)


def test_a_size_counts_before_a_scale_and_only_one_is_written() -> None:
    sized = layer("FractionalMaxPool2d", output_size=5)
    assert isinstance(sized, Module)

    call = sized.construct(tensor(3, 9, 9))

    assert call.keywords == {"output_size": 5}
    with pytest.raises(ParameterError, match=r"output_size.*output_ratio"):
        layer("FractionalMaxPool2d", output_ratio=None)


# Padding and upsampling ---------------------------------------------------------------------------


def test_padding_lists_the_last_axis_first() -> None:
    assert out("ZeroPad2d", tensor(1, 8, 8), padding=(1, 2, 0, -3)) == "1×5×11"


def test_constant_padding_leaves_the_batch_alone() -> None:
    assert out("ConstantPad1d", tensor(8)) == "10"
    assert "samples of 2 or 3" in refusal("ConstantPad2d", tensor(8))


@pytest.mark.parametrize(
    ("name", "padding", "sentence"),
    [
        ("ReflectionPad1d", 4, "at most 3 can be mirrored"),
        ("CircularPad1d", 5, "wraps 5 values"),
        ("CircularPad1d", (2, -3), "of which 1 can be used"),
        ("ZeroPad1d", (9, -5), "cuts off 5"),
        ("ReplicationPad1d", -2, "leaves nothing"),
    ],
)
def test_borders_need_something_to_be_taken_from(name: str, padding: Any, sentence: str) -> None:
    assert sentence in refusal(name, tensor(3, 4), padding=padding)


def test_a_border_must_be_a_number_that_the_dtype_holds() -> None:
    assert "uint8" in refusal("ConstantPad1d", tensor(8, dtype="uint8"), value=-1.0)


def test_scaling_an_unknown_size_is_exact_or_refused() -> None:
    assert str(layer("Upsample", scale_factor=1.5).infer(tensor(3, "T"))) == "3×(T+(T)//2)"
    assert "fix the size" in refusal("Upsample", tensor(3, "T"), scale_factor=1.7)


@pytest.mark.parametrize("factor", [0.29, 0.57, 0.7, 1.1, 1.15, 1.7, 2.3, 3.3])
def test_scaling_rounds_as_torch_does(factor: float) -> None:
    module, scaling = nn.Upsample(scale_factor=factor), layer("Upsample", scale_factor=factor)

    for size in range(4, 121):
        assert scaling.infer(TensorType((1, 1, size))) == TensorType(
            tuple(module(torch.zeros(1, 1, size)).shape)
        )


def test_align_corners_is_for_smooth_modes() -> None:
    with pytest.raises(ParameterError, match="linear, bilinear"):
        layer("Upsample", align_corners=True)


def test_pixels_and_channels_are_exchanged_evenly() -> None:
    assert out("PixelShuffle", tensor(12, 4, 5), upscale_factor=2) == "3×8×10"
    assert out("PixelUnshuffle", tensor(3, 8, 10)) == "12×4×5"
    assert "that 4 divides, but receives 6" in refusal("PixelShuffle", tensor(6, 4, 5))
    assert "a height that 2 divides" in refusal("PixelUnshuffle", tensor(3, 7, 10))
    odd = 2 * Symbol.named("T") + 1
    assert "that 2 divides" in refusal("PixelUnshuffle", TensorType((BATCH, 3, odd, 4)))


# Normalisation ------------------------------------------------------------------------------------


def test_batch_norm_needs_more_than_one_value_for_each_channel() -> None:
    single = TensorType((1, 4, 1, 1))

    assert "more than one value for each channel" in refusal("BatchNorm2d", single)
    assert layer("BatchNorm2d").infer(tensor(4, 1, 1)) == tensor(4, 1, 1)
    with pytest.raises(ValueError, match="more than 1 value"):
        nn.BatchNorm2d(4)(torch.zeros(1, 4, 1, 1))


def test_instance_norm_needs_more_than_one_place() -> None:
    assert "more than one value in each channel" in refusal("InstanceNorm2d", tensor(4, 1, 1))
    assert layer("InstanceNorm1d").infer(tensor(4, "T")) == tensor(4, "T")


def test_layer_norm_needs_the_sizes_that_it_learns_for() -> None:
    assert layer("LayerNorm").infer(tensor("T", 8)) == tensor("T", 8)
    assert "fix the size" in refusal("LayerNorm", tensor("T", 8), dims=2)
    assert "Use fewer dims" in refusal("LayerNorm", tensor(8), dims=2)


def test_layer_norm_reads_its_shape_off_the_input() -> None:
    whole, last = layer("LayerNorm", dims=3, bias=False), layer("LayerNorm")
    assert isinstance(whole, Module)
    assert isinstance(last, Module)

    assert whole.construct(tensor(3, 4, 5)).positional == ((3, 4, 5),)
    assert last.construct(tensor(3, 4, 5)).positional == (5,)
    assert parameter_count(whole, tensor(3, 4, 5)) == 60


def test_group_norm_writes_the_groups_before_the_channels() -> None:
    grouped = layer("GroupNorm", num_groups=3)
    assert isinstance(grouped, Module)

    assert grouped.construct(tensor(6, 4, 4)).positional == (3, 6)
    assert "8 channels cannot be divided" in refusal("GroupNorm", tensor(8, 4, 4), num_groups=3)


# Activation and dropout ---------------------------------------------------------------------------


def test_an_overwritten_input_needs_a_slope_that_can_be_undone() -> None:
    with pytest.raises(ParameterError, match="gradient"):
        layer("LeakyReLU", negative_slope=-0.1, inplace=True)
    values = torch.ones(3, requires_grad=True).clone()
    with pytest.raises(RuntimeError, match="negative slope"):
        nn.LeakyReLU(-0.1, inplace=True)(values).sum().backward()


def test_prelu_has_one_slope_or_one_for_each_channel() -> None:
    assert parameter_count(layer("PReLU", num_parameters=3), tensor(3, 4)) == 3
    assert "Set num_parameters to 1 or 4" in refusal("PReLU", tensor(4, 3), num_parameters=3)


def test_glu_halves_a_dimension() -> None:
    assert out("GLU", tensor(6, 4), dim=1) == "3×4"
    assert "that 2 divides" in refusal("GLU", tensor(5))


def test_limits_must_be_numbers_of_the_dtype() -> None:
    counts = tensor(8, dtype="uint8")

    assert layer("Hardtanh", min_val=0.0, max_val=6.0).infer(counts) == counts
    assert "uint8 numbers cannot hold" in refusal("Hardtanh", counts)


def test_softmax_always_says_its_dimension() -> None:
    softmax = layer("Softmax")
    assert isinstance(softmax, Module)

    assert softmax.construct(tensor(8)).keywords == {"dim": -1}
    assert "choose between -2 and 1" in refusal("Softmax", tensor(8), dim=2)


@pytest.mark.parametrize("name", ["Dropout1d", "Dropout2d", "Dropout3d"])
def test_dropout_of_channels_asks_for_its_own_layout(name: str) -> None:
    assert "channels × " in refusal(name, tensor(8))


# Receptive windows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters", "window"),
    [
        ("Conv2d", {"kernel_size": (3, 5), "dilation": (2, 1)}, Window((5, 5), (1, 1))),
        ("MaxPool2d", {"kernel_size": 3, "stride": 2}, Window((3, 3), (2, 2))),
        ("AvgPool1d", {"kernel_size": 4}, Window((4,), (4,))),
        ("ConvTranspose1d", {"kernel_size": 4, "stride": 2}, Window((2,), (Fraction(1, 2),))),
        ("Upsample", {"scale_factor": 2.0}, Window((1,), (Fraction(1, 2),))),
        ("PixelShuffle", {"upscale_factor": 3}, Window((1,), (Fraction(1, 3),))),
        ("PixelUnshuffle", {"downscale_factor": 3}, Window((3,), (3,))),
        ("ReLU", {}, Window()),
    ],
)
def test_windows_for_receptive_fields(
    name: str, parameters: dict[str, Any], window: Window
) -> None:
    assert layer(name, **parameters).window() == window


def test_receptive_fields_go_through_layers_that_enlarge() -> None:
    net = NetworkBuilder("decoder")
    x = net.input("image", shape=(3, 16, 16))
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("Conv2d", {"kernel_size": 3}),
        ("MaxPool2d", {}),
        ("ConvTranspose2d", {"kernel_size": 2, "stride": 2}),
        ("Conv2d", {"kernel_size": 2}),
        ("Upsample", {}),
        ("Conv2d", {"kernel_size": 2}),
    )
    for name, parameters in steps:
        x = net.add(name, x, **parameters)
    net.output("y", x)

    fields = [row.receptive_field for row in summarize(Inference(net.graph)).rows]

    assert [seen[0] for seen in fields if seen] == [3, 4, 4, 5, 5, 6]

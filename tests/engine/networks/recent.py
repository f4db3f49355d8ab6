"""Convolutional networks since 2019, as torchvision publishes them."""

from __future__ import annotations

from graph_engine import Graph, NetworkBuilder
from graph_engine.builder import Handle
from tests.engine.networks.modern import conv_bn


def efficientnet_b0() -> Graph:
    """EfficientNet-B0: 5,288,548 parameters."""
    net = NetworkBuilder("efficientnet_b0")
    x = conv_bn(net, net.input("image", shape=(3, 224, 224)), 32, 3, stride=2, act="SiLU")
    before = 32
    for expand, width, count, stride, kernel in (
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
    ):  # fmt: skip
        for number in range(count):
            step = stride if number == 0 else 1
            x = _mobile(net, x, before, before * expand, width, kernel, step)
            before = width
    x = conv_bn(net, x, 1280, act="SiLU")
    x = net.add("Dropout", net.add("GlobalAveragePool", x), p=0.2)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def _mobile(
    net: NetworkBuilder, x: Handle, before: int, inner: int, width: int, kernel: int, stride: int
) -> Handle:
    y = conv_bn(net, x, inner, act="SiLU") if inner != before else x
    y = conv_bn(net, y, inner, kernel, stride=stride, groups=inner, act="SiLU")
    squeezed = net.add("AdaptiveAvgPool2d", y, output_size=1)
    squeezed = net.add("Conv2d", squeezed, out_channels=before // 4, kernel_size=1)
    squeezed = net.add("Conv2d", net.add("SiLU", squeezed), out_channels=inner, kernel_size=1)
    y = net.add("Multiply", y, net.add("Sigmoid", squeezed))
    y = conv_bn(net, y, width, act="")
    if stride > 1 or before != width:
        return y
    return net.add("Add", net.add("DropPath", y, p=0.1), x)


def convnext_tiny() -> Graph:
    """ConvNeXt-T: 28,589,128 parameters."""
    net = NetworkBuilder("convnext_tiny")
    block = net.block("ConvNextBlock")
    width = block.parameter("width", 96)
    x = block.input("x", shape=(96, 56, 56))
    y = block.add("Conv2d", x, out_channels=width, kernel_size=7, padding=3, groups=width)
    y = block.add("LayerNorm", block.add("Permute", y, dims=(0, 2, 3, 1)), eps=1e-6)
    y = block.add("GELU", block.add("Linear", y, out_features=4 * width))
    y = block.add("LayerScale", block.add("Linear", y, out_features=width), start=1e-6)
    y = block.add("DropPath", block.add("Permute", y, dims=(0, 3, 1, 2)), p=0.1)
    block.output("y", block.add("Add", x, y))
    block.done()
    x = net.input("image", shape=(3, 224, 224))
    x = net.add("Conv2d", x, out_channels=96, kernel_size=4, stride=4)
    x = _channel_norm(net, x)
    for stage, (width_now, count) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3))):
        if stage:
            x = _channel_norm(net, x)
            x = net.add("Conv2d", x, out_channels=width_now, kernel_size=2, stride=2)
        x = net.add("ConvNextBlock", x, width=width_now, repeat=count)
    x = net.add("LayerNorm", net.add("GlobalAveragePool", x), eps=1e-6)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def _channel_norm(net: NetworkBuilder, x: Handle) -> Handle:
    """Layer normalisation over the channels of an image."""
    x = net.add("LayerNorm", net.add("Permute", x, dims=(0, 2, 3, 1)), eps=1e-6)
    return net.add("Permute", x, dims=(0, 3, 1, 2))

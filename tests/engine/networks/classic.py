"""Convolutional networks from 1998 to 2015, without batch normalisation or with little of it."""

from __future__ import annotations

from typing import Any

from graph_engine import Graph, NetworkBuilder
from graph_engine.builder import Handle


def lenet5() -> Graph:
    """LeNet-5 with dense connections between its convolutions: 61,706 parameters."""
    net = NetworkBuilder("lenet5")
    x = net.input("image", shape=(1, 32, 32))
    x = net.add("Conv2d", x, out_channels=6, kernel_size=5)
    x = net.add("AvgPool2d", net.add("Tanh", x), kernel_size=2)
    x = net.add("Conv2d", x, out_channels=16, kernel_size=5)
    x = net.add("AvgPool2d", net.add("Tanh", x), kernel_size=2)
    x = net.add("Conv2d", x, out_channels=120, kernel_size=5)
    x = net.add("Flatten", net.add("Tanh", x))
    x = net.add("Tanh", net.add("Linear", x, out_features=84))
    net.output("logits", net.add("Linear", x, out_features=10))
    return net.graph


def alexnet() -> Graph:
    """AlexNet in the single-column form of torchvision: 61,100,840 parameters."""
    net = NetworkBuilder("alexnet")
    x = net.input("image", shape=(3, 224, 224))
    for channels, kernel, stride, padding, pool in (
        (64, 11, 4, 2, True),
        (192, 5, 1, 2, True),
        (384, 3, 1, 1, False),
        (256, 3, 1, 1, False),
        (256, 3, 1, 1, True),
    ):
        x = net.add(
            "Conv2d", x, out_channels=channels, kernel_size=kernel, stride=stride, padding=padding
        )
        x = net.add("ReLU", x)
        if pool:
            x = net.add("MaxPool2d", x, kernel_size=3, stride=2)
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=6))
    for _ in range(2):
        x = net.add("Linear", net.add("Dropout", x), out_features=4096)
        x = net.add("ReLU", x)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def vgg(*stages: int) -> Graph:
    """VGG with that many convolutions a stage; (2, 2, 3, 3, 3) is VGG-16."""
    net = NetworkBuilder("vgg")
    x = net.input("image", shape=(3, 224, 224))
    for count, channels in zip(stages, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            x = net.add("Conv2d", x, out_channels=channels, kernel_size=3, padding=1)
            x = net.add("ReLU", x)
        x = net.add("MaxPool2d", x, kernel_size=2)
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=7))
    for _ in range(2):
        x = net.add("ReLU", net.add("Linear", x, out_features=4096))
        x = net.add("Dropout", x)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def squeezenet() -> Graph:
    """SqueezeNet 1.0: 1,248,424 parameters."""
    net = NetworkBuilder("squeezenet")
    fire = net.block("Fire")
    squeeze, expand = fire.parameter("squeeze", 16), fire.parameter("expand", 64)
    y = fire.input("x", shape=(96, 54, 54))
    y = fire.add("ReLU", fire.add("Conv2d", y, out_channels=squeeze, kernel_size=1))
    one = fire.add("ReLU", fire.add("Conv2d", y, out_channels=expand, kernel_size=1))
    three = fire.add("Conv2d", y, out_channels=expand, kernel_size=3, padding=1)
    joined = fire.add("Concatenate", one, fire.add("ReLU", three))
    fire.output("y", joined)
    fire.done()

    x = net.input("image", shape=(3, 224, 224))
    x = net.add("ReLU", net.add("Conv2d", x, out_channels=96, kernel_size=7, stride=2))
    for number, (s, e) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
    ):
        if number in (0, 3, 7):
            x = net.add("MaxPool2d", x, kernel_size=3, stride=2, ceil_mode=True)
        x = net.add("Fire", x, squeeze=s, expand=e)
    x = net.add("Conv2d", net.add("Dropout", x), out_channels=1000, kernel_size=1)
    x = net.add("AdaptiveAvgPool2d", net.add("ReLU", x), output_size=1)
    net.output("logits", net.add("Flatten", x))
    return net.graph


def googlenet() -> Graph:
    """GoogLeNet without its auxiliary heads, as in torchvision: 6,624,904 parameters."""
    net = NetworkBuilder("googlenet")
    unit = net.block("ConvUnit")
    width, kernel = unit.parameter("width", 64), unit.parameter("kernel", 1)
    stride, padding = unit.parameter("stride", 1), unit.parameter("padding", 0)
    y = unit.input("x", shape=(64, 28, 28))
    y = unit.add(
        "Conv2d",
        y,
        out_channels=width,
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        bias=False,
    )
    y = unit.add("BatchNorm2d", y, eps=0.001)
    unit.output("y", unit.add("ReLU", y))
    unit.done()
    _inception(net)

    x = net.input("image", shape=(3, 224, 224))
    x = net.add("ConvUnit", x, width=64, kernel=7, stride=2, padding=3)
    x = net.add("MaxPool2d", x, kernel_size=3, stride=2, ceil_mode=True)
    x = net.add("ConvUnit", x, width=64)
    x = net.add("ConvUnit", x, width=192, kernel=3, padding=1)
    x = net.add("MaxPool2d", x, kernel_size=3, stride=2, ceil_mode=True)
    x = _stages(net, x)
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=1))
    net.output("logits", net.add("Linear", net.add("Dropout", x, p=0.2), out_features=1000))
    return net.graph


def _inception(net: NetworkBuilder) -> None:
    block = net.block("Inception")
    widths = [
        block.parameter(n, 64) for n in ("one", "three_in", "three", "five_in", "five", "pool")
    ]
    one, three_in, three, five_in, five, pool = widths
    x = block.input("x", shape=(192, 28, 28))
    a = block.add("ConvUnit", x, width=one)
    b = block.add("ConvUnit", x, width=three_in)
    b = block.add("ConvUnit", b, width=three, kernel=3, padding=1)
    c = block.add("ConvUnit", x, width=five_in)
    c = block.add("ConvUnit", c, width=five, kernel=3, padding=1)
    d = block.add("MaxPool2d", x, kernel_size=3, stride=1, padding=1, ceil_mode=True)
    d = block.add("ConvUnit", d, width=pool)
    block.output("y", block.add("Concatenate", a, b, c, d))
    block.done()


def _stages(net: NetworkBuilder, x: Handle) -> Handle:
    rows = (
        (64, 96, 128, 16, 32, 32),
        (128, 128, 192, 32, 96, 64),
        3,
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
        2,
        (256, 160, 320, 32, 128, 128),
        (384, 192, 384, 48, 128, 128),
    )
    names = ("one", "three_in", "three", "five_in", "five", "pool")
    for row in rows:
        if isinstance(row, int):
            x = net.add("MaxPool2d", x, kernel_size=row, stride=2, ceil_mode=True)
        else:
            widths: dict[str, Any] = dict(zip(names, row, strict=True))
            x = net.add("Inception", x, **widths)
    return x

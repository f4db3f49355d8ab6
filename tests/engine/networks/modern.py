"""Residual and later convolutional networks, as torchvision publishes them."""

from __future__ import annotations

from graph_engine import Graph, NetworkBuilder
from graph_engine.builder import Bound, Handle


def conv_bn(
    net: NetworkBuilder,
    x: Handle,
    width: int | str,
    kernel: int = 1,
    *,
    stride: int | str = 1,
    groups: int | str = 1,
    act: str = "ReLU",
) -> Handle:
    """Convolution without bias, batch normalisation, activation."""
    x = net.add(
        "Conv2d",
        x,
        out_channels=width,
        kernel_size=kernel,
        stride=stride,
        padding=(kernel - 1) // 2,
        groups=groups,
        bias=False,
    )
    x = net.add("BatchNorm2d", x)
    return net.add(act, x) if act else x


def _stem(net: NetworkBuilder) -> Handle:
    x = conv_bn(net, net.input("image", shape=(3, 224, 224)), 64, 7, stride=2)
    return net.add("MaxPool2d", x, kernel_size=3, stride=2, padding=1)


def _head(net: NetworkBuilder, x: Handle, dropout: float = 0.0) -> Graph:
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=1))
    if dropout:
        x = net.add("Dropout", x, p=dropout)
    net.output("logits", net.add("Linear", x, out_features=1000))
    return net.graph


def resnet18() -> Graph:
    """ResNet-18: 11,689,512 parameters."""
    net = NetworkBuilder("resnet18")
    for name, projects in (("BasicBlock", False), ("ProjectionBlock", True)):
        block = net.block(name)
        width, stride = block.parameter("width", 64), block.parameter("stride", 1)
        x = block.input("x", shape=(64, 56, 56))
        y = conv_bn(block, x, width, 3, stride=stride)
        y = conv_bn(block, y, width, 3, act="")
        skip = conv_bn(block, x, width, 1, stride=stride, act="") if projects else x
        block.output("y", block.add("ReLU", block.add("Add", y, skip)))
        block.done()
    x = _stem(net)
    x = net.add("BasicBlock", x, repeat=2)
    for channels in (128, 256, 512):
        x = net.add("ProjectionBlock", x, width=channels, stride=2)
        x = net.add("BasicBlock", x, width=channels)
    return _head(net, x)


def resnet50() -> Graph:
    """ResNet-50: 25,557,032 parameters."""
    net = NetworkBuilder("resnet50")
    for name, projects in (("Bottleneck", False), ("ProjectionBottleneck", True)):
        block = net.block(name)
        width, stride = block.parameter("width", 64), block.parameter("stride", 1)
        wide = Bound("4 * width")
        x = block.input("x", shape=(256, 56, 56))
        y = conv_bn(block, x, width)
        y = conv_bn(block, y, width, 3, stride=stride)
        y = conv_bn(block, y, wide, act="")
        skip = conv_bn(block, x, wide, 1, stride=stride, act="") if projects else x
        block.output("y", block.add("ReLU", block.add("Add", y, skip)))
        block.done()
    x = _stem(net)
    for channels, step, count in ((64, 1, 2), (128, 2, 3), (256, 2, 5), (512, 2, 2)):
        x = net.add("ProjectionBottleneck", x, width=channels, stride=step)
        x = net.add("Bottleneck", x, width=channels, repeat=count)
    return _head(net, x)


def densenet121() -> Graph:
    """DenseNet-121: 7,978,856 parameters."""
    net = NetworkBuilder("densenet121")
    layer = net.block("DenseLayer")
    x = layer.input("x", shape=(64, 56, 56))
    y = layer.add("ReLU", layer.add("BatchNorm2d", x))
    y = conv_bn(layer, y, 128)
    y = layer.add("Conv2d", y, out_channels=32, kernel_size=3, padding=1, bias=False)
    layer.output("y", layer.add("Concatenate", x, y))
    layer.done()
    x = _stem(net)
    for count, width in ((6, 128), (12, 256), (24, 512), (16, 0)):
        x = net.add("DenseLayer", x, repeat=count)
        x = net.add("ReLU", net.add("BatchNorm2d", x))
        if width:
            x = net.add("Conv2d", x, out_channels=width, kernel_size=1, bias=False)
            x = net.add("AvgPool2d", x, kernel_size=2, stride=2)
    return _head(net, x)


def mobilenet_v2() -> Graph:
    """MobileNetV2: 3,504,872 parameters."""
    net = NetworkBuilder("mobilenet_v2")
    for name, skips in (("InvertedResidual", True), ("InvertedBlock", False)):
        block = net.block(name)
        inner, width = block.parameter("inner", 96), block.parameter("width", 24)
        stride = block.parameter("stride", 1)
        x = block.input("x", shape=(24, 56, 56))
        y = conv_bn(block, x, inner, act="ReLU6")
        y = conv_bn(block, y, inner, 3, stride=stride, groups=inner, act="ReLU6")
        y = conv_bn(block, y, width, act="")
        block.output("y", block.add("Add", x, y) if skips else y)
        block.done()
    x = conv_bn(net, net.input("image", shape=(3, 224, 224)), 32, 3, stride=2, act="ReLU6")
    x = conv_bn(net, x, 32, 3, groups=32, act="ReLU6")
    x = conv_bn(net, x, 16, act="")
    before = 16
    for channels, count, step in (
        (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1),
    ):  # fmt: skip
        x = net.add("InvertedBlock", x, inner=6 * before, width=channels, stride=step)
        if count > 1:
            x = net.add("InvertedResidual", x, inner=6 * channels, width=channels, repeat=count - 1)
        before = channels
    x = conv_bn(net, x, 1280, act="ReLU6")
    return _head(net, x, 0.2)


def unet() -> Graph:
    """U-Net with the widths of 2015, batch normalisation, three channels in, one out: 31,037,633."""
    net = NetworkBuilder("unet")
    double = net.block("DoubleConv")
    width = double.parameter("width", 64)
    y = conv_bn(double, double.input("x", shape=(3, 256, 256)), width, 3)
    double.output("y", conv_bn(double, y, width, 3))
    double.done()
    x, skips = net.input("image", shape=(3, 256, 256)), []
    for size in (64, 128, 256, 512):
        skips.append(net.add("DoubleConv", x, width=size))
        x = net.add("MaxPool2d", skips[-1], kernel_size=2)
    x = net.add("DoubleConv", x, width=1024)
    for size in (512, 256, 128, 64):
        x = net.add("ConvTranspose2d", x, out_channels=size, kernel_size=2, stride=2)
        x = net.add("DoubleConv", net.add("Concatenate", skips.pop(), x), width=size)
    net.output("mask", net.add("Conv2d", x, out_channels=1, kernel_size=1))
    return net.graph

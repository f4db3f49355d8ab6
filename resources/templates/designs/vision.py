"""Networks that look at images."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import (
    averaged_scores,
    convolved,
    design,
    digits,
    lay,
    note,
    project,
    rising_and_falling,
)


@design
def cnn_digits() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    for i, channels in ((1, 32), (2, 64)):
        x = convolved(net, x, channels, (f"conv{i}", f"norm{i}", f"relu{i}"))
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{i}")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Dropout", x, p=0.3, name="dropout")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A convolutional network**, in the manner of LeNet (LeCun et al., 1998). The filters of "
        "`conv1` slide over the image and find strokes wherever they are; `conv2` combines them into "
        "parts of digits; each `pool` keeps the strongest answer of every 2×2 pixels.\n\n"
        "Look at: the shapes on the wires. The image gets smaller, the number of channels larger, until "
        "256 numbers are left for `classifier`. Then train: it passes 98 % within seconds.",
    )
    return project(
        "A small convolutional network, LeNet-style, that reads handwritten digits.",
        net,
        data=digits(),
        recipe=rising_and_falling(30),
    )


@design
def resnet_digits() -> Project:
    net = NetworkBuilder("main")
    residual(net)
    x = net.input("image", shape=(1, 8, 8))
    x = convolved(net, x, 32, ("stem", "norm", "relu"))
    x = net.add("Residual", x, channels=32, repeat=3, name="residuals")
    averaged_scores(net, x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A residual network** (He et al., 2015). `residuals` is a block, drawn once and used three "
        "times in a row: open it to see the wire that passes by its convolutions. Each copy only has to "
        "learn what to *add* to its input, and gradients reach the first layers undiminished.\n\n"
        "Look at: the gradients of the copies during training. Raise `repeat` to 10 and train for 5 "
        "epochs: 98 % are right. Then cut the wire that passes by inside the block and train again: 64 "
        "%.",
    )
    return project(
        "A residual network, one block used three times, that reads handwritten digits.",
        net,
        data=digits(),
        recipe=rising_and_falling(25),
    )


def residual(net: NetworkBuilder) -> None:
    """The block of ``resnet-digits``: two convolutions, and a wire past them."""
    block = net.block("Residual")
    channels = block.parameter("channels", 32, "How many feature maps go in, and come out.")
    x = block.input("x", shape=(32, 8, 8))
    y = convolved(block, x, channels, ("conv1", "norm1", "relu1"))
    y = block.add(
        "Conv2d", y, out_channels=channels, kernel_size=3, padding=1, bias=False, name="conv2"
    )
    y = block.add("BatchNorm2d", y, name="norm2")
    y = block.add("Add", y, x, name="added")
    y = block.add("ReLU", y, name="relu2")
    block.output("y", y)
    lay(
        block.graph,
        ["", "conv1", "norm1", "relu1", "conv2", "norm2"],
        ["x", "", "", "", "", "", "added", "relu2", "y"],
    )
    note(
        block.graph,
        "The wire from `x` straight to `added` is the point: the convolutions only learn the "
        "difference.",
        height=70.0,
    )
    block.done()

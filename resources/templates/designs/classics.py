"""Convolutional networks that made history, and a transformer that sees, all on handwritten digits."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import Handle
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


def smoothed(epochs: int, most: float, decay: float = 0.05) -> dict[str, Any]:
    """A recipe that asks for nine tenths of certainty only, so that few wrong answers are sure."""
    recipe = rising_and_falling(epochs, most=most)
    recipe["optimizer"]["weight_decay"] = decay
    return {**recipe, "loss": {"name": "CrossEntropyLoss", "label_smoothing": 0.1}}


@design
def lenet_5() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Upsample", x, scale_factor=4, mode="bilinear", name="enlarged")
    for number, channels in ((1, 6), (3, 16)):
        x = net.add("Conv2d", x, out_channels=channels, kernel_size=5, name=f"c{number}")
        x = net.add("Tanh", x, name=f"tanh{number}")
        x = net.add("AvgPool2d", x, kernel_size=2, name=f"s{number + 1}")
    x = net.add("Conv2d", x, out_channels=120, kernel_size=5, name="c5")
    x = net.add("Tanh", x, name="tanh5")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Linear", x, out_features=84, name="f6")
    x = net.add("Tanh", x, name="tanh6")
    x = net.add("Linear", x, out_features=10, name="output")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**LeNet-5** (LeCun et al., 1998) read the cheques of American banks. Convolutions `c1`, `c3`, "
        "`c5` and averages `s2`, `s4` take turns, as in nearly every network for images since; the "
        "names are those of the paper. Our digits of 8×8 are enlarged to its 32×32.\n\n"
        "Look at: the maps of `c1` while it trains. Some of its six kernels become edges of one "
        "direction, others blots.",
    )
    return project(
        "The network that read cheques: LeNet-5 on handwritten digits.",
        net,
        data=digits(augmentation={"turn": 10, "zoom": 0.1, "slant": 0.1}),
        recipe=smoothed(40, 0.004, decay=0.5),
    )


@design
def inception_digits() -> Project:
    net = NetworkBuilder("main")
    inception(net)
    x = net.input("image", shape=(1, 8, 8))
    x = convolved(net, x, 32, ("stem", "norm", "relu"))
    x = net.add("Inception", x, name="inception1")
    x = net.add("MaxPool2d", x, kernel_size=2, name="pool")
    x = net.add("Inception", x, name="inception2")
    averaged_scores(net, x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Inception** (Szegedy et al., 2014). How large should a filter be? Each `Inception` block "
        "asks several sizes at once and lays their answers side by side; 1×1 convolutions in front keep "
        "that cheap. Open the block to see its four branches.\n\n"
        "Look at: which branch has the largest activations, in the first block and in the second.",
    )
    return project(
        "Filters of several sizes side by side: an Inception-style network on digits.",
        net,
        data=digits(),
        recipe=rising_and_falling(20),
    )


def inception(net: NetworkBuilder) -> None:
    """Four branches: 1×1, 3×3, two times 3×3, and the strongest neighbour."""
    block = net.block("Inception")
    width = block.parameter("width", 16, "Feature maps of each branch.")
    x = block.input("x", shape=(32, 8, 8))

    def of_size(source: Handle, size: int, name: str) -> Handle:
        return convolved(
            block, source, width, (f"conv_{name}", f"norm_{name}", f"relu_{name}"), size
        )

    one = of_size(x, 1, "one")
    three = of_size(of_size(x, 1, "three_a"), 3, "three_b")
    five = of_size(of_size(of_size(x, 1, "five_a"), 3, "five_b"), 3, "five_c")
    pooled = block.add("MaxPool2d", x, kernel_size=3, stride=1, padding=1, name="pool")
    last = of_size(pooled, 1, "pool")
    y = block.add("Concatenate", one, three, five, last, dim=1, name="together")
    block.output("y", y)

    def branch(*names: str) -> list[str]:
        return [f"{step}_{name}" for name in names for step in ("conv", "norm", "relu")]

    lay(
        block.graph,
        ["", *branch("one")],
        ["", *branch("three_a", "three_b")],
        ["x", *branch("five_a", "five_b", "five_c"), "together", "y"],
        ["", "pool", *branch("pool")],
    )
    note(
        block.graph,
        "Four ways to look at the same image. `together` lays their channels side by side.",
        height=60.0,
    )
    block.done()


@design
def densenet_digits() -> Project:
    net = NetworkBuilder("main")
    dense_layer(net)
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Conv2d", x, out_channels=24, kernel_size=3, padding=1, bias=False, name="stem")
    for stage in (1, 2):
        for number in (1, 2, 3):
            x = net.add("DenseLayer", x, name=f"dense{stage}_{number}")
        if stage == 1:
            x = net.add("BatchNorm2d", x, name="norm1")
            x = net.add("ReLU", x, name="relu1")
            x = net.add("Conv2d", x, out_channels=48, kernel_size=1, bias=False, name="narrow")
            x = net.add("AvgPool2d", x, kernel_size=2, name="pool")
    x = net.add("BatchNorm2d", x, name="norm2")
    x = net.add("ReLU", x, name="relu2")
    averaged_scores(net, x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**DenseNet** (Huang et al., 2016). Every `DenseLayer` sees what all layers before it have "
        "found, because it lays its own few maps beside its input instead of replacing it. Nothing has "
        "to be learned twice, so narrow layers are enough.\n\n"
        "Look at: the channels on the wires, which grow by 16 from block to block.",
    )
    return project(
        "Each layer sees all before it: a DenseNet-style network on digits.",
        net,
        data=digits(),
        recipe=rising_and_falling(20),
    )


def dense_layer(net: NetworkBuilder) -> None:
    """Norm, activation and convolution, whose few maps stand beside the input."""
    block = net.block("DenseLayer")
    growth = block.parameter("growth", 16, "Feature maps that are added.")
    x = block.input("x", shape=(24, 8, 8))
    y = block.add("BatchNorm2d", x, name="norm")
    y = block.add("ReLU", y, name="relu")
    y = block.add(
        "Conv2d", y, out_channels=growth, kernel_size=3, padding=1, bias=False, name="conv"
    )
    y = block.add("Concatenate", x, y, dim=1, name="beside")
    block.output("y", y)
    lay(block.graph, ["", "norm", "relu", "conv"], ["x", "", "", "", "beside", "y"])
    note(block.graph, "The input goes on unchanged; new maps are laid beside it.", height=60.0)
    block.done()


@design
def vit_digits() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("PatchEmbedding", x, features=48, patch_size=2, name="patches")
    x = net.add("ClassToken", x, name="class_token")
    x = net.add("LearnedPositionalEncoding", x, name="positions")
    for number in (1, 2, 3):
        x = net.add(
            "TransformerEncoderLayer", x, nhead=4, dim_feedforward=96, dropout=0.1,
            activation="gelu", norm_first=True, name=f"encoder{number}",
        )  # fmt: skip
    x = net.add("LayerNorm", x, name="norm")
    x = net.add("Select", x, dim=1, index=0, name="answer")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A vision transformer** (Dosovitskiy et al., 2020). The image is cut into 16 patches of 2×2, "
        "each becomes a token, and three encoder layers let every token look at every other. What "
        "`class_token` has gathered in the end is the answer. Nothing tells the network that neighbours "
        "matter: it has to learn that, and needs more samples than a convolution.\n\n"
        "Look at: the attention of `encoder1`. Which patches does the class token look at?",
        height=170.0,
    )
    return project(
        "Images as sequences of patches: a vision transformer on digits.",
        net,
        data=digits(augmentation={"turn": 12, "zoom": 0.1, "slant": 0.15}),
        recipe=smoothed(70, 0.004),
    )

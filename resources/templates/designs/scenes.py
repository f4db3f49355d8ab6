"""Networks that say what is where: every pixel labelled, or every object found."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import (
    convolved,
    design,
    generated,
    lay,
    note,
    project,
)


def twice(net: NetworkBuilder) -> None:
    """Two convolutions with normalisation and activation: what a U-Net does at every size."""
    block = net.block("Twice")
    width = block.parameter("width", 16, "Feature maps that come out.")
    x = block.input("x", shape=(1, 32, 32))
    for number in (1, 2):
        x = convolved(block, x, width, (f"conv{number}", f"norm{number}", f"relu{number}"))
    block.output("y", x)
    lay(block.graph, list(block.graph.nodes))
    note(block.graph, "Two convolutions; edited once, changed at every size.", height=60.0)
    block.done()


@design
def unet_scenes() -> Project:
    net = NetworkBuilder("main")
    twice(net)
    down_and_up(net)
    note(
        net.graph,
        "**U-Net** (Ronneberger et al., 2015) labels every pixel. On the way down the image gets "
        "smaller and the network learns *what* is there; on the way up it gets larger again, and the "
        "wires across tell *where*. `labels` gives each pixel a score for the ground and for each of "
        "ten digits.\n\n"
        "Look at: the predictions as coloured masks. Cut the wires across and train again: the digits "
        "are found, but their edges are blurred.",
        height=170.0,
    )
    return project(
        "Every pixel labelled: a U-Net on scenes strewn with digits.",
        net,
        data=generated("segmentation_scenes", 1500, noise=0.05),
        recipe={
            "loss": {"name": "CrossEntropyLoss"},
            "metrics": ["jaccard", "accuracy"],
            "optimizer": {"name": "AdamW", "lr": 0.003},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "epochs": 14,
            "batch_size": 32,
        },
    )


def down_and_up(net: NetworkBuilder) -> None:
    """Draws the way down, the way up, and the wires across."""
    image = net.input("image", shape=(1, 32, 32))
    large = net.add("Twice", image, width=16, name="large_down")
    x = net.add("MaxPool2d", large, kernel_size=2, name="pool1")
    middle = net.add("Twice", x, width=32, name="middle_down")
    x = net.add("MaxPool2d", middle, kernel_size=2, name="pool2")
    x = net.add("Twice", x, width=64, name="small")
    x = net.add("ConvTranspose2d", x, out_channels=32, kernel_size=2, stride=2, name="enlarge1")
    x = net.add("Concatenate", middle, x, dim=1, name="beside1")
    x = net.add("Twice", x, width=32, name="middle_up")
    x = net.add("ConvTranspose2d", x, out_channels=16, kernel_size=2, stride=2, name="enlarge2")
    x = net.add("Concatenate", large, x, dim=1, name="beside2")
    x = net.add("Twice", x, width=16, name="large_up")
    x = net.add("Conv2d", x, out_channels=11, kernel_size=1, name="labels")
    net.output("scores", x)
    lay(
        net.graph,
        ["image", "large_down", "", "", "", "", "", "", "beside2", "large_up", "labels", "scores"],
        ["", "", "pool1", "middle_down", "", "", "beside1", "middle_up", "enlarge2"],
        ["", "", "", "", "pool2", "small", "enlarge1"],
        row=160.0,
    )


@design
def detection_scenes() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 32, 32))
    for number, width in ((1, 24), (2, 48)):
        for part in "ab":
            at = f"{number}{part}"
            x = convolved(net, x, width, (f"conv{at}", f"norm{at}", f"relu{at}"))
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{number}")
    x = convolved(net, x, 96, ("around", "norm3", "relu3"))
    x = net.add("Conv2d", x, out_channels=11, kernel_size=1, name="cells")
    net.output("grid", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Single-shot detection** (after Redmon et al., 2015). The image becomes a grid of 8×8 cells, "
        "and `cells` says for each which digit has its centre there, or that there is none. One look "
        "finds all objects, however many there are; nothing slides over the image.\n\n"
        "Look at: the losses of single samples. The hardest have two digits side by side, whose centres "
        "lie in neighbouring cells.",
    )
    return project(
        "What is where in one look: digits found in a grid of cells.",
        net,
        data=generated("detection_scenes", 2000, noise=0.05),
        recipe={
            "loss": {"name": "CrossEntropyLoss"},
            "metrics": ["f1", "accuracy"],
            "optimizer": {"name": "AdamW", "lr": 0.003},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "epochs": 14,
            "batch_size": 32,
        },
    )

"""Learning from little: what another task has taught, what the network guesses, what lies near."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.edits import share_weights
from resources.templates.designs.drawing import (
    builtin,
    convolved,
    design,
    generated,
    lay,
    note,
    project,
)

SCALED = [{"method": "divide", "divisor": 16.0}]
FIRST, SECOND = ["0", "1", "2", "3", "4"], ["5", "6", "7", "8", "9"]


def seen(net: Any, x: Any, *channels: int) -> Any:
    """Convolutions that see an image, flattened."""
    for number, width in enumerate(channels, 1):
        x = net.add("Conv2d", x, out_channels=width, kernel_size=3, padding=1, name=f"conv{number}")
        x = net.add("ReLU", x, name=f"relu{number}")
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{number}")
    return net.add("Flatten", x, name="flatten")


@design
def transfer_learning() -> Project:
    net = NetworkBuilder("main")
    x = seen(net, net.input("image", shape=(1, 8, 8)), 16, 32)
    net.output("scores", net.add("Linear", x, out_features=5, name="head"))
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Transfer learning** (Yosinski et al., 2014). For 20 epochs the network learns the digits 0 "
        "to 4, of which there are plenty. Then `head` begins anew, and 5 to 9 are learned from 10 "
        "samples each; `conv1` and `conv2` know strokes already.\n\n"
        "Look at: accuracy right after the change, in epochs 21 to 23, beside a run with "
        "`pretraining_epochs` 0. What was taken along makes it faster; given 100 epochs, the other is "
        "hardly worse.",
    )
    return project(
        "Transfer learning: strokes learned from the digits 0 to 4 help to learn 5 to 9 from few "
        "samples.",
        net,
        data=builtin("digits", scaling=SCALED, classes=SECOND, limit=50),
        recipe={
            "procedure": {
                "name": "transfer",
                "classes": FIRST,
                "pretraining_epochs": 20,
                "frozen_epochs": 0,
            },
            "optimizer": {"name": "Adam", "lr": 0.002},
            "epochs": 23,
            "batch_size": 10,
        },
    )


@design
def semi_supervised() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    for i, channels in ((1, 32), (2, 64)):
        x = convolved(net, x, channels, (f"conv{i}", f"norm{i}", f"relu{i}"))
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{i}")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Dropout", x, p=0.3, name="dropout")
    net.output("scores", net.add("Linear", x, out_features=10, name="classifier"))
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Learning from one's own guesses** (Lee, 2013; Sohn et al., 2020). Only 50 digits have "
        "labels. Before long the network is asked about the other 1207 as well; where it is sure "
        "enough, its answer is taken for the label, and it has to say the same of that digit turned, "
        "leaning and noisy.\n\n"
        "Look at: validation accuracy from the epoch on in which guessing begins. Set `procedure` to "
        "supervised to see what 50 labels alone are good for.",
    )
    return project(
        "Semi-supervised: 50 labelled digits, and the network's own sure guesses for the others.",
        net,
        data=builtin(
            "digits",
            scaling=SCALED,
            limit=50,
            augmentation={"turn": 20, "zoom": 0.15, "slant": 0.2, "noise": 0.1},
        ),
        recipe={
            "procedure": {"name": "pseudo_labels", "threshold": 0.9, "ratio": 3, "after": 60},
            "optimizer": {"name": "AdamW", "lr": 0.004, "weight_decay": 0.01},
            "scheduler": {"name": "CosineAnnealingLR"},
            "epochs": 900,
            "batch_size": 50,
            "monitor": "validation_accuracy",
        },
    )


@design
def siamese_digits() -> Project:
    net = NetworkBuilder("main")
    block = net.block("Place")
    x = seen(block, block.input("image", shape=(1, 8, 8)), 32, 64)
    block.output("place", block.add("Linear", x, out_features=16, name="position"))
    lay(block.graph, list(block.graph.nodes))
    note(
        block.graph,
        "Gives an image a place among 16 numbers. There is one such network; it is asked three times.",
        height=70.0,
    )
    block.done()
    names = ("anchor", "positive", "negative")
    for name in names:
        x = net.add("Place", net.input(name, shape=(1, 8, 8)), name=f"place_{name}")
        net.output(f"{name}_place", x)
    for name in names[1:]:
        net.graph.apply(share_weights(net.graph, f"place_{name}", "place_anchor"))
    lay(net.graph, *([name, f"place_{name}", f"{name}_place"] for name in names))
    note(
        net.graph,
        "**Distances instead of classes** (Schroff et al., 2015; Siamese networks: Bromley et al., "
        "1993). Three images, two of one digit and one of another, are placed by one and the same "
        "network: `place_positive` and `place_negative` use the weights of `place_anchor`. It learns to "
        "have the like ones nearer, by a margin.\n\n"
        "Look at: *one shot*, the share of digits that lie nearest to the one known sample of their "
        "kind.",
        height=170.0,
    )
    return project(
        "A Siamese network with triplet loss: digits of one kind come to lie near one another.",
        net,
        data=builtin("digits", scaling=SCALED, inputs=dict.fromkeys(names, "image")),
        recipe={
            "procedure": {"name": "triplet", "margin": 1.0},
            "optimizer": {"name": "Adam", "lr": 0.001},
            "epochs": 20,
            "batch_size": 32,
        },
    )


def painted() -> NetworkBuilder:
    """A network that gives one picture: the shades that it has learned."""
    net = NetworkBuilder("picture")
    x = net.add("Parameter", shape=(1, 3, 128, 192), weight_init="normal", name="canvas")
    net.output("painted", net.add("Sigmoid", x, name="shades"))
    lay(net.graph, ["canvas", "shades", "painted"])
    note(
        net.graph,
        "**Style transfer** (Gatys, Ecker and Bethge, 2016). Here a picture is what is learned: "
        "`canvas` has a weight for each shade of each pixel, and begins as noise. The network "
        "`features` looks at it. Its deep features are to be those of the pagoda; and which features go "
        "together is to be as in the petals, wherever they are.\n\n"
        "Look at: the picture among the predictions, from epoch 11 on, beside its two models, and "
        "*content loss* and *style loss*, which pull against each other.",
    )
    return net


def looking() -> NetworkBuilder:
    """A convolutional network that learns which region of a photograph a patch is from."""
    net = NetworkBuilder("features")
    x = net.input("patch", shape=(3, 32, 32))
    for number, (width, kernel) in enumerate(((24, 5), (32, 3), (48, 3), (64, 3)), 1):
        x = net.add(
            "Conv2d", x, out_channels=width, kernel_size=kernel, padding=kernel // 2, bias=False,
            padding_mode="reflect", name=f"conv{number}",
        )  # fmt: skip
        x = net.add("BatchNorm2d", x, name=f"norm{number}")
        x = net.add("ReLU", x, name=f"relu{number}")
        if number < 4:
            x = net.add("AvgPool2d", x, kernel_size=2, name=f"pool{number}")
    x = net.add("Flatten", net.add("AdaptiveAvgPool2d", x, output_size=1, name="average"))
    net.output("regions", net.add("Linear", x, out_features=72, name="classifier"))
    names = list(net.graph.nodes)
    lay(net.graph, names[:9], names[9:])
    note(
        net.graph,
        "**The network that looks.** In the first 10 epochs it learns by itself what can be seen: it "
        "names the region of the photographs that a patch was cut from (Dosovitskiy et al., 2014). Then "
        "it is frozen, and looks at whole pictures. `relu1` and `relu2` see content, all four see "
        "style.",
        height=110.0,
    )
    return net


@design
def style_transfer() -> Project:
    return project(
        "Style transfer: a pagoda painted with the petals of a dahlia, by weights that are pixels.",
        painted(),
        looking(),
        data=generated(
            "photograph_patches",
            2000,
            noise=0.005,
            scaling=[{"method": "divide", "divisor": 255.0}],
        ),
        recipe={
            "procedure": {
                "name": "style_transfer",
                "content_nodes": ["relu1", "relu2"],
                "style_nodes": ["relu1", "relu2", "relu3", "relu4"],
            },
            "optimizer": {"name": "Adam", "lr": 0.1},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.1},
            "epochs": 22,
            "batch_size": 32,
        },
    )

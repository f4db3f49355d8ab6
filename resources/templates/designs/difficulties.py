"""What goes wrong in training, and its cures: gradients that vanish or explode, and overfitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import BlockBuilder, Handle
from resources.templates.designs.drawing import builtin, design, lay, note, project

Inside = Callable[[BlockBuilder, Handle], Handle]
DEPTH, WIDTH = 30, 64
TO_ONE = {"method": "divide", "divisor": 16.0}


def deep(
    name: str, block: str, told: str, inside: Inside, about: str, **linear: Any
) -> NetworkBuilder:
    """A network of one block thirty times, which ``inside`` draws."""
    net = NetworkBuilder(name)
    made = net.block(block)
    x = made.input("x", shape=(WIDTH,))
    made.output("y", inside(made, x))
    lay_block(made)
    note(made.graph, told, height=70.0)
    made.done()
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Flatten", x, name="flatten")
    x = net.add(block, x, repeat=DEPTH, name="layers")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(net.graph, about)
    return net


def lay_block(made: BlockBuilder) -> None:
    """A chain; where a wire passes by, its ends stand in a row below."""
    chain = list(made.graph.nodes)
    if "added" not in chain:
        lay(made.graph, chain)
        return
    passed = chain[1 : chain.index("added")]
    lay(made.graph, ["", *passed], ["x", *[""] * len(passed), "added", "y"])


def sick(block: BlockBuilder, x: Handle) -> Handle:
    """A linear layer and a sigmoid."""
    x = block.add("Linear", x, out_features=WIDTH, name="linear")
    return block.add("Sigmoid", x, name="sigmoid")


def initialised(block: BlockBuilder, x: Handle) -> Handle:
    """Weights that keep lengths, and the sigmoid moved to be symmetric about 0."""
    x = block.add(
        "Linear",
        x,
        out_features=WIDTH,
        weight_init={"init": "orthogonal"},
        bias_init="zeros",
        name="linear",
    )
    return block.add("Tanh", x, name="tanh")


def normalised(block: BlockBuilder, x: Handle) -> Handle:
    """Batch normalisation in front of the sigmoid."""
    x = block.add("Linear", x, out_features=WIDTH, bias=False, name="linear")
    x = block.add("BatchNorm1d", x, name="norm")
    return block.add("Sigmoid", x, name="sigmoid")


def skipping(block: BlockBuilder, x: Handle) -> Handle:
    """A wire past sigmoid and linear layer, which begins as nothing but that wire."""
    y = block.add("Sigmoid", x, name="sigmoid")
    y = block.add(
        "Linear", y, out_features=WIDTH, weight_init="zeros", bias_init="zeros", name="linear"
    )
    return block.add("Add", y, x, name="added")


@design
def vanishing_gradients() -> Project:
    return project(
        "Thirty sigmoid layers whose gradients vanish, and three cures, each a network of its own.",
        the_sick(),
        *its_cures(),
        data=builtin("digits", scaling=[TO_ONE], augmentation={"noise": 0.2}),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.001},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.0015},
            "epochs": 40,
            "batch_size": 64,
        },
    )


def the_sick() -> NetworkBuilder:
    """Thirty sigmoid layers that cannot learn."""
    return deep(
        "main",
        "SickLayer",
        "The slope of `sigmoid` is 0.25 at most: what comes back through it is a quarter at best.",
        sick,
        "**Thirty sigmoid layers that cannot learn.** Each layer passes on less than a quarter of "
        "the gradient, thirty of them less than 10⁻¹⁸ (Hochreiter, 1991). `layers` is a block, "
        "drawn once and used thirty times.\n\n"
        "Look at: the gradients of the first layers during training, and accuracy at 10 %, which is "
        "guessing. The other networks of this project cure it, one change each: train them too.",
    )


def its_cures() -> list[NetworkBuilder]:
    """The same layers, each time with one change."""
    return [
        deep(
            "initialised",
            "InitialisedLayer",
            "`linear` begins with weights at right angles, `tanh` has slope 1 at 0: lengths are kept.",
            initialised,
            "**Cured by initialisation** (Glorot and Bengio, 2010; Saxe et al., 2013). A sigmoid "
            "answers 0.5 to 0 and no scale of weights helps it, so it is moved: tanh(x) = 2·sigmoid(2x) "
            "− 1. Orthogonal weights in `layers` then hand the gradient back as long as it came.",
        ),
        deep(
            "normalised",
            "NormalisedLayer",
            "`norm` spreads the values evenly over the steep part of `sigmoid`, in every layer anew.",
            normalised,
            "**Cured by batch normalisation** (Ioffe and Szegedy, 2015). The same sigmoids; but what "
            "goes into each is first brought to mean 0 and spread 1 within the batch. The gradients of "
            "`layers` are divided by that small spread on their way back, and so do not vanish.",
        ),
        deep(
            "skipping",
            "SkippingLayer",
            "The wire from `x` straight to `added` hands the gradient back whole.",
            skipping,
            "**Cured by skip connections** (He et al., 2015). The same sigmoids; but each of the "
            "`layers` only adds to what it was given, at first nothing, and the gradient has a way past "
            "all of them.",
        ),
    ]


@design
def exploding_gradients() -> Project:
    net = deep(
        "main",
        "ReluLayer",
        "`added` is what was given and something more, so that values grow from layer to layer.",
        growing,
        "**Clipping** (Pascanu et al., 2013). Thirty layers that each add to their input: values grow "
        "a million times on the way through `layers`, and so do gradients. `clip_norm` in the recipe "
        "shortens every gradient to length 1 and keeps its direction.\n\n"
        "Look at: the lengths of gradients before clipping, millions at first. Then empty `clip_norm` "
        "and train again: the loss is no number after a few steps, and the run says where.",
    )
    return project(
        "Thirty layers whose gradients explode, held by clipping.",
        net,
        data=builtin("digits", scaling=[TO_ONE]),
        recipe={
            "optimizer": {"name": "SGD", "lr": 0.1},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.3},
            "clip_norm": 1.0,
            "epochs": 30,
            "batch_size": 64,
        },
    )


def growing(block: BlockBuilder, x: Handle) -> Handle:
    """A rectified layer and a wire past it."""
    y = block.add(
        "Linear",
        x,
        out_features=WIDTH,
        weight_init={"init": "kaiming_normal", "nonlinearity": "relu"},
        bias_init="zeros",
        name="linear",
    )
    return block.add("Add", block.add("ReLU", y, name="relu"), x, name="added")


# Overfitting -------------------------------------------------------------------------------------


def large(name: str, about: str, dropout: float = 0.0) -> NetworkBuilder:
    """A network that is far too large for a hundred digits."""
    net = NetworkBuilder(name)
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Flatten", x, name="flatten")
    if dropout:
        x = net.add("Dropout", x, p=dropout / 2, name="dropout")
    for i in (1, 2, 3):
        x = net.add("Linear", x, out_features=256, name=f"hidden{i}")
        x = net.add("ReLU", x, name=f"relu{i}")
        if dropout:
            x = net.add("Dropout", x, p=dropout, name=f"dropout{i}")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(net.graph, about)
    return net


@design
def overfitting() -> Project:
    return project(
        "A large network learns a hundred digits by heart; five cures, one by one.",
        large(
            "main",
            "**Learning by heart.** A hundred digits for 150,000 weights: after a few epochs the "
            "training loss is 0 while the validation loss rises. The gap between the two is what the "
            "network knows of these samples and not of digits.\n\n"
            "Look at: both losses in one plot. Then the cures, one at a time: `l1` 0.0003, `l2` 0.002 "
            "or `patience` 5 in the recipe, noise 0.3 under augmentation; the network `dropout` is the "
            "fifth.",
        ),
        large(
            "dropout",
            "**Dropout** (Srivastava et al., 2014). Half of the values of the hidden layers, `hidden1` "
            "to `hidden3`, are switched off at random in every step, so that no unit can rely on a "
            "certain other one. The training loss is measured with the holes, and so is higher than it "
            "looks.",
            dropout=0.5,
        ),
        data=builtin("digits", limit=100, scaling=[TO_ONE]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.0},
            "epochs": 100,
            "batch_size": 25,
        },
    )

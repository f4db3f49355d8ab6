"""Two networks against each other: one makes digits, the other tells them from real ones."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import builtin, design, lay, note, project

NOISE = 32


def digits() -> dict[str, Any]:
    """The digits, black to white as 0 to 1."""
    return builtin("digits", scaling=[{"method": "divide", "divisor": 16.0}])


def recipe(epochs: int, **more: Any) -> dict[str, Any]:
    """Adam with little memory, as is usual for such games."""
    return {
        "procedure": {"name": "adversarial", **more},
        "optimizer": {"name": "Adam", "lr": 0.0005, "betas": [0.5, 0.999]},
        "epochs": epochs,
        "batch_size": 64,
    }


def hidden(net: NetworkBuilder, x: Any, name: str, width: int) -> Any:
    """A layer of the generator."""
    x = net.add("Linear", x, out_features=width, bias=False, name=name)
    x = net.add("BatchNorm1d", x, name=f"{name}_norm")
    return net.add("ReLU", x, name=f"{name}_relu")


def judging(net: NetworkBuilder, x: Any, name: str, width: int) -> Any:
    """A layer of the discriminator."""
    x = net.add("Linear", x, out_features=width, name=name)
    x = net.add("LeakyReLU", x, negative_slope=0.2, name=f"{name}_leaky")
    return net.add("Dropout", x, p=0.3, name=f"{name}_dropout")


def drawn(net: NetworkBuilder, x: Any) -> None:
    """The end of a generator: 64 numbers become an image."""
    x = net.add("Linear", x, out_features=64, name="pixels")
    x = net.add("Sigmoid", x, name="sigmoid")
    net.output("image", net.add("Unflatten", x, unflattened_size=(1, 8, 8), name="unflatten"))


def judged(net: NetworkBuilder, x: Any) -> None:
    """The end of a discriminator: one number."""
    net.output("verdict", net.add("Linear", x, out_features=1, name="judge"))


@design
def gan() -> Project:
    made = NetworkBuilder("generator")
    x = made.input("noise", shape=(NOISE,))
    for number in (1, 2):
        x = hidden(made, x, f"hidden{number}", 256)
    drawn(made, x)
    lay(made.graph, list(made.graph.nodes))
    note(
        made.graph,
        "**A generative adversarial network** (Goodfellow et al., 2014). This one, the generator, makes "
        "digits out of noise and never sees a real one. The network `discriminator` of this project is "
        "shown both and learns to tell them apart; what would have fooled it is all the generator "
        "learns from.\n\n"
        "Look at: the samples, always from the same noise. Neither loss has to fall: it is a game.",
    )
    told = NetworkBuilder("discriminator")
    x = told.add("Flatten", told.input("image", shape=(1, 8, 8)), name="flatten")
    for number in (1, 2):
        x = judging(told, x, f"hidden{number}", 256)
    judged(told, x)
    lay(told.graph, list(told.graph.nodes))
    note(
        told.graph,
        "**The other player.** `verdict` is high for images that it takes for real. It must not win too "
        "clearly, or the generator has nothing to learn from: hence dropout.",
        height=90.0,
    )
    return project(
        "A generative adversarial network: one network draws digits, another tells them from real ones.",
        made,
        told,
        data=digits(),
        recipe=recipe(250),
    )


@design
def dcgan() -> Project:
    return project(
        "DCGAN: a generator of transposed convolutions that draws digits, against a convolutional "
        "judge.",
        growing_generator(),
        shrinking_discriminator(),
        data=digits(),
        recipe=recipe(250) | {"optimizer": {"name": "Adam", "lr": 0.001, "betas": [0.5, 0.999]}},
    )


def growing_generator() -> NetworkBuilder:
    """From noise to an image, enlarged twice."""
    made = NetworkBuilder("generator")
    x = made.input("noise", shape=(NOISE,))
    x = made.add("Linear", x, out_features=256, bias=False, name="seed")
    x = made.add("BatchNorm1d", x, name="seed_norm")
    x = made.add("ReLU", x, name="seed_relu")
    x = made.add("Unflatten", x, unflattened_size=(64, 2, 2), name="unflatten")
    x = made.add(
        "ConvTranspose2d", x, out_channels=32, kernel_size=4, stride=2, padding=1, bias=False,
        name="grow1",
    )  # fmt: skip
    x = made.add("BatchNorm2d", x, name="grow1_norm")
    x = made.add("ReLU", x, name="grow1_relu")
    x = made.add(
        "ConvTranspose2d", x, out_channels=1, kernel_size=4, stride=2, padding=1, name="grow2"
    )
    made.output("image", made.add("Sigmoid", x, name="sigmoid"))
    lay(made.graph, list(made.graph.nodes))
    note(
        made.graph,
        "**A convolutional adversarial network**, DCGAN (Radford et al., 2015). From `noise` come 64 "
        "maps of 2×2, which `grow1` and `grow2` enlarge twice over, each place in the same way; batch "
        "normalization keeps the game from falling into one corner.\n\n"
        "Look at: the samples have strokes, not dots, from early on, for neighbours are made together.",
    )
    return made


def shrinking_discriminator() -> NetworkBuilder:
    """From an image, made smaller twice, to a judgement."""
    told = NetworkBuilder("discriminator")
    x = told.input("image", shape=(1, 8, 8))
    for number, channels in ((1, 32), (2, 64)):
        x = told.add(
            "Conv2d", x, out_channels=channels, kernel_size=4, stride=2, padding=1,
            name=f"shrink{number}",
        )  # fmt: skip
        x = told.add("LeakyReLU", x, negative_slope=0.2, name=f"shrink{number}_leaky")
        x = told.add("Dropout", x, p=0.3, name=f"shrink{number}_dropout")
    judged(told, told.add("Flatten", x, name="flatten"))
    lay(told.graph, list(told.graph.nodes))
    note(
        told.graph,
        "**The other player**: steps of two instead of pooling, so that nothing is thrown away that a "
        "gradient could pass.",
        height=70.0,
    )
    return told


@design
def conditional_gan() -> Project:
    return project(
        "A conditional adversarial network: order a digit, and one is drawn.",
        asked_generator(),
        asking_discriminator(),
        data=digits(),
        recipe=recipe(250),
    )


def asked_generator() -> NetworkBuilder:
    """From noise and a label to an image."""
    made = NetworkBuilder("generator")
    noise = made.input("noise", shape=(NOISE,))
    label = made.input("label", dtype="int64")
    asked = made.add("Embedding", label, num_embeddings=10, embedding_dim=16, name="asked")
    x = made.add("Concatenate", noise, asked, name="together")
    for number in (1, 2):
        x = hidden(made, x, f"hidden{number}", 256)
    drawn(made, x)
    rest = [n for n in made.graph.nodes if n not in ("noise", "label", "asked", "together")]
    lay(made.graph, ["noise", "", "together", *rest], ["label", "asked"])
    note(
        made.graph,
        "**A conditional adversarial network** (Mirza and Osindero, 2014). Both players are told which "
        "digit is meant: here `asked` turns the label into 16 numbers that join the noise. So one can "
        "order a seven and get one, each time another.\n\n"
        "Look at: the samples; they go from 0 to 9 and begin again, so each column comes to hold one "
        "digit.",
    )
    return made


def asking_discriminator() -> NetworkBuilder:
    """From an image and a label to a judgement."""
    told = NetworkBuilder("discriminator")
    image = told.input("image", shape=(1, 8, 8))
    label = told.input("label", dtype="int64")
    flat = told.add("Flatten", image, name="flatten")
    asked = told.add("Embedding", label, num_embeddings=10, embedding_dim=16, name="asked")
    x = told.add("Concatenate", flat, asked, name="together")
    for number in (1, 2):
        x = judging(told, x, f"hidden{number}", 256)
    judged(told, x)
    rest = [
        n for n in told.graph.nodes if n not in ("image", "flatten", "label", "asked", "together")
    ]
    lay(told.graph, ["image", "flatten", "together", *rest], ["label", "asked"])
    note(
        told.graph,
        "**The other player** asks not only whether an image is real, but whether it is the digit that "
        "`label` says.",
        height=70.0,
    )
    return told

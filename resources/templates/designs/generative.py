"""Networks that make something: codes, images, samples."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import Handle
from resources.templates.designs.drawing import builtin, design, lay, note, project

SCALED = [{"method": "divide", "divisor": 16.0}]


def layers(net: NetworkBuilder, x: Handle, name: str, *widths: int) -> Handle:
    """Linear layers of these widths, each with a ReLU behind it."""
    for number, width in enumerate(widths, 1):
        x = net.add("Linear", x, out_features=width, name=f"{name}{number}")
        x = net.add("ReLU", x, name=f"{name}{number}_relu")
    return x


def digits(**more: Any) -> dict[str, Any]:
    """The digits, black to white as 0 to 1."""
    return builtin("digits", scaling=SCALED, **more)


def recipe(epochs: int, rate: float = 0.005, **more: Any) -> dict[str, Any]:
    """AdamW whose rate rises and falls once."""
    usual = {
        "optimizer": {"name": "AdamW", "lr": rate},
        "scheduler": {"name": "OneCycleLR", "max_lr": rate},
        "epochs": epochs,
        "batch_size": 32,
        "metrics": ["mse"],
        "procedure": {"name": "reconstruction"},
    }
    return {**usual, **more}


def autoencoding(name: str, width: int, *hidden: int) -> NetworkBuilder:
    """A network that squeezes an image through ``width`` numbers and unfolds it again."""
    net = NetworkBuilder(name)
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Flatten", x, name="flatten")
    x = layers(net, x, "encoder", *hidden)
    code = net.add("Linear", x, out_features=width, name="code")
    x = layers(net, code, "decoder", *reversed(hidden))
    x = net.add("Linear", x, out_features=64, name="pixels")
    x = net.add("Sigmoid", x, name="sigmoid")
    net.output("rebuilt", net.add("Unflatten", x, unflattened_size=(1, 8, 8), name="unflatten"))
    net.output("codes", code)
    first = [each for each in net.graph.nodes if each != "codes"]
    lay(net.graph, first, [*[""] * (first.index("code") + 1), "codes"])
    return net


@design
def autoencoder() -> Project:
    main = autoencoding("main", 8, 256)
    note(
        main.graph,
        "**An autoencoder** (Hinton and Salakhutdinov, 2006). It learns to answer each image with that "
        "image, which would be easy, were it not for `code`: only 8 numbers lead from `encoder1` to "
        "`decoder1`. What digits have in common has to be in the weights.\n\n"
        "Look at: the error, and `codes`. Principal components, the best that straight lines can do, "
        "leave about twice the error with 8 numbers. The network `wide` has 16.",
    )
    wide = autoencoding("wide", 16, 256)
    note(
        wide.graph,
        "The same with 16 numbers in `code`. Principal components gain on it: with 64 numbers they "
        "would make no error at all.",
        height=70.0,
    )
    return project(
        "An autoencoder that squeezes handwritten digits through 8 numbers and unfolds them again.",
        main,
        wide,
        data=digits(),
        recipe=recipe(60),
    )


@design
def dimensionality_reduction() -> Project:
    net = autoencoding("main", 2, 128, 64)
    note(
        net.graph,
        "**A map of the digits.** Only two numbers pass `code`: each image becomes a point in a plane, "
        "and from there has to be drawn again. No labels are used, and still digits of one kind come to "
        "lie together, because they are drawn in like ways.\n\n"
        "Look at: the plot of `codes` while it trains: the cloud unfolds into arms. Principal "
        "components turn and cut the space only once, and leave half as much error again.",
    )
    return project(
        "An autoencoder with a code of two numbers: a map of the digits that is drawn without labels.",
        net,
        data=digits(),
        recipe=recipe(40),
    )


@design
def denoising_autoencoder() -> Project:
    net = autoencoding("main", 32, 256)
    note(
        net.graph,
        "**A denoising autoencoder** (Vincent et al., 2008). While it learns, noise is added to every "
        "image, new each time, and the network has to give back the image as it was before. It cannot "
        "copy: it has to know what digits look like.\n\n"
        "Look at: the training loss stays above that of validation, which is measured without noise. "
        "Ask it for a spoilt image: it draws a clean one, with less error than the best linear filter.",
    )
    return project(
        "A denoising autoencoder that finds the clean digit in a noisy one.",
        net,
        data=digits(),
        recipe=recipe(80, procedure={"name": "reconstruction", "noise": 0.4}),
    )


@design
def anomaly_detection() -> Project:
    net = autoencoding("main", 4, 64)
    note(
        net.graph,
        "**Finding what does not belong.** The network has seen one digit only, the zero, and learned "
        "to give zeros back through the 4 numbers of `code`. Whatever else it is shown, it draws "
        "something like a zero, and the error gives the stranger away. No example of a stranger is "
        "needed.\n\n"
        "Look at: the error of zeros that it has not seen. Choose another digit under *classes* of the "
        "data: ones and eights are harder.",
    )
    return project(
        "Detects anomalies by their reconstruction: an autoencoder that has seen nothing but zeros.",
        net,
        data=digits(classes=["0"]),
        recipe=recipe(150, batch_size=16),
    )


@design
def vae_digits() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Flatten", x, name="flatten")
    x = layers(net, x, "encoder", 256)
    mean = net.add("Linear", x, out_features=8, name="mean")
    log_variance = net.add("Linear", x, out_features=8, name="log_variance")
    x = net.add("Reparameterize", mean, log_variance, name="code")
    x = layers(net, x, "decoder", 256, 256)
    x = net.add("Linear", x, out_features=64, name="pixels")
    net.output("rebuilt", net.add("Unflatten", x, unflattened_size=(1, 8, 8), name="unflatten"))
    net.output("means", mean)
    net.output("log_variances", log_variance)
    lay(
        net.graph,
        ["image", "flatten", "encoder1", "encoder1_relu", "mean", "code", "decoder1", "decoder1_relu",
         "decoder2", "decoder2_relu", "pixels", "unflatten", "rebuilt"],
        ["", "", "", "", "log_variance", "", "means"],
        ["", "", "", "", "", "", "log_variances"],
    )  # fmt: skip
    note(
        net.graph,
        "**A variational autoencoder** (Kingma and Welling, 2013). Each image becomes not a point but a "
        "small cloud, `mean` and `log_variance`, and `code` draws from it. All clouds together are held "
        "to a bell curve: so any draw from that curve can be unfolded into a digit.\n\n"
        "Look at: *kl*, what the code costs in nats, and *reconstruction*; their sum is the loss, the "
        "negative evidence lower bound. And at the samples, which are drawn from nothing but noise.",
    )
    return project(
        "A variational autoencoder: codes that are clouds, and new digits drawn from noise.",
        net,
        data=digits(),
        recipe=recipe(
            100,
            0.005,
            batch_size=64,
            loss={"name": "BCEWithLogitsLoss"},
            procedure={"name": "reconstruction", "kl_epochs": 10},
        ),
    )


@design
def boltzmann_machine() -> Project:
    net = belief("main", 256)
    note(
        net.graph,
        "**A restricted Boltzmann machine** (Smolensky, 1986; Hinton, 2002). No forward and backward: "
        "seen and hidden units explain each other, and `machine1` learns from the difference between "
        "the digits and its own fantasies, which a short chain of draws makes of them. Only then does "
        "`classifier` learn, with labels.\n\n"
        "Look at: the weights of `machine1`, strokes and dots; the samples, what it sees when it is "
        "left to itself; and the validation loss, which begins anew when the labels come.",
    )
    return project(
        "A restricted Boltzmann machine that learns strokes without labels and then reads digits.",
        net,
        data=digits(),
        recipe=belief_recipe(20, 60),
    )


@design
def deep_belief_network() -> Project:
    net = belief("main", 128, 128, 128)
    note(
        net.graph,
        "**A deep belief network** (Hinton, Osindero and Teh, 2006), which began the return of deep "
        "networks. Each machine learns without labels to explain what the one before it answers; then "
        "all are fine-tuned together with labels, of which there are only 50 here.\n\n"
        "Look at: three falls of the loss, one for each machine, before accuracy is measured at all. "
        "Set `pretraining_epochs` to 0: from small random weights the same network hardly gets "
        "anywhere.",
    )
    return project(
        "A deep belief network: three Boltzmann machines learned without labels, then 50 labels.",
        net,
        data=digits(limit=50),
        recipe=belief_recipe(20, 120),
    )


def belief(name: str, *widths: int) -> NetworkBuilder:
    """Machines of these widths one upon the other, and a classifier."""
    net = NetworkBuilder(name)
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Flatten", x, name="flatten")
    for number, width in enumerate(widths, 1):
        x = net.add("RestrictedBoltzmannMachine", x, hidden_features=width, name=f"machine{number}")
    net.output("scores", net.add("Linear", x, out_features=10, name="classifier"))
    lay(net.graph, list(net.graph.nodes))
    return net


def belief_recipe(pretraining: int, epochs: int) -> dict[str, Any]:
    """Contrastive divergence, then Adam."""
    return {
        "procedure": {
            "name": "contrastive_divergence",
            "pretraining_epochs": pretraining,
            "pretraining_rate": 0.1,
        },
        "optimizer": {"name": "AdamW", "lr": 0.01, "weight_decay": 0.05},
        "epochs": epochs,
        "batch_size": 32,
    }

"""Draws the designs that come with Netloom and writes them as project files beside this one.

    python resources/templates/build.py

Each design is one function, in a few lines of the same ``NetworkBuilder`` that everybody has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graph_engine import Change, Graph, NetworkBuilder, Project
from graph_engine.graph import Note

COLUMN, ROW = 288.0, 110.0
NOTE_WIDTH, NOTE_HEIGHT = 520.0, 150.0

DESIGNS: dict[str, Callable[[], Project]] = {}
Design = Callable[[], Project]


def design(make: Design) -> Design:
    """Enters a function among the designs; ``cnn_digits`` makes ``cnn-digits.netloom``."""
    DESIGNS[make.__name__.replace("_", "-")] = make
    return make


@design
def perceptron_iris() -> Project:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(4,))
    x = net.add("Linear", x, out_features=3, name="linear")
    net.output("scores", x)
    lay(net.graph, ["features", "linear", "scores"])
    note(
        net.graph,
        "**A single layer.** Four measurements of a flower come in; three scores come out, one for each "
        "species, and the largest wins. All that is learned is the 4×3 weights and 3 biases of `linear`: "
        "straight borders between the species.\n\n"
        "Look at: how quickly one species is told apart, and which two stay mixed up. No straight border "
        "separates those completely; *mlp-wine* shows what a hidden layer adds.",
    )
    return project(
        "A single linear layer that tells three species of iris apart.",
        net,
        data=builtin("iris", scaling=[{}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.05},
            "epochs": 60,
            "batch_size": 16,
        },
    )


@design
def mlp_wine() -> Project:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(13,))
    for i in (1, 2):
        x = net.add("Linear", x, out_features=64, name=f"hidden{i}")
        x = net.add("ReLU", x, name=f"relu{i}")
        x = net.add("Dropout", x, p=0.5, name=f"dropout{i}")
    x = net.add("Linear", x, out_features=3, name="classifier")
    net.output("scores", x)
    lay(
        net.graph,
        ["features", "hidden1", "relu1", "dropout1", "hidden2", "relu2", "dropout2", "classifier",
         "scores"],
    )  # fmt: skip
    note(
        net.graph,
        "**Hidden layers.** Thirteen chemical measurements of a wine tell which of three cultivars it was "
        "made from. `ReLU` between the layers is what lets borders bend: mute both and the network is no "
        "more than a single layer.\n\n"
        "Look at: training and validation loss side by side. 178 wines are few for 5,000 weights; "
        "`Dropout` switches half of the values off at random so that the network does not learn them "
        "by heart. Set `p` to 0 and compare.",
    )
    return project(
        "Two hidden layers with dropout that tell three cultivars of wine apart.",
        net,
        data=builtin("wine", scaling=[{}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "epochs": 30,
            "batch_size": 16,
        },
    )


@design
def cnn_digits() -> Project:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    for i, channels in ((1, 32), (2, 64)):
        x = net.add("Conv2d", x, out_channels=channels, kernel_size=3, padding=1, name=f"conv{i}")
        x = net.add("BatchNorm2d", x, name=f"norm{i}")
        x = net.add("ReLU", x, name=f"relu{i}")
        x = net.add("MaxPool2d", x, kernel_size=2, name=f"pool{i}")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Dropout", x, p=0.3, name="dropout")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A convolutional network**, in the manner of LeNet (LeCun et al., 1998). The filters of `conv1` "
        "slide over the image and find strokes wherever they are; `conv2` combines them into parts of "
        "digits; each `pool` keeps the strongest answer of every 2×2 pixels.\n\n"
        "Look at: the shapes on the wires. The image gets smaller, the number of channels larger, until "
        "256 numbers are left for `classifier`. Then train: it passes 98 % within seconds.",
    )
    return project(
        "A small convolutional network, LeNet-style, that reads handwritten digits.",
        net,
        data=builtin("digits", scaling=[{"method": "divide", "divisor": 16.0}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "epochs": 30,
            "batch_size": 64,
        },
    )


@design
def lstm_digits() -> Project:
    net = NetworkBuilder("main")
    image = net.input("image", shape=(1, 8, 8))
    rows = net.add("Select", image, dim=1, index=0, name="rows")
    lstm = net.add("LSTM", rows, hidden_size=64, name="lstm")
    last = net.add("Select", lstm["output"], dim=1, index=-1, name="last_row")
    scores = net.add("Linear", last, out_features=10, name="classifier")
    net.output("scores", scores)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Reading in steps.** The image is not seen at once: `rows` makes it a sequence of 8 rows with 8 "
        "pixels each, and `lstm` reads it from top to bottom, remembering what matters "
        "(Hochreiter and Schmidhuber, 1997). Its answer after `last_row` is what `classifier` judges.\n\n"
        "Look at: the wire out of `lstm` carries 8×64, a state after every row. Choose another `index` in "
        "`last_row` and see how many rows a digit needs: after two of them (`index` 1) two digits in three "
        "are right, after four nine in ten.",
    )
    return project(
        "A recurrent network that reads handwritten digits row by row.",
        net,
        data=builtin(
            "digits",
            scaling=[{"method": "divide", "divisor": 16.0}],
            augmentation={"noise": 0.1},
        ),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "clip_norm": 1.0,
            "epochs": 40,
            "batch_size": 64,
        },
    )


@design
def resnet_digits() -> Project:
    net = NetworkBuilder("main")
    residual(net)
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("Conv2d", x, out_channels=32, kernel_size=3, padding=1, bias=False, name="stem")
    x = net.add("BatchNorm2d", x, name="norm")
    x = net.add("ReLU", x, name="relu")
    x = net.add("Residual", x, channels=32, repeat=3, name="residuals")
    x = net.add("AdaptiveAvgPool2d", x, output_size=1, name="average")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A residual network** (He et al., 2015). `residuals` is a block, drawn once and used three times "
        "in a row: open it to see the wire that passes by its convolutions. Each copy only has to learn "
        "what to *add* to its input, and gradients reach the first layers undiminished.\n\n"
        "Look at: the gradients of the copies during training. Raise `repeat` to 10 and train for 5 epochs: "
        "98 % are right. Then cut the wire that passes by inside the block and train again: 64 %.",
    )
    return project(
        "A residual network, one block used three times, that reads handwritten digits.",
        net,
        data=builtin("digits", scaling=[{"method": "divide", "divisor": 16.0}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "scheduler": {"name": "OneCycleLR", "max_lr": 0.01},
            "epochs": 25,
            "batch_size": 64,
        },
    )


def residual(net: NetworkBuilder) -> None:
    """The block of ``resnet-digits``: two convolutions, and a wire past them."""
    block = net.block("Residual")
    channels = block.parameter("channels", 32, "How many feature maps go in, and come out.")
    x = block.input("x", shape=(32, 8, 8))
    y = block.add(
        "Conv2d", x, out_channels=channels, kernel_size=3, padding=1, bias=False, name="conv1"
    )
    y = block.add("BatchNorm2d", y, name="norm1")
    y = block.add("ReLU", y, name="relu1")
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
        "The wire from `x` straight to `added` is the point: the convolutions only learn the difference.",
        height=70.0,
    )
    block.done()


@design
def regression_diabetes() -> Project:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(10,))
    x = net.add("Linear", x, out_features=32, name="hidden")
    x = net.add("ReLU", x, name="relu")
    x = net.add("Dropout", x, p=0.2, name="dropout")
    x = net.add("Linear", x, out_features=1, name="answer")
    net.output("progression", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**A number instead of a class.** Ten measurements of a patient predict how far diabetes has "
        "progressed a year later. There is one output and no softmax; the loss is the mean squared "
        "error.\n\n"
        "Look at: R² is the share of the variation that is explained. What these data allow, for a "
        "straight line as well, is 0.3 to 0.6, depending on which patients the `seed` of the data puts "
        "into the test part. If training loss keeps falling while validation loss rises, the network is "
        "learning patients by heart.",
    )
    return project(
        "A network that predicts a number: the progression of diabetes after a year.",
        net,
        data=builtin(
            "diabetes",
            scaling=[{"field": "features"}, {"field": "progression"}],
        ),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.1},
            "epochs": 40,
            "batch_size": 32,
        },
    )


# What the designs have in common -----------------------------------------------------------------


def project(
    description: str, net: NetworkBuilder, data: dict[str, Any], recipe: dict[str, Any]
) -> Project:
    """The project of a drawing, checked as it will be read."""
    made = Project("", net.graph)
    made.description, made.data, made.recipe = description, data, recipe
    made.data_choice()
    made.training_recipe()
    return made


def builtin(name: str, **more: Any) -> dict[str, Any]:
    """A data set that comes with Netloom."""
    return {"source": {"source": "builtin", "name": name}, **more}


def lay(graph: Graph, *rows: Sequence[str]) -> None:
    """Puts the nodes on a grid, from left to right."""
    moved = {}
    for row, names in enumerate(rows):
        for column, name in enumerate(names):
            if name:
                before = graph.nodes[name]
                moved[name] = before, replace(before, position=(COLUMN * column, ROW * row))
    graph.apply(Change.of({"nodes": moved}))


def note(graph: Graph, text: str, height: float = NOTE_HEIGHT) -> None:
    """A note above the drawing."""
    row = Note(text, (0.0, -height - 40.0), (NOTE_WIDTH, height))
    graph.apply(Change({"notes": {"about": (None, row)}}))


def build(folder: Path) -> None:
    """Writes every design."""
    for name, make in DESIGNS.items():
        made = make()
        made.name = name
        made.save(folder / f"{name}.netloom")


if __name__ == "__main__":
    build(Path(__file__).parent)

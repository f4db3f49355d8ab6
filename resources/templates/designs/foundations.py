"""First steps: single neurons, hidden layers, and what goes wrong in training."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import builtin, design, lay, note, project


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

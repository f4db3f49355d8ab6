"""First steps: single neurons, hidden layers, and what goes wrong in training."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import Handle
from resources.templates.designs.drawing import (
    builtin,
    design,
    generated,
    lay,
    note,
    project,
)

SETOSA, VERSICOLOR = "setosa", "versicolor"
ACTIVATIONS = ("Sigmoid", "Tanh", "ReLU", "GELU")


@design
def logic_gates() -> Project:
    net = NetworkBuilder("main")
    bits = net.input("bits", shape=(2,))
    either = gate(net, "either", bits, weight=1.0, bias=-0.5)
    not_both = gate(net, "not_both", bits, weight=-1.0, bias=1.5)
    pair = net.add("Concatenate", either, not_both, name="pair")
    one = gate(net, "exactly_one", pair, weight=1.0, bias=-1.5)
    net.output("xor", one)
    lay(
        net.graph,
        ["bits", "either", "either_step", "pair", "exactly_one", "exactly_one_step", "xor"],
        ["", "not_both", "not_both_step"],
    )
    note(
        net.graph,
        "**Neurons as gates** (McCulloch and Pitts, 1943). Each adds up its inputs and fires where the "
        "sum reaches its threshold. Nothing is learned: the weights were set by hand, as you see under "
        "initialization of `either` (or), `not_both` (nand) and `exactly_one` (and).\n\n"
        "Look at: three neurons make *xor*, which no single one can. Training by the perceptron rule "
        "finds no mistake and changes nothing.",
    )
    return project(
        "Neurons as logic gates, with weights set by hand: three of them make xor.",
        net,
        data=generated("xor", 40),
        recipe={
            "procedure": {"name": "perceptron_rule"},
            "optimizer": {"name": "SGD", "lr": 0.1},
            "epochs": 1,
            "batch_size": 4,
        },
    )


def gate(net: NetworkBuilder, name: str, bits: Handle, weight: float, bias: float) -> Handle:
    """A neuron that fires where ``weight · (a + b) + bias`` is at least 0."""
    x = net.add(
        "Linear",
        bits,
        out_features=1,
        weight_init={"init": "constant", "val": weight},
        bias_init={"init": "constant", "val": bias},
        name=name,
    )
    return net.add("Step", x, name=f"{name}_step")


@design
def rosenblatt_iris() -> Project:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(4,))
    x = net.add("Linear", x, out_features=1, name="neuron")
    x = net.add("Step", x, name="step")
    net.output("fires", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**The perceptron** (Rosenblatt, 1958): one neuron, which fires for one species of iris and not "
        "for the other. No gradients: whenever the `neuron` is wrong, the flower is added to its "
        "weights, or subtracted. Where a border exists, this ends after finitely many mistakes.\n\n"
        "Look at: the loss falls to exactly 0 and the weights stand still. Then choose versicolor and "
        "virginica under data: no straight border divides them, and it never ends.",
    )
    return project(
        "Rosenblatt's perceptron: one neuron learns from its mistakes to tell two species of iris "
        "apart.",
        net,
        data=builtin("iris", classes=[SETOSA, VERSICOLOR], scaling=[{}]),
        recipe={
            "procedure": {"name": "perceptron_rule"},
            "optimizer": {"name": "SGD", "lr": 0.1},
            "epochs": 10,
            "batch_size": 10,
        },
    )


@design
def xor() -> Project:
    main = NetworkBuilder("main")
    x = main.input("bits", shape=(2,))
    x = main.add("Linear", x, out_features=8, name="hidden")
    x = main.add("Tanh", x, name="tanh")
    x = main.add("Linear", x, out_features=1, name="answer")
    main.output("score", x)
    lay(main.graph, list(main.graph.nodes))
    note(
        main.graph,
        "**Why hidden layers.** *Either, but not both* has no straight border: Minsky and Papert (1969) "
        "showed that a single layer cannot learn it. With the `hidden` layer it can: each of its units "
        "draws a border, and `answer` combines them.\n\n"
        "Look at: accuracy jumps to 100 %. Then open the network `perceptron` of this project and train "
        "it: it stays near one half, however long.",
    )
    single = NetworkBuilder("perceptron")
    x = single.input("bits", shape=(2,))
    x = single.add("Linear", x, out_features=1, name="answer")
    single.output("score", x)
    lay(single.graph, list(single.graph.nodes))
    note(
        single.graph,
        "**What fails.** A single layer divides the plane by one straight line. Of the four corners of "
        "*xor* a line gets three right at best, and `answer` learns to say nothing at all: its loss "
        "stays at 0.693, the logarithm of 2.",
    )
    return project(
        "Xor, which a single layer cannot learn and one hidden layer can.",
        main,
        single,
        data=generated("xor", 400, noise=0.1),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.05},
            "epochs": 20,
            "batch_size": 32,
        },
    )


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
        "species, and the largest wins. All that is learned is the 4×3 weights and 3 biases of "
        "`linear`: straight borders between the species.\n\n"
        "Look at: how quickly one species is told apart, and which two stay mixed up. No straight "
        "border separates those completely; *mlp-wine* shows what a hidden layer adds.",
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
        "**Hidden layers.** Thirteen chemical measurements of a wine tell which of three cultivars it "
        "was made from. `ReLU` between the layers is what lets borders bend: mute both and the network "
        "is no more than a single layer.\n\n"
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
def mlp_breast_cancer() -> Project:
    net = NetworkBuilder("main")
    x = net.input("features", shape=(30,))
    x = net.add("Linear", x, out_features=32, name="hidden")
    x = net.add("ReLU", x, name="relu")
    x = net.add("Dropout", x, p=0.3, name="dropout")
    x = net.add("Linear", x, out_features=1, name="answer")
    net.output("score", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Yes or no.** Thirty measurements of a cell sample tell whether a tumour is benign. One score "
        "is enough for two classes: above 0 means yes, and its sigmoid is the probability. The loss is "
        "`BCEWithLogitsLoss`, which takes the score of `answer` as it is.\n\n"
        "Look at: accuracy and AUROC. The second does not depend on where the line between yes and no "
        "is drawn, which matters where one mistake is worse than the other.",
    )
    return project(
        "A network with one score that tells benign from malignant tumours.",
        net,
        data=builtin("breast_cancer", seed=1, scaling=[{}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "epochs": 25,
            "batch_size": 32,
        },
    )


@design
def activation_functions() -> Project:
    net = NetworkBuilder("main")
    features = net.input("features", shape=(30,))
    scores = []
    for kind in ACTIVATIONS:
        x, stem = features, kind.lower()
        for i in (1, 2):
            x = net.add("Linear", x, out_features=32, name=f"{stem}{i}")
            x = net.add(kind, x, name=f"{stem}{i}_out")
        scores.append(net.add("Linear", x, out_features=1, name=f"{stem}_score"))
    mean = net.add("Mean", net.add("Stack", *scores, name="stacked"), dim=1, name="mean")
    net.output("score", mean)
    rows = [
        ["", *(f"{kind.lower()}{end}" for end in ("1", "1_out", "2", "2_out", "_score"))]
        for kind in ACTIVATIONS
    ]
    rows[0] = ["features", *rows[0][1:], "stacked", "mean", "score"]
    lay(net.graph, *rows)
    note(
        net.graph,
        "**Four activation functions side by side.** The same network four times, with `Sigmoid`, "
        "`Tanh`, `ReLU` and `GELU`; the `mean` of their scores is the answer, so that all learn in one "
        "run and from the same samples.\n\n"
        "Look at: gradients and activations in the training panel, row by row. `sigmoid1` learns "
        "slowest: its slope is 0.25 at best. `relu1_out` is exactly 0 for about half of its values.",
    )
    return project(
        "Sigmoid, tanh, ReLU and GELU side by side in one network, to be watched while they learn.",
        net,
        data=builtin("breast_cancer", seed=1, scaling=[{}]),
        recipe={
            "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
            "epochs": 20,
            "batch_size": 32,
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
        straight_line(),
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


def straight_line() -> NetworkBuilder:
    """The model to beat: ten weights and a bias."""
    line = NetworkBuilder("straight_line")
    x = line.input("features", shape=(10,))
    x = line.add("Linear", x, out_features=1, name="answer")
    line.output("progression", x)
    lay(line.graph, list(line.graph.nodes))
    note(
        line.graph,
        "**The model to beat.** Ten weights and a bias: a straight line in ten dimensions. Train it "
        "beside `main` and compare R² in the table of runs: it is as good within chance. A hidden layer "
        "pays only where the data bend, and 442 patients do not show enough of that; `answer` is all it "
        "takes.",
    )
    return line

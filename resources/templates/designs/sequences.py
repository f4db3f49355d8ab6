"""Networks that read step by step."""

from __future__ import annotations

from typing import Any

from graph_engine import NetworkBuilder, Project
from graph_engine.builder import Handle
from resources.templates.designs.drawing import builtin, design, lay, note, project

WINDOW = 24
"""Years that a network for sunspots looks back: two cycles and a little."""


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
        "**Reading in steps.** The image is not seen at once: `rows` makes it a sequence of 8 rows with "
        "8 pixels each, and `lstm` reads it from top to bottom, remembering what matters "
        "(Hochreiter and Schmidhuber, 1997). Its answer after `last_row` is what `classifier` "
        "judges.\n\n"
        "Look at: the wire out of `lstm` carries 8×64, a state after every row. Choose another `index` "
        "in `last_row` and see how many rows a digit needs: after two of them (`index` 1) two digits in "
        "three are right, after four nine in ten.",
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
def bilstm_digits() -> Project:
    net = NetworkBuilder("main")
    image = net.input("image", shape=(1, 8, 8))
    x = net.add("Select", image, dim=1, index=0, name="rows")
    lstm = net.add(
        "LSTM", x, hidden_size=48, num_layers=2, bidirectional=True, dropout=0.2, name="lstm"
    )
    x = net.add("Max", lstm["output"], dim=1, name="strongest")
    x = net.add("Dropout", x, p=0.2, name="dropout")
    x = net.add("Linear", x, out_features=10, name="classifier")
    net.output("scores", x)
    lay(net.graph, list(net.graph.nodes))
    note(
        net.graph,
        "**Deep, and from both ends.** Two layers of LSTM lie on one another in `lstm`, and each reads "
        "the rows downwards and upwards (Graves and Schmidhuber, 2005). So the state at every row knows "
        "the whole digit; `strongest` keeps each unit's largest answer of all rows.\n\n"
        "Look at: the wire out of `lstm` carries 8×96, twice 48. Set `bidirectional` to no and the wire "
        "gets half as wide, the network less than half as large.",
    )
    return project(
        "A deep bidirectional LSTM that reads handwritten digits row by row, downwards and upwards.",
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
            "epochs": 35,
            "batch_size": 64,
        },
    )


# Sunspots ----------------------------------------------------------------------------------------


@design
def cnn_sunspots() -> Project:
    net = NetworkBuilder("main")
    past = net.input("past", shape=(WINDOW, 1))
    x = net.add("Transpose", past, dim0=1, dim1=2, name="as_channel")
    for i, channels in ((1, 16), (2, 16)):
        x = net.add("Conv1d", x, out_channels=channels, kernel_size=5, padding=2, name=f"conv{i}")
        x = net.add("ReLU", x, name=f"relu{i}")
        x = net.add("AvgPool1d", x, kernel_size=2, name=f"pool{i}")
    x = net.add("Flatten", x, name="flatten")
    x = net.add("Dropout", x, p=0.4, name="dropout")
    x = net.add("Linear", x, out_features=1, name="change")
    last = net.add("Select", past, dim=1, index=-1, name="last_year")
    net.output("next_year", net.add("Add", last, x, name="answer"))
    above = [each for each in net.graph.nodes if each != "last_year"]
    lay(net.graph, above, [*[""] * above.index("change"), "last_year"])
    note(
        net.graph,
        "**A convolutional network along time.** Its filters slide over 24 years of sunspots as those "
        "for images slide over pixels (Waibel et al., 1989): `conv1` finds rises and falls, `conv2` "
        "puts them together, and `change` says by how much the next year differs from `last_year`.\n\n"
        "Look at: the root of the mean squared error, in sunspots. Whoever says “as last year” "
        "(persistence) is wrong by 33 in the years of the test, which lie behind all others: data are "
        "divided in order.",
    )
    return project(
        "A one-dimensional convolutional network that foretells next year's sunspots.",
        net,
        data=sunspots(),
        recipe=patient(epochs=50),
    )


@design
def rnn_sunspots() -> Project:
    about = (
        "**A recurrent network** (Elman, 1990). One layer reads 24 years one by one and mixes each into "
        "a state that it carries along; from the last `state`, `change` tells by how much the next year "
        "differs from `last_year`.\n\n"
        "Look at: the networks `gru`, `lstm` and `deep_bidirectional` of this project. Train each and "
        "compare their errors in the table of runs, and the gradients while they learn."
    )
    gated = (
        "**Gates** decide how much of the state is kept and how much is written anew, so that a network "
        "can remember for long. Here, with 24 years, they are only a little better than the plain "
        "network: a cycle of eleven years is not far to see. Compare the number of weights in the "
        "summary."
    )
    deep = (
        "**Deep and from both ends.** Two layers of LSTM read the years forwards and backwards. The way "
        "forwards ends in `last_state`, the way back in `first_state`; `state` has both. More weights "
        "than there are years to learn from: it does no better, and is held back by dropout."
    )
    nets = [
        reader("main", "RNN", about, hidden_size=32),
        reader("gru", "GRU", gated, hidden_size=24),
        reader("lstm", "LSTM", gated, hidden_size=24),
        reader(
            "deep_bidirectional",
            "LSTM",
            deep,
            hidden_size=16,
            num_layers=2,
            bidirectional=True,
            dropout=0.1,
        ),
    ]
    return project(
        "Recurrent networks, plain and gated, that foretell next year's sunspots.",
        *nets,
        data=sunspots(),
        recipe=patient(epochs=30),
    )


def reader(name: str, kind: str, about: str, **parameters: Any) -> NetworkBuilder:
    """A recurrent layer over the years before, and an answer from its last state."""
    net = NetworkBuilder(name)
    past: Handle = net.input("past", shape=(WINDOW, 1))
    cell = net.add(kind, past, name=kind.lower(), **parameters)
    if parameters.get("bidirectional"):
        ends = [
            net.add("Select", cell["output"], dim=1, index=index, name=end)
            for end, index in (("last_state", -1), ("first_state", 0))
        ]
        x = net.add("Concatenate", *ends, dim=1, name="state")
    else:
        x = net.add("Select", cell["output"], dim=1, index=-1, name="state")
    x = net.add("Linear", x, out_features=1, name="change")
    last = net.add("Select", past, dim=1, index=-1, name="last_year")
    net.output("next_year", net.add("Add", last, x, name="answer"))
    beside = ("last_year", "first_state")
    above = [each for each in net.graph.nodes if each not in beside]
    below = [*[""] * above.index("change"), "last_year"]
    if "first_state" in net.graph.nodes:
        below[above.index("last_state")] = "first_state"
    lay(net.graph, above, below)
    note(net.graph, about)
    return net


def sunspots() -> dict[str, Any]:
    """Windows of the series; the last years validate and test."""
    return {
        "source": {"source": "time_series", "path": "sunspots", "window": WINDOW},
        "division": "in order",
        "test": 0.2,
        "scaling": [{"field": "past"}, {"field": "next"}],
    }


def patient(epochs: int) -> dict[str, Any]:
    """A recipe for few samples: small steps, short gradients, a rate that ends near 0."""
    return {
        "optimizer": {"name": "AdamW", "lr": 0.003, "weight_decay": 0.01},
        "scheduler": {"name": "OneCycleLR", "max_lr": 0.015},
        "clip_norm": 1.0,
        "epochs": epochs,
        "batch_size": 16,
    }

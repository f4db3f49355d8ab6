"""Networks that read step by step."""

from __future__ import annotations

from graph_engine import NetworkBuilder, Project
from resources.templates.designs.drawing import builtin, design, lay, note, project


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

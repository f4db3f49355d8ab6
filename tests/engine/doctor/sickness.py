"""A sick design for each rule: what is wrong with it, where, and what its cure must bring down."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.doctor.designs import (
    RELU,
    SMALL,
    WIDE,
    WIDE2,
    Make,
    arrays,
    branched,
    clouded,
    contradicting,
    doubled,
    layer,
    linear,
    one_class,
    probabilities,
    random_labels,
    raw_target,
    ringed,
    sigmoids,
    slip,
    slope,
    stack,
    wine,
)
from tests.engine.doctor.figures import (
    Measure,
    balanced_error,
    early,
    error,
    flow,
    loss,
    unexplained,
    weights,
    worst,
)
from tests.engine.doctor.patients import Patient, builtin, recipe


@dataclass(frozen=True)
class Sick:
    """A patient with the rule that names its sickness at ``node``, and a figure that a cure must bring
    down to ``factor`` of what it was; without one the rule only names."""

    rule: str
    make: Make
    node: str = ""
    measure: Measure | None = None
    factor: float = 1.0


SICK = [
    Sick("no-nonlinearity", ringed(linear(16, "fc1"), linear(2, "fc2"), epochs=30), "fc2", error, 0.3),
    Sick(
        "bias-before-normalization",
        wine(linear(32, "fc"), layer("BatchNorm1d", "norm"), RELU, linear(3, "out")),
        "fc",
        weights,
        0.99,
    ),
    Sick(
        "dropout-before-normalization",
        wine(
            linear(16, "fc1"), RELU, layer("Dropout", "drop", p=0.75), layer("BatchNorm1d", "norm"),
            linear(16, "fc2"), layer("ReLU", "relu2"), linear(3, "out"), epochs=12,
        ),
        "drop",
        loss,
        0.8,
    ),
    Sick("softmax-before-loss", wine(*WIDE, layer("Softmax", "softmax")), "softmax", loss, 0.5),
    Sick("output-fits-loss", probabilities, "y", loss, 0.5),
    Sick(
        "rectified-output",
        arrays(slope, *SMALL[:2], linear(1, "out"), layer("ReLU", "last")),
        "last",
        unexplained,
        0.5,
    ),
    Sick("unused-branch", branched, "idle", weights, 0.5),
    Sick("squashing-depth", wine(*sigmoids(5, 32), linear(3, "out"), rate=0.01), "sigmoid1", loss, 0.7),
    Sick(
        "strong-dropout",
        wine(linear(32, "fc"), RELU, layer("Dropout", "drop", p=0.95), linear(3, "out")),
        "drop",
        loss,
        0.8,
    ),
    Sick(
        "symmetric-initialization",
        ringed(
            linear(16, "fc", weight_init={"init": "constant", "val": 0.1}, bias_init="zeros"),
            RELU, linear(2, "out", weight_init={"init": "constant", "val": 0.1}), epochs=30,
        ),
        "fc",
        error,
        0.3,
    ),
    Sick(
        "frozen-network",
        wine(linear(16, "fc", trainable=False), RELU, linear(3, "out", trainable=False)),
        "out",
        loss,
        0.5,
    ),
    Sick("too-few-outputs", wine(linear(16, "fc"), RELU, linear(2, "out")), "out", loss, 0.5),
    Sick(
        "unscaled-inputs",
        lambda folder: Patient(stack((13,), *WIDE), recipe(0.003), builtin("wine", ())),
        "x",
        loss,
        0.5,
    ),
    Sick("unscaled-target", raw_target, "", unexplained, 0.5),
    Sick("constant-labels", arrays(one_class, *SMALL)),
    Sick(
        "class-imbalance",
        clouded((400, 20), 2.0, *SMALL, metrics=("accuracy", "balanced_accuracy")),
        "",
        balanced_error,
        0.8,
    ),
    Sick("leak-between-splits", arrays(doubled, *SMALL)),
    Sick("contradicting-labels", arrays(contradicting, *SMALL)),
    Sick(
        "little-to-measure",
        lambda folder: Patient(
            stack((13,), *WIDE), recipe(), builtin("wine", validation=0.02, test=0.15)
        ),
        "",
        lambda patient: 1 / len(patient.prepared.validation),
        0.5,
    ),
    Sick("no-shuffling", wine(*WIDE, rate=0.003, shuffle=False, batch_size=8, epochs=4), "", loss, 0.7),
    Sick("batch-too-large", wine(*WIDE, batch_size=124), "", loss, 0.5),
    Sick(
        "batch-of-one",
        wine(linear(16, "fc", bias=False), layer("BatchNorm1d", "norm"), RELU, linear(3, "out"),
             batch_size=1),
        "norm",
        loss,
        0.5,
    ),
    Sick(
        "coupled-weight-decay",
        wine(*WIDE, optimizer="Adam", own={"weight_decay": 0.1}, epochs=20),
        "",
        loss,
        0.8,
    ),
    Sick(
        "not-finite",
        arrays(slope, *SMALL[:2], linear(1, "out"), rate=10.0, optimizer="SGD"),
        "",
        loss,
    ),
    Sick("learning-rate-too-high", wine(linear(64, "fc1"), RELU, *WIDE2, rate=1.0), "", loss, 0.5),
    Sick("learning-rate-too-low", wine(*WIDE, rate=1e-5, epochs=20, batch_size=16), "", loss, 0.95),
    Sick(
        "bad-start",
        wine(linear(64, "fc"), RELU, linear(3, "out", weight_init={"init": "normal", "std": 10.0})),
        "",
        early,
        0.2,
    ),
    Sick(
        "plateau",
        arrays(slope, *SMALL[:2], linear(1, "out"), rate=0.03, epochs=12, batch_size=4),
        "",
        unexplained,
        0.8,
    ),
    Sick(
        "overfitting", arrays(random_labels, linear(64, "fc"), RELU, linear(2, "out"), epochs=20),
        "", loss, 0.9,
    ),
    Sick(
        "underfitting", ringed(linear(1, "fc"), RELU, linear(2, "out"), epochs=40), "", error, 0.5,
    ),
    Sick("too-few-epochs", wine(*WIDE, rate=0.001, epochs=12), "", loss, 0.8),
    Sick("vanishing-gradients", wine(*sigmoids(6, 16), linear(3, "out")), "fc1", flow, 0.01),
    Sick(
        "exploding-gradients",
        arrays(lambda: slope(scale=1000.0), *SMALL[:2], linear(1, "out"), optimizer="SGD", rate=1e-3),
        "out",
        unexplained,
    ),
    Sick(
        "gradient-spikes",
        arrays(
            slip, *SMALL[:2], linear(1, "out"), optimizer="SGD", rate=0.01, epochs=12, batch_size=16,
            shares={"division": "in order"},
        ),
        "",
        unexplained,
        0.5,
    ),
    Sick(
        "dead-units",
        wine(
            linear(32, "fc", bias_init={"init": "constant", "val": -10.0}), RELU, linear(3, "out"),
            rate=0.01,
        ),
        "relu",
        worst("dead"),
        0.1,
    ),
    Sick(
        "saturated-units",
        wine(
            linear(32, "fc", weight_init={"init": "normal", "std": 10.0}), layer("Tanh", "tanh"),
            linear(3, "out"),
        ),
        "tanh",
        worst("saturated"),
        0.5,
    ),
    Sick(
        "no-gradient",
        wine(
            linear(32, "fc", bias_init={"init": "constant", "val": -100.0}), RELU, linear(3, "out"),
        ),
        "fc",
    ),
    Sick(
        "uneven-start",
        wine(
            linear(64, "fc1"), RELU, linear(64, "fc2", weight_init={"init": "normal", "std": 5.0}),
            layer("ReLU", "relu2"), linear(3, "out"),
        ),
        "fc2",
        early,
        0.5,
    ),
    Sick("one-answer", clouded((320, 40), 0.6, *SMALL, metrics=("accuracy", "balanced_accuracy")), "",
         balanced_error, 0.9),
]  # fmt: skip

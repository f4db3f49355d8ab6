"""By which figures a cure is measured; the smaller, the better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graph_engine.training.doctor.evidence import recent
from tests.engine.doctor.patients import Patient

Measure = Callable[[Patient], float]


def loss(patient: Patient) -> float:
    """The validation loss over the last third of the epochs; infinite where the run broke off."""
    return np.inf if patient.ran.failed else patient.ran.mean_metric("validation_loss")


def error(patient: Patient) -> float:
    """The share of validation samples that are misnamed."""
    return 1.0 if patient.ran.failed else 1 - patient.ran.mean_metric("validation_accuracy")


def balanced_error(patient: Patient) -> float:
    """The same as the mean over the classes."""
    return 1 - patient.ran.mean_metric("validation_balanced_accuracy")


def unexplained(patient: Patient) -> float:
    """The share of the variation that is not explained."""
    return np.inf if patient.ran.failed else 1 - patient.ran.mean_metric("validation_r2")


def weights(patient: Patient) -> float:
    """The number of weights."""
    return patient.ran.weights


def worst(column: str) -> Measure:
    """The largest share among the nodes at the end of the run."""

    def measure(patient: Patient) -> float:
        return float(np.nanmax(recent(patient.ran.evidence.activation(column))))

    return measure


def flow(patient: Patient) -> float:
    """How many times smaller the mean gradient of the first matrix is than that of the last."""
    table = patient.ran.evidence
    assert table.layers is not None
    rows = [row for row, name in enumerate(table.layers.weights) if name.endswith("weight")]
    means = np.nanmedian(table.gradient("mean"), axis=0)
    return float(means[rows[-1]] / means[rows[0]])


def early(patient: Patient) -> float:
    """The training loss over the first twentieth of the steps."""
    return patient.ran.evidence.loss_near(0.0)

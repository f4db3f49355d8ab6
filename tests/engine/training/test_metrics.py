"""Metrics are those of scikit-learn, gathered over batches, and silent."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as oracle
from torch import Tensor

from graph_engine.errors import TrainingError
from graph_engine.training.measures import DEFAULTS, METRICS, is_better_lower
from graph_engine.training.metrics import Meters, Sizes

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")


def measured(
    task: str, scores: Tensor, target: Tensor, sizes: Sizes, names: Any = None
) -> dict[str, float]:
    """All metrics of a task, or some, over three unequal batches, with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        meters = Meters(task, METRICS[task] if names is None else names, sizes, CPU)
        for part in (slice(0, 7), slice(7, 50), slice(50, None)):
            meters.add(scores[part], target[part])
        return meters.values()


def test_classification_agrees_with_scikit_learn() -> None:
    # Given probabilities of seven classes, and the true ones
    torch.manual_seed(1)
    target = torch.randint(7, (120,))
    scores = (torch.randn(120, 7) + 1.5 * torch.nn.functional.one_hot(target, 7)).softmax(1)
    y, p = target.numpy(), scores.argmax(1).numpy()

    # When they are measured
    found = measured("classification", scores, target, Sizes(classes=7))

    # Then all agree with the oracle
    expected = {
        "accuracy": oracle.accuracy_score(y, p),
        "balanced_accuracy": oracle.balanced_accuracy_score(y, p),
        "top5_accuracy": oracle.top_k_accuracy_score(y, scores.numpy(), k=5),
        "f1": oracle.f1_score(y, p, average="macro"),
        "precision": oracle.precision_score(y, p, average="macro"),
        "recall": oracle.recall_score(y, p, average="macro"),
        "auroc": oracle.roc_auc_score(y, scores.numpy(), multi_class="ovr"),
        "jaccard": oracle.jaccard_score(y, p, average="macro"),
        "kappa": oracle.cohen_kappa_score(y, p),
        "matthews": oracle.matthews_corrcoef(y, p),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=2e-3)
    assert set(found) == set(METRICS["classification"])
    assert all(0 <= value <= 1 for value in found.values())


def test_yes_or_no_agrees_with_scikit_learn() -> None:
    # Given probabilities as a network's column, and truth as numbers of classes
    torch.manual_seed(2)
    target = torch.randint(2, (120,))
    scores = (torch.randn(120, 1) + target[:, None]).sigmoid()
    y, p = target.numpy(), (scores[:, 0] > 0.5).numpy()

    # When they are measured, then all agree with the oracle
    found = measured("binary", scores, target, Sizes())
    expected = {
        "accuracy": oracle.accuracy_score(y, p),
        "f1": oracle.f1_score(y, p),
        "precision": oracle.precision_score(y, p),
        "recall": oracle.recall_score(y, p),
        "auroc": oracle.roc_auc_score(y, scores[:, 0].numpy()),
        "average_precision": oracle.average_precision_score(y, scores[:, 0].numpy()),
        "kappa": oracle.cohen_kappa_score(y, p),
        "matthews": oracle.matthews_corrcoef(y, p),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert set(found) == set(METRICS["binary"])


def test_several_labels_agree_with_scikit_learn() -> None:
    # Given five yes-or-no answers a sample
    torch.manual_seed(3)
    target = torch.randint(2, (120, 5))
    scores = (torch.randn(120, 5) + target).sigmoid()
    y, p = target.numpy(), (scores > 0.5).numpy()

    # When they are measured, then all agree with the oracle
    found = measured("multilabel", scores, target.float(), Sizes(classes=5))
    expected = {
        "accuracy": float((y == p).mean()),
        "exact_match": oracle.accuracy_score(y, p),
        "f1": oracle.f1_score(y, p, average="macro"),
        "auroc": oracle.roc_auc_score(y, scores.numpy(), average="macro"),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert set(found) == set(METRICS["multilabel"])


@pytest.mark.parametrize("width", [1, 3])
def test_regression_agrees_with_scikit_learn(width: int) -> None:
    # Given numbers and what they should be, one a sample or three
    torch.manual_seed(4)
    target = torch.randn(120, width) + 5
    scores = target + torch.randn(120, width) / 2
    y, p = target.numpy(), scores.numpy()

    # When they are measured, then all agree with the oracle
    found = measured("regression", scores, target, Sizes(outputs=width))
    expected = {
        "r2": oracle.r2_score(y, p),
        "mae": oracle.mean_absolute_error(y, p),
        "mse": oracle.mean_squared_error(y, p),
        "rmse": math.sqrt(oracle.mean_squared_error(y, p)),
        "mape": oracle.mean_absolute_percentage_error(y, p),
        "explained_variance": oracle.explained_variance_score(y, p),
        "pearson": np.mean([np.corrcoef(y[:, i], p[:, i])[0, 1] for i in range(width)]),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-3)
    assert set(found) == set(METRICS["regression"])


def test_images_and_sequences_are_measured_place_by_place() -> None:
    # Given a class at each of 4×4 places, a reconstruction of 1×4×4 numbers, and targets that are
    # probabilities
    torch.manual_seed(5)
    scores, target = torch.rand(60, 3, 4, 4).softmax(1), torch.randint(3, (60, 4, 4))
    images = torch.rand(60, 1, 4, 4)

    # When they are measured, then each place counts once
    found = measured("classification", scores, target, Sizes(classes=3), ["accuracy"])
    assert found["accuracy"] == pytest.approx((scores.argmax(1) == target).float().mean().item())
    found = measured("reconstruction", images + 0.5, images, Sizes(outputs=16))
    assert found["mae"] == pytest.approx(0.5)
    soft = measured("classification", scores, scores, Sizes(classes=3), ["accuracy"])
    assert soft["accuracy"] == 1.0


def test_undefined_metrics_are_no_numbers_and_no_warnings() -> None:
    # Given targets of one class alone, and a single sample
    ones = torch.ones(60, dtype=torch.int64)
    found = measured("binary", torch.rand(60, 1), ones, Sizes())
    assert 0 <= found["accuracy"] <= 1

    # When r2 is asked for a single sample, then it is not a number
    meters = Meters("regression", ["r2", "mae"], Sizes(), CPU)
    meters.add(torch.tensor([[1.0]]), torch.tensor([[3.0]]))
    values = meters.values()
    assert math.isnan(values["r2"])
    assert values["mae"] == 2.0


def test_ignored_targets_do_not_count() -> None:
    # Given targets of which half are to be ignored, as the loss ignores them
    scores = torch.eye(2)[[0, 0, 1, 1]]
    target = torch.tensor([0, -100, 1, -100])

    # When accuracy is measured, then only the others count
    meters = Meters("classification", ["accuracy"], Sizes(classes=2, ignore_index=-100), CPU)
    meters.add(scores, target)
    assert meters.values() == {"accuracy": 1.0}


def test_every_task_has_metrics_by_default_and_refuses_others() -> None:
    # Given the tasks, when nothing is asked for, then each has its own metrics
    for task, names in DEFAULTS.items():
        assert list(Meters(task, None, Sizes(), CPU).meters) == list(names)
        assert set(names) <= set(METRICS[task])

    # And a metric of another task is refused, with the nearest name
    with pytest.raises(TrainingError, match="There is no metric for regression 'r3'"):
        Meters("regression", ["r3"], Sizes(), CPU)


@pytest.mark.parametrize(
    ("metric", "falls"),
    [
        ("train_loss", True),
        ("validation_rmse", True),
        ("validation_calibration_error", True),
        ("validation_accuracy", False),
        ("test_balanced_accuracy", False),
        ("validation_r2", False),
    ],
)
def test_it_is_known_which_way_is_better(metric: str, falls: bool) -> None:
    # Given the name of a metric, then it is known whether less is better
    assert is_better_lower(metric) is falls

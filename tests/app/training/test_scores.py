"""Scores are those of scikit-learn, and the kind of answers follows from their shapes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from app.training.answers import Answers, kind_of
from app.training.score_plots import micro
from app.training.scores import ClassScores, Fit, Ranking, confusion
from tests.app.training.made_answers import answered, classified, told

# Scores ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_scores_of_classes_are_those_of_scikit_learn(classes: int) -> None:
    # Given answers
    shares, truth = classified(classes)
    answer = shares.argmax(axis=1)

    # When they are scored
    matrix = confusion(truth, answer, classes)
    scores = ClassScores.of(matrix)

    # Then all figures are scikit-learn's
    assert np.array_equal(matrix, metrics.confusion_matrix(truth, answer, labels=range(classes)))
    expected = metrics.precision_recall_fscore_support(
        truth, answer, labels=range(classes), zero_division=0
    )
    found = (scores.precision, scores.recall, scores.f1, scores.support)
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, other)


@pytest.mark.parametrize("seed", range(5))
def test_curves_and_areas_are_those_of_scikit_learn(seed: int) -> None:
    # Given scores of which some are equal
    shares, truth = classified(4, 150, seed)
    positive = truth == 2

    # When they are ranked
    found = Ranking.of(shares[:, 2], positive)

    # Then both curves and their areas are scikit-learn's
    x, y, _ = metrics.roc_curve(positive, shares[:, 2], drop_intermediate=False)
    own_x, own_y = found.roc()
    np.testing.assert_allclose(own_x, x)
    np.testing.assert_allclose(own_y, y)
    assert found.auroc() == pytest.approx(metrics.roc_auc_score(positive, shares[:, 2]))
    precision, recall, _ = metrics.precision_recall_curve(positive, shares[:, 2])
    own_recall, own_precision = found.precision_recall()
    np.testing.assert_allclose(own_recall, recall[::-1])
    np.testing.assert_allclose(own_precision, precision[::-1])
    area = metrics.average_precision_score(positive, shares[:, 2])
    assert found.average_precision() == pytest.approx(area)


def test_all_classes_together_are_scikit_learns_micro_average() -> None:
    shares, truth = classified(5)
    answers = Answers.at(told(*answered(10, shares, truth)), None)
    assert answers is not None
    one_hot = np.eye(5)[truth]
    expected = metrics.roc_auc_score(one_hot, answers.outputs, average="micro")
    assert micro(answers).auroc() == pytest.approx(expected)


def test_an_area_without_samples_of_both_kinds_is_unknown() -> None:
    found = Ranking.of(np.array([0.1, 0.2], np.float32), np.array([True, True]))
    assert np.isnan(found.auroc())
    assert np.isnan(Ranking.of(np.empty(0), np.empty(0, np.bool_)).average_precision())


def test_numbers_are_scored_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=80)
    answer = truth + 0.3 * rng.normal(size=80)
    fit = Fit.of(truth, answer)
    assert fit.mean_absolute == pytest.approx(metrics.mean_absolute_error(truth, answer))
    assert fit.determination == pytest.approx(metrics.r2_score(truth, answer))
    assert fit.root_mean_square**2 == pytest.approx(metrics.mean_squared_error(truth, answer))


# Kinds of answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "outputs", "targets", "kind"),
    [
        ("classification", (5, 3), np.zeros(5, np.int64), "classes"),
        ("binary", (5, 1), np.zeros((5, 1), np.float32), "classes"),
        ("binary", (5,), np.zeros(5, np.float32), "classes"),
        ("multilabel", (5, 4), np.zeros((5, 4), np.float32), "labels"),
        ("regression", (5, 2), np.zeros((5, 2), np.float32), "numbers"),
        ("reconstruction", (5, 64), np.zeros((5, 64), np.float32), "images"),
        ("reconstruction", (5, 1, 8, 8), np.zeros((5, 1, 8, 8), np.float32), "images"),
        ("classification", (5, 4, 7), np.zeros((5, 7), np.int64), "sequence"),
        ("classification", (5, 4, 7, 6), np.zeros((5, 7, 6), np.int64), "mask"),
        ("embedding", (5, 4), np.zeros((5, 1), np.float32), "other"),
    ],
)  # fmt: skip
def test_the_kind_follows_from_the_shapes(
    task: str, outputs: tuple[int, ...], targets: np.ndarray, kind: str
) -> None:
    assert kind_of(task, np.zeros(outputs, np.float32), targets) == kind


def test_one_probability_is_that_of_yes() -> None:
    outputs = np.array([[0.9], [0.2]], np.float32)
    truth = np.array([[1.0], [1.0]], np.float32)
    answers = Answers.at(told(*answered(1, outputs, truth, task="binary")), None)
    assert answers is not None
    assert answers.chosen().tolist() == [1, 0]
    assert answers.is_right().tolist() == [True, False]


def test_frames_that_do_not_agree_are_no_answers() -> None:
    events = answered(1, *classified(3, 20))
    assert Answers.at(told(*events[1:]), None) is None

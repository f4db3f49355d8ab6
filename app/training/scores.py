"""How good answers are, by numpy alone: confusion, precision and recall, ROC and their areas. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def confusion(truth: Whole, answer: Whole, classes: int) -> Whole:
    """How many samples of each class (row) were taken for each class (column)."""
    places = truth * classes + answer
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """For each class: precision, recall, F1 (0 where nothing was found) and samples."""

    precision: Array
    recall: Array
    f1: Array
    support: Whole

    @classmethod
    def of(cls, matrix: Whole) -> ClassScores:
        """From a confusion matrix."""
        hits = np.diag(matrix).astype(np.float64)
        found, support = matrix.sum(axis=0), matrix.sum(axis=1)
        precision = hits / np.maximum(1, found)
        recall = hits / np.maximum(1, support)
        both = found + support
        return cls(precision, recall, 2 * hits / np.maximum(1, both), support)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How many of the positive and of the other samples have a score of at least each threshold.

    ``hits`` and ``alarms`` begin at 0 and rise as the threshold falls; samples of one score are taken
    together.
    """

    hits: Array
    alarms: Array

    @classmethod
    def of(cls, scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> Ranking:
        """Of samples by the score of one class."""
        order = np.argsort(-scores, kind="stable")
        ranked, is_hit = scores[order], positive[order]
        ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        hits = np.cumsum(is_hit)[ends] if len(ranked) else np.empty(0)
        return cls(
            np.append(0.0, hits), np.append(0.0, 1.0 + ends - hits) if len(ranked) else np.zeros(1)
        )

    @property
    def is_known(self) -> bool:
        """Whether there are samples of both kinds."""
        return bool(self.hits[-1] > 0 and self.alarms[-1] > 0)

    def roc(self) -> tuple[Array, Array]:
        """False positive rates and true positive rates (Fawcett, 2006)."""
        return self.alarms / max(1.0, self.alarms[-1]), self.hits / max(1.0, self.hits[-1])

    def auroc(self) -> float:
        """The area under it, by trapezoids; NaN without samples of both kinds."""
        if not self.is_known:
            return float("nan")
        x, y = self.roc()
        return float(np.trapezoid(y, x))

    def precision_recall(self) -> tuple[Array, Array]:
        """Recalls and precisions from the highest threshold on."""
        found = self.hits + self.alarms
        recall = self.hits / max(1.0, self.hits[-1])
        precision = np.divide(self.hits, found, out=np.ones_like(found), where=found > 0)
        return recall, precision

    def average_precision(self) -> float:
        """Precisions weighted by the recall that each adds; NaN without a positive sample."""
        if self.hits[-1] <= 0:
            return float("nan")
        recall, precision = self.precision_recall()
        return float((np.diff(recall) * precision[1:]).sum())


@dataclass(frozen=True, slots=True)
class Fit:
    """How numbers that were foretold differ from the true ones."""

    mean_absolute: float
    root_mean_square: float
    determination: float
    """R²: the share of the truth's variance that is explained."""

    @classmethod
    def of(cls, truth: Array, answer: Array) -> Fit:
        """Over all entries."""
        away = answer - truth
        spread = float(((truth - truth.mean()) ** 2).sum())
        square = float((away**2).sum())
        explained = 1 - square / spread if spread > 0 else float("nan")
        return cls(float(np.abs(away).mean()), float(np.sqrt((away**2).mean())), explained)

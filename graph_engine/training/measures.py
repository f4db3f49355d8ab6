"""The metrics of each task, by name: which class of torchmetrics, and which way is better. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MACRO = {"average": "macro"}

CLASSES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "accuracy": ("MulticlassAccuracy", {"average": "micro"}),
    "balanced_accuracy": ("MulticlassAccuracy", MACRO),
    "top5_accuracy": ("MulticlassAccuracy", {"average": "micro", "top_k": 5}),
    "f1": ("MulticlassF1Score", MACRO),
    "precision": ("MulticlassPrecision", MACRO),
    "recall": ("MulticlassRecall", MACRO),
    "specificity": ("MulticlassSpecificity", MACRO),
    "auroc": ("MulticlassAUROC", MACRO),
    "average_precision": ("MulticlassAveragePrecision", MACRO),
    "jaccard": ("MulticlassJaccardIndex", MACRO),
    "kappa": ("MulticlassCohenKappa", {}),
    "matthews": ("MulticlassMatthewsCorrCoef", {}),
    "calibration_error": ("MulticlassCalibrationError", {}),
}

METRICS: Mapping[str, Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "classification": CLASSES,
    "language_model": CLASSES,
    "sequence": CLASSES,
    "transcription": {},
    "generation": {},
    "embedding": {},
    "control": {},
    "binary": {
        "accuracy": ("BinaryAccuracy", {}),
        "f1": ("BinaryF1Score", {}),
        "precision": ("BinaryPrecision", {}),
        "recall": ("BinaryRecall", {}),
        "specificity": ("BinarySpecificity", {}),
        "auroc": ("BinaryAUROC", {}),
        "average_precision": ("BinaryAveragePrecision", {}),
        "jaccard": ("BinaryJaccardIndex", {}),
        "kappa": ("BinaryCohenKappa", {}),
        "matthews": ("BinaryMatthewsCorrCoef", {}),
        "calibration_error": ("BinaryCalibrationError", {}),
    },
    "multilabel": {
        "accuracy": ("MultilabelAccuracy", MACRO),
        "exact_match": ("MultilabelExactMatch", {}),
        "f1": ("MultilabelF1Score", MACRO),
        "precision": ("MultilabelPrecision", MACRO),
        "recall": ("MultilabelRecall", MACRO),
        "auroc": ("MultilabelAUROC", MACRO),
        "average_precision": ("MultilabelAveragePrecision", MACRO),
        "jaccard": ("MultilabelJaccardIndex", MACRO),
    },
    "regression": {
        "r2": ("R2Score", {}),
        "mae": ("MeanAbsoluteError", {}),
        "mse": ("MeanSquaredError", {}),
        "rmse": ("MeanSquaredError", {"squared": False}),
        "mape": ("MeanAbsolutePercentageError", {}),
        "explained_variance": ("ExplainedVariance", {}),
        "pearson": ("PearsonCorrCoef", {}),
        "spearman": ("SpearmanCorrCoef", {}),
    },
    "reconstruction": {
        "mae": ("MeanAbsoluteError", {}),
        "mse": ("MeanSquaredError", {}),
        "rmse": ("MeanSquaredError", {"squared": False}),
        "r2": ("R2Score", {}),
    },
}

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "classification": ("accuracy",),
    "binary": ("accuracy", "auroc"),
    "multilabel": ("accuracy", "f1"),
    "regression": ("r2", "mae", "rmse"),
    "reconstruction": ("mae",),
    "language_model": ("accuracy",),
    "sequence": ("accuracy",),
    "transcription": (),
    "generation": (),
    "embedding": (),
    "control": (),
}

OF_CLASSES = frozenset(name for name, metrics in METRICS.items() if metrics is CLASSES)
"""The tasks whose answers are a score for each class, in the second dimension."""

LOWER_IS_BETTER = frozenset(
    {"loss", "mae", "mse", "rmse", "mape", "calibration_error", "bits", "error_rate", "kl"}
    | {"reconstruction", "generator_loss", "content_loss", "style_loss", "variation"}
)


def is_better_lower(metric: str) -> bool:
    """Whether a smaller value is the better one: ``validation_loss`` yes, ``validation_accuracy`` no."""
    return metric.partition("_")[2] in LOWER_IS_BETTER

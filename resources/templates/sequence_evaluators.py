"""Figures of networks for sequences beside what counts, or says the same as before, reaches."""

from __future__ import annotations

import math

import numpy as np
import torch

from graph_engine.data.prepared import Split
from resources.templates.evaluators import Trained, evaluator, samples
from resources.templates.ngrams import NGrams, best_ngrams


@evaluator
def rmse_to_persistence(run: Trained) -> dict[str, float]:
    """The root of the mean squared error as a multiple of that of “as the step before”, in the test
    part, both in the units of the data."""
    (past,), ahead = samples(run.data.test)
    encodings = run.data.preprocessing
    known = next(iter(encodings.inputs.values())).undo(past.numpy())[:, -1, :1]
    truth = encodings.target.undo(ahead.numpy())
    with torch.no_grad():
        own = encodings.target.undo(run.module(past).numpy())
    error, of_before = _rmse(own, truth), _rmse(known, truth)
    return {
        "rmse_to_persistence": error / of_before,
        "rmse": error,
        "persistence_rmse": of_before,
    }


@evaluator
def bits_to_trigrams(run: Trained) -> dict[str, float]:
    """Bits for each character as a multiple of those of counted groups of three; beside it those of the
    best counted groups of up to eight, whose length the validation part chose."""
    train, validation, test = (
        _text(part) for part in (run.data.train, run.data.validation, run.data.test)
    )
    kinds = len(run.data.preprocessing.target.classes)
    trigrams = NGrams(train, 3, kinds).bits(test)
    best = best_ngrams(train, validation, kinds)
    bits = run.metrics["test_loss"] / math.log(2)
    return {
        "bits_to_trigrams": bits / trigrams,
        "bits_to_best_ngrams": bits / best.bits(test),
        "trigram_bits": trigrams,
        "best_ngram_bits": best.bits(test),
        "best_ngram_order": float(best.order),
    }


@evaluator
def bag_of_words_accuracy(run: Trained) -> float:
    """Accuracy of logistic regression on how often each word occurs, whatever the order."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    words = len(next(iter(run.data.preprocessing.inputs.values())).classes)

    def counted(part: Split) -> tuple[np.ndarray, np.ndarray]:
        (texts,), label = samples(part)
        return np.stack([np.bincount(row, minlength=words) for row in texts.numpy()]), label.numpy()

    model = LogisticRegression(max_iter=1000).fit(*counted(run.data.train))
    return float(model.score(*counted(run.data.test)))


def _rmse(said: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(said - truth))))


def _text(part: Split) -> list[int]:
    """The characters of a part whose windows follow one another."""
    (windows,), following = samples(part)
    first: list[int] = windows[0, :1].tolist()
    return first + following.flatten().tolist()

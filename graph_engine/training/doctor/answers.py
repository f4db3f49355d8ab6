"""Rules over what a network answered to validation samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.evidence import Evidence
from graph_engine.training.doctor.finding import Finding, rule
from graph_engine.training.doctor.samples import weighted

LEAST_SAMPLES = 20
ALWAYS, MOSTLY = 0.98, 0.95
UNEVEN = 1.5


@rule(
    "one-answer",
    "The same class for every sample",
    """Whatever it is shown, the network names one class. It has learned which answer is right most
    often, and nothing of the inputs: a common halt where one class is larger than the others, where
    units are dead, or where the learning rate is too high.""",
    "He & Garcia, Learning from Imbalanced Data, 2009",
)
def one_answer(case: Case) -> Iterator[Finding]:
    """One class for at least 98 % of the validation samples, which are at most 95 % of one class."""
    run, facts = case.run, case.facts
    answers = _answers(run) if run is not None and len(run.epochs) >= 2 else None
    if answers is None or facts is None or case.task not in ("classification", "binary"):
        return
    given, truth = answers
    share = np.bincount(given).max() / len(given)
    if share < ALWAYS or np.bincount(truth).max() / len(truth) > MOSTLY:
        return
    label = int(np.bincount(given).argmax())
    name = facts.classes[label] if label < len(facts.classes) else str(label)
    right = float(np.mean(given == truth))
    counts = facts.counts or (1,)
    uneven = case.task == "classification" and max(counts) > UNEVEN * max(1, min(counts))
    yield Finding(
        f"{share:.0%} of {len(given)} validation samples were called “{name}”; {right:.0%} of them "
        "are.",
        cure=weighted(case) if uneven else None,
    )


def _answers(run: Evidence | None) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """The class that was named for each sample, and the true one."""
    if run is None or run.outputs is None or run.targets is None:
        return None
    outputs, targets = run.outputs, run.targets
    if len(outputs) != len(targets) or len(outputs) < LEAST_SAMPLES:
        return None
    if outputs.ndim == 2 and outputs.shape[1] > 1 and targets.ndim == 1:
        given = outputs.argmax(axis=1)
    elif outputs.size == len(targets) == targets.size:
        given = np.asarray(outputs.reshape(-1), dtype=np.float64) > 0.5
    else:
        return None
    return given.astype(np.int64), targets.reshape(-1).astype(np.int64)


RULES = (one_answer,)

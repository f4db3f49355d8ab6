"""What a network answered to validation samples beside the truth; which kind of answer. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from app.training.recording import Recording
from graph_engine.training import titles

Kind = Literal["classes", "labels", "numbers", "sequence", "mask", "images", "other"]

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """``outputs``, ``targets``, ``losses`` and ``positions`` in the part ``split``, sample by sample.

    ``scores`` has a column a class for ``classes``, ``labels``, ``sequence`` and ``mask``.
    """

    kind: Kind
    outputs: Numbers
    targets: Numbers
    losses: Numbers
    positions: NDArray[np.int64]
    split: str
    step: int
    epoch: int

    @classmethod
    def at(cls, recording: Recording, step: int | None) -> Self | None:
        """What is known at a step; None before the first epoch ended, and where frames do not agree."""
        frame = recording.track(titles.OUTPUTS).frame(step)
        if frame is None:
            return None
        outputs, found = frame.array(), {}
        for title in (titles.TARGETS, titles.INDICES, titles.SAMPLE_LOSSES):
            array = recording.track(title).array(frame.step)
            if array is None or len(array) != len(outputs):
                return None
            found[title] = array
        targets = found[titles.TARGETS]
        kind = kind_of(str(frame.about.get("task", "")), outputs, targets)
        if kind == "classes":
            outputs, targets = as_classes(outputs), targets.reshape(-1).astype(np.int64)
        return cls(
            kind=kind,
            outputs=outputs,
            targets=targets,
            losses=found[titles.SAMPLE_LOSSES],
            positions=found[titles.INDICES].astype(np.int64),
            split=str(frame.about.get("split", "validation")),
            step=frame.step,
            epoch=frame.epoch,
        )

    def __len__(self) -> int:
        return len(self.outputs)

    @property
    def classes(self) -> int:
        """Classes that there are."""
        if self.kind in ("numbers", "images", "other"):
            return 0
        most = int(self.targets.max()) + 1 if self.targets.dtype.kind in "iu" and len(self) else 0
        return max(int(self.outputs.shape[1]), most)

    def chosen(self) -> NDArray[np.int64]:
        """The class with the highest score: of each sample, place or pixel."""
        return np.asarray(self.outputs.argmax(axis=1), np.int64)

    def is_right(self) -> NDArray[np.bool_]:
        """Which samples are answered rightly; for numbers nobody can say."""
        if self.kind == "classes":
            return np.asarray(self.chosen() == self.targets)
        if self.kind == "labels":
            wrong = (self.outputs >= 0.5) != (self.targets >= 0.5)
            return np.asarray(~wrong.reshape(len(self), -1).any(axis=1))
        if self.kind in ("sequence", "mask"):
            wrong = self.chosen() != self.targets
            return np.asarray(~wrong.reshape(len(self), -1).any(axis=1))
        return np.ones(len(self), np.bool_)

    def worst(self) -> NDArray[np.int64]:
        """Samples by their loss, the largest first; losses that are no numbers before all."""
        losses = np.where(np.isfinite(self.losses), self.losses, np.inf)
        return np.asarray(np.argsort(-losses, kind="stable"), np.int64)


def kind_of(task: str, outputs: Numbers, targets: Numbers) -> Kind:
    """What the answers are, from the task and their shapes."""
    if targets.dtype.kind in "iu":
        if targets.ndim == 1 and outputs.ndim == 2:
            return "classes"
        if outputs.ndim == targets.ndim + 1 and outputs.shape[2:] == targets.shape[1:]:
            return "sequence" if targets.ndim == 2 else "mask" if targets.ndim == 3 else "other"
    if task == "binary" and targets.size == outputs.size == len(outputs):
        return "classes"
    if targets.shape != outputs.shape:
        return "other"
    if task == "multilabel" and outputs.ndim == 2:
        return "labels"
    if outputs.ndim == 4 or (task == "reconstruction" and outputs.ndim > 1):
        return "images"
    return "numbers"


def as_classes(outputs: Numbers) -> Numbers:
    """Scores in a column a class; one probability alone is that of “yes”."""
    flat = outputs.reshape(len(outputs), -1)
    return np.concatenate([1 - flat, flat], axis=1) if flat.shape[1] == 1 else flat

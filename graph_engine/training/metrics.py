"""What is measured besides the loss: torchmetrics by task and name.

torchmetrics is imported when the first metric is made, because that takes a second.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from graph_engine.errors import TrainingError
from graph_engine.training.choices import unknown
from graph_engine.training.measures import DEFAULTS, METRICS, OF_CLASSES


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the metrics of a task need to know of the network's first output.

    ``classes`` are those of a classification, or the labels of a multilabel task; ``outputs`` the
    numbers of a regression.
    """

    classes: int = 2
    outputs: int = 1
    ignore_index: int | None = None


class Meters:
    """Metrics that gather over the batches of one split."""

    def __init__(
        self, task: str, names: Iterable[str] | None, sizes: Sizes, device: torch.device
    ) -> None:
        """Raises TrainingError, with the nearest name, for a metric that the task does not have."""
        chosen = DEFAULTS[task] if names is None else tuple(names)
        self.task = task
        self.sizes = sizes
        self.meters = {name: _made(task, name, sizes).to(device) for name in chosen}

    def add(self, scores: Tensor, target: Tensor) -> None:
        """Counts a batch: probabilities or numbers, and the target."""
        if not self.meters:
            return
        scores, target = self._shaped(scores.detach(), target)
        for meter in self.meters.values():
            meter.update(scores, target)

    def values(self) -> dict[str, float]:
        """The metrics over all batches; not a number where too few samples, or none of a class, make
        them undefined."""
        return {name: _value(meter) for name, meter in self.meters.items()}

    def _shaped(self, scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        if self.task in OF_CLASSES:
            if target.is_floating_point():  # probabilities of the classes
                target = target.argmax(1)
            return scores, target.reshape(scores.shape[0], *scores.shape[2:]).long()
        if self.task in ("binary", "multilabel"):
            return scores, target.reshape(scores.shape).long()
        width = self.sizes.outputs
        flat, aim = scores.reshape(-1, width), target.to(scores.dtype).reshape(-1, width)
        return (flat[:, 0], aim[:, 0]) if width == 1 else (flat, aim)


def _made(task: str, name: str, sizes: Sizes) -> Any:
    known = METRICS[task]
    if name not in known:
        raise TrainingError(unknown(f"metric for {task}", name, known))
    kind, arguments = known[name]
    extra: dict[str, Any] = dict(arguments)
    if task in OF_CLASSES or task in ("binary", "multilabel"):
        extra |= {"validate_args": False, "ignore_index": sizes.ignore_index}
    if task in OF_CLASSES:
        extra["num_classes"] = sizes.classes
        if "top_k" in extra:
            extra["top_k"] = min(extra["top_k"], sizes.classes)
    elif task == "multilabel":
        extra["num_labels"] = sizes.classes
    elif kind in ("PearsonCorrCoef", "SpearmanCorrCoef"):
        extra["num_outputs"] = sizes.outputs
    with _silence():
        return getattr(_torchmetrics(task), kind)(**extra)


def _torchmetrics(task: str) -> Any:
    import torchmetrics.classification  # noqa: PLC0415
    import torchmetrics.regression  # noqa: PLC0415

    is_regression = task in ("regression", "reconstruction")
    return torchmetrics.regression if is_regression else torchmetrics.classification


def _value(meter: Any) -> float:
    try:
        with _silence():
            value: Tensor = meter.compute()
    except ValueError:
        return math.nan
    return float(value.float().mean())


@contextmanager
def _silence() -> Iterator[None]:
    """Without torchmetrics' advice about memory, and about metrics that their value shows to be
    undefined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield

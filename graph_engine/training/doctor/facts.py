"""What the rules need to know of the data, gathered once: sizes, scales, labels, repeated samples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.prepared import PreparedData, Split

MOST = 20_000
"""Samples of a part that are looked at; enough to see scales, labels and repetitions."""


@dataclass(frozen=True)
class InputFacts:
    """One input as the network is given it: mean, standard deviation and largest absolute number of the
    training samples. ``is_continuous`` is false for classes and indices."""

    name: str
    field: str
    is_continuous: bool
    mean: float
    deviation: float
    largest: float


@dataclass(frozen=True)
class DataFacts:
    """The data of a project as its network meets them.

    ``counts`` has the training samples of each class, in the order of ``classes``; both are empty for
    numbers. ``target_mean`` and ``target_deviation`` are those of a target of numbers, NaN for classes.
    ``distinct`` counts training samples with different inputs. ``repeated`` counts samples of the
    validation and the test part whose inputs stand in the training part as well, ``contradictions``
    training samples whose inputs have another label elsewhere. ``neighbours`` is the share of training
    samples that have the same class as the sample before.
    """

    train: int
    validation: int
    test: int
    inputs: tuple[InputFacts, ...]
    target: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    is_reconstruction: bool
    target_mean: float
    target_deviation: float
    distinct: int
    repeated: int
    contradictions: int
    neighbours: float

    @property
    def is_classes(self) -> bool:
        """Whether the target stands for classes."""
        return bool(self.counts)

    def suggested_task(self, width: int | None) -> str:
        """What ``auto`` comes to for a network with so many outputs."""
        if self.is_reconstruction:
            return "reconstruction"
        if not self.is_classes:
            return "regression"
        return "binary" if width == 1 and len(self.classes) in (0, 2) else "classification"


def facts_of(data: PreparedData) -> DataFacts:
    """Looks through the data. Raises DatasetError where a sample cannot be read."""
    inputs, target = _values(data.train)
    encoding = data.preprocessing.target
    labels = target.ravel() if encoding.kind == "categorical" and target.ndim == 1 else None
    names = encoding.classes
    counts: tuple[int, ...] = ()
    if labels is not None and len(labels):
        size = max(len(names), int(labels.max()) + 1)
        counts = tuple(np.bincount(labels, minlength=size).tolist())
    own = _prints(inputs)
    numbers = np.asarray(target if labels is None else (), dtype=np.float64)
    return DataFacts(
        train=len(data.train),
        validation=len(data.validation),
        test=len(data.test),
        inputs=tuple(
            _input(name, values, data)
            for name, values in zip(data.preprocessing.inputs, inputs, strict=True)
        ),
        target=encoding.field,
        classes=names or tuple(str(n) for n in range(len(counts))),
        counts=counts,
        is_reconstruction=encoding.field
        in {each.field for each in data.preprocessing.inputs.values()},
        target_mean=float(np.mean(numbers)) if numbers.size else float("nan"),
        target_deviation=float(np.std(numbers)) if numbers.size else float("nan"),
        distinct=len(set(own)),
        repeated=sum(_repeated(own, part) for part in (data.validation, data.test)),
        contradictions=_contradictions(own, labels),
        neighbours=float(np.mean(labels[1:] == labels[:-1]))
        if labels is not None and len(labels) > 1
        else 0.0,
    )


def _values(split: Split) -> tuple[tuple[NDArray[np.generic], ...], NDArray[np.generic]]:
    positions = np.arange(min(len(split), MOST), dtype=np.int64)
    return split.plain().batch(positions)


def _input(name: str, values: NDArray[np.generic], data: PreparedData) -> InputFacts:
    encoding = data.preprocessing.inputs[name]
    numbers = values.astype(np.float64)
    return InputFacts(
        name,
        encoding.field,
        encoding.transform is not None,
        float(numbers.mean()),
        float(numbers.std()),
        float(np.abs(numbers).max()),
    )


def _prints(inputs: tuple[NDArray[np.generic], ...]) -> list[bytes]:
    """A key for each sample that is equal where all inputs are."""
    rows = [np.ascontiguousarray(each).reshape(len(each), -1) for each in inputs]
    return [b"".join(row[n].tobytes() for row in rows) for n in range(len(rows[0]))]


def _repeated(own: list[bytes], part: Split) -> int:
    if not len(part):
        return 0
    known = set(own)
    return sum(print_ in known for print_ in _prints(_values(part)[0]))


def _contradictions(own: list[bytes], labels: NDArray[np.generic] | None) -> int:
    """Samples beyond the most frequent label of their inputs."""
    if labels is None:
        return 0
    told: dict[bytes, Counter[int]] = {}
    for print_, label in zip(own, labels.tolist(), strict=True):
        told.setdefault(print_, Counter())[label] += 1
    return sum(found.total() - found.most_common(1)[0][1] for found in told.values())

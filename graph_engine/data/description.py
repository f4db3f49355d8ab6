"""What a data set holds, in figures that a person can read at a glance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from graph_engine.data.dataset import Array, Dataset, Field, InMemory

MOST_READ = 256


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One field: ``counts`` are the samples of each class, ``low`` to ``high`` the range of numbers.

    Figures of fields that are read from files come from the first ``samples_read`` samples.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    columns: tuple[str, ...]
    counts: dict[str, int]
    low: float | None
    high: float | None
    mean: float | None
    missing: int
    samples_read: int


@dataclass(frozen=True, slots=True)
class Description:
    """A data set: whose it is, how many samples it has and what each field holds."""

    name: str
    description: str
    source: str
    licence: str
    samples: int
    target: str
    fields: tuple[FieldDescription, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def describe(dataset: Dataset) -> Description:
    """The figures of a data set for the command line and the window."""
    return Description(
        dataset.name,
        dataset.description,
        dataset.source,
        dataset.licence,
        len(dataset),
        dataset.target,
        tuple(_described(field) for field in dataset),
    )


def _described(field: Field) -> FieldDescription:
    in_memory = isinstance(field.column, InMemory)
    read = len(field) if in_memory else min(MOST_READ, len(field))
    values = field.take(np.arange(read))
    numbers = field.kind in ("continuous", "image")
    known = values[~np.isnan(values)] if numbers and values.dtype.kind == "f" else values
    has_range = numbers and known.size > 0
    return FieldDescription(
        name=field.name,
        kind=field.kind,
        shape=field.shape,
        dtype=field.dtype,
        columns=field.columns,
        counts=_counts(field, values) if field.kind == "categorical" else {},
        low=float(known.min()) if has_range else None,
        high=float(known.max()) if has_range else None,
        mean=float(known.mean(dtype=np.float64)) if has_range else None,
        missing=values.size - known.size,
        samples_read=read,
    )


def _counts(field: Field, values: Array) -> dict[str, int]:
    if not field.classes:
        return {}
    counts = np.bincount(values.ravel(), minlength=len(field.classes))
    return {name: int(count) for name, count in zip(field.classes, counts, strict=True)}

"""A part of a data set as a data set of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import Column, Dataset, Field, InMemory, missing_name
from graph_engine.errors import DatasetError


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Some samples of another column, read when they are asked for."""

    column: Column
    samples: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples, then the shape of one."""
        return (len(self.samples), *self.column.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of one number."""
        return self.column.dtype

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The samples of these numbers, stacked along the first axis."""
        return self.column.take(self.samples[indices])


def of_classes(dataset: Dataset, target: Field, names: Sequence[str]) -> Dataset:
    """The samples whose target is one of the named classes, which are numbered in the given order.

    Raises DatasetError where the target has no classes or not these, and where no sample is left.
    """
    if target.kind != "categorical" or target.shape or not target.classes:
        raise DatasetError(
            f"Only a field of classes can be limited to some; “{target.name}” is {target.kind}."
        )
    names = tuple(dict.fromkeys(names))
    for name in names:
        if name not in target.classes:
            raise DatasetError(missing_name("class", name, target.classes, target.name))
    renumbered = np.full(len(target.classes), -1, np.int64)
    renumbered[[target.classes.index(name) for name in names]] = np.arange(len(names))
    labels = renumbered[target.take(np.arange(len(target)))]
    samples = np.flatnonzero(labels >= 0)
    if not len(samples):
        raise DatasetError(f"No sample of {dataset.name} has one of these classes.")
    fields = {
        name: replace(field, column=Chosen(field.column, samples))
        for name, field in dataset.fields.items()
    }
    fields[target.name] = replace(target, column=InMemory(labels[samples]), classes=names)
    return replace(dataset, fields=fields)

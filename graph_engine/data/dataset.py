"""What a data set is: named fields with one entry for each sample, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from graph_engine.declaration import short
from graph_engine.errors import DatasetError

FieldKind = Literal["continuous", "categorical", "image", "text"]

Array = NDArray[Any]


class Column(Protocol):
    """Values that may be read only when asked for, sample by sample along the first axis."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples, then the shape of one."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of one number."""

    def take(self, indices: NDArray[np.int64]) -> Array:
        """The samples of these numbers, stacked along the first axis."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """A column that is an array."""

    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples, then the shape of one."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of one number."""
        return self.array.dtype

    def take(self, indices: NDArray[np.int64]) -> Array:
        """The samples of these numbers, stacked along the first axis."""
        return np.take(self.array, indices, axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One named quantity of every sample.

    ``continuous`` numbers have any shape; an ``image`` has channels, height and width;
    ``categorical`` values are whole numbers from 0 that stand for ``classes`` (or for indices without
    names); ``text`` is kept for reading only. ``columns`` names the last axis of numbers, where the
    source has names.
    """

    name: str
    column: Column
    kind: FieldKind
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "image" and len(self.shape) != 3:
            raise DatasetError(
                f"An image has channels, height and width, but a sample of “{self.name}” has the "
                f"shape {sizes(self.shape)}."
            )

    def __len__(self) -> int:
        return self.column.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.column.shape[1:]

    @property
    def dtype(self) -> str:
        """The name of the type in which the values are kept, such as ``float32``."""
        return "text" if self.kind == "text" else self.column.dtype.name

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> Array:
        """The raw values of these samples, stacked along the first axis."""
        return self.column.take(np.asarray(indices, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Named fields of equally many samples; ``target`` is the field one would naturally predict."""

    name: str
    fields: Mapping[str, Field]
    target: str = ""
    description: str = ""
    source: str = ""
    licence: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(each) for name, each in self.fields.items()}
        if not lengths:
            raise DatasetError(f"{self.name} has no fields.")
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {count}" for name, count in list(lengths.items())[:8])
            raise DatasetError(
                f"All fields need equally many samples, but {self.name} has {told}. "
                "Leave out the fields that do not belong."
            )
        if not len(self):
            raise DatasetError(f"{self.name} has no samples.")
        if self.target:
            self[self.target]

    def __len__(self) -> int:
        return len(next(iter(self.fields.values())))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def __getitem__(self, name: str) -> Field:
        """The field of that name. Raises DatasetError with the nearest name where there is none."""
        found = self.fields.get(name)
        if found is None:
            raise DatasetError(missing_name("field", name, self.fields, self.name))
        return found


def named(fields: Sequence[Field]) -> dict[str, Field]:
    """The fields by name. Raises DatasetError where two have the same."""
    by_name = {each.name: each for each in fields}
    if len(by_name) < len(fields):
        names = [each.name for each in fields]
        double = next(name for name in names if names.count(name) > 1)
        raise DatasetError(f"Two fields are called “{double}”. Rename one of them.")
    return by_name


def missing_name(what: str, name: str, known: Sequence[str] | Mapping[str, Any], where: str) -> str:
    """“There is no column “aeg” in people.csv. Did you mean “age”? …”"""
    names = list(known)
    near = get_close_matches(name, names[:2000], n=1, cutoff=0.5)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"There is no {what} {short(name)} in {where}.{hint} It has {listed}."


def sizes(shape: Sequence[int]) -> str:
    """``16×14×14``; “a single value” for no dimensions."""
    return "×".join(str(size) for size in shape) or "a single value"

"""Data from a numpy archive: every array is a field, its first axis the samples.

An array ``NAME.classes`` names the classes of the field ``NAME``, ``NAME.columns`` its columns, and a
single text ``target`` the field that one would predict.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.archive import LARGEST_FILE, read_archive
from graph_engine.data.dataset import Dataset, Field, InMemory, missing_name, named, sizes
from graph_engine.data.paths import data_file
from graph_engine.data.source import Source
from graph_engine.declaration import param, short
from graph_engine.errors import DatasetError, ParameterError
from graph_engine.kinds import Arguments

Array = NDArray[Any]

KINDS = ("continuous", "categorical", "image", "ignore")
USUAL_TARGETS = ("target", "targets", "label", "labels", "class", "y", "y_train")
MOST_CLASSES = 100_000


class Npz(Source, key="npz"):
    """Arrays from an .npz file of numpy, each with the samples along its first axis."""

    path: str = param("", help="The .npz file, relative to the project's folder.", required=True)
    target: str = param("", help="The array to predict; empty means the one that is called so.")
    kinds: Arguments = param(
        (),
        help="What an array holds where it is not evident: "
        "continuous, categorical, image, or ignore to leave it out.",
    )

    def validate(self) -> None:
        """Refuses kinds that do not exist."""
        for name, kind in self.kinds:
            if kind not in KINDS:
                raise ParameterError(
                    f"“{name}” cannot be {short(kind)}: an array is one of {', '.join(KINDS)}."
                )

    def load(self, folder: Path | None) -> Dataset:
        """The arrays as fields. Raises DatasetError for files and arrays that cannot be used."""
        path = data_file(folder, self.path, LARGEST_FILE)
        return dataset_of(read_archive(path, path.name), path.name, self.target, dict(self.kinds))


def dataset_of(
    arrays: Mapping[str, Array], name: str, target: str = "", kinds: Mapping[str, str] | None = None
) -> Dataset:
    """The data set that an archive's arrays stand for.

    Raises DatasetError for arrays that are no samples, not finite or of different lengths.
    """
    kinds = kinds or {}
    for told in kinds:
        if told not in arrays:
            raise DatasetError(missing_name("array", told, arrays, name))
    fields = named(
        [
            _field(each, array, kinds.get(each, ""), arrays)
            for each, array in arrays.items()
            if _is_field(each, array) and kinds.get(each) != "ignore"
        ]
    )
    said = arrays.get("target", np.zeros(1))
    natural = target or (str(said) if said.ndim == 0 else "") or _usual_target(fields)
    return Dataset(name, fields, natural)


def _is_field(name: str, array: Array) -> bool:
    return not name.endswith((".classes", ".columns")) and not (name == "target" and not array.ndim)


def _usual_target(fields: Mapping[str, Field]) -> str:
    called = next((name for name in USUAL_TARGETS if name in fields), "")
    classes = [name for name, f in fields.items() if f.kind == "categorical" and not f.shape]
    return called or (classes[-1] if classes else "")


def _field(name: str, array: Array, kind: str, arrays: Mapping[str, Array]) -> Field:
    if array.ndim == 0:
        raise DatasetError(f"“{name}” is a single value, not one for each sample. Leave it out.")
    if not array.size:
        raise DatasetError(f"“{name}” is empty: its shape is {sizes(array.shape)}. Leave it out.")
    columns = _names(arrays.get(f"{name}.columns"))
    classes = _names(arrays.get(f"{name}.classes"))
    kind = kind or ("categorical" if classes else _evident_kind(array))
    if kind == "categorical":
        return _categorical(name, array, classes)
    _require_finite_numbers(name, array)
    if kind == "image":
        return Field(name, InMemory(_channels_first(array)), "image")
    return Field(name, InMemory(array), "continuous", columns=columns)


def _names(array: Array | None) -> tuple[str, ...]:
    return () if array is None else tuple(str(item) for item in array.ravel()[:MOST_CLASSES])


def _evident_kind(array: Array) -> str:
    """Texts, truth values and single whole numbers below 1000 are classes; bytes in three or four
    dimensions, and four dimensions with one, three or four channels, are images."""
    if array.dtype.kind == "U":
        return "categorical"
    if array.ndim == 1 and array.dtype.kind in "biu":
        few = array.dtype.kind == "b" or bool(array.size and 0 <= array.min() <= array.max() < 1000)
        return "categorical" if few else "continuous"
    has_channels = array.ndim == 4 and (array.shape[1] in (1, 3, 4) or array.shape[3] in (1, 3, 4))
    if has_channels or (array.ndim == 3 and array.dtype == np.uint8):
        return "image"
    return "categorical" if array.dtype.kind in "iu" else "continuous"


def _channels_first(array: Array) -> Array:
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4 and array.shape[1] not in (1, 3, 4) and array.shape[3] in (1, 3, 4):
        return array.transpose(0, 3, 1, 2)
    return array


def _categorical(name: str, array: Array, classes: tuple[str, ...]) -> Field:
    if array.dtype.kind == "f" and not np.array_equal(array, np.trunc(array)):
        raise DatasetError(f"“{name}” holds fractions, and classes are whole numbers or texts.")
    if array.ndim == 1 and not classes:
        distinct, codes = np.unique(array, return_inverse=True)
        return Field(name, InMemory(codes.astype(np.int64)), "categorical", _told(distinct))
    if array.dtype.kind == "U":
        raise DatasetError(
            f"“{name}” holds texts of shape {sizes(array.shape[1:])} for each sample. Save their "
            "numbers, and their texts as an array “" + name + ".classes”."
        )
    codes = array.astype(np.int64)
    highest = len(classes) - 1 if classes else 2**31
    if codes.size and not 0 <= codes.min() <= codes.max() <= highest:
        raise DatasetError(
            f"“{name}” holds {codes.min()} to {codes.max()}, and classes are counted from 0"
            + (f" to {highest}, as “{name}.classes” has {len(classes)} names." if classes else ".")
        )
    return Field(name, InMemory(codes), "categorical", classes)


def _told(distinct: Array) -> tuple[str, ...]:
    if len(distinct) > MOST_CLASSES:
        raise DatasetError(f"{len(distinct):,} classes are more than {MOST_CLASSES:,}.")
    return tuple(str(item) for item in distinct.tolist())


def _require_finite_numbers(name: str, array: Array) -> None:
    if array.dtype.kind == "U":
        raise DatasetError(f"“{name}” holds texts where numbers are needed. Save numbers.")
    if array.dtype.kind != "f":
        return
    rows = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if not rows.all():
        raise DatasetError(
            f"“{name}” has a value that is not a number in sample {int(np.argmin(rows))} "
            f"(counted from 0) and {int((~rows).sum())} such samples in all. Fill or remove them."
        )

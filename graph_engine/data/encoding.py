"""How fields become what a network is given; saved with a run, so that new inputs are treated alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import Array, Field, FieldKind, missing_name, sizes
from graph_engine.data.scaling import Scaling, Transform, fit
from graph_engine.declaration import short
from graph_engine.errors import DatasetError

LONGEST = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """How the values of one field are given to a network.

    Images are float32 of channels × height × width, other numbers float32 with at least one dimension,
    classes int64. ``shape`` is that of one sample; ``transform`` is None for classes.
    """

    field: str
    kind: FieldKind
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    transform: Transform | None = None

    @property
    def dtype(self) -> str:
        """``float32`` or ``int64``."""
        return "float32" if self.transform else "int64"

    def apply(self, values: Array) -> NDArray[Any]:
        """Raw samples, stacked along the first axis, as the network is given them.

        Raises DatasetError for samples of another shape or kind than those of training.
        """
        values = np.asarray(values)
        single = self.shape == (1,) and values.ndim == 1
        if values.ndim == 0 or (values.shape[1:] != self.shape and not single):
            raise DatasetError(
                f"“{self.field}” expects samples of shape {sizes(self.shape)}, stacked along a first "
                f"axis, and received {sizes(values.shape)} in all."
            )
        if values.dtype.kind not in "biuf":
            raise DatasetError(f"“{self.field}” expects numbers, not values of {values.dtype}.")
        if self.transform is None:
            return self._checked(values)
        return self.transform.apply(values, self.kind == "image").reshape(len(values), *self.shape)

    def undo(self, values: Array) -> NDArray[Any]:
        """A network's numbers in the units of the data; classes stay as they are."""
        if self.transform is None:
            return np.asarray(values)
        return self.transform.undo(np.asarray(values), self.kind == "image")

    def _checked(self, values: Array) -> NDArray[np.int64]:
        codes = values.astype(np.int64)
        if values.dtype.kind == "f" and not np.array_equal(codes, values):
            raise DatasetError(f"“{self.field}” expects whole numbers that stand for its classes.")
        highest = len(self.classes) - 1 if self.classes else 2**31
        if codes.size and not 0 <= codes.min() <= codes.max() <= highest:
            raise DatasetError(
                f"“{self.field}” expects classes from 0 to {highest}, and received {codes.min()} to "
                f"{codes.max()}."
            )
        return codes

    def saved(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "field": self.field,
            "kind": self.kind,
            "shape": list(self.shape),
            "classes": list(self.classes),
            "columns": list(self.columns),
            "transform": self.transform.saved() if self.transform else None,
        }

    @classmethod
    def read(cls, saved: object) -> Self:
        """The encoding from its saved form. Raises DatasetError, strictly."""
        names = {"field", "kind", "shape", "classes", "columns", "transform"}
        if not isinstance(saved, Mapping) or set(saved) != names:
            raise DatasetError(f"An encoding has {', '.join(sorted(names))}, not {short(saved)}.")
        kind, shape = saved["kind"], _whole(saved["shape"])
        if kind not in ("continuous", "categorical", "image") or (kind == "image") > (
            len(shape) == 3
        ):
            raise DatasetError(f"An encoding cannot be {short(kind)} of shape {short(shape)}.")
        scaled = kind != "categorical"
        if scaled and not shape:
            raise DatasetError("An encoding of numbers has at least one dimension.")
        count = 0 if not scaled else shape[0] if kind == "image" else shape[-1]
        return cls(
            field=_texts([saved["field"]])[0],
            kind=kind,
            shape=shape,
            classes=_texts(saved["classes"]),
            columns=_texts(saved["columns"]),
            transform=Transform.read(saved["transform"], count) if scaled else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Preprocessing:
    """The encodings of a network's inputs, in its order, and of its target."""

    inputs: Mapping[str, Encoding]
    target: Encoding

    def apply(self, values: Mapping[str, Array]) -> dict[str, NDArray[Any]]:
        """New raw inputs by name, as training would have given them.

        Raises DatasetError where an input is missing or is not like those of training.
        """
        for name in self.inputs:
            if name not in values:
                raise DatasetError(missing_name("input", name, values, "what was given"))
        return {name: encoding.apply(values[name]) for name, encoding in self.inputs.items()}

    def saved(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        inputs = {name: encoding.saved() for name, encoding in self.inputs.items()}
        return {"inputs": inputs, "target": self.target.saved()}

    @classmethod
    def read(cls, saved: object) -> Self:
        """The preprocessing from its saved form. Raises DatasetError, strictly."""
        known = isinstance(saved, Mapping) and set(saved) == {"inputs", "target"}
        if not known or not isinstance(saved, Mapping) or not isinstance(saved["inputs"], Mapping):
            raise DatasetError(f"A preprocessing has inputs and a target, not {short(saved)}.")
        inputs = {str(name): Encoding.read(each) for name, each in saved["inputs"].items()}
        return cls(inputs, Encoding.read(saved["target"]))


def encode(field: Field, scaling: Scaling | None, train: NDArray[np.int64]) -> Encoding:
    """The encoding of a field, fitted to the samples ``train``.

    Raises DatasetError for texts, which no network takes, and for a scaling of classes.
    """
    if field.kind not in get_args(FieldKind)[:3]:
        raise DatasetError(
            f"“{field.name}” holds texts, which a network cannot take. Choose another field, or "
            "declare the column as category."
        )
    if field.kind == "categorical":
        return Encoding(field.name, field.kind, field.shape, field.classes)
    shape = field.shape or (1,)
    transform = fit(scaling, field, train)
    return Encoding(field.name, field.kind, shape, (), field.columns, transform)


def _whole(saved: object) -> tuple[int, ...]:
    if not isinstance(saved, list) or len(saved) > 32:
        raise DatasetError(f"A shape is a list of whole numbers, not {short(saved)}.")
    if not all(type(each) is int and 0 < each < 2**31 for each in saved):
        raise DatasetError(f"A shape has whole numbers of at least 1, not {short(saved)}.")
    return tuple(saved)


def _texts(saved: object) -> tuple[str, ...]:
    if not isinstance(saved, list) or len(saved) > LONGEST:
        raise DatasetError(f"Names are saved as a list, not as {short(saved)}.")
    if not all(type(each) is str for each in saved):
        raise DatasetError(f"Names are texts, not {short(saved)}.")
    return tuple(saved)

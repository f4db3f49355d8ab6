"""Bringing numbers to a size that networks like, with statistics of the training part only.

Images are scaled channel by channel, other numbers column by column along their last axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.dataset import Array, Field
from graph_engine.data.source import Saved
from graph_engine.declaration import param, short
from graph_engine.errors import DatasetError

Numbers = NDArray[np.float64]

CHUNK_BYTES = 2**25


class Scaling(Saved):
    """How the numbers of a field are scaled before a network sees them."""

    field: str = param(
        "", help="The field; empty means every field of numbers that feeds the network."
    )
    method: Literal["none", "standardize", "minmax", "divide"] = param(
        "standardize",
        help="standardize: mean 0 and spread 1; minmax: from 0 to 1; divide: by a constant.",
    )
    divisor: float = param(255.0, low=1e-9, high=1e9, help="The constant that “divide” divides by.")


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """A fitted scaling: ``(x − shift) / scale``, with ``fill`` in place of a missing number.

    The three have one number for each channel of an image, or for each column of other numbers.
    """

    fill: Numbers
    shift: Numbers
    scale: Numbers

    def apply(self, values: Array, is_image: bool) -> NDArray[np.float32]:
        """The scaled numbers of samples stacked along the first axis; shapes stay.

        Raises DatasetError for numbers that float32 cannot hold.
        """
        fill, shift, scale = (
            _spread(each, is_image) for each in (self.fill, self.shift, self.scale)
        )
        known = values.astype(np.float64)
        known = np.where(np.isnan(known), fill, known)
        with np.errstate(over="ignore"):
            scaled = np.asarray((known - shift) / scale, dtype=np.float32)
        if not np.isfinite(scaled).all():
            raise DatasetError("A number is too large for float32 after scaling. Use other units.")
        return scaled

    def undo(self, values: Array, is_image: bool) -> Numbers:
        """Scaled numbers, such as a network's answer, in the units of the data."""
        scale, shift = _spread(self.scale, is_image), _spread(self.shift, is_image)
        return np.asarray(values.astype(np.float64) * scale + shift)

    def saved(self) -> dict[str, list[float]]:
        """The numbers in lists, for JSON."""
        return {
            "fill": self.fill.tolist(),
            "shift": self.shift.tolist(),
            "scale": self.scale.tolist(),
        }

    @classmethod
    def read(cls, saved: object, count: int) -> Self:
        """The transform of so many columns from its saved form. Raises DatasetError, strictly."""
        names = ("fill", "shift", "scale")
        if not isinstance(saved, Mapping) or set(saved) != set(names):
            raise DatasetError(f"A scaling has fill, shift and scale, not {short(saved)}.")
        fill, shift, scale = (_read_numbers(saved[name], count) for name in names)
        if not scale.all():
            raise DatasetError("A scaling divides by zero: save the run's preprocessing again.")
        return cls(fill, shift, scale)


def _spread(numbers: Numbers, is_image: bool) -> Numbers:
    return numbers[:, None, None] if is_image else numbers


def _read_numbers(saved: object, count: int) -> Numbers:
    plain = isinstance(saved, list) and all(type(each) in (int, float) for each in saved)
    if not plain or not isinstance(saved, list) or len(saved) != count:
        raise DatasetError(f"A scaling needs {count} numbers, not {short(saved)}.")
    numbers = np.array([float(each) if abs(each) < 1e300 else np.nan for each in saved])
    if not np.isfinite(numbers).all():
        raise DatasetError("A scaling has a number that is not finite.")
    return numbers


def fit(scaling: Scaling | None, field: Field, train: NDArray[np.int64]) -> Transform:
    """The scaling fitted to the samples ``train`` of a field of numbers.

    ``None`` and “none” keep the numbers. Columns without spread are only shifted. Missing numbers are
    filled with the mean. Raises DatasetError for a column that has no number in any of these samples.
    """
    with np.errstate(all="ignore"):
        known = _statistics(field, train)
        made = _fitted(scaling or Scaling(method="none"), known)
    if not known.count.all():
        name = field.columns[int(np.argmin(known.count))] if field.columns else field.name
        raise DatasetError(
            f"“{name}” has no number in the training part, so that its mean is unknown. Ignore it."
        )
    if not all(np.isfinite(each).all() for each in (made.fill, made.shift, made.scale)):
        raise DatasetError(f"“{field.name}” has numbers too large to be scaled. Use other units.")
    return made


def _fitted(scaling: Scaling, known: _Statistics) -> Transform:
    zeros, ones = np.zeros_like(known.mean), np.ones_like(known.mean)
    varies = known.high > known.low
    if scaling.method == "standardize":
        spread = np.sqrt(known.square / known.count)
        return Transform(known.mean, known.mean, np.where(varies & (spread > 0), spread, 1.0))
    if scaling.method == "minmax":
        spread = known.high - known.low
        return Transform(known.mean, known.low, np.where(varies, spread, 1.0))
    divisor = scaling.divisor if scaling.method == "divide" else 1.0
    return Transform(known.mean, zeros, ones * divisor)


@dataclass(frozen=True, slots=True, eq=False)
class _Statistics:
    """Figures of each column; ``square`` is the sum of squared distances from the mean."""

    count: Numbers
    mean: Numbers
    square: Numbers
    low: Numbers
    high: Numbers

    def joined(self, other: _Statistics) -> _Statistics:
        """Of both together (Chan, Golub and LeVeque, 1979), exact where one pass of squares is not."""
        count = self.count + other.count
        safe = np.maximum(count, 1)
        apart = other.mean - self.mean
        return _Statistics(
            count,
            self.mean + apart * other.count / safe,
            self.square + other.square + apart**2 * self.count * other.count / safe,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )


def _statistics(field: Field, samples: NDArray[np.int64]) -> _Statistics:
    parts = (_of_rows(_rows(each, field.kind == "image")) for each in chunks(field, samples))
    total = next(parts)
    for part in parts:
        total = total.joined(part)
    return total


def chunks(field: Field, samples: NDArray[np.int64]) -> Iterator[Array]:
    """The raw values of the samples in pieces of some 32 MiB of float64."""
    size = max(1, CHUNK_BYTES // max(1, 8 * int(np.prod(field.shape))))
    for start in range(0, len(samples), size):
        yield field.take(samples[start : start + size])


def _rows(values: Array, is_image: bool) -> Numbers:
    """Everything × columns: channels are an image's columns."""
    if is_image:
        values = np.moveaxis(values, 1, -1)
    columns = values.shape[-1] if values.ndim > 1 else 1
    return values.reshape(-1, columns).astype(np.float64)


def _of_rows(rows: Numbers) -> _Statistics:
    present = ~np.isnan(rows)
    count = present.sum(axis=0).astype(np.float64)
    mean = np.where(present, rows, 0.0).sum(axis=0) / np.maximum(count, 1)
    return _Statistics(
        count,
        mean,
        (np.where(present, rows - mean, 0.0) ** 2).sum(axis=0),
        np.where(present, rows, np.inf).min(axis=0),
        np.where(present, rows, -np.inf).max(axis=0),
    )

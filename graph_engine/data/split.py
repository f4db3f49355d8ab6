"""Dividing samples into a part to learn from, a part to steer by and a part to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.data import counters
from graph_engine.errors import DatasetError

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The sample numbers of each part, ascending; disjoint, and together all samples.

    ``rest`` has those that are left over where only some are learned from.
    """

    train: Indices
    validation: Indices
    test: Indices
    rest: Indices


def split(
    count: int,
    validation: float,
    test: float,
    seed: int = 0,
    labels: NDArray[Any] | None = None,
    *,
    limit: int = 0,
    in_order: bool = False,
) -> Parts:
    """Parts of ``round(count · fraction)`` samples, at least one where the fraction is not zero.

    With ``labels`` (one for each sample) every class is spread evenly over the parts: a part of m of
    n samples has a class's share m/n to within one sample and a share of the rounding of the others.
    ``limit`` is the largest number to learn from, 0 for all. ``in_order`` keeps the samples' own order,
    in which the parts follow one another: to learn from, to validate, to test.
    Raises DatasetError where no sample is left to learn from.
    """
    if validation < 0 or test < 0 or validation + test >= 1:
        raise DatasetError(
            f"Validation ({validation:g}) and test ({test:g}) must leave something to learn from: "
            "choose fractions that add up to less than 1."
        )
    tests, validations = _size(count, test), _size(count, validation)
    if tests + validations >= count:
        raise DatasetError(
            f"{count} sample{'s are' if count != 1 else ' is'} too few for "
            f"{validations} to validate and {tests} to test: add samples, or lower the fractions."
        )
    order = np.arange(count)[::-1] if in_order else _order(count, seed, labels)
    learned = order[tests + validations :]
    kept = min(limit or len(learned), len(learned))
    return Parts(
        train=np.sort(learned[:kept]),
        validation=np.sort(order[tests : tests + validations]),
        test=np.sort(order[:tests]),
        rest=np.sort(learned[kept:]),
    )


def _size(count: int, fraction: float) -> int:
    return max(1, round(count * fraction)) if fraction > 0 else 0


def _order(count: int, seed: int, labels: NDArray[Any] | None) -> Indices:
    """All samples in an order of which every stretch has each class in its due share.

    Within a class of k the samples get the places (rank + ½)/k; classes are merged by place.
    """
    order = counters.permutation(count, counters.SPLIT, seed)
    if labels is None:
        return order
    classes = labels[order]
    place = np.empty(count)
    for name in np.unique(classes):
        members = np.flatnonzero(classes == name)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place, kind="stable")]

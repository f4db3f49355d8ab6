"""Whether gradients vanish or explode and updates are of a healthy size, in one sentence. No Qt.

Looked at are means over some tables, as a single batch says little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.training.scales import number
from graph_engine.training.thresholds import EXPLODED, FADED, FAST, SLOW, VANISHED

HEALTHY = 1e-3
"""Norm of an update over that of its weight, as it should be, between ``SLOW`` and ``FAST``."""

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence with names between backticks; ``token`` and ``sign`` are its colour and its icon.

    ``rows`` are those that it speaks of.
    """

    words: str
    token: str = "good"
    sign: str = "circle-check"
    rows: frozenset[int] = frozenset()


def of_weights(
    names: Sequence[str], mean: Values, norm: Values, ratio: Values, clipped: Values
) -> Verdict:
    """About weights' gradients, a value a row; rows that do not apply are NaN.

    ``norm`` is before clipping, ``clipped`` after.
    """
    bounded = bool(np.nanmax(clipped, initial=0.0) < 0.999 * np.nanmax(norm, initial=0.0))
    return (
        _infinite(names, norm)
        or _exploding(names, norm, bounded)
        or _vanishing(names, mean)
        or _updates(names, ratio)
        or _healthy(mean, ratio)
    )


def of_outputs(names: Sequence[str], mean: Values, norm: Values) -> Verdict:
    """About the gradients of layers' outputs."""
    return (
        _infinite(names, norm)
        or _exploding(names, norm, False)
        or _vanishing(names, mean)
        or _healthy(mean, np.full(len(mean), np.nan))
    )


def faulty(mean: Values, norm: Values) -> NDArray[np.bool_]:
    """The rows whose gradient is too small or too large by itself."""
    end = _end(mean)
    with np.errstate(invalid="ignore"):
        small = (mean < VANISHED) | (mean < FADED * (end if np.isfinite(end) else 0.0))
        return np.asarray((small & (mean >= 0)) | (norm > EXPLODED))


def _infinite(names: Sequence[str], norm: Values) -> Verdict | None:
    rows = np.flatnonzero(np.isinf(norm))
    if not len(rows):
        return None
    words = f"The gradient of `{names[rows[0]]}` is infinite{_others(len(rows) - 1)}."
    return Verdict(words, "error", "circle-alert", frozenset(rows.tolist()))


def _exploding(names: Sequence[str], norm: Values, bounded: bool) -> Verdict | None:
    rows = np.flatnonzero(norm > EXPLODED)
    if not len(rows):
        return None
    worst = int(rows[np.argmax(norm[rows])])
    words = (
        f"Gradients explode: that of `{names[worst]}` has the length {number(float(norm[worst]), 2)}"
        f"{_others(len(rows) - 1)}{', before clipping' if bounded else ''}."
    )
    token, sign = ("warning", "triangle-alert") if bounded else ("error", "circle-alert")
    return Verdict(words, token, sign, frozenset(rows.tolist()))


def _vanishing(names: Sequence[str], mean: Values) -> Verdict | None:
    end, last = _end(mean), _last(mean)
    with np.errstate(invalid="ignore"):
        small = (mean < VANISHED) | (mean < FADED * end)
    rows = np.flatnonzero(small)
    if not len(rows):
        return None
    worst = int(rows[np.argmin(mean[rows])])
    value = float(mean[worst])
    if value == 0:
        words = f"No gradient reaches `{names[worst]}`"
    elif worst != last and end > 0:
        share = number(value / end, 2)
        words = f"Gradients vanish: `{names[worst]}` gets {share} of what `{names[last]}` gets"
    else:
        words = f"Gradients vanish: that of `{names[worst]}` is {number(value, 2)} on average"
    words += f"{_others(len(rows) - 1)}."
    return Verdict(words, "warning", "triangle-alert", frozenset(rows.tolist()))


def _updates(names: Sequence[str], ratio: Values) -> Verdict | None:
    """By the middle one: single small weights, as of normalisation, may well move fast or slowly."""
    known = np.isfinite(ratio) & (ratio > 0)
    if not known.any():
        return None
    middle = float(np.median(ratio[known]))
    if SLOW <= middle <= FAST:
        return None
    fast = middle > FAST
    rows = np.flatnonzero(known & ((ratio > FAST) if fast else (ratio < SLOW)))
    at = int(rows[np.argmax(ratio[rows]) if fast else np.argmin(ratio[rows])])
    words = (
        f"Updates are {'large' if fast else 'small'}: {len(rows)} of {int(known.sum())} weights change "
        f"by {'more than 1 %' if fast else 'less than 0.01 %'} a step, "
        f"{'most' if fast else 'least'} `{names[at]}`."
    )
    token, sign = ("warning", "triangle-alert") if fast else ("second", "info")
    return Verdict(words, token, sign, frozenset(rows.tolist()))


def _healthy(mean: Values, ratio: Values) -> Verdict:
    known = mean[np.isfinite(mean) & (mean > 0)]
    if not len(known):
        return Verdict("No gradients were measured at this step.", "second", "info")
    spread = number(float(known.max() / known.min()), 2)
    words = "Gradients reach every layer"
    if len(known) > 1:
        words += f" (largest ÷ smallest: {spread})"
    steps = ratio[np.isfinite(ratio) & (ratio > 0)]
    if len(steps):
        words += f". Updates change weights by about {number(float(np.median(steps)) * 100, 2)} %"
    return Verdict(f"{words}.")


def _last(mean: Values) -> int:
    """The last row that has a gradient; -1 where none has."""
    there = np.flatnonzero(np.isfinite(mean) & (mean > 0))
    return int(there[-1]) if len(there) else -1


def _end(mean: Values) -> float:
    last = _last(mean)
    return float(mean[last]) if last >= 0 else float("nan")


def _others(count: int) -> str:
    if count == 0:
        return ""
    return f", and {count} more {'does' if count == 1 else 'do'} likewise"

"""Where the ticks of an axis stand and what they are called; numbers as short words. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

NICE = (1.0, 2.0, 5.0, 10.0)
CLOCK = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 14400.0, 21600.0, 43200.0, 86400.0),
)
"""Seconds between the ticks of an axis of time."""

SOME = 0.85
"""Of the distance that was asked for, ticks keep at least so much."""

Range = tuple[float, float]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers in a range, at most about so many."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / max(1, most)
    unit = 10.0 ** math.floor(math.log10(rough))
    return _every(next(unit * n for n in NICE if unit * n >= rough * SOME), low, high)


def clock_ticks(low: float, high: float, most: int) -> list[float]:
    """Round seconds, minutes and hours in a range of seconds."""
    if high <= low:
        return []
    rough = (high - low) / max(1, most)
    if rough < 1:
        return ticks(low, high, most)
    days = math.ceil(rough / 86400.0) * 86400.0
    return _every(next((each for each in CLOCK if each >= rough), days), low, high)


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of ten in a range of logarithms; between them 2 and 5 where there is little else.

    Takes and gives logarithms to the base of ten.
    """
    if high <= low or not (math.isfinite(low) and math.isfinite(high)):
        return []
    if high - low < 0.7:
        return [math.log10(each) for each in ticks(10**low, 10**high, most) if each > 0]
    first, last = math.ceil(low), math.floor(high)
    step = max(1, math.ceil((last - first + 1) / max(1, most)))
    decades = [float(n) for n in range(first, last + 1) if n % step == 0]
    between = [n + math.log10(f) for n in range(first - 1, last + 1) for f in (2.0, 5.0)]
    inside = [each for each in between if low <= each <= high]
    if len(decades) <= 2 and len(decades) + len(inside) <= most + 2:
        return sorted([*decades, *inside])
    return decades


def tick_words(values: Sequence[float]) -> list[str]:
    """What stands at ticks: all with the same number of places; thousands and millions short."""
    if not values:
        return []
    largest = max(abs(each) for each in values)
    step = min((abs(b - a) for a, b in pairwise(values)), default=largest)
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if largest >= max(size, 1e4) and step >= size / 1000:
            return [_places(each / size, step / size) + (sign if each else "") for each in values]
    if 0 < largest < 0.01 and step < 1e-3:
        finer = math.floor(math.log10(largest)) - math.floor(math.log10(step) + 1e-9)
        return [power(each, max(1, finer)) for each in values]
    return [_places(each, step) for each in values]


def log_words(values: Sequence[float]) -> list[str]:
    """What stands at the ticks of a logarithmic axis, whose logarithms are given."""
    words = [power(10**each) for each in values]
    return words if len(set(words)) == len(words) else tick_words([10**each for each in values])


def clock_words(values: Sequence[float]) -> list[str]:
    """Seconds as ``12 s``, ``3:20`` or ``2:05:00``."""
    return [duration(each) if each else "0" for each in values]


def duration(seconds: float) -> str:
    """Seconds as ``12 s``, ``3:20`` or ``2:05:00``."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float, digits: int = 4) -> str:
    """A value with so many digits: ``0.03214``, ``12,500``, ``2.31e-9``, ``NaN``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e7 or size < 1e-4:
        return _exponent(f"{value:.{digits - 1}e}")
    if size >= 1000:
        return f"{value:,.0f}"
    places = max(0, digits - 1 - math.floor(math.log10(size)))
    return f"{value:.{places}f}"


def plain(value: float, digits: int = 4) -> str:
    """A value with at most so many digits and no zeros at its end: ``0.01``, ``4e-8``."""
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def power(value: float, places: int = 1) -> str:
    """A round number in few letters: ``0.01``, ``2e-5``, ``1e6``, with so many places at most."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}"
    return _exponent(f"{value:.{places}e}")


def padded(low: float, high: float, share: float = 0.05) -> Range:
    """A range with a margin; never empty."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return (0.0, 1.0)
    if high <= low:
        room = abs(low) * 0.1 or 0.5
        return (low - room, high + room)
    room = (high - low) * share
    return (low - room, high + room)


def roomy(low: float, high: float, before: Range, grows: float = 0.15) -> Range:
    """A range that holds the data and need not follow each update.

    The one before stays while it holds the data and these fill most of it; else the new one has room
    at its upper end to grow into.
    """
    if before[0] <= low and high <= before[1] and high - low >= 0.75 * (before[1] - before[0]):
        return before
    return (low, high + grows * (high - low)) if high > low else (low, low + 1.0)


def steady(low: float, high: float, before: Range) -> Range:
    """A range with a margin that stays while it holds the data and these fill most of it."""
    if before[0] <= low and high <= before[1] and high - low >= 0.6 * (before[1] - before[0]):
        return before
    return padded(low, high)


def _every(step: float, low: float, high: float) -> list[float]:
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [n * step for n in range(first, min(last, first + 1000) + 1)]


def _places(value: float, step: float) -> str:
    if abs(value) < step / 1e6:
        return "0"
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    text = f"{value:,.{min(places, 12)}f}"
    return text.replace("-", "−")


def _exponent(text: str) -> str:
    """``2.0e-05`` as ``2e-5``."""
    digits, _, exponent = text.partition("e")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}e{int(exponent)}"

"""A run in words: its state, when it was, how good it is; and several as a table for a page of text."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from app.training.curve_data import title_of
from app.training.scales import duration, number
from graph_engine.training.history import Record
from graph_engine.training.measures import is_better_lower

STATES = {
    "new": ("Not begun", "second"),
    "running": ("Training", "accent"),
    "completed": ("Finished", "good"),
    "early_stopping": ("Stopped early", "good"),
    "stopped": ("Stopped", "second"),
    "failed": ("Failed", "error"),
    "interrupted": ("Broken off", "warning"),
}
PARTS = {"test": "Test", "validation": "Val.", "train": "Train"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def state(record: Record) -> tuple[str, str]:
    """What became of a run, and the token of its colour."""
    return STATES.get(record.status, (record.status, "second"))


def when(seconds: float, now: float | None = None) -> str:
    """``14:05``, ``yesterday 14:05``, ``3 Nov 14:05``, ``3 Nov 2024``; empty where it is not known."""
    if seconds <= 0:
        return ""
    then, today = time.localtime(seconds), time.localtime(time.time() if now is None else now)
    clock = time.strftime("%H:%M", then)
    if then[:3] == today[:3]:
        return clock
    noon = time.mktime((*today[:3], 12, 0, 0, 0, 0, -1))
    if then[:3] == time.localtime(noon - 86400)[:3]:
        return f"yesterday {clock}"
    day = f"{then.tm_mday} {MONTHS[then.tm_mon - 1]}"
    return f"{day} {clock}" if then.tm_year == today.tm_year else f"{day} {then.tm_year}"


def epochs(record: Record) -> str:
    """Epochs done of those planned."""
    return f"{record.epoch} / {record.epochs}" if record.epochs else ""


def lasted(record: Record) -> str:
    """How long a run took, where it has told."""
    return duration(record.seconds) if record.seconds else ""


def metric_title(name: str) -> str:
    """``validation_accuracy`` as ``Val. accuracy``."""
    part, _, quantity = name.partition("_")
    return f"{PARTS.get(part, part)} {title_of(quantity).lower()}" if quantity else title_of(name)


def metric_names(records: Iterable[Record]) -> list[str]:
    """What was measured in any of the runs: on test samples, on validation samples, then in training."""
    found = dict.fromkeys(name for record in records for name in record.metrics)
    order = list(PARTS)
    known = [name for name in found if name.partition("_")[0] in order]
    return sorted(known, key=lambda name: order.index(name.partition("_")[0]))


def metric(record: Record, name: str) -> str:
    """The value of a metric with four places, for the eye to go down; empty where it has none."""
    value = record.metrics.get(name)
    if value is None:
        return ""
    return f"{value:.4f}" if 1e-3 <= abs(value) < 10 else number(value, 4)


def best_of(records: Iterable[Record], name: str) -> float:
    """The best value of a metric; NaN where it was not measured in several runs, or does not differ."""
    values = {record.metrics[name] for record in records if name in record.metrics}
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if len(finite) < 2:
        return math.nan
    return min(finite) if is_better_lower(name) else max(finite)


def as_markdown(records: Sequence[Record]) -> str:
    """The runs as a table."""
    names = metric_names(records)
    heads = [
        "Run",
        "State",
        "Network",
        "Begun",
        "Epochs",
        *map(metric_title, names),
        "Time",
        "Device",
    ]
    rows = [
        [
            record.name, state(record)[0], record.network, _stamp(record.created), epochs(record),
            *(metric(record, name) for name in names), lasted(record), record.device, record.notes,
        ]
        for record in records
    ]  # fmt: skip
    lines = [[*heads, "Notes"], ["---"] * (len(heads) + 1), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds > 0 else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")

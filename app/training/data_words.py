"""A data set in words: whose it is, how much there is, and the range of each field. No Qt."""

from __future__ import annotations

from app.training.scales import number
from graph_engine.data.dataset import sizes
from graph_engine.data.description import Description, FieldDescription
from graph_engine.data.prepared import PreparedData


def about(description: Description) -> str:
    """What it is, its source and its licence."""
    told = [description.description]
    if description.source:
        told.append(f"Source: {description.source}")
    if description.licence:
        told.append(f"Licence: {description.licence}")
    return "\n\n".join(each for each in told if each)


def figures(description: Description, data: PreparedData) -> str:
    """How many samples each part has, and what the fields hold."""
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    counts = [f"{name:<11}{len(part):>9,}" for name, part in parts.items()]
    if len(data.rest):
        counts.append(f"{'unlabelled':<11}{len(data.rest):>9,}")
    fields = [_told(each) for each in description.fields]
    return "\n".join([f"{'samples':<11}{description.samples:>9,}", *counts, "", *fields])


def _told(each: FieldDescription) -> str:
    """``image  1×8×8 uint8, 0 to 16, mean 4.884``."""
    shape = f"{sizes(each.shape)} " if each.shape else ""
    told = f"{each.name}: {shape}{each.kind}"
    if each.low is not None and each.high is not None and each.mean is not None:
        told += f", {number(each.low, 3)} to {number(each.high, 3)}, mean {number(each.mean, 3)}"
    if each.counts:
        told += f", {len(each.counts)} classes"
    return told + (f", {each.missing:,} missing" if each.missing else "")

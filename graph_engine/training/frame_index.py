"""Finds the frames that a run's folder keeps, without reading their bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FRAME, STARTED = b'{"event": "frame"', b'{"event": "started"'
"""How the lines begin; the others are not parsed."""


@dataclass(frozen=True, slots=True)
class FrameRef:
    """A frame that was kept, and where its bytes are: ``size`` of them from ``offset`` on."""

    title: str
    epoch: int
    step: int
    time: float
    dtype: str
    shape: tuple[int, ...]
    about: Mapping[str, Any]
    offset: int
    size: int


def frame_refs(lines: Iterable[bytes]) -> list[FrameRef]:
    """The frames of an event file's lines in their order; a run that went on from a checkpoint has
    replaced those that came after it."""
    found: list[FrameRef] = []
    for line in lines:
        if line.startswith(FRAME):
            ref = _ref(line)
            if ref is not None:
                found.append(ref)
        elif line.startswith(STARTED) and found:
            step = _step(line)
            found = [ref for ref in found if ref.step <= step]
    return found


def _ref(line: bytes) -> FrameRef | None:
    """None for a line that a killed worker left unfinished."""
    try:
        values = json.loads(line)
        values["shape"] = tuple(values["shape"])
        return FrameRef(**{name: values[name] for name in FrameRef.__slots__})
    except (ValueError, KeyError, TypeError):
        return None


def _step(line: bytes) -> int:
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return 0

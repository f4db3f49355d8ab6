"""Which frames a run's folder keeps: many in a short run, and never too many in a long one.

Frames of a kind are kept at an interval that doubles whenever so many of them, or so many bytes, were
kept at it. A long run has its frames evenly over its second half, over the quarter before it, and so on,
and the files grow with the logarithm of its length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph_engine.training import titles
from graph_engine.training.frame_index import FrameRef

GRADIENTS, ACTIVATION_GRADIENTS, ACTIVATIONS = "gradients", "activation gradients", "activations"
MAPS, HISTOGRAMS, OUTPUTS = "maps", "histograms", "outputs"

MOST = 256
"""Times that frames of one kind are kept before the interval doubles."""


@dataclass(slots=True)
class Pace:
    """When a kind was kept last, how long until the next, and what was kept at this interval.

    Times are in seconds, ``room`` in bytes.
    """

    interval: float
    room: int
    last: float = float("-inf")
    count: int = 0
    size: int = 0


def _paces() -> dict[str, Pace]:
    mega = 2**20
    return {
        GRADIENTS: Pace(0.1, mega),
        ACTIVATION_GRADIENTS: Pace(0.5, mega),
        ACTIVATIONS: Pace(0.25, mega),
        MAPS: Pace(0.5, 3 * mega),
        HISTOGRAMS: Pace(1.0, mega),
        OUTPUTS: Pace(0.5, 2 * mega),
    }


class Keeper:
    """Says when frames of a kind shall be kept. Times are in seconds since 1970."""

    def __init__(self, earlier: Iterable[FrameRef] = ()) -> None:
        """``earlier`` are the frames that the folder has from before an interruption."""
        self.paces = _paces()
        moments: dict[tuple[str, int], tuple[float, int]] = {}
        for ref in earlier:
            key = kind_of(ref.title), ref.step
            time, size = moments.get(key, (ref.time, 0))
            moments[key] = time, size + ref.size
        for (kind, _), (time, size) in moments.items():
            self.keep(kind, time, size)

    def next(self, kind: str) -> float:
        """The time from which on a frame of this kind is kept."""
        pace = self.paces[kind]
        return pace.last + pace.interval

    def keep(self, kind: str, now: float, size: int) -> None:
        """Frames of so many bytes in all were kept."""
        pace = self.paces[kind]
        pace.last, pace.count, pace.size = now, pace.count + 1, pace.size + size
        if pace.count >= MOST or pace.size >= pace.room:
            pace.interval, pace.count, pace.size = 2 * pace.interval, 0, 0


def kind_of(title: str) -> str:
    """The kind of frame that a title is of."""
    if title.startswith((titles.MAP, titles.KERNELS)):
        return MAPS
    if title.startswith("histograms/"):
        return HISTOGRAMS
    if title.startswith("validation/"):
        return OUTPUTS
    return {
        titles.GRADIENTS: GRADIENTS,
        titles.ACTIVATION_GRADIENTS: ACTIVATION_GRADIENTS,
        titles.ACTIVATIONS: ACTIVATIONS,
    }.get(title, OUTPUTS)

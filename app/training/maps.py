"""What a frame of outputs, attention or kernels shows: its tiles, and each entry in words and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.training.hues import Lookup
from app.training.plot_items import argb
from app.training.scales import Range
from app.training.tiles import Hit
from graph_engine.training.events import Frame

LAYOUTS = {"images": 4, "sequence": 3, "vector": 2, "attention": 4, "kernels": 4}
"""Dimensions of each layout."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Pictures to draw side by side: (tiles, rows, columns), how many in a row (0: as many as fit), and
    whether entries need not be square."""

    values: Bytes
    columns: int = 0
    stretches: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A node's output for some samples, its attention weights, or its kernels.

    ``values`` are bytes of which 0 and 255 stand for ``low`` and ``high``; ``size`` is the true shape.
    """

    layout: str
    values: Bytes
    low: float
    high: float
    size: tuple[int, ...]
    samples: tuple[int, ...]
    split: str
    step: int

    @classmethod
    def of(cls, frame: Frame, layout: str = "") -> Self | None:
        """From a frame; None where it is not as its title promises."""
        about, values = frame.about, frame.array()
        layout = layout or str(about.get("layout", ""))
        if LAYOUTS.get(layout) != values.ndim or values.dtype != np.uint8 or not values.size:
            return None
        return cls(
            layout=layout,
            values=values,
            low=_number(about.get("low")),
            high=_number(about.get("high")),
            size=_whole(about.get("size"), values.shape),
            samples=_whole(about.get("samples"), range(len(values))),
            split=str(about.get("split", "")),
            step=frame.step,
        )

    @property
    def is_signed(self) -> bool:
        """Whether there are values on both sides of zero."""
        return self.low < 0

    @property
    def count(self) -> int:
        """Samples that it has."""
        return 1 if self.layout == "kernels" else len(self.values)

    @property
    def entries(self) -> int:
        """How many of them the network has for a sample: channels, heads, features."""
        return self.size[-1] if self.layout in ("sequence", "vector") else self.size[1]

    def units(self, values: Any) -> Any:
        """Bytes as the numbers that they stand for."""
        return self.low + np.asarray(values, np.float64) * ((self.high - self.low) / 255.0)

    def tiles(self, sample: int | None) -> Tiles:
        """The pictures of one of its samples, or of all of them."""
        values = self.values
        if self.layout == "kernels":
            return _kernels(values)
        if self.layout == "vector":
            rows = values if sample is None else values[self.place(sample)][None]
            return Tiles(rows[:, None, :], 1, True)
        if self.layout == "sequence":
            upright = values.transpose(0, 2, 1)
            return Tiles(upright if sample is None else upright[[self.place(sample)]], 0, True)
        if sample is None:
            return Tiles(values.reshape(-1, *values.shape[2:]), values.shape[1])
        return Tiles(values[self.place(sample)])

    def place(self, sample: int) -> int:
        """Where a sample stands; an output that is the same for all stands for each."""
        return min(max(0, sample), self.count - 1)

    def value_at(self, hit: Hit, sample: int | None) -> float:
        """The number under the pointer."""
        return float(self.units(self.tiles(sample).values[hit.tile, hit.row, hit.column]))

    def words(self, hit: Hit, sample: int | None) -> str:
        """Where in the output the pointer is."""
        told = self._sample(hit, sample)
        if self.layout == "kernels":
            out, into = self.kernel(hit.tile)
            return f"kernel {out} of input {into} · {hit.row}, {hit.column}"
        if self.layout == "vector":
            return f"{told}feature {hit.column}"
        if self.layout == "sequence":
            return f"{told}step {hit.column} · feature {hit.row}"
        unit = hit.tile % self.values.shape[1]
        if self.layout == "attention":
            return f"{told}head {unit} · query {hit.row} · key {hit.column}"
        down, across = (_stride(self.size, self.values, axis) for axis in (2, 3))
        return f"{told}channel {unit} · row {hit.row * down}, column {hit.column * across}"

    def kernel(self, tile: int) -> tuple[int, int]:
        """Output and input channel of a tile of kernels."""
        out, into = self.values.shape[:2]
        return (tile % out, tile // out) if out >= into else divmod(tile, into)

    def _sample(self, hit: Hit, sample: int | None) -> str:
        if sample is not None or self.layout == "kernels":
            return ""
        each = self.values.shape[1] if self.layout in ("images", "attention") else 1
        place = hit.tile // each
        return f"sample {self.samples[place]} · " if place < len(self.samples) else ""


def colors_of(found: Map, span: Range, lookup: Lookup) -> NDArray[np.uint32]:
    """The colour of each byte, where the map's ends stand for the ends of ``span``."""
    units = found.units(np.arange(256))
    at = (units - span[0]) * (255.0 / (span[1] - span[0]))
    places = np.clip(np.rint(at), 0, 255).astype(np.intp)
    return np.asarray(argb(lookup)[places], np.uint32)


def span_of(found: Map, held: Range | None) -> Range:
    """The ends of the colours: they only grow, so that a colour keeps its meaning over time.

    Around zero for values with a sign, else from zero or the smallest.
    """
    if found.is_signed:
        most = max(abs(found.low), abs(found.high), held[1] if held else 0.0) or 1.0
        return (-most, most)
    low, high = (0.0 if found.low < 0.5 * found.high else found.low), found.high
    if held and held[0] >= 0:
        low, high = min(low, held[0]), max(high, held[1])
    return (low, high) if high > low else (low, low + 1.0)


def _kernels(values: Bytes) -> Tiles:
    out, into, high, wide = values.shape
    if into == 1:
        return Tiles(values[:, 0])
    turned = values.transpose(1, 0, 2, 3) if out >= into else values
    return Tiles(turned.reshape(-1, high, wide), max(out, into))


def _stride(size: Sequence[int], values: Bytes, axis: int) -> int:
    """Of large images only every second, third … pixel was sent."""
    whole = size[axis] if len(size) == values.ndim else values.shape[axis]
    return max(1, -(-whole // int(values.shape[axis])))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(value: object, otherwise: Sequence[int]) -> tuple[int, ...]:
    known = isinstance(value, list | tuple) and all(type(each) is int for each in value)
    return tuple(value) if known and isinstance(value, list | tuple) else tuple(otherwise)

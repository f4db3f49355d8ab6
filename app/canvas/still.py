"""While something moves, wires that stay are kept as pictures: a copy costs a tenth of a curve."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGraphicsItem

from app.canvas.finding import Bounding
from app.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

LARGEST, MOST = 400_000, 8_000_000
"""Pixels of the largest picture, and of all together; of a long wire Qt keeps what is in view."""
Cache = QGraphicsItem.CacheMode


class StillWires:
    """The wires in view that end in nothing that moves; Qt renews a picture when its wire changes."""

    def __init__(self, view: CanvasView, moved: Collection[str]) -> None:
        self._kept: list[WireItem] = []
        if view.is_far:
            return
        ends, left, scale = set(moved), MOST, view.zoom * view.devicePixelRatioF()
        seen = view.seen()
        for wire in view.canvas.items(seen, Bounding):
            if not isinstance(wire, WireItem) or not ends.isdisjoint(
                (wire.source.node, wire.target.node)
            ):
                continue
            box = wire.path().controlPointRect() & seen
            pixels = (box.width() * scale + 4) * (box.height() * scale + 4)
            if pixels <= min(LARGEST, left):
                left -= round(pixels)
                wire.setCacheMode(Cache.DeviceCoordinateCache)
                self._kept.append(wire)

    def end(self) -> None:
        """Draws them as curves again, which suits a view that is scrolled or zoomed."""
        for wire in self._kept:
            wire.setCacheMode(Cache.NoCache)
        self._kept.clear()

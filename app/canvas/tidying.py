"""Nodes that move by themselves: to their new places in 120 ms, after the edit is made."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QVariantAnimation

from graph_engine.change import Change
from graph_engine.graph import Node

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

MOTION, MOST = 120, 600
Way = tuple[float, float]


class Tidying(QVariantAnimation):
    """Shows nodes on their way from where they were to where the graph has them."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._ways: dict[str, Way] = {}
        self.setDuration(MOTION)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.setStartValue(1.0)
        self.setEndValue(0.0)
        self.valueChanged.connect(self._show)

    def run(self, text: str, change: Change, but: Collection[str] = ()) -> None:
        """Makes the edit, and lets the nodes in view glide, ``but`` those that are in place already."""
        self.finish()
        ways: dict[str, Way] = {}
        for name, (before, after) in change.pairs("nodes").items():
            if isinstance(before, Node) and isinstance(after, Node) and name not in but:
                (x1, y1), (x2, y2) = before.position, after.position
                ways[name] = (x1 - x2, y1 - y2)
        self._view.document.do(text, change)
        if ways and len(ways) <= MOST and self._view.motion() and self._view.isVisible():
            self._ways = ways
            self._show(1.0)
            self.start()

    def finish(self) -> None:
        """Ends the motion where it was going."""
        if self._ways:
            self.stop()
            self._show(0.0)

    def _show(self, rest: float) -> None:
        for name, (dx, dy) in self._ways.items():
            self._view.canvas.preview((name,), dx * rest, dy * rest)
        self._view.refresh_far()
        if rest == 0.0:
            self._ways = {}

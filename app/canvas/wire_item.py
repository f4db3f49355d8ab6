"""A wire on the canvas: a plain path, so that drawing it never enters Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.geometry import wire_path
from graph_engine.graph import Point, PortRef

LABEL_REACH, LABEL_HEIGHT = 90.0, 20.0


class WireItem(QGraphicsPathItem):
    """The wire that ends in ``target``; its pens are shared by all wires that look alike."""

    def __init__(self, target: PortRef, source: PortRef) -> None:
        super().__init__()
        self.target, self.source = target, source
        self.start, self.end = QPointF(), QPointF()
        self.bends: tuple[Point, ...] = ()
        self.is_lit = False
        self.look: object = None

    def lead(self, start: QPointF, end: QPointF, bends: Sequence[Point]) -> None:
        """Leads from one place to another."""
        self.start, self.end, self.bends = start, end, tuple(bends)
        self.setPath(wire_path(start, end, bends))

    def wear(self, look: object, pen: QPen) -> None:
        """Takes another pen, if it is another."""
        if look != self.look:
            self.look = look
            self.setPen(pen)
            self.setZValue(0.5 if self.is_lit else 0.0)

    def room(self) -> float:
        """How much of the wire is free of nodes, from left to right."""
        return self.end.x() - self.start.x()

    def label_place(self) -> QPointF:
        """The middle of the wire, or of its longest level stretch."""
        if not self.bends:
            return (self.start + self.end) / 2
        points = [self.start, *(QPointF(x, y) for x, y in self.bends), self.end]
        pairs = itertools.pairwise(points)
        a, b = max(pairs, key=lambda pair: pair[1].x() - pair[0].x())
        return (a + b) / 2

    def label_box(self, width: float) -> QRectF:
        """Where a label of that width is, which is higher than the wire itself."""
        at = self.label_place()
        return QRectF(at.x() - width / 2, at.y() - LABEL_HEIGHT / 2, width, LABEL_HEIGHT)

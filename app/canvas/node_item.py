"""A node on the canvas: one item that draws its ports and words itself, kept by Qt as a pixmap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.geometry import MARGIN, Shape
from app.canvas.near_painting import NearFacts, is_near, near_facts_of
from app.canvas.node_painting import Facts

if TYPE_CHECKING:
    from app.canvas.scene import CanvasScene

Cache = QGraphicsItem.CacheMode


class NodeItem(QGraphicsRectItem):
    """Only ``paint`` is ours: every other question that a frame asks is answered without Python."""

    def __init__(self, canvas: CanvasScene, name: str, shape: Shape) -> None:
        super().__init__(shape.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.canvas, self.name, self.outline = canvas, name, shape
        self.facts: Facts | None = None
        self.near: NearFacts | None = None
        self.is_chosen = self.is_flashed = self.is_found = self.has_picture = False
        self.wires: set[object] = set()
        self.setPen(Qt.PenStyle.NoPen)
        self.setZValue(1.0)
        self.setCacheMode(Cache.DeviceCoordinateCache)

    def reshape(self, shape: Shape) -> bool:
        """Takes another outline; whether it is another one."""
        if shape == self.outline:
            return False
        self.outline = shape
        self.setRect(shape.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        return True

    def choose(self, chosen: bool) -> None:
        """Shows whether the node is selected."""
        if chosen != self.is_chosen:
            self.is_chosen = chosen
            self.update()

    def flash(self, flashed: bool) -> None:
        """Shows the node as just found, for a moment."""
        self.is_flashed = flashed
        self.update()

    def find(self, found: bool) -> None:
        """Shows the node as one of those that a search found."""
        self.is_found = found
        self.update()

    def forget(self) -> None:
        """Draws anew from what the document says now."""
        self.facts = self.near = None
        self.update()

    def port(self, name: str, *, output: bool) -> QPointF:
        """Where a port is, in the scene."""
        return self.pos() + self.outline.port(name, output=output)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws the node; Qt keeps the picture until something about it changes."""
        if self.facts is None:
            self.facts = self.canvas.facts(self)
        if self.facts is not None:
            self.canvas.painter.on(self.canvas.tinting.ground(self.name)).paint(
                painter,
                self.facts,
                self.outline,
                chosen=self.is_chosen or self.is_flashed,
                found=self.is_found,
                near=self._near(painter),
            )

    def _near(self, painter: QPainter) -> NearFacts | None:
        zoom = painter.worldTransform().m11()
        self.has_picture = False
        if self.outline.slim or not is_near(painter, zoom):
            return None
        if self.near is None:
            document = self.canvas.document
            self.near = near_facts_of(document.graph, document.inference, self.name, self.outline)
        picture = self.canvas.tinting.picture(self.name)
        self.has_picture = picture is not None
        return self.near if picture is None else replace(self.near, picture=picture)

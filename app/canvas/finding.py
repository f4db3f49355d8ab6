"""What is at a place of the drawing, and what tools draw above it for a while."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsScene

from app.canvas.annotation_item import AnnotationItem
from app.canvas.geometry import MARGIN
from app.canvas.node_item import NodeItem
from app.canvas.wire_item import WireItem

Bounding = Qt.ItemSelectionMode.IntersectsItemBoundingRect


class FindingScene(QGraphicsScene):
    """Asks the index of the scene, so that the size of the drawing does not matter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.above: list[QGraphicsPathItem] = []

    def node_at(self, point: QPointF, margin: float = 0.0) -> NodeItem | None:
        """The topmost node whose box contains a place."""
        for item in self._near(point, margin):
            if isinstance(item, NodeItem):
                inside = point - item.pos()
                if item.outline.rect.adjusted(-margin, -margin, margin, margin).contains(inside):
                    return item
        return None

    def port_at(self, point: QPointF, reach: float) -> tuple[NodeItem, str, bool] | None:
        """The port at a place: its node, its name, and whether it is an output."""
        for item in self._near(point, reach):
            if isinstance(item, NodeItem):
                found = item.outline.port_at(point - item.pos(), reach)
                if found is not None:
                    return item, *found
        return None

    def wire_at(self, point: QPointF, reach: float) -> WireItem | None:
        """The wire at a place."""
        box = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        found = (item for item in self.items(box) if isinstance(item, WireItem))
        return next(found, None)

    def annotation_at(self, point: QPointF) -> AnnotationItem | None:
        """The note, or the edge or title of the frame, at a place."""
        found = (i for i in self._near(point, 0.5) if isinstance(i, AnnotationItem))
        return next((item for item in found if item.takes(point)), None)

    def nodes_in(self, rect: QRectF, *, whole: bool = False) -> list[NodeItem]:
        """The nodes that a rectangle touches, or that lie wholly in it."""
        mode = Qt.ItemSelectionMode.ContainsItemBoundingRect if whole else Bounding
        box = rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) if whole else rect
        found = [item for item in self.items(box, mode) if isinstance(item, NodeItem)]
        if whole:
            return found
        return [i for i in found if rect.intersects(i.outline.rect.translated(i.pos()))]

    def nodes_within(self, path: QPainterPath) -> list[NodeItem]:
        """The nodes that an area touches."""
        return [
            item
            for item in self.items(path.boundingRect(), Bounding)
            if isinstance(item, NodeItem)
            and path.intersects(item.outline.rect.translated(item.pos()))
        ]

    def _near(self, point: QPointF, reach: float) -> list[QGraphicsItem]:
        reach = max(reach, 0.5)
        box = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        return self.items(box, Bounding)

    def sketch(self, pen: QPen, brush: QBrush | None = None) -> QGraphicsPathItem:
        """An empty path above everything, for what a tool shows; ``erase`` takes it away."""
        item = QGraphicsPathItem()
        item.setPen(pen)
        item.setBrush(brush or QBrush(Qt.BrushStyle.NoBrush))
        item.setZValue(10.0)
        self.addItem(item)
        self.above.append(item)
        return item

    def paint_sketches(self, painter: QPainter) -> None:
        """Draws what tools show, where something else was drawn over it."""
        for item in self.above:
            if item.isVisible():
                painter.setPen(item.pen())
                painter.setBrush(item.brush())
                painter.drawPath(item.path())

    def erase(self, item: QGraphicsPathItem) -> None:
        """Takes a tool's path away."""
        if item in self.above:
            self.above.remove(item)
            self.removeItem(item)

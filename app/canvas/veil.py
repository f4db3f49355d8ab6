"""What a wire that is being drawn may end in is lit, and the rest dimmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.geometry import PORT
from app.canvas.node_item import NodeItem
from app.canvas.overview import faint
from app.theme import Theme

DIM = 0.62


class Veil:
    """Drawn over the nodes in view only, so that the size of the drawing does not matter."""

    def __init__(self, theme: Theme, refresh: Callable[[], None]) -> None:
        self._theme, self._refresh = theme, refresh
        self._is_open: Callable[[str], bool] | None = None
        self._seeks_input = True

    @property
    def is_shown(self) -> bool:
        """Whether a wire is being drawn."""
        return self._is_open is not None

    def show(self, is_open: Callable[[str], bool], seeks_input: bool) -> None:
        """Lights the ports of the nodes that are open, and dims the others."""
        self._is_open, self._seeks_input = is_open, seeks_input
        self._refresh()

    def hide(self) -> None:
        """Shows everything as it is."""
        self._is_open = None
        self._refresh()

    def paint(self, painter: QPainter, items: Iterable[NodeItem]) -> None:
        """Draws over the nodes."""
        if self._is_open is None:
            return
        ground = faint(self._theme.color("canvas"), DIM)
        ring = QPen(self._theme.color("accent"), 2.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for item in items:
            if self._is_open(item.name):
                painter.setPen(ring)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for place in self._ports(item):
                    painter.drawEllipse(place, PORT - 1.5, PORT - 1.5)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ground)
                painter.drawRect(item.sceneBoundingRect())

    def _ports(self, item: NodeItem) -> list[QPointF]:
        shape, at = item.outline, item.pos()
        if not self._seeks_input:
            return [at + QPointF(shape.rect.width(), y) for _, y in shape.outputs]
        places = [at + QPointF(0, y) for _, y in shape.inputs]
        if shape.more:
            places.append(at + QPointF(0, shape.spare_height))
        return places

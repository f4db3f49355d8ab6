"""What a wire that is being drawn may end in is lit, and the rest dimmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.geometry import PORT
from app.canvas.node_item import NodeItem
from app.canvas.overview import faint
from app.theme import Theme
from graph_engine.graph import PortRef

DIM = 0.62


class Veil:
    """Drawn over the nodes in view only, so that the size of the drawing does not matter."""

    def __init__(self, theme: Theme, refresh: Callable[[], None]) -> None:
        self._theme, self._refresh = theme, refresh
        self._is_open: Callable[[str], bool] | None = None
        self._fits: Callable[[PortRef], bool] = bool
        self._seeks_input = True

    @property
    def is_shown(self) -> bool:
        """Whether a wire is being drawn."""
        return self._is_open is not None

    def show(
        self, is_open: Callable[[str], bool], fits: Callable[[PortRef], bool], seeks_input: bool
    ) -> None:
        """Lights the ports of the nodes that are open, dashed where shapes do not fit, and dims the
        other nodes."""
        self._is_open, self._fits, self._seeks_input = is_open, fits, seeks_input
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
        other = QPen(self._theme.color("warning"), 1.5, Qt.PenStyle.DotLine)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for item in items:
            if self._is_open(item.name):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for port, place in self._ports(item):
                    painter.setPen(ring if self._fits(PortRef(item.name, port)) else other)
                    painter.drawEllipse(place, PORT - 1.5, PORT - 1.5)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ground)
                painter.drawRect(item.sceneBoundingRect())

    def _ports(self, item: NodeItem) -> list[tuple[str, QPointF]]:
        shape, at = item.outline, item.pos()
        if not self._seeks_input:
            return [(port, at + QPointF(shape.rect.width(), y)) for port, y in shape.outputs]
        places = [(port, at + QPointF(0, y)) for port, y in shape.inputs]
        if shape.more:
            places.append((shape.more, at + QPointF(0, shape.spare_height)))
        return places

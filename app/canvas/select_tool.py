"""Selecting what lies in an area: a rectangle, or whatever the hand draws around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QMouseEvent, QPainterPath, QPen, QPolygonF

from app.canvas.overview import faint
from app.canvas.tools import Key, Tool

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

APART = 3.0


class SelectArea(Tool):
    """Selects the nodes that an area touches and the notes in it; with Shift as well, with Ctrl takes
    them out."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, event: QMouseEvent) -> None:
        super().__init__(view)
        self._start = view.scene_point(event.position())
        self._before = view.document.selection.names
        self._notes = set(self.canvas.chosen_annotations)
        self._mode = event.modifiers()
        ground = view.theme.color("accent")
        pen = QPen(ground, 1.0)
        pen.setCosmetic(True)
        self._band = self.canvas.sketch(pen, QBrush(faint(ground, 0.12)))
        if not self._mode & (Key.ShiftModifier | Key.ControlModifier):
            view.deselect()

    def area(self, at: QPointF) -> QPainterPath:
        """The area, now that the pointer is there."""
        path = QPainterPath()
        path.addRect(QRectF(self._start, at).normalized())
        return path

    def move(self, event: QMouseEvent) -> None:
        """Selects what the area touches now."""
        view, canvas = self.view, self.canvas
        view.scroll_at_edge(event.position())
        path = self.area(view.scene_point(event.position()))
        self._band.setPath(path)
        names = [item.name for item in canvas.nodes_within(path)]
        names.sort(key=view.document.graph.order.position.__getitem__)
        notes = {k for k, i in canvas.annotations.items() if path.contains(i.sceneBoundingRect())}
        hit = set(names)
        others = [name for name in self._before if name not in hit]
        if self._mode & Key.ControlModifier:
            names, notes = others, self._notes - notes
        elif self._mode & Key.ShiftModifier:
            names, notes = [*others, *names], self._notes | notes
        view.document.selection.set(names)
        canvas.choose_annotations(notes)
        view.refresh_far()

    def release(self, event: QMouseEvent) -> None:
        """Keeps what is selected."""
        self.canvas.erase(self._band)
        self.view.rest()
        self.view.refresh_far()

    def cancel(self) -> None:
        """Selects what was selected before."""
        self.canvas.erase(self._band)
        there = self.view.document.graph.nodes
        self.view.document.selection.set(name for name in self._before if name in there)
        self.canvas.choose_annotations(self._notes & self.canvas.annotations.keys())


class Lasso(SelectArea):
    """The same with whatever the hand draws; its end is joined to its beginning."""

    def __init__(self, view: CanvasView, event: QMouseEvent) -> None:
        super().__init__(view, event)
        self._corners = QPolygonF([self._start])

    def area(self, at: QPointF) -> QPainterPath:
        """What has been drawn around so far."""
        far = (at - self._corners.last()).manhattanLength() * self.view.zoom
        if far >= APART:
            self._corners.append(at)
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addPolygon(self._corners)
        path.closeSubpath()
        return path

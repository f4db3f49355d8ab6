"""Points that a wire bends at: added with Alt, dragged, chosen by a click, and taken away again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.bends import bend_at, place_in
from app.canvas.tools import START, Key, Tool
from app.canvas.wire_item import WireItem
from graph_engine import edits
from graph_engine.errors import DesignError
from graph_engine.graph import Point, PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

NEAR, RING = 7.0, 5.5


class Bends:
    """The point that is chosen, and the edits of points."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._chosen: tuple[PortRef, int] | None = None
        self._ring: QGraphicsPathItem | None = None

    @property
    def chosen(self) -> tuple[PortRef, int] | None:
        """The wire's end and the number of the point that was clicked last."""
        return self._chosen

    def at(self, wire: WireItem, at: QPointF) -> int | None:
        """The number of the point of a wire at a place of the drawing."""
        return bend_at(wire.bends, at, NEAR / self._view.zoom)

    def choose(self, target: PortRef, number: int) -> None:
        """Shows a point as chosen, so that Delete takes it away."""
        self.let_go()
        pen = QPen(self._view.theme.color("accent"), 1.5)
        pen.setCosmetic(True)
        path = QPainterPath()
        path.addEllipse(QPointF(*self._view.canvas.wires[target].bends[number]), RING, RING)
        self._ring = self._view.canvas.sketch(pen)
        self._ring.setPath(path)
        self._chosen = (target, number)

    def let_go(self) -> None:
        """No point is chosen any more."""
        self._chosen = None
        if self._ring is not None:
            self._view.canvas.erase(self._ring)
            self._ring = None

    def add(self, wire: WireItem, at: QPointF) -> None:
        """Adds a point to a wire."""
        number = place_in(wire.start, wire.end, wire.bends, at)
        points = list(wire.bends)
        points.insert(number, self.snapped(at))
        self.set("Add a point", wire.target, points)

    def remove(self, target: PortRef, number: int) -> None:
        """Takes a point away."""
        points = list(self._view.document.graph.routes.get(target, ()))
        del points[number : number + 1]
        self.set("Remove a point", target, points)

    def remove_chosen(self) -> bool:
        """Takes the chosen point away; whether there was one."""
        chosen = self._chosen
        if chosen is not None:
            self._view.attempt(partial(self.remove, *chosen))
        return chosen is not None

    def set(self, text: str, target: PortRef, points: list[Point]) -> None:
        """The points of a wire, as one edit."""
        document = self._view.document
        document.do(text, edits.set_route(document.graph, target, points))

    def snapped(self, at: QPointF) -> Point:
        """The place of a point: on the grid, where things snap to it."""
        return (self._view.snapped(at.x()), self._view.snapped(at.y()))

    def add_at_pointer(self) -> None:
        """Adds a point to the wire under the pointer. Raises DesignError where there is none."""
        view = self._view
        at = view.scene_point(view.searching.pointer())
        wire = None if view.is_far else view.canvas.wire_at(at, NEAR / view.zoom)
        if wire is None:
            raise DesignError("Point at a wire first: the new point comes where the pointer is.")
        self.add(wire, at)


class DragBend(Tool):
    """A press on a point of a wire, or with Alt on the wire itself, where a point is added.

    A drag moves the point; a click chooses it, with Alt it goes.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, event: QMouseEvent, wire: WireItem) -> None:
        super().__init__(view)
        self._start, self._target = event.position(), wire.target
        at = view.scene_point(event.position())
        self._before = wire.bends
        self._points: list[Point] = list(wire.bends)
        found = view.bends.at(wire, at)
        self._adds = found is None
        self._removes = not self._adds and bool(event.modifiers() & Key.AltModifier)
        self._moved = False
        if found is None:
            found = place_in(wire.start, wire.end, wire.bends, at)
            self._points.insert(found, view.bends.snapped(at))
            self._show(self._points)
        self._number = found

    def move(self, event: QMouseEvent) -> None:
        """The point follows the hand."""
        if not self._moved and (event.position() - self._start).manhattanLength() < START:
            return
        self._moved = True
        self.view.scroll_at_edge(event.position())
        at = self.view.scene_point(event.position())
        self._points[self._number] = self.view.bends.snapped(at)
        self._show(self._points)

    def release(self, event: QMouseEvent) -> None:
        """Makes it one edit."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        bends = self.view.bends
        self.cancel()
        self.view.rest()
        if self._removes and not self._moved:
            self.view.attempt(partial(bends.remove, self._target, self._number))
        elif self._adds or self._moved:
            text = "Add a point" if self._adds else "Move a point"
            if not self.view.attempt(partial(bends.set, text, self._target, self._points)):
                return
        if self._target in self.canvas.wires and not (self._removes and not self._moved):
            bends.choose(self._target, self._number)

    def cancel(self) -> None:
        """The wire is where it was."""
        self._show(list(self._before))

    def _show(self, points: list[Point]) -> None:
        wire = self.canvas.wires.get(self._target)
        if wire is not None:
            self.canvas.bend(wire, points)

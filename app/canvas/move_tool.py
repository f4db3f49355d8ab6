"""Moving nodes, notes and frames: shown while the hand moves, one edit when it lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.canvas.annotation_item import AnnotationItem
from app.canvas.geometry import GRID
from app.canvas.guides import Guides
from app.canvas.node_item import NodeItem
from app.canvas.placing import put_on_wire
from app.canvas.still import StillWires
from app.canvas.tools import START, Key, Tool
from app.canvas.wire_item import WireItem
from graph_engine import edits
from graph_engine.change import Change
from graph_engine.graph import Frame

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

LEAST_SIZE = 60.0


class MoveNodes(Tool):
    """A press on a node: a click selects, a drag moves all that is selected, with Alt out of its wires.

    A node without wires that is dropped on a wire is put on it.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, event: QMouseEvent, name: str) -> None:
        super().__init__(view)
        self._start, self._name = event.position(), name
        self._from = view.scene_point(event.position())
        self._by = QPointF()
        self._moves = False
        self._names: list[str] = []
        self._extracts = bool(event.modifiers() & Key.AltModifier)
        self._wire: WireItem | None = None
        selection = view.document.selection
        self._was_chosen = name in selection
        if event.modifiers() & (Key.ShiftModifier | Key.ControlModifier):
            selection.toggle([name])
        elif not self._was_chosen:
            selection.set([name])
            self.canvas.choose_annotations(())
        self._plain = not event.modifiers() & (Key.ShiftModifier | Key.ControlModifier)
        self._guides = Guides(view)
        self._still: StillWires | None = None

    def move(self, event: QMouseEvent) -> None:
        """The selected nodes follow the hand, on the grid or in line with others."""
        if not self._moves:
            if (event.position() - self._start).manhattanLength() < START:
                return
            self._begin()
        self.view.scroll_at_edge(event.position())
        by = self.view.scene_point(event.position()) - self._from
        self._by = self._aligned(by)
        self.canvas.preview(self._names, self._by.x(), self._by.y())
        self._look_for_wire(self.view.scene_point(event.position()))
        self.view.refresh_far()

    def _begin(self) -> None:
        self._moves = True
        chosen = self.view.document.selection
        if self._name not in chosen:
            chosen.add([self._name])
        self._names = list(chosen.names)
        self._guides.look_around(but=set(self._names))
        self._still = StillWires(self.view, self._names)

    def _aligned(self, by: QPointF) -> QPointF:
        """How far to move so that the node that is held lies on the grid, or in line with others."""
        left, top = self.view.document.graph.nodes[self._name].position
        high = self.canvas.nodes[self._name].outline.height
        x, y = self._guides.align(
            self.view.snapped(left + by.x()), self.view.snapped(top + by.y()), high
        )
        return QPointF(x - left, y - top)

    def _look_for_wire(self, at: QPointF) -> None:
        graph = self.view.document.graph
        before, self._wire = self._wire, None
        if len(self._names) == 1 and not self.view.is_far:
            name = self._names[0]
            loose = not graph.incoming(name) and not graph.outgoing(name)
            if loose or self._extracts:
                wire = self.canvas.wire_at(at, 14 / self.view.zoom)
                if wire is not None and name not in (wire.source.node, wire.target.node):
                    self._wire = wire
        if before is not self._wire:
            self.canvas.light([w for w in (before,) if w], lit=False)
            self.canvas.light([w for w in (self._wire,) if w], lit=True)

    def release(self, event: QMouseEvent) -> None:
        """Makes the move one edit."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        names, by, wire = self._names, self._by, self._wire
        self._tidy_up()
        self.view.rest()
        if not self._moves:
            if self._plain and self._was_chosen:
                self.view.document.selection.set([self._name])
            return
        made = self.view.attempt(lambda: self._edit(names, by, wire))
        if not made:
            self.canvas.preview([n for n in names if n in self.canvas.nodes], 0, 0)

    def _edit(self, names: list[str], by: QPointF, wire: WireItem | None) -> None:
        document = self.view.document
        change = edits.move(document.graph, names, (by.x(), by.y()))
        text = "Move" if len(names) == 1 else f"Move {len(names)} nodes"
        if wire is not None:
            x, y = document.graph.nodes[names[0]].position
            place = (x + by.x(), y + by.y())
            change = put_on_wire(document.graph, names[0], wire.target, place)
            self.view.tidying.run(f"Insert {names[0]}", change, but=names)
            return
        elif self._extracts:
            text = "Take out"
            change = edits.extract(document.graph, names).then(change)
        document.do(text, change)

    def cancel(self) -> None:
        """Everything is where it was."""
        self._tidy_up()
        self.canvas.preview([n for n in self._names if n in self.canvas.nodes], 0, 0)

    def _tidy_up(self) -> None:
        self._guides.erase()
        if self._still is not None:
            self._still.end()
        if self._wire is not None:
            self.canvas.light([self._wire], lit=False)
            self._wire = None


class MoveAnnotation(Tool):
    """A press on a note or frame: a click selects, a drag moves it or, at its corner, changes its size.

    What lies in a frame moves with it.
    """

    def __init__(self, view: CanvasView, event: QMouseEvent, item: AnnotationItem) -> None:
        super().__init__(view)
        self._item, self._key = item, item.key
        self._start = event.position()
        self._from = view.scene_point(event.position())
        self._resizes = item.is_chosen and item.resizes(self._from)
        self._by, self._moves = QPointF(), False
        self._inside: list[NodeItem] = []
        self._notes: list[AnnotationItem] = []
        self._still: StillWires | None = None
        keys = self.canvas.chosen_annotations
        if event.modifiers() & Key.ShiftModifier:
            self.canvas.choose_annotations(keys ^ {item.key})
        elif item.key not in keys:
            self.canvas.choose_annotations({item.key})
            view.document.selection.clear()

    def move(self, event: QMouseEvent) -> None:
        """It follows the hand."""
        if not self._moves:
            if (event.position() - self._start).manhattanLength() < START:
                return
            self._moves = True
            self._gather()
            self._still = StillWires(self.view, [item.name for item in self._inside])
        self.view.scroll_at_edge(event.position())
        by = self.view.scene_point(event.position()) - self._from
        self._by = QPointF(self.view.snapped(by.x()), self.view.snapped(by.y()))
        if self._resizes:
            wide, high = self._new_size()
            self._item.setRect(0, 0, wide, high)
        else:
            for item in self._notes:
                item.setPos(QPointF(*item.row.position) + self._by)
            self.canvas.preview([n.name for n in self._inside], self._by.x(), self._by.y())
        self.view.refresh_far()

    def _gather(self) -> None:
        self._notes = [self._item]
        if self._resizes or not isinstance(self._item.row, Frame):
            return
        rect = self._item.sceneBoundingRect()
        self._inside = self.canvas.nodes_in(rect, whole=True)
        for item in self.canvas.annotations.values():
            if item is not self._item and rect.contains(item.sceneBoundingRect()):
                self._notes.append(item)

    def _new_size(self) -> tuple[float, float]:
        wide, high = self._item.row.size
        return max(wide + self._by.x(), LEAST_SIZE), max(high + self._by.y(), GRID * 10)

    def release(self, event: QMouseEvent) -> None:
        """Makes it one edit."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._tidy_up()
        self.view.rest()
        if self._moves:
            self.view.attempt(self._edit)

    def _edit(self) -> None:
        document, (table, key) = self.view.document, self._key
        if self._resizes:
            edit = edits.edit_note if table == "notes" else edits.edit_frame
            document.do("Resize", edit(document.graph, key, size=self._new_size()))
            return
        change: Change = edits.move(
            document.graph,
            [item.name for item in self._inside],
            (self._by.x(), self._by.y()),
            notes=[i.key[1] for i in self._notes if i.key[0] == "notes"],
            frames=[i.key[1] for i in self._notes if i.key[0] == "frames"],
        )
        document.do("Move frame" if table == "frames" else "Move note", change)

    def cancel(self) -> None:
        """Everything is where it was."""
        self._tidy_up()
        for item in self._notes:
            item.show_row(item.row)
        self.canvas.preview([item.name for item in self._inside], 0, 0)

    def _tidy_up(self) -> None:
        if self._still is not None:
            self._still.end()

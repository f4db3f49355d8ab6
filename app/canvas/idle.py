"""What waits for a gesture, and decides from the first press which one it is to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QMouseEvent

from app.canvas.geometry import REACH
from app.canvas.knife_tool import Knife
from app.canvas.move_tool import MoveAnnotation, MoveNodes
from app.canvas.route_tool import DragBend
from app.canvas.select_tool import Lasso, SelectArea
from app.canvas.tools import START, Button, Key, Pan, Tool
from app.canvas.wire_tool import DrawWire
from graph_engine.graph import PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Idle(Tool):
    """No gesture."""

    is_idle = True

    def press(self, event: QMouseEvent) -> None:
        """Begins the gesture that suits what is under the pointer."""
        view, button = self.view, event.button()
        control = bool(event.modifiers() & Key.ControlModifier)
        if (button == Button.RightButton and control) or (
            button == Button.LeftButton and view.keyboard.knife_held
        ):
            view.begin(Knife(view, event))
        elif button in (Button.MiddleButton, Button.RightButton) or view.keyboard.space_held:
            view.begin(Pan(view, event, self))
        elif button == Button.LeftButton:
            self._press_left(event)

    def _press_left(self, event: QMouseEvent) -> None:
        view, at = self.view, self.view.scene_point(event.position())
        if view.keyboard.lasso_next:
            view.keyboard.let_go()
            view.begin(Lasso(view, event))
            return
        port = None if view.is_far else self.canvas.port_at(at, REACH / min(view.zoom, 1.0) ** 0.5)
        node = self.canvas.node_at(at)
        if port is not None:
            view.begin(DrawWire.from_port(view, event, *port))
            return
        if node is not None:
            view.begin(MoveNodes(view, event, node.name))
            return
        wire = None if view.is_far else self.canvas.wire_at(at, 5 / view.zoom)
        if wire is not None and (
            event.modifiers() & Key.AltModifier or view.bends.at(wire, at) is not None
        ):
            view.begin(DragBend(view, event, wire))
            return
        if wire is not None:
            view.begin(PressOnWire(view, event, wire.target))
            return
        note = self.canvas.annotation_at(at)
        if note is not None:
            view.begin(MoveAnnotation(view, event, note))
        else:
            self._press_empty(event)

    def _press_empty(self, event: QMouseEvent) -> None:
        view, keys = self.view, event.modifiers()
        if keys & Key.AltModifier:
            view.begin(Lasso(view, event))
        elif view.drag_pans and not keys & (Key.ShiftModifier | Key.ControlModifier):
            view.begin(Pan(view, event, self))
        else:
            view.begin(SelectArea(view, event))

    def move(self, event: QMouseEvent) -> None:
        """Shows what the pointer is over, unless a key says what the next drag will be."""
        if self.view.keyboard.awaits_drag:
            self.view.hover.leave()
        else:
            self.view.hover.look(event.position())


class PressOnWire(Tool):
    """A press on a wire: a drag takes its nearer end; a click selects the nodes at both ends."""

    def __init__(self, view: CanvasView, event: QMouseEvent, target: PortRef) -> None:
        super().__init__(view)
        self._start, self._target = event.position(), target

    def move(self, event: QMouseEvent) -> None:
        """Takes the nearer end off its port."""
        if (event.position() - self._start).manhattanLength() < START:
            return
        wire = self.canvas.wires.get(self._target)
        if wire is None:
            self.view.rest()
            return
        at = self.view.scene_point(self._start)
        to_end = QPointF(at - wire.end).manhattanLength()
        keep_source = to_end <= QPointF(at - wire.start).manhattanLength()
        self.view.begin(DrawWire.from_wire(self.view, event, wire, keep_source=keep_source))

    def release(self, event: QMouseEvent) -> None:
        """A click."""
        self.view.rest()
        wire = self.canvas.wires.get(self._target)
        if wire is not None:
            self.view.document.selection.set([wire.source.node, wire.target.node])

"""What a search for a layer is for: adding behind the current node, at a place, on a wire, to a port."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QCursor

from app.canvas.quick_add import QuickAdd
from app.icons import Icons
from app.theme import Theme
from graph_engine.graph import PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Searching:
    """Opens the search and remembers what to do with the layer that is chosen."""

    def __init__(self, view: CanvasView, theme: Theme, icons: Icons) -> None:
        self._view = view
        self.popup = QuickAdd(theme, icons, self._blocks, view)
        self._run: Callable[[str], object] | None = None
        self.popup.chosen.connect(self._found)
        self.popup.dismissed.connect(self._forget)

    def _blocks(self) -> list[str]:
        return list(self._view.document.graph.blocks)

    def close(self) -> None:
        """Wants no layer any more."""
        self._forget()
        self.popup.close_quietly()

    def add(self, at: QPoint | None) -> None:
        """At a place, where the layer will stand; or beside the current node, to be wired behind it."""
        view = self._view
        if not self.popup.isHidden():
            return
        if at is not None:
            self._open(QPointF(at), partial(self._add_at, view.scene_point(QPointF(at))))
        elif view.document.selection.current or not view.document.graph.nodes:
            self._open(self._beside_current(), self._add_behind)
        else:
            pointer = self.pointer()
            self._open(pointer, partial(self._add_at, view.scene_point(pointer)))

    def insert(self, target: PortRef, at: QPointF) -> None:
        """For a layer to put on a wire."""
        self._open(at, partial(self._insert, target))

    def replace(self) -> None:
        """For a layer to put in the place of the current node."""
        name = self._view.document.selection.current
        if name:
            self._open(self._beside_current(), partial(self._view.commands.replace, name))

    def for_end(self, end: PortRef, from_output: bool, at: QPointF) -> None:
        """For a layer to wire a port to; only such that take what the port gives."""
        document = self._view.document
        document.infer_now()
        kind = document.inference.type_at(end) if from_output else None
        self._run = partial(self._add_to_port, end, self._view.scene_point(at), from_output)
        self.popup.open(at.toPoint(), kind, needs_output=not from_output)

    def pointer(self) -> QPointF:
        """Where the pointer is; the middle of the view where it is elsewhere."""
        port = self._view.viewport()
        local = port.mapFromGlobal(QCursor.pos())
        return QPointF(local if port.rect().contains(local) else port.rect().center())

    def _open(self, at: QPointF, run: Callable[[str], object]) -> None:
        self._run = run
        self.popup.open(at.toPoint())

    def _found(self, layer: str) -> None:
        run = self._run
        self._forget()
        if run is not None:
            self._view.attempt(partial(run, layer))

    def _forget(self) -> None:
        self._run = None

    def _add_at(self, at: QPointF, layer: str) -> None:
        self._view.commands.add(layer, at)

    def _add_behind(self, layer: str) -> None:
        self._view.commands.add(layer)
        self._view.keep_in_view(self._view.document.selection.current)

    def _insert(self, target: PortRef, layer: str) -> None:
        self._view.commands.insert(layer, target)

    def _add_to_port(self, end: PortRef, at: QPointF, from_output: bool, layer: str) -> None:
        self._view.commands.add_to_port(layer, end, at, from_output=from_output)

    def _beside_current(self) -> QPointF:
        view = self._view
        item = view.canvas.nodes.get(view.document.selection.current)
        if item is None or not view.seen().contains(item.sceneBoundingRect().center()):
            return QRectF(view.viewport().rect()).center() - QPointF(160, 120)
        corner = item.pos() + QPointF(item.outline.rect.width() + 24, 0)
        return view.viewportTransform().map(corner)

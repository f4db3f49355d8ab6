"""Layers that are dragged in from the palette: onto empty canvas, or onto a wire."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QDropEvent, QPainterPath, QPen

from app.canvas.geometry import LOW, WIDTH
from app.canvas.placing import made
from app.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGraphicsPathItem

    from app.canvas.view import CanvasView

LAYER = "application/x-netloom-layer"
NEAR = 10.0


class LayerDrop:
    """Shows where the layer will stand while it is dragged, and adds it when it is dropped."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._box: QGraphicsPathItem | None = None
        self._wire: WireItem | None = None

    def layer(self, data: QMimeData) -> str:
        """The name of the layer that is dragged, or ``block:`` and that of a block of the project."""
        name = bytes(data.data(LAYER).data()).decode("utf-8", "replace")
        return name if made(self._view.document.graph, name) is not None else ""

    def move(self, event: QDropEvent) -> None:
        """Shows where it would go."""
        if not self.layer(event.mimeData()):
            event.ignore()
            return
        at = self._view.scene_point(event.position())
        self._light(
            None if self._view.is_far else self._view.canvas.wire_at(at, NEAR / self._view.zoom)
        )
        if self._box is None:
            pen = QPen(self._view.theme.color("accent"), 1.5, Qt.PenStyle.DashLine)
            self._box = self._view.canvas.sketch(pen)
        path = QPainterPath()
        path.addRoundedRect(QRectF(at.x() - WIDTH / 2, at.y() - LOW / 2, WIDTH, LOW), 6, 6)
        self._box.setPath(path)
        self._view.refresh_far()
        event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Adds it."""
        layer, wire = self.layer(event.mimeData()), self._wire
        at = self._view.scene_point(event.position())
        self.leave()
        if not layer:
            event.ignore()
            return
        event.acceptProposedAction()
        self._view.attempt(partial(self._add, layer, wire, at), event.position())
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)

    def leave(self) -> None:
        """Nothing is dragged here any more."""
        self._light(None)
        if self._box is not None:
            self._view.canvas.erase(self._box)
            self._box = None
        self._view.refresh_far()

    def _add(self, layer: str, wire: WireItem | None, at: QPointF) -> None:
        if wire is not None:
            self._view.commands.insert(layer, wire.target, at)
        else:
            self._view.commands.add(layer, at)

    def _light(self, wire: WireItem | None) -> None:
        before, self._wire = self._wire, wire
        if before is wire:
            return
        canvas = self._view.canvas
        if before is not None and canvas.wires.get(before.target) is before:
            canvas.light([before], lit=False)
        if wire is not None:
            canvas.light([wire], lit=True)

"""A drag that cuts every wire it crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainterPath, QPen

from app.canvas.tools import Tool
from app.canvas.wire_item import WireItem
from graph_engine import edits

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

THICK = 0.5


class Knife(Tool):
    """Cuts on release, as one edit; the wires that will be cut are lit."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, event: QMouseEvent) -> None:
        super().__init__(view)
        pen = QPen(view.theme.color("error"), 1.5, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._line = self.canvas.sketch(pen)
        self._last = view.scene_point(event.position())
        self._path = QPainterPath(self._last)
        self._button = event.button()
        self._cut: dict[WireItem, None] = {}

    def move(self, event: QMouseEvent) -> None:
        """Goes on cutting."""
        at = self.view.scene_point(event.position())
        if (at - self._last).manhattanLength() < 1:
            return
        blade = QPainterPath(self._last)
        aside = QPointF(THICK, THICK)
        for point in (at, at + aside, self._last + aside):
            blade.lineTo(point)
        blade.closeSubpath()
        found = [item for item in self.canvas.items(blade) if isinstance(item, WireItem)]
        self.canvas.light((wire for wire in found if wire not in self._cut), lit=True)
        self._cut.update(dict.fromkeys(found))
        self._path.lineTo(at)
        self._line.setPath(self._path)
        self._last = at
        self.view.refresh_far()

    def release(self, event: QMouseEvent) -> None:
        """Cuts."""
        if event.button() != self._button:
            return
        targets = [wire.target for wire in self._cut]
        self.cancel()
        self.view.rest()
        if targets:
            document = self.view.document
            text = "Cut a wire" if len(targets) == 1 else f"Cut {len(targets)} wires"
            self.view.attempt(lambda: document.do(text, edits.cut(document.graph, targets)))

    def cancel(self) -> None:
        """Nothing is cut."""
        self.canvas.erase(self._line)
        alive = [w for w in self._cut if self.canvas.wires.get(w.target) is w]
        self.canvas.light(alive, lit=False)
        self._cut = {}

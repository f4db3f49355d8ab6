"""Whether the design in the window is another than the one with which a run began."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import Document

LOOK = 250
"""Milliseconds after an edit before the design is compared with that of the run."""


class Drift(QObject):
    """``changed``: ``moved_on`` is another."""

    changed = Signal()

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._kept: Any = None
        self.moved_on = False
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._compare)
        for signal in (document.changed, document.shown, document.settled):
            signal.connect(self._edited)

    def keep(self) -> None:
        """A run begins with the design as it is now."""
        self._kept, self.moved_on = self._design(self._document.scope.network), False

    def begin(self) -> None:
        """A run goes on, with the design that was kept, if it was."""
        self.moved_on = False
        self._edited()

    def forget(self) -> None:
        """The run that is shown did not begin here."""
        self._kept, self.moved_on = None, False

    def stop(self) -> None:
        """Compares no more."""
        self._look.stop()

    def _edited(self, _: object = None) -> None:
        if self._kept is not None:
            self._look.start()

    def _compare(self) -> None:
        moved_on = self._kept is not None and self._design(self._kept[0]) != self._kept
        if moved_on != self.moved_on:
            self.moved_on = moved_on
            self.changed.emit()

    def _design(self, name: str) -> Any:
        """What a run depends on: not where things stand, nor what notes say."""
        project = self._document.project
        graph = project.networks.get(name)
        if graph is None:
            return None
        nodes = {
            key: (node.layer, node.bindings, node.shares, node.muted)
            for key, node in graph.nodes.items()
        }
        blocks = {key: (block.nodes, block.wires) for key, block in graph.blocks.items()}
        return name, nodes, dict(graph.wires), blocks, project.recipe, project.data

"""When a panel has to look at the drawing again: after edits that mean something, while it is seen.

Edits that come quickly after one another count once; a panel that nobody sees waits until it is shown.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.document import Document
from graph_engine.graph import Change, Node


class Following(QObject):
    """Watches a document for one panel; ``due`` says that the panel is to be brought up to date."""

    due = Signal()

    def __init__(self, document: Document, panel: QWidget, delay: int) -> None:
        super().__init__(panel)
        self._panel = panel
        self._is_stale = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self._look)
        document.changed.connect(self._changed)
        document.shown.connect(self.again)
        panel.installEventFilter(self)

    def again(self) -> None:
        """Asks for an update that may wait a moment."""
        self._is_stale = True
        self._timer.start()

    def now(self) -> None:
        """Asks for the update at once, if one is due."""
        self._timer.stop()
        if self._is_stale:
            self._is_stale = False
            self.due.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Catches up when the panel is shown."""
        if event.type() == QEvent.Type.Show and self._is_stale:
            self._timer.start()
        return False

    def _changed(self, change: Change) -> None:
        if has_meaning(change):
            self.again()

    def _look(self) -> None:
        if self._panel.isVisible():
            self.now()


def has_meaning(change: Change) -> bool:
    """Whether a change does more than move what is drawn, or write beside it."""
    if any(change.pairs(table) for table in ("wires", "parameters", "blocks")):
        return True
    return any(not is_only_moved(*pair) for pair in change.pairs("nodes").values())


def is_only_moved(before: Node | None, after: Node | None) -> bool:
    """Whether the same node merely stands elsewhere."""
    if before is None or after is None:
        return False
    return replace(before, position=after.position) == after

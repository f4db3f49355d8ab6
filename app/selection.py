"""What is selected in a document, for the canvas and all panels alike; not part of undo."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The selected nodes, the last one chosen last; ``changed`` when they are others."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The selected nodes in the order in which they were chosen."""
        return tuple(self._names)

    @property
    def current(self) -> str:
        """The node chosen last, or nothing."""
        return next(reversed(self._names), "")

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    def set(self, names: Iterable[str]) -> None:
        """Selects exactly these nodes."""
        wanted = dict.fromkeys(names)
        if list(wanted) != list(self._names):
            self._names = wanted
            self.changed.emit()

    def toggle(self, names: Iterable[str]) -> None:
        """Adds those that are not selected and takes out those that are."""
        now = dict(self._names)
        for name in names:
            if name in now:
                del now[name]
            else:
                now[name] = None
        self.set(now)

    def add(self, names: Iterable[str]) -> None:
        """Selects these as well."""
        self.set([*(n for n in self._names if n not in set(names)), *names])

    def keep(self, existing: Iterable[str]) -> None:
        """Lets go of nodes that are not there any more."""
        there = set(existing)
        self.set(name for name in self._names if name in there)

    def clear(self) -> None:
        """Selects nothing."""
        self.set(())

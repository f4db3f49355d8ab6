"""What is selected in a document, for the canvas and all panels alike; not part of undo."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from graph_engine.graph import Change


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

    def follow(self, change: Change) -> None:
        """Keeps nodes under their new names, and lets go of those that are gone."""
        renamed = renames(change)
        gone = {name for name, (_, after) in change.pairs("nodes").items() if after is None}
        self.set(renamed.get(n, n) for n in self._names if n in renamed or n not in gone)

    def clear(self) -> None:
        """Selects nothing."""
        self.set(())


def renames(change: Change) -> dict[str, str]:
    """The nodes that a change gives another name: the row that goes has the serial of one that comes."""
    pairs = change.pairs("nodes")
    gone = {old.serial: name for name, (old, new) in pairs.items() if new is None}
    come = {new.serial: name for name, (old, new) in pairs.items() if old is None}
    return {name: come[serial] for serial, name in gone.items() if serial in come}

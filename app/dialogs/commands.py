"""Actions as the command palette and the page of shortcuts tell them: where, what, by which keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

Native = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True, slots=True)
class Command:
    """An action with its plain title, the menus it is in, and its keys as they are written here."""

    action: QAction
    title: str
    place: str
    keys: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Everything that it can be found by: ``View › Zoom to fit``."""
        return f"{self.place} › {self.title}" if self.place else self.title


def commands(actions: Iterable[QAction]) -> list[Command]:
    """The commands behind actions that have a title, in their order."""
    return [
        Command(action, plain(action.text()), place_of(action), keys_of(action))
        for action in actions
        if action.text() and not action.isSeparator()
    ]


def plain(title: str) -> str:
    """A title without the mark of its key in the menu, and without dots at its end."""
    return title.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def place_of(action: QAction) -> str:
    """The menus around an action: ``Arrange › Align``."""
    titles: list[str] = []
    menu = next((m for m in action.associatedObjects() if isinstance(m, QMenu)), None)
    while menu is not None and menu.title():
        titles.insert(0, plain(menu.title()))
        parent = menu.parentWidget()
        menu = parent if isinstance(parent, QMenu) else None
    return " › ".join(titles)


def keys_of(action: QAction) -> tuple[str, ...]:
    """All keys of an action as they are written on this system."""
    told = (key.toString(Native) for key in action.shortcuts())
    return tuple(text for text in told if text)

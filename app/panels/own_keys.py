"""Keys that mean something of their own while a widget has the keyboard, whatever the window says."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

KINDS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


class OwnKeys(QObject):
    """Lets the actions of a widget go before those of its window; Qt would run neither."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claims the keys of the widget's actions, and runs those."""
        if not (isinstance(watched, QWidget) and isinstance(event, QKeyEvent)):
            return False
        if event.type() not in KINDS:
            return False
        pressed = QKeySequence(event.keyCombination())
        action = next((each for each in watched.actions() if pressed in each.shortcuts()), None)
        if action is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        else:
            action.trigger()
        return True

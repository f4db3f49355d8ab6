"""Hands in the window: they type into fields, click rows and menus, and close what was left open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QLineEdit, QMenu, QWidget

from app.document import Document
from app.main_window import MainWindow
from tests.app.monkeys.on_canvas import CanvasMonkey, Keys, Left, Mods


class WindowHands(CanvasMonkey):
    """Reaches what is around the canvas; what to do there is for others to choose."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        assert window.editor is not None
        super().__init__(window.editor.canvas, seed)
        self.window, self.editor = window, window.editor

    @property
    def document(self) -> Document:
        return self.editor.document

    @staticmethod
    def type(target: QWidget, text: str) -> None:
        """Types also what is on no key: QTest knows ASCII alone."""
        for letter in text:
            if letter.isascii():
                QTest.keyClicks(target, letter)
            else:
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QApplication.sendEvent(target, QKeyEvent(kind, 0, Mods.NoModifier, letter))

    def type_into(self, field: QLineEdit, text: str, end: Qt.Key | None) -> None:
        """Replaces the text of a field and leaves it by a key, or stays."""
        field.window().activateWindow()
        field.setFocus()
        field.selectAll()
        if text:
            self.type(field, text)
        else:
            QTest.keyClick(field, Keys.Key_Delete)
        if end is not None:
            QTest.keyClick(field, end)

    def end_key(self) -> Qt.Key | None:
        return self.dice.choice(
            [Keys.Key_Return, Keys.Key_Return, Keys.Key_Escape, Keys.Key_Tab, None]
        )

    def click_row(self, view: QAbstractItemView, row: int, *, twice: bool = False) -> None:
        """Clicks somewhere into a row, after bringing it into view."""
        index = view.model().index(row, 0)
        view.scrollTo(index)
        box = view.visualRect(index)
        if not box.isValid():
            return
        at = QPoint(self.dice.randint(box.left(), max(box.right(), box.left())), box.center().y())
        QTest.mouseClick(view.viewport(), Left, pos=at)
        if twice:
            QTest.mouseDClick(view.viewport(), Left, pos=at)

    def pop_up_soon(self) -> None:
        """Takes an entry of the menu that is about to open, or leaves it."""
        choice = self.dice.random()
        QTimer.singleShot(0, self.window, lambda: self._choose_in_menu(choice))

    @staticmethod
    def _choose_in_menu(choice: float) -> None:
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return
        able = [action for action in menu.actions() if action.isEnabled() and action.text()]
        if able and choice < 0.7:
            menu.setActiveAction(able[int(choice / 0.7 * len(able))])
            QTest.keyClick(menu, Keys.Key_Return)
        else:
            QTest.keyClick(menu, Keys.Key_Escape)

    def clean_up(self) -> None:
        """Closes what an action left open, as Esc would: menus, dialogs, searches, fields."""
        for _ in range(5):
            popup = QApplication.activePopupWidget()
            if popup is None:
                break
            popup.close()
        for dialog in self.window.findChildren(QDialog):
            dialog.close()
        self.window.activateWindow()
        self.view.searching.close()
        self.view.inline.close_quietly()

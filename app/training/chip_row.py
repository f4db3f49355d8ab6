"""Chips in one row; those for which there is no room stand in a menu at its end."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from app.icons import Icons
from app.theme import SIZES
from app.training.legend import Chip

NEAR = 2
APART = 14
MORE = 28


class ChipRow(QWidget):
    """Groups of chips, the first of each group a little apart from those before."""

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self._icons = icons
        self._groups: list[list[Chip]] = []
        self._more = QToolButton(self)
        self._more.setFixedSize(MORE, SIZES.control)
        self._more.setToolTip("What there is no room for")
        self._more.setAccessibleName("More")
        self._menu = QMenu(self)
        self._more.setMenu(self._menu)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu.aboutToShow.connect(self._fill)
        self._menu.triggered.connect(self._switch)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(SIZES.control)
        self.retint()

    def show_chips(self, *groups: list[Chip]) -> None:
        """Shows these; chips that are not among them any more are to be deleted by their owner."""
        made = [group for group in groups if group]
        if made != self._groups:
            self._groups = made
            for chip in [chip for group in made for chip in group]:
                chip.setParent(self)
            self._place()

    def retint(self) -> None:
        """Draws the sign of the menu anew."""
        self._more.setIcon(self._icons.icon("ellipsis"))

    @property
    def hidden(self) -> list[Chip]:
        """The chips in the menu."""
        return [chip for group in self._groups for chip in group if chip.isHidden()]

    def minimumSizeHint(self) -> QSize:
        """Room for the menu at least."""
        return QSize(MORE, SIZES.control)

    def sizeHint(self) -> QSize:
        """Room for all."""
        return QSize(self._needed(), SIZES.control)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Others may fit."""
        self._place()

    def _needed(self) -> int:
        widths = [sum(chip.sizeHint().width() + NEAR for chip in group) for group in self._groups]
        return sum(widths) + APART * max(0, len(widths) - 1)

    def _place(self) -> None:
        whole = self._needed() <= self.width()
        room = self.width() if whole else self.width() - MORE
        x, is_full = 0, False
        for group in self._groups:
            for chip in group:
                wide = chip.sizeHint().width()
                is_full = is_full or x + wide > room
                chip.setVisible(not is_full)
                if not is_full:
                    chip.setGeometry(x, 0, wide, SIZES.control)
                    x += wide + NEAR
            x += 0 if is_full else APART
        self._more.setVisible(not whole)
        self._more.move(x, 0)
        self.updateGeometry()

    def _fill(self) -> None:
        self._menu.clear()
        for chip in self.hidden:
            action = QAction(chip.icon(), chip.text(), self._menu)
            action.setCheckable(True)
            action.setChecked(chip.isChecked())
            self._menu.addAction(action)

    def _switch(self, action: QAction) -> None:
        for chip in self.hidden:
            if chip.text() == action.text():
                chip.setChecked(action.isChecked())

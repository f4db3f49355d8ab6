"""A sheet over the window with the samples of a part, of which one is chosen by its picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.forms.controls import plain_label
from app.theme import SIZES, Theme
from app.training.card_grid import CardGrid
from app.training.data_cards import DataCards
from app.training.loaded_data import LoadedData

SHEET = QSize(600, 340)


class SampleChooser(QFrame):
    """``chosen`` carries the position of a sample in its part."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget, data: LoadedData, theme: Theme) -> None:
        super().__init__(parent.window())
        self._data, self._theme = data, theme
        self._part = ""
        self.title = QLabel()
        self.words = plain_label()
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.grid = CardGrid(theme, "Samples to look at")
        self._stack = QStackedLayout()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.near, SIZES.near, SIZES.near, SIZES.near)
        column.addWidget(self.title)
        column.addLayout(self._stack, 1)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.hide()
        parent.destroyed.connect(self.deleteLater)
        _application().focusChanged.connect(self._look_away)
        self.grid.chosen.connect(self._choose)
        data.changed.connect(self._fill)

    def open_over(self, widget: QWidget, part: str, replaces: str) -> None:
        """Opens above or below a widget with the samples of a part; says what a choice replaces."""
        self._part = part
        self.title.setFont(self._theme.font(12))
        self.title.setText(f"Choose a sample of {part} in place of {replaces}")
        self._data.need()
        self._fill()
        window = widget.window()
        if self.parentWidget() is not window:
            self.setParent(window)  # the panel floats by itself now, or is back
        self.resize(SHEET.boundedTo(window.size()))
        below = widget.mapTo(window, QPoint(0, widget.height() + 4))
        above = widget.mapTo(window, QPoint(0, -self.height() - 4))
        lowest = window.height() - self.height()
        top = below.y() if below.y() <= lowest else max(0, min(above.y(), lowest))
        self.move(max(0, min(below.x(), window.width() - self.width())), top)
        self.show()
        self.raise_()
        self.grid.setFocus()

    def _look_away(self, old: QWidget | None, new: QWidget | None) -> None:
        """Closes when the focus goes elsewhere."""
        if self.isVisible() and new is not None and new is not self and not self.isAncestorOf(new):
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        found = self._data.found
        part = found.part(self._part)
        if found.data is None or part is None:
            self.grid.show_cards(None)
            self.words.setText(found.sentence or "The data are being read.")
            self._stack.setCurrentWidget(self.words)
            return
        color: QColor = self._theme.color("accent")
        cards = DataCards(found.data, part.plain(), np.arange(len(part)), (color,))
        self.grid.show_cards(cards)
        self._stack.setCurrentWidget(self.grid)

    def _choose(self, place: int) -> None:
        self.hide()
        self.chosen.emit(place)


def _application() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found

"""The line of the welcome page that offers the tour to those who are new."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme

SENTENCE = "New here? A tour of two minutes: draw, mend, and train a network that reads digits."


class TourOffer(QWidget):
    """A quiet line with two buttons: take the tour, or have the line go away for good."""

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme, self._icons = theme, icons
        self._box, self._sign, self._words = QFrame(), QLabel(), QLabel(SENTENCE)
        self.take, self.decline = QPushButton("Take the tour"), QPushButton("No, thanks")
        self._box.setObjectName("tour_offer")
        row = QHBoxLayout(self._box)
        row.setContentsMargins(SIZES.apart, SIZES.near, SIZES.near, SIZES.near)
        row.setSpacing(SIZES.near)
        row.addWidget(self._sign)
        row.addWidget(self._words, 1)
        for button in (self.decline, self.take):
            button.setMinimumHeight(SIZES.control)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SIZES.page, 0, 0)
        column.addWidget(self._box)
        theme.changed.connect(self._retint)
        self._retint()

    def _retint(self) -> None:
        ground, edge = (self._theme.color(token).name() for token in ("panel", "border"))
        self._sign.setPixmap(self._icons.icon("map", "accent").pixmap(16, 16))
        self._box.setStyleSheet(
            f"#tour_offer {{ background: {ground}; border: 1px solid {edge};"
            f" border-radius: {SIZES.corner}px; }}"
        )

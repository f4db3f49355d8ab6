"""What a panel says while it has nothing to show: what it will show, in a quiet sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme


class EmptyState(QWidget):
    """A sign, a title and a sentence in the middle of a panel."""

    def __init__(self, theme: Theme, icons: Icons, sign: str, title: str, sentence: str) -> None:
        super().__init__()
        self._theme, self._icons, self._sign = theme, icons, sign
        self._token = "second"
        self._picture, self._title, self._sentence = QLabel(), QLabel(title), QLabel(sentence)
        self._sentence.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.page, SIZES.near, SIZES.page, SIZES.near)
        column.setSpacing(SIZES.near)
        column.addStretch(1)
        for label in (self._picture, self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        theme.changed.connect(self._retint)
        self._retint()

    def say(self, title: str, sentence: str, sign: str = "", token: str = "second") -> None:
        """Says something else."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sign, self._token = sign or self._sign, token
        self._retint()

    def _retint(self) -> None:
        icon = self._icons.icon(self._sign, self._token)
        self._picture.setPixmap(icon.pixmap(20, 20))
        self._title.setFont(self._theme.font(13, QFont.Weight.Medium))
        second = self._theme.color("second").name()
        self._sentence.setStyleSheet(f"color: {second};")
        self._sentence.setFont(self._theme.font(12))

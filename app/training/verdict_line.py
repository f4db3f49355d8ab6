"""One sentence over a panel, with its sign; names between backticks stand in the font of numbers."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme

TALL = 34
"""Pixels: two lines."""


class VerdictLine(QWidget):
    """See the module's docstring."""

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme, self._icons = theme, icons
        self._said = ("", "", "")
        self._sign, self._label = QLabel(), QLabel()
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self.setFixedHeight(TALL)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(SIZES.near)
        row.addWidget(self._sign)
        row.addWidget(self._label, 1)
        theme.changed.connect(self._retint)

    @property
    def words(self) -> str:
        """The sentence."""
        return self._said[0]

    def say(self, words: str, token: str, sign: str) -> None:
        """Shows a sentence."""
        if (words, token, sign) != self._said:
            self._said = (words, token, sign)
            self._retint()

    def _retint(self) -> None:
        words, token, sign = self._said
        if not words:
            return
        self._sign.setPixmap(self._icons.icon(sign, token).pixmap(16, 16))
        self._label.setFont(self._theme.font(12))
        parts = escape(words).split("`")
        mono = self._theme.mono(11).family()
        named = [
            f"<span style=\"font-family:'{mono}'; font-size:11px\">{part}</span>" if n % 2 else part
            for n, part in enumerate(parts)
        ]
        self._label.setText("".join(named))
        self._label.setToolTip(words.replace("`", ""))
        self.setAccessibleName(words.replace("`", ""))

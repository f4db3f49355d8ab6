"""One sentence over a panel, with its sign; names between backticks stand in the font of numbers."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme

CALM = 700
"""Milliseconds for which a sentence stands at least."""

DIGITS = re.compile(r"[\d.,e×-]+")

TALL = 34
"""Pixels: two lines."""


class VerdictLine(QWidget):
    """See the module's docstring."""

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme, self._icons = theme, icons
        self._said = self._next = ("", "", "")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CALM)
        self._timer.timeout.connect(self._show)
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
        """Shows a sentence; one that has only other figures a little later, so that it can be read."""
        self._next = (words, token, sign)
        if DIGITS.sub("", words) != DIGITS.sub("", self._said[0]) or not self.isVisible():
            self._show()
        elif self._next != self._said and not self._timer.isActive():
            self._timer.start()

    def _show(self) -> None:
        if self._next != self._said:
            self._said = self._next
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

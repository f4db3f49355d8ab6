"""A line with news of the run, which can be put away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.run import TrainingRun


class Strip(QWidget):
    """Hidden while there is nothing to say; what was put away stays away until there is other news."""

    def __init__(self, theme: Theme, icons: Icons, *buttons: QPushButton) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._icons = theme, icons
        self._token, self._put_away = "accent", ""
        self.sign, self.text, self.away = QLabel(), QLabel(), QToolButton()
        self._lay_out(buttons)
        self.away.clicked.connect(self._put)
        theme.changed.connect(self._retint)
        self.say("", "accent")

    def say(self, sentence: str, token: str) -> None:
        """Says a sentence in a colour; nothing hides the line."""
        self._token = token
        if sentence != self._put_away:
            self._put_away = ""
        self.text.setText(sentence.replace("`", "").replace("\n", "  "))
        self.text.setToolTip(sentence)
        self.setVisible(bool(sentence) and not self._put_away)
        self._retint()

    def _put(self) -> None:
        self._put_away = self.text.toolTip()
        self.setVisible(False)

    def _lay_out(self, buttons: tuple[QPushButton, ...]) -> None:
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setFont(self._theme.font(12))
        self.away.setToolTip("Put this away")
        self.away.setAccessibleName("Put this away")
        self.away.setIconSize(QSize(14, 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, SIZES.near, 4)
        row.setSpacing(SIZES.near)
        row.addWidget(self.sign)
        row.addWidget(self.text, 1)
        for button in buttons:
            row.addWidget(button)
        row.addWidget(self.away)

    def _retint(self) -> None:
        sign = "info" if self._token == "accent" else "circle-alert"
        self.sign.setPixmap(self._icons.icon(sign, self._token).pixmap(16, 16))
        self.away.setIcon(self._icons.icon("x"))
        ground = self._theme.color("raised").name()
        edge = self._theme.color(self._token).name()
        self.setStyleSheet(f"#strip {{ background: {ground}; border-bottom: 1px solid {edge}; }}")


class Refusal(Strip):
    """Why what was asked for last did not begin, in the panel where it was asked for."""

    def __init__(self, run: TrainingRun, theme: Theme, icons: Icons) -> None:
        super().__init__(theme, icons)
        self.setAccessibleName("Why nothing begins")
        self._run = run
        run.changed.connect(self.refresh)
        run.refused.connect(self._again)

    def refresh(self) -> None:
        """Says what is to be said now."""
        self.say(self._run.refusal, "error")

    def _again(self) -> None:
        """Who asks again is told again, even what was put away."""
        self._put_away = ""
        self.refresh()

"""A sentence beside the pointer, with buttons where something can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme import Theme

STAYS = 6000
Choice = tuple[str, Callable[[], object]]
WIDEST = 340


class PointerHint(QFrame):
    """Shows refusals where the person is looking; goes by itself."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._runs: list[Callable[[], object]] = []
        self.setObjectName("pointer_hint")
        self.setAccessibleName("Hint")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self._words)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._row)
        self._buttons: list[QPushButton] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS)
        self._timer.timeout.connect(self._leave)
        self.hide()

    @property
    def sentence(self) -> str:
        """What is said now."""
        return self._words.text() if not self.isHidden() else ""

    def say(self, sentence: str, at: QPointF, token: str = "error") -> None:
        """Shows a sentence beside a place of the view; nothing hides it."""
        if not sentence:
            self.hide()
            return
        self._show(sentence, at, token, ())

    def offer(self, sentence: str, at: QPointF, label: str, do: Callable[[], object]) -> None:
        """Shows a sentence with what can be done about it."""
        self._show(sentence, at, "warning", ((label, do),))

    def choose(self, sentence: str, at: QPointF, choices: Sequence[Choice]) -> None:
        """Asks which of several things is meant; the arrows and Enter choose as well."""
        self._show(sentence, at, "accent", choices)
        self._buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, sentence: str, at: QPointF, token: str, choices: Sequence[Choice]) -> None:
        self._runs = [do for _, do in choices]
        color = self._theme.color(token).name()
        raised, text = self._theme.color("raised").name(), self._theme.color("text").name()
        self.setStyleSheet(
            f"#pointer_hint {{ background: {raised}; border: 1px solid {color}; border-radius: 6px; }}"
            f"QLabel {{ color: {text}; }}"
        )
        self._words.setText(sentence.replace("`", ""))
        self._words.setFixedWidth(self._wide(sentence))
        self._label([label for label, _ in choices])
        self.adjustSize()
        self.move(self._inside(at))
        self.show()
        self.raise_()
        self._timer.start()

    def _label(self, labels: Sequence[str]) -> None:
        while len(self._buttons) < len(labels):
            button = QPushButton()
            button.clicked.connect(partial(self._clicked, len(self._buttons)))
            self._buttons.append(button)
            self._row.addWidget(button)
        for number, button in enumerate(self._buttons):
            button.setText(labels[number] if number < len(labels) else "")
            button.setVisible(number < len(labels))

    def _wide(self, sentence: str) -> int:
        metrics = self._words.fontMetrics()
        longest = max(map(metrics.horizontalAdvance, sentence.splitlines()))
        return min(longest + 8, WIDEST)

    def _inside(self, at: QPointF) -> QPoint:
        parent = self.parentWidget()
        assert parent is not None
        x, y = at.x() + 16, at.y() + 20
        if x + self.width() > parent.width() - 8:
            x = at.x() - self.width() - 12
        if y + self.height() > parent.height() - 8:
            y = at.y() - self.height() - 12
        return QPoint(max(round(x), 8), max(round(y), 8))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves things as they are; Enter takes the button that has the keyboard."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        for number, button in enumerate(self._buttons):
            if button.hasFocus() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._clicked(number)
                return
        super().keyPressEvent(event)

    def _clicked(self, number: int) -> None:
        do = self._runs[number]
        self._leave()
        do()

    def _leave(self) -> None:
        had_focus = any(button.hasFocus() for button in self._buttons)
        self.hide()
        parent = self.parentWidget()
        if had_focus and parent is not None:
            parent.setFocus()

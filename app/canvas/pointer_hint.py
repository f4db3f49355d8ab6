"""A sentence beside the pointer, with a button where something can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme import Theme

STAYS = 6000
WIDEST = 340


class PointerHint(QFrame):
    """Shows refusals where the person is looking; goes by itself."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._do: Callable[[], object] | None = None
        self.setObjectName("pointer_hint")
        self.setAccessibleName("Hint")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._button = QPushButton()
        self._button.clicked.connect(self._clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self._words)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS)
        self._timer.timeout.connect(self.hide)
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
        self._show(sentence, at, token, "", None)

    def offer(self, sentence: str, at: QPointF, label: str, do: Callable[[], object]) -> None:
        """Shows a sentence with what can be done about it."""
        self._show(sentence, at, "warning", label, do)

    def _show(
        self, sentence: str, at: QPointF, token: str, label: str, do: Callable[[], object] | None
    ) -> None:
        self._do = do
        color = self._theme.color(token).name()
        raised, text = self._theme.color("raised").name(), self._theme.color("text").name()
        self.setStyleSheet(
            f"#pointer_hint {{ background: {raised}; border: 1px solid {color}; border-radius: 6px; }}"
            f"QLabel {{ color: {text}; }}"
        )
        self._words.setText(sentence.replace("`", ""))
        self._words.setFixedWidth(self._wide(sentence))
        self._button.setText(label)
        self._button.setVisible(bool(label))
        self.adjustSize()
        self.move(self._inside(at))
        self.show()
        self.raise_()
        self._timer.start()

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

    def _clicked(self) -> None:
        do = self._do
        self.hide()
        if do is not None:
            do()

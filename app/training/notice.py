"""One line above the canvas: that the run keeps another drawing, or broke off, and the way on."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.run import TrainingRun
from graph_engine.training.events import Failed


class Notice(QWidget):
    """Hidden while there is nothing to say; what was put away stays away until there is other news.

    ``revealed`` names the node at fault, which wants to be seen.
    """

    revealed = Signal(str)

    def __init__(self, run: TrainingRun, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._run, self._theme, self._icons = run, theme, icons
        self._token, self._put_away = "accent", ""
        self.sign, self.text = QLabel(), QLabel()
        self.go_on = QPushButton("Go on from the checkpoint")
        self.show_node = QPushButton()
        self.away = QToolButton()
        self._lay_out()
        self.go_on.clicked.connect(run.go_on)
        self.show_node.clicked.connect(self._reveal)
        self.away.clicked.connect(self._put)
        run.changed.connect(self.refresh)
        theme.changed.connect(self._retint)
        self.refresh()

    def refresh(self) -> None:
        """Says what is to be said now."""
        run = self._run
        sentence, self._token = "", "accent"
        if run.message:
            sentence, self._token = run.message, "error" if run.state == "failed" else "warning"
        elif run.moved_on and run.is_active and run.recording is not None:
            name = run.recording.name
            sentence = f"{name} goes on with the design as it was. Changes count for the next run."
        if sentence != self._put_away:
            self._put_away = ""
        self.text.setText(sentence.replace("\n", "  "))
        self.text.setToolTip(sentence)
        self.go_on.setVisible(run.state == "failed" and run.can_go_on)
        self.show_node.setVisible(run.state == "failed" and bool(self._node()))
        self.show_node.setText(f"Show {self._node()}")
        self.setVisible(bool(sentence) and not self._put_away)
        self._retint()

    def _node(self) -> str:
        """The node at fault, or the block in it, as the network names it."""
        ending = self._run.recording.ending if self._run.recording else None
        return ending.node.split(".")[0] if isinstance(ending, Failed) else ""

    def _reveal(self) -> None:
        self.revealed.emit(self._node())

    def _put(self) -> None:
        self._put_away = self.text.toolTip()
        self.setVisible(False)

    def _lay_out(self) -> None:
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
        row.addWidget(self.show_node)
        row.addWidget(self.go_on)
        row.addWidget(self.away)

    def _retint(self) -> None:
        sign = "info" if self._token == "accent" else "circle-alert"
        self.sign.setPixmap(self._icons.icon(sign, self._token).pixmap(16, 16))
        self.away.setIcon(self._icons.icon("x"))
        ground = self._theme.color("raised").name()
        edge = self._theme.color(self._token).name()
        self.setStyleSheet(f"#notice {{ background: {ground}; border-bottom: 1px solid {edge}; }}")

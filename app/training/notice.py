"""One line above the canvas: that the run keeps another drawing, or broke off, and the way on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.icons import Icons
from app.theme import Theme
from app.training.run import TrainingRun
from app.training.strip import Strip
from graph_engine.training.events import Failed


class Notice(Strip):
    """``revealed`` names the node at fault, which wants to be seen."""

    revealed = Signal(str)

    def __init__(self, run: TrainingRun, theme: Theme, icons: Icons) -> None:
        self.go_on = QPushButton("Go on from the checkpoint")
        self.show_node = QPushButton()
        super().__init__(theme, icons, self.show_node, self.go_on)
        self._run = run
        self.show_node.clicked.connect(self._reveal)
        run.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Says what is to be said now."""
        run = self._run
        sentence, token = "", "accent"
        if run.message:
            sentence, token = run.message, "error" if run.state == "failed" else "warning"
        elif run.moved_on and run.is_active and run.recording is not None:
            name = run.recording.name
            sentence = f"{name} goes on with the design as it was. Changes count for the next run."
        self.go_on.setVisible(run.state == "failed" and run.can_go_on)
        self.show_node.setVisible(run.state == "failed" and bool(self._node()))
        self.show_node.setText(f"Show {self._node()}")
        self.say(sentence, token)

    def _node(self) -> str:
        """The node at fault, or the block in it, as the network names it."""
        ending = self._run.recording.ending if self._run.recording else None
        return ending.node.split(".")[0] if isinstance(ending, Failed) else ""

    def _reveal(self) -> None:
        self.revealed.emit(self._node())

"""A view of the runs shown: when it is drawn anew, and what it says while there is nothing to draw."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.forms.empty import EmptyState
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.pacing import Pacer
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns


class Waiting(QWidget):
    """An empty state with the one action that fills it."""

    asked = Signal()

    def __init__(self, theme: Theme, icons: Icons, sign: str, title: str, sentence: str) -> None:
        super().__init__()
        self.state = EmptyState(theme, icons, sign, title, sentence)
        self.button = QPushButton("Train")
        self.button.setFixedHeight(SIZES.control)
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SIZES.apart)
        column.addStretch(1)
        column.addWidget(self.state)
        column.addLayout(row)
        column.addStretch(1)

    def say(self, title: str, sentence: str, offers_train: bool) -> None:
        """Says something else."""
        self.state.say(title, sentence)
        self.button.setVisible(offers_train)


class RunView(QWidget):
    """What the panels over runs share. ``train_asked`` is the one action of an empty view.

    ``TOPICS`` are what a recording tells that makes it draw anew. A view fills ``content`` and says in
    ``has_data`` whether there is something to draw and in ``redraw`` how.
    """

    TOPICS: ClassVar[frozenset[str]] = frozenset()

    train_asked = Signal()

    def __init__(
        self, runs: ShownRuns, theme: Theme, icons: Icons, sign: str, title: str, sentence: str
    ) -> None:
        super().__init__()
        self.runs, self.theme, self.icons = runs, theme, icons
        self._words = (title, sentence)
        self._followed: list[Recording] = []
        self.waiting = Waiting(theme, icons, sign, title, sentence)
        self.content = QWidget()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.waiting)
        self._stack.addWidget(self.content)
        self.pacer = Pacer(self, self._draw)
        self.waiting.asked.connect(self.train_asked)
        runs.changed.connect(self._follow)
        theme.changed.connect(self.pacer.mark)
        self._follow()

    def has_data(self, recording: Recording) -> bool:
        """Whether there is something to draw of a run."""
        raise NotImplementedError

    def redraw(self, recording: Recording) -> None:
        """Draws the current run, and those beside it."""
        raise NotImplementedError

    @property
    def current(self) -> Recording | None:
        """The current run."""
        return self.runs.current

    def _follow(self) -> None:
        shown = self.runs.all
        for gone in [each for each in self._followed if each not in shown]:
            if isValid(gone):
                gone.told.disconnect(self._told)
                gone.moved.disconnect(self._moved)
        for new in [each for each in shown if each not in self._followed]:
            new.told.connect(self._told)
            new.moved.connect(self._moved)
        self._followed = shown
        self.pacer.mark()

    def _told(self, topics: frozenset[str]) -> None:
        if topics & self.TOPICS:
            self.pacer.mark()

    def _moved(self, step: int | None) -> None:
        self.pacer.mark()

    def _draw(self) -> None:
        recording = self.current
        is_filled = recording is not None and self.has_data(recording)
        page = self.content if is_filled else self.waiting
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
        if recording is not None and is_filled:
            self.redraw(recording)
        elif recording is not None and not recording.is_over:
            self.waiting.say("The run begins", self._words[1], offers_train=False)
        else:
            self.waiting.say(*self._words, offers_train=True)

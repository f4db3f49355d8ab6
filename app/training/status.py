"""The state of the run in the status bar: a dot, a word, and as many figures as there is room for."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Theme
from app.training.pacing import Pacer
from app.training.progress import TOKENS, WORDS, Clock, ending_words, parts, progress
from app.training.run import TrainingRun
from graph_engine.training.events import Usage

RATE = 5.0
GAP = "  ·  "
MOST = 620


class RunStatus(QWidget):
    """Invisible until there is a run. A click asks for the training panel."""

    clicked = Signal()

    def __init__(self, run: TrainingRun, theme: Theme) -> None:
        super().__init__()
        self._run, self._theme = run, theme
        self._clock = Clock()
        self._usage: Usage | None = None
        self._word, self._told, self._token = "", "", "second"
        self._pacer = Pacer(self, self.refresh, RATE)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("The run")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setVisible(False)
        run.changed.connect(self._changed)
        run.used.connect(self._use)
        run.told.connect(self._pacer.mark)
        theme.changed.connect(self.update)

    def text(self) -> str:
        """What stands there: for tests and screen readers."""
        return GAP.join(filter(None, [self._word, self._told]))

    def refresh(self) -> None:
        """Takes the newest figures."""
        run, recording = self._run, self._run.recording
        self._clock.follow(recording, run.state == "running")
        if recording is None:
            self.setVisible(False)
            return
        word = ending_words(recording) or WORDS[run.state]
        self._word = f"{recording.name}  {word.lower()}"
        usage = self._usage if run.is_active else None
        now = progress(recording, self._clock)
        if run.state != "running":
            now = replace(now, speed=math.nan)  # it has none while it stands
        self._told = GAP.join(parts(now, usage))
        self._token = TOKENS.get(run.state, "second")
        self.setAccessibleDescription(self.text())
        self.setToolTip(run.message or "Show the training panel")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.mono(11))
        wide = 26 + sum(metrics.horizontalAdvance(each) for each in (self._word, GAP, self._told))
        room = self.window().width() * 3 // 5
        return QSize(min(wide, room, MOST), 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._token))
        painter.drawEllipse(QRectF(6, self.height() / 2 - 3.5, 7, 7))
        font = self._theme.mono(11)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        place = self.rect().adjusted(20, 0, -4, 0)
        painter.drawText(place, middle, self._word)
        place.setLeft(place.left() + metrics.horizontalAdvance(self._word))
        painter.setPen(self._theme.color("second"))
        painter.drawText(place, middle, self._fitting(metrics, place.width()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def _fitting(self, metrics: QFontMetrics, width: int) -> str:
        """The figures that there is room for, whole ones only."""
        text = ""
        for part in filter(None, self._told.split(GAP)):
            longer = f"{text}{GAP}{part}"
            if metrics.horizontalAdvance(longer) > width:
                break
            text = longer
        return text

    def _changed(self) -> None:
        self.setVisible(self._run.recording is not None)
        self._pacer.draw_now()

    def _use(self, usage: Usage) -> None:
        self._usage = usage
        self._pacer.mark()

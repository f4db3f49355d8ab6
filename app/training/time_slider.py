"""The time of a run as a line: drag it to see how everything was, or follow the newest step."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.theme import SIZES, Theme
from app.training.pacing import Pacer
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns

MARGIN = 8
TICKS_APART = 6
"""Pixels between two epochs at least; where they are closer, only some are marked."""

PAGE = 20
"""Page up and down go by so many parts of the run."""


class TimeLine(QWidget):
    """The line itself. ``sought`` carries a step, or None for the newest."""

    sought = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._step, self._total, self._per_epoch = 0, 0, 0
        self._shown: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Time of the run")
        self.setToolTip("Drag to look back; End follows the newest step")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_times(self, step: int, total: int, per_epoch: int, shown: int | None) -> None:
        """Shows a run of ``total`` steps that is at ``step``, looked at where it was ``shown``."""
        self._step, self._total, self._per_epoch = step, max(total, step), per_epoch
        self._shown = shown
        self.setAccessibleDescription(f"step {step if shown is None else shown} of {self._total}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 24)

    # The hand ------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._seek(self._step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(self._step_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        now = self._step if self._shown is None else self._shown
        page = max(1, self._step // PAGE)
        epoch = max(1, self._per_epoch)
        steps = {
            Qt.Key.Key_Left: now - epoch,
            Qt.Key.Key_Right: now + epoch,
            Qt.Key.Key_PageUp: now - page,
            Qt.Key.Key_PageDown: now + page,
            Qt.Key.Key_Home: 0,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._seek(steps[key])
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self.sought.emit(None)
        else:
            super().keyPressEvent(event)

    def _step_at(self, x: float) -> int:
        share = (x - MARGIN) / max(1, self.width() - 2 * MARGIN)
        return round(share * self._total)

    def _seek(self, step: int) -> None:
        if self._total:
            self.sought.emit(None if step >= self._step else max(0, step))

    # Painting ------------------------------------------------------------------------------------

    def _x(self, step: float) -> float:
        return MARGIN + (self.width() - 2 * MARGIN) * step / max(1, self._total)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("border"))
        painter.drawRoundedRect(
            QRectF(MARGIN, middle - 1.5, self.width() - 2 * MARGIN, 3), 1.5, 1.5
        )
        if self._total:
            self._paint_ticks(painter, middle)
            shown = self._step if self._shown is None else self._shown
            token = "accent" if self._shown is None else "warning"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("second"))
            painter.drawRoundedRect(
                QRectF(MARGIN, middle - 1.5, self._x(self._step) - MARGIN, 3), 1.5, 1.5
            )
            painter.setBrush(self._theme.color(token))
            if self.hasFocus():
                painter.setPen(self._theme.color("text"))
            painter.drawEllipse(QPointF(self._x(shown), middle), 5, 5)
        painter.end()

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        epochs = self._total // self._per_epoch if self._per_epoch else 0
        if not epochs:
            return
        apart = (self.width() - 2 * MARGIN) / epochs
        every = max(1, round(TICKS_APART / apart)) if apart < TICKS_APART else 1
        painter.setPen(self._theme.color("border"))
        for epoch in range(0, epochs + 1, every):
            x = self._x(epoch * self._per_epoch)
            painter.drawLine(QPointF(x, middle + 4), QPointF(x, middle + 8))


class TimeSlider(QWidget):
    """The line, what it points at, and the way back to the newest step; for the current run."""

    def __init__(self, runs: ShownRuns, theme: Theme) -> None:
        super().__init__()
        self._runs, self._theme = runs, theme
        self._recording: Recording | None = None
        self.line = TimeLine(theme)
        self.told = QLabel()
        self.live = QPushButton("Live")
        self._pacer = Pacer(self, self.refresh)
        self.told.setFont(theme.mono(11))
        self.told.setMinimumWidth(170)
        self.live.setCheckable(True)
        self.live.setToolTip("Follow the newest step")
        self.live.setFixedHeight(22)
        row = QHBoxLayout(self)
        row.setContentsMargins(SIZES.near, 2, SIZES.near, 2)
        row.setSpacing(SIZES.near)
        for widget in (self.line, self.told, self.live):
            row.addWidget(widget)
        row.setStretch(0, 1)
        self.line.sought.connect(self.seek)
        self.live.clicked.connect(self._go_live)
        runs.changed.connect(self._follow)
        theme.changed.connect(self._retint)
        self._retint()
        self._follow()

    def seek(self, step: int | None) -> None:
        """Moves all panels to a step, or to the newest."""
        if self._recording is not None:
            self._recording.show_step(step)

    def refresh(self) -> None:
        """Shows where the run and the panels are."""
        recording = self._recording
        started = recording.started if recording else None
        self.setVisible(started is not None)
        if recording is None or started is None:
            return
        total = started.epochs * started.steps_per_epoch
        shown = recording.shown_step
        self.line.show_times(recording.step, total, started.steps_per_epoch, shown)
        step = recording.step if shown is None else shown
        epoch = step / max(1, started.steps_per_epoch)
        self.told.setText(f"step {step:,} · epoch {epoch:.1f}")
        self.live.setChecked(shown is None)
        self.live.setText("Newest" if recording.is_over else "Live")

    def _follow(self) -> None:
        if self._recording is not None:
            self._recording.told.disconnect(self._told)
            self._recording.moved.disconnect(self._moved)
        self._recording = self._runs.current
        if self._recording is not None:
            self._recording.told.connect(self._told)
            self._recording.moved.connect(self._moved)
        self.refresh()

    def _told(self, _: object) -> None:
        if self.isHidden():
            self.refresh()
        self._pacer.mark()

    def _moved(self, _: object) -> None:
        self.refresh()

    def _go_live(self) -> None:
        self.seek(None)
        self.refresh()

    def _retint(self) -> None:
        ground = self._theme.color("accent_ground").name()
        self.live.setStyleSheet(
            "QPushButton { padding: 0 10px; }"
            f"QPushButton:checked {{ background: {ground}; border-color: {ground}; }}"
        )

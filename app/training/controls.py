"""Buttons that steer a run: the row in the head of the training panel, and the Train button's look."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from app.forms.controls import SECOND
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.pacing import Pacer
from app.training.progress import WORDS, Clock, ending_words, progress
from app.training.run import TrainingRun
from app.training.scales import plain
from graph_engine.errors import TrainingError


class RunBar(QWidget):
    """Start, pause, step, stop, the learning rate, and what is rarer in a menu."""

    def __init__(self, run: TrainingRun, theme: Theme, icons: Icons) -> None:
        """What ``train`` does is for whoever has the bar to say: other things may be in the way."""
        super().__init__()
        self._run, self._theme, self._icons = run, theme, icons
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.progress = ProgressBar(run, theme)
        self.rate = RateField(run, theme)
        self.go_on = self._button("rotate-cw", "Go on from the checkpoint", run.go_on)
        self.train = self._button("play", "Train")
        self.pause = self._button("pause", "Pause", run.pause)
        self.pause.setCheckable(True)
        self.step = self._button("step-forward", "Take one step", run.advance)
        self.stop = self._button("square", "Stop with a checkpoint", run.stop)
        self.more = self._menu_button()
        caption = self._caption = QLabel("Rate")
        caption.setFont(theme.font(11))
        caption.setForegroundRole(SECOND)
        caption.setToolTip("Learning rate of the next steps")
        row.addWidget(self.progress)
        row.addSpacing(SIZES.near)
        row.addWidget(caption)
        row.addWidget(self.rate)
        row.addSpacing(SIZES.near)
        for button in (self.go_on, self.train, self.pause, self.step, self.stop, self.more):
            row.addWidget(button)
        run.changed.connect(self.refresh)
        theme.changed.connect(self._retint)
        self._retint()
        self.refresh()

    def refresh(self) -> None:
        """Enables what can be done now."""
        run = self._run
        is_paused = run.state == "paused"
        steerable = run.state in ("running", "paused")
        self.go_on.setVisible(run.can_go_on)
        self.train.setEnabled(not run.is_active or is_paused)
        self.pause.setEnabled(steerable)
        self.step.setEnabled(steerable)
        self.stop.setEnabled(run.is_active)
        self.rate.setEnabled(steerable)
        for widget in (self.progress, self._caption, self.rate):
            widget.setVisible(run.recording is not None)
        for action in self.more.menu().actions():
            action.setEnabled(steerable)
        self._say(self.train, "Go on with the run" if is_paused else "Train")
        self.pause.setChecked(is_paused)
        self.pause.setToolTip("Paused; once more goes on" if is_paused else "Pause")
        stopping = run.state == "stopping"
        self._say(self.stop, "End the process at once" if stopping else "Stop with a checkpoint")

    def _button(self, sign: str, text: str, do: Callable[[], None] | None = None) -> QToolButton:
        button = QToolButton()
        button.setObjectName(sign)
        button.setIconSize(QSize(16, 16))
        if do is not None:
            button.clicked.connect(do)
        self._say(button, text)
        return button

    @staticmethod
    def _say(button: QToolButton, text: str) -> None:
        button.setToolTip(text)
        button.setAccessibleName(text)

    def _menu_button(self) -> QToolButton:
        run = self._run
        button = QToolButton()
        button.setObjectName("ellipsis")
        self._say(button, "More that can be done to the run")
        menu = QMenu(button)
        menu.addAction("Save a checkpoint now", run.save_checkpoint)
        menu.addAction("Go back to the best weights", run.restore_best)
        menu.addAction("Reset the weights", run.reset_weights)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        return button

    def _retint(self) -> None:
        for button in (self.go_on, self.train, self.pause, self.step, self.stop, self.more):
            button.setIcon(self._icons.icon(button.objectName()))


class RateField(QLineEdit):
    """The learning rate as it is; Enter makes it another from the next step on."""

    def __init__(self, run: TrainingRun, theme: Theme) -> None:
        super().__init__()
        self._run, self._theme = run, theme
        self._pacer = Pacer(self, self.refresh, 4.0)
        self.setFont(theme.mono(11))
        self.setFixedSize(84, 24)
        self.setAccessibleName("Learning rate")
        self.setToolTip("Learning rate of the next steps; Enter changes it while the run goes on")
        self.returnPressed.connect(self._set)
        run.told.connect(self._pacer.mark)
        run.changed.connect(self._pacer.mark)

    def refresh(self) -> None:
        """Shows the rate of the newest step, unless one is being typed, or about to be."""
        recording = self._run.recording
        newest = recording.newest if recording else None
        if self.hasFocus() and (self.isModified() or self.hasSelectedText()):
            return
        text = plain(newest.learning_rate) if newest else ""
        if text != self.text():
            self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
            return
        self.deselect()
        self.setModified(False)
        self.refresh()

    def _set(self) -> None:
        try:
            self._run.set_learning_rate(float(self.text().replace(",", "")))
        except (ValueError, TrainingError):
            text = self.text()
            self._run.messages.say(f"A learning rate is a number above 0, not “{text}”.", "refused")
            return
        self.setModified(False)


class ProgressBar(QWidget):
    """How far the run is: a line that fills, with the epoch above it."""

    def __init__(self, run: TrainingRun, theme: Theme) -> None:
        super().__init__()
        self._run, self._theme = run, theme
        self._clock = Clock()
        self._text, self._fraction = "", 0.0
        self._pacer = Pacer(self, self.refresh, 8.0)
        self.setFixedSize(150, SIZES.control)
        self.setAccessibleName("Progress of the run")
        run.told.connect(self._pacer.mark)
        run.changed.connect(self._pacer.mark)
        theme.changed.connect(self.update)

    def refresh(self) -> None:
        """Takes the newest figures."""
        run, recording = self._run, self._run.recording
        if recording is None:
            self._text, self._fraction = "", 0.0
        else:
            now = progress(recording, self._clock)
            word = ending_words(recording) or WORDS[run.state]
            epochs = f"{now.epoch}/{now.epochs}" if now.epochs else ""
            self._text = f"{word} {epochs}".strip()
            self._fraction = now.fraction
        self.setAccessibleDescription(f"{self._text}, {self._fraction:.0%}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._theme.font(11)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(self._theme.color("second"))
        place = self.rect().adjusted(0, 2, 0, -8)
        text = metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, place.width() - 40)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        share = f"{self._fraction:.0%}"
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        painter.setPen(Qt.PenStyle.NoPen)
        line = QRectF(0, self.height() - 7, self.width(), 3)
        painter.setBrush(self._theme.color("border"))
        painter.drawRoundedRect(line, 1.5, 1.5)
        line.setWidth(self.width() * self._fraction)
        token = {"failed": "error", "finished": "good", "paused": "warning"}
        painter.setBrush(self._theme.color(token.get(self._run.state, "accent")))
        painter.drawRoundedRect(line, 1.5, 1.5)
        painter.end()


def dress_train(button: QToolButton, theme: Theme, is_blocked: bool) -> None:
    """Makes a toolbar button the window's primary one; quiet while the drawing has errors."""
    ground = theme.color("raised" if is_blocked else "accent").name()
    text = theme.color("second" if is_blocked else "panel").name()
    edge = theme.color("border" if is_blocked else "accent").name()
    ratio = button.devicePixelRatioF()
    sign = QIcon(Icons.pixmap("play", 16, QColor(text), ratio))
    quiet = Icons.pixmap("play", 16, theme.color("disabled"), ratio)
    sign.addPixmap(quiet, QIcon.Mode.Disabled)
    button.setIcon(sign)  # the action's own is for menus, and too dark on this ground
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    style = (
        f"QToolButton {{ background: {ground}; color: {text}; border: 1px solid {edge};"
        " padding: 3px 14px 3px 8px; font-weight: 500; }"
        f"QToolButton:hover {{ border-color: {theme.color('text').name()}; }}"
        f"QToolButton:focus {{ border-color: {theme.color('text').name()}; }}"
        f"QToolButton:disabled {{ background: {theme.color('raised').name()};"
        f" color: {theme.color('disabled').name()}; border-color: {theme.color('border').name()}; }}"
    )
    if style != button.styleSheet():
        button.setStyleSheet(style)

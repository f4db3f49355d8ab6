"""Chips that switch something on and off, and the slider of smoothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.theme import SIZES, Theme

WINDOWS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
"""Steps over which a curve can be smoothed."""


class Chip(QToolButton):
    """A word that can be on or off; with a colour it stands for a run."""

    def __init__(self, text: str, help: str, is_on: bool = False) -> None:
        super().__init__()
        self.setText(text)
        self.setToolTip(help)
        self.setAccessibleName(help or text)
        self.setCheckable(True)
        self.setChecked(is_on)
        self.setFixedHeight(SIZES.control)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_color(self, color: QColor) -> None:
        """Puts a dot of a colour before the word."""
        dot = QPixmap(QSize(20, 20))
        dot.setDevicePixelRatio(2)
        dot.fill(Qt.GlobalColor.transparent)
        painter = QPainter(dot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(1, 1, 8, 8)
        painter.end()
        self.setIcon(QIcon(dot))
        self.setIconSize(QSize(10, 10))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)


class Choice(QWidget):
    """A few words of which one is chosen; ``chosen`` carries its number."""

    chosen = Signal(int)

    def __init__(self, words: Sequence[tuple[str, str]], name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        for number, (text, help) in enumerate(words):
            chip = Chip(text, help, is_on=number == 0)
            self._group.addButton(chip, number)
            row.addWidget(chip)
        self._group.idClicked.connect(self.chosen)

    @property
    def number(self) -> int:
        """Which is chosen."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Chooses one, as if by hand."""
        if number != self.number:
            self._group.button(number).setChecked(True)
            self.chosen.emit(number)


class Smoothing(QWidget):
    """A slider over numbers of steps; ``changed`` carries the number, 1 for none."""

    changed = Signal(int)

    def __init__(self, theme: Theme, window: int = 10) -> None:
        super().__init__()
        self._theme = theme
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(WINDOWS) - 1)
        self.slider.setValue(WINDOWS.index(window))
        self.slider.setPageStep(1)
        self.slider.setFixedWidth(88)
        self.slider.setAccessibleName("Smoothing in steps")
        self._title, self._words = QLabel("Smoothing"), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SIZES.near)
        for widget in (self._title, self.slider, self._words):
            row.addWidget(widget)
        self.setToolTip(
            "Over how many steps the training loss is averaged, newer ones counting more"
        )
        self.slider.valueChanged.connect(self._move)
        theme.changed.connect(self._retint)
        self._retint()

    @property
    def steps(self) -> int:
        """The number of steps, 1 for none."""
        return WINDOWS[self.slider.value()]

    def _move(self, place: int) -> None:
        self._retint()
        self.changed.emit(self.steps)

    def _retint(self) -> None:
        self._title.setFont(self._theme.font(12))
        self._title.setStyleSheet(f"color: {self._theme.color('second').name()};")
        self._words.setFont(self._theme.mono(11))
        self._words.setText("off" if self.steps == 1 else f"{self.steps:,}")
        self._words.setFixedWidth(self._words.fontMetrics().horizontalAdvance("100,000"))

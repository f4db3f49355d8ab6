"""A tour of a window in a few steps; each goes on by itself once what it asks for was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.tour_card import Ring, TourCard, beside
from app.icons import Icons
from app.theme import Theme

LOOK, PRAISE, EDGE = 150, 900, 12
SMALL, AROUND = 60, 5
"""Parts of less height have the ring around them, others along their inner edge."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the window: what to do there, and how to see that it was done.

    ``begin`` brings the part to the front and remembers what ``is_done`` compares with.
    """

    title: str
    sentence: str
    place: Callable[[], QWidget | None]
    begin: Callable[[], object]
    is_done: Callable[[], bool]


class Tour(QObject):
    """Walks through the steps; ``ended`` when the last is done, or the person would rather not.

    It lies over the window but stops nothing in it. ``owner`` takes the tour along when it goes.
    """

    ended = Signal()

    def __init__(
        self, window: QWidget, owner: QObject, theme: Theme, icons: Icons, steps: Sequence[Step]
    ) -> None:
        super().__init__(owner)
        self._window, self._steps, self._number = window, list(steps), 0
        self.ring, self.card = Ring(window, theme), TourCard(window, theme, icons)
        for each in (self.ring, self.card):
            owner.destroyed.connect(each.deleteLater)
        self.card.next_wanted.connect(self.go_on)
        self.card.skip_wanted.connect(self.end)
        self._eyes, self._leaving = QTimer(self), QTimer(self)
        self._eyes.setInterval(LOOK)
        self._eyes.timeout.connect(self.look)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(PRAISE)
        self._leaving.timeout.connect(self.go_on)
        window.installEventFilter(self)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self._steps[self._number]

    def start(self) -> None:
        """Shows the first step."""
        self._number = 0
        self._show()
        self._eyes.start()

    def go_on(self) -> None:
        """Shows the next step, or ends behind the last."""
        if self._number + 1 < len(self._steps):
            self._number += 1
            self._show()
        else:
            self.end()

    def end(self) -> None:
        """Goes away, and leaves the keyboard to the window."""
        self._eyes.stop()
        self._leaving.stop()
        self._window.removeEventFilter(self)
        had_keyboard = self.card.isAncestorOf(self._window.focusWidget() or self._window)
        for each in (self.ring, self.card):
            each.hide()
            each.deleteLater()
        if had_keyboard:
            self._window.setFocus()
        self.ended.emit()
        self.deleteLater()

    def look(self) -> None:
        """Follows its part of the window, and sees whether the step is done."""
        self._settle()
        if not self._leaving.isActive() and self.step.is_done():
            self.card.praise(True)
            self._leaving.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays beside its part when the window gets another size."""
        if event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._settle)
        return False

    def _show(self) -> None:
        self._leaving.stop()
        step = self.step
        step.begin()
        self.card.say(self._number + 1, len(self._steps), step.title, step.sentence)
        self._settle()
        self.card.show()

    def _settle(self) -> None:
        place, room = self._place(), self._window.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        self.ring.surround(place)
        self.card.move(beside(place, self.card.size(), room))
        self.card.raise_()

    def _place(self) -> QRect:
        part = self.step.place()
        if part is None or not part.isVisible() or part.window() is not self._window:
            return QRect()
        place = QRect(part.mapTo(self._window, QPoint()), part.size())
        return place.adjusted(-AROUND, -AROUND, AROUND, AROUND) if part.height() < SMALL else place

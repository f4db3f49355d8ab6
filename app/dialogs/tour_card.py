"""What a tour shows over a window: a ring around the part it speaks of, and a card beside that."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme

WIDE, THICK, ASIDE, TABS = 316, 2, 12, 34


class Ring(QWidget):
    """A line around a part of the window; hands reach through, and nothing below is painted anew."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)
        self.hide()

    def surround(self, place: QRect) -> None:
        """Goes around a place of the window, or away where there is none."""
        if place != self.geometry():
            self.setGeometry(place)
            inside = self.rect().adjusted(*(2 * THICK,) * 2, *(-2 * THICK,) * 2)
            self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))
        self.setVisible(not place.isEmpty())
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent"), THICK))
        painter.drawRoundedRect(self.rect().adjusted(THICK, THICK, -THICK, -THICK), 4, 4)
        painter.end()


class TourCard(QFrame):
    """A title, a sentence, and the way on. Enter goes on and Esc ends while it has the keyboard; the
    letters of its buttons with Alt do so from everywhere."""

    next_wanted = Signal()
    skip_wanted = Signal()

    def __init__(self, window: QWidget, theme: Theme, icons: Icons) -> None:
        super().__init__(window)
        self.setObjectName("tour_card")
        self._theme, self._icons = theme, icons
        self._count, self._title, self._sentence = QLabel(), QLabel(), QLabel()
        self._sign = QLabel()
        self.skip, self.next = QPushButton("&Skip the tour"), QPushButton("&Next")
        self._lay_out()
        self.skip.clicked.connect(self.skip_wanted)
        self.next.clicked.connect(self.next_wanted)
        theme.changed.connect(self._retint)
        self._retint()

    def _lay_out(self) -> None:
        self._sentence.setWordWrap(True)
        self._sentence.setFixedWidth(WIDE - 2 * SIZES.apart)
        self.next.setDefault(True)
        head, row = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self._sign)
        row.addWidget(self.skip)
        row.addStretch(1)
        row.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.apart, 12, SIZES.apart, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._title)
        column.addWidget(self._sentence)
        column.addSpacing(SIZES.near)
        column.addLayout(row)
        for button in (self.skip, self.next):
            button.setMinimumHeight(SIZES.control)
        self.setFixedWidth(WIDE)

    def say(self, number: int, count: int, title: str, sentence: str) -> None:
        """Shows a step."""
        self._count.setText(f"Step {number} of {count}")
        self._title.setText(title)
        self._sentence.setText(sentence)
        self.next.setText("&Finish" if number == count else "&Next")
        self.skip.setVisible(number < count)
        self.praise(False)
        self.setAccessibleName(f"Tour: {title}")
        self.setAccessibleDescription(self._sentence.text())
        self._sentence.setFixedHeight(self._sentence.heightForWidth(self._sentence.width()))
        self.adjustSize()

    def praise(self, is_done: bool) -> None:
        """Shows whether what the step asks for was done."""
        good = self._icons.icon("circle-check", "good").pixmap(16, 16)
        self._sign.setPixmap(good) if is_done else self._sign.clear()
        self._sign.setAccessibleName("Done" if is_done else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the button that has the keyboard, or goes on; Esc ends."""
        if event.key() == Qt.Key.Key_Escape:
            self.skip_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.skip_wanted if self.skip.hasFocus() else self.next_wanted).emit()
        else:
            super().keyPressEvent(event)

    def _retint(self) -> None:
        theme = self._theme
        colors = {
            token: theme.color(token).name() for token in ("raised", "accent", "text", "second")
        }
        self.setStyleSheet(
            f"#tour_card {{ background: {colors['raised']}; border: 1px solid {colors['accent']};"
            f" border-radius: {SIZES.corner}px; }} QLabel {{ color: {colors['text']}; }}"
        )
        self._count.setStyleSheet(f"color: {colors['second']};")
        self._count.setFont(theme.font(11))
        self._title.setFont(theme.font(16, QFont.Weight.Medium))
        self._sentence.setFont(theme.font(13))


def beside(place: QRect, card: QSize, room: QRect) -> QPoint:
    """Where a card stands: beside its place where there is room, otherwise in a corner of it; above a
    panel it leaves room for tabs."""
    across, down = card.width() + ASIDE, card.height() + ASIDE
    x, y = place.right() - across, place.top() + ASIDE
    if place.height() < room.height() / 2 and place.top() - down > room.top():
        x, y = place.left() + ASIDE, place.top() - down - TABS
    elif place.height() < room.height() / 2 and place.bottom() + down < room.bottom():
        x, y = place.right() - card.width(), place.bottom() + ASIDE
    elif place.width() < room.width() / 3 and place.right() + across < room.right():
        x = place.right() + ASIDE
    elif place.width() < room.width() / 3 and place.left() - across > room.left():
        x = place.left() - across
    least, most = room.topLeft(), room.bottomRight() - QPoint(card.width(), card.height())
    return QPoint(max(min(x, most.x()), least.x()), max(min(y, most.y()), least.y()))

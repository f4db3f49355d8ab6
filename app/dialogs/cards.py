"""Cards of the welcome page: a template with its picture, and a recent project in a line."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QEnterEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine import templates

CARD = QSize(248, 208)
PICTURE = 112
ENGINE = "graph_engine.project"
"""What pictures are drawn with. It takes longer to load than the rest of the page to show."""
LEFT = Qt.AlignmentFlag.AlignLeft
MIDDLE = Qt.AlignmentFlag.AlignVCenter
ELIDE = Qt.TextElideMode.ElideRight


class Card(QAbstractButton):
    """Something that can be chosen by click, Enter or Space; shows where pointer and focus are."""

    def __init__(self, theme: Theme, name: str, told: str) -> None:
        super().__init__()
        self.theme = theme
        self.setText(name)
        self.setAccessibleName(name)
        self.setAccessibleDescription(told)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def frame(self, painter: QPainter, ground: str) -> QRectF:
        """Draws the outline and the ground; the box inside."""
        color = self.theme.color
        line = "accent" if self.hasFocus() else "second" if self.underMouse() else "border"
        wide = 2.0 if self.hasFocus() else 1.0
        box = QRectF(self.rect()).adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2)
        painter.setPen(QPen(color(line), wide))
        painter.setBrush(color("accent_ground" if self.isDown() else ground))
        painter.drawRoundedRect(box, SIZES.near, SIZES.near)
        return box

    def enterEvent(self, event: QEnterEvent) -> None:
        """Lights up."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Calms down."""
        super().leaveEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


class TemplateCard(Card):
    """A template: its network, its name and a line about it. The picture is drawn once it is seen and
    the engine is loaded, which the page does not wait for."""

    def __init__(self, theme: Theme, name: str, told: str, title: str) -> None:
        super().__init__(theme, name, f"{title}: {told}" if title else told)
        self.template, self.told, self.title = name, told, title or name
        self._picture: QPixmap | None = None
        self.setFixedHeight(CARD.height())
        self.setMinimumWidth(CARD.width())
        theme.changed.connect(self._redraw)

    def sizeHint(self) -> QSize:
        """The size of a card."""
        return CARD

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _drawn(self) -> QPixmap | None:
        if ENGINE not in sys.modules:
            return None
        from app.dialogs.thumbnail import picture  # noqa: PLC0415

        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            project = templates.new(self.template)
            network = project.networks.get("main") or next(iter(project.networks.values()))
            room = QSizeF(CARD.width() - 32, PICTURE - 24)
            self._picture = picture(network, self.theme, room, ratio)
        return self._picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.frame(painter, "panel")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("canvas"))
        top = QRectF(box.left() + 1.5, box.top() + 1.5, box.width() - 3, PICTURE)
        painter.drawRoundedRect(top, SIZES.corner, SIZES.corner)
        drawn = self._drawn()
        if drawn is not None:
            across = (self.width() - drawn.deviceIndependentSize().width()) / 2
            painter.drawPixmap(QPointF(across, top.top() + 12), drawn)
        painter.setFont(self.theme.font(13, QFont.Weight.DemiBold))
        painter.setPen(self.theme.color("text"))
        line = QRect(14, PICTURE + 12, self.width() - 28, 20)
        title = painter.fontMetrics().elidedText(self.title, ELIDE, line.width())
        painter.drawText(line, LEFT | MIDDLE, title)
        painter.setFont(self.theme.font(12))
        painter.setPen(self.theme.color("second"))
        words = Qt.TextFlag.TextWordWrap
        below = QRect(14, PICTURE + 34, self.width() - 28, self.height() - PICTURE - 40)
        painter.drawText(below, LEFT | Qt.AlignmentFlag.AlignTop | words, self.told)
        painter.end()


class RecentRow(Card):
    """A project opened before: its name, its folder, and when it was changed."""

    def __init__(self, theme: Theme, icons: Icons, path: Path) -> None:
        folder, when = folder_of(path), when_of(path)
        super().__init__(theme, path.stem, f"{folder}, {when}")
        self.path, self._icons = path, icons
        self._folder, self._when = folder, when
        self.setToolTip(str(path))
        self.setFixedHeight(48)

    def sizeHint(self) -> QSize:
        """The size of a row."""
        return QSize(320, 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.frame(painter, "panel")
        self._icons.icon("file").paint(painter, QRect(14, 16, 16, 16))
        small = self.theme.font(12)
        painter.setFont(small)
        wide = painter.fontMetrics().horizontalAdvance(self._when)
        painter.setPen(self.theme.color("second"))
        right = self.width() - 14
        painter.drawText(QRect(right - wide, 5, wide, 20), MIDDLE, self._when)
        room = right - 42
        folder = painter.fontMetrics().elidedText(self._folder, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRect(42, 24, room, 18), MIDDLE, folder)
        painter.setFont(self.theme.font(13, QFont.Weight.Medium))
        painter.setPen(self.theme.color("text"))
        name = painter.fontMetrics().elidedText(self.path.stem, ELIDE, room - wide - SIZES.apart)
        painter.drawText(QRect(42, 5, room - wide, 20), MIDDLE, name)
        painter.end()


def folder_of(path: Path) -> str:
    """The folder, from the person's own on where it lies there."""
    folder = path.parent
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def when_of(path: Path) -> str:
    """``today 14:05``, ``yesterday``, ``12 March``; nothing for a file that is gone."""
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return ""
    now = datetime.now()
    days = (now.date() - changed.date()).days
    if days <= 0:
        return f"today {changed:%H:%M}"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    year = f" {changed.year}" if changed.year != now.year else ""
    return f"{changed.day} {changed:%B}{year}"


class Grid(QWidget):
    """Cards side by side, as many in a row as fit, all of the same width."""

    def __init__(self, least: int, most_columns: int) -> None:
        super().__init__()
        self._least, self._most = least, most_columns
        self._cards: list[Card] = []

    @property
    def cards(self) -> list[Card]:
        """The cards in their order."""
        return list(self._cards)

    def add(self, card: Card) -> None:
        """Puts a card behind the others."""
        card.setParent(self)
        self._cards.append(card)

    def clear(self) -> None:
        """Takes all cards away."""
        for card in self._cards:
            card.setParent(None)
            card.deleteLater()
        self._cards.clear()

    def arrange(self, width: int) -> int:
        """Places the cards that are not hidden; the height that they take."""
        seen = [card for card in self._cards if not card.isHidden()]
        gap = SIZES.apart
        columns = max(1, min((width + gap) // (self._least + gap), self._most))
        each = (width - gap * (columns - 1)) // columns
        bottom = 0
        for number, card in enumerate(seen):
            row, column = divmod(number, columns)
            high = card.sizeHint().height()
            card.setGeometry(column * (each + gap), row * (high + gap), each, high)
            bottom = row * (high + gap) + high
        self.setFixedHeight(max(bottom, 1))
        return bottom

"""Samples as cards, row by row; only those that are seen are made and painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from app.theme import SIZES, Theme
from app.training.plot_axes import TICK_FONT, Left, Middle, fitting

LINE = 14.0
GAP = 6
MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a card: its words and the token of their colour."""

    words: str
    token: str = "second"


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """Pictures side by side, and lines below them."""

    images: tuple[QImage, ...] = ()
    lines: tuple[Line, ...] = ()
    edge: str = ""


class Cards(Protocol):
    """Makes cards by number."""

    @property
    def size(self) -> QSize:
        """Of one card."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Card: ...

    def told(self, number: int) -> str:
        """What the pointer is told of a card."""


class CardGrid(QAbstractScrollArea):
    """``chosen`` carries the number of a card that was clicked."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._cards: Cards | None = None
        self._made: dict[int, Card] = {}
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(140, 90)
        self.viewport().setMouseTracking(True)
        theme.changed.connect(self._retint)

    def show_cards(self, cards: Cards | None, stays: bool = False) -> None:
        """Shows other cards, from the first on unless the place ``stays``."""
        self._cards = cards
        self._made.clear()
        self._measure()
        if not stays:
            self.verticalScrollBar().setValue(0)
        self.viewport().update()

    @property
    def cards(self) -> Cards | None:
        """What is shown."""
        return self._cards

    def card(self, number: int) -> Card:
        """A card; made when it is first asked for."""
        assert self._cards is not None
        if number not in self._made:
            self._made[number] = self._cards[number]
        return self._made[number]

    def _columns(self) -> int:
        wide = self._cards.size.width() + GAP if self._cards else 1
        return max(1, (self.viewport().width() - SIZES.near) // wide)

    def _measure(self) -> None:
        bar = self.verticalScrollBar()
        if not self._cards:
            bar.setRange(0, 0)
            return
        high = self._cards.size.height() + GAP
        rows = -(-len(self._cards) // self._columns())
        bar.setRange(0, max(0, rows * high + GAP - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(high // 2)

    def place(self, number: int) -> QRect:
        """Where a card stands in the viewport."""
        assert self._cards is not None
        high, columns = self._cards.size.height(), self._columns()
        row, column = divmod(number, columns)
        top = row * (high + GAP) + 2 - self.verticalScrollBar().value()
        pitch = (self.viewport().width() - SIZES.near + GAP) / columns
        left = SIZES.near + round(column * pitch)
        return QRect(left, top, round((column + 1) * pitch) - round(column * pitch) - GAP, high)

    def number_at(self, at: QPointF) -> int | None:
        """The card at a point of the viewport."""
        return next((n for n in self._seen() if self.place(n).contains(at.toPoint())), None)

    def _seen(self) -> range:
        """The cards of which something is seen."""
        if not self._cards:
            return range(0)
        high, columns = self._cards.size.height() + GAP, self._columns()
        top = self.verticalScrollBar().value()
        first, last = top // high, (top + self.viewport().height()) // high + 1
        return range(first * columns, min(len(self._cards), last * columns))

    # Painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the cards that are seen."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color("panel"))
        painter.setFont(self._theme.mono(TICK_FONT))
        metrics = QFontMetricsF(painter.font())
        for number in self._seen():
            self._paint(painter, QRectF(self.place(number)), self.card(number), metrics)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint(self, painter: QPainter, place: QRectF, card: Card, metrics: QFontMetricsF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color(card.edge) if card.edge else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), SIZES.corner, SIZES.corner)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        inner = place.adjusted(MARGIN, MARGIN, -MARGIN, -3)
        room = QRectF(inner)
        room.setBottom(inner.bottom() - LINE * len(card.lines))
        if not card.images:
            room.setBottom(inner.center().y() - LINE * len(card.lines) / 2)
        self._paint_images(painter, room, card.images)
        alignment = Middle if card.images else Left
        for row, line in enumerate(card.lines):
            at = QRectF(inner.left(), room.bottom() + row * LINE, inner.width(), LINE)
            painter.setPen(self._theme.color(line.token))
            painter.drawText(at, alignment, fitting(metrics, line.words, inner.width()))

    def _paint_images(self, painter: QPainter, room: QRectF, images: tuple[QImage, ...]) -> None:
        if not images:
            return
        wide = (room.width() - 4 * (len(images) - 1)) / len(images)
        for number, image in enumerate(images):
            cell = QRectF(room.left() + number * (wide + 4), room.top(), wide, room.height() - 2)
            is_flat = image.height() * 4 < image.width()
            size = cell.size() if is_flat else image.size().toSizeF()
            if not is_flat:
                size.scale(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRectF(cell.topLeft(), size)
            at.moveCenter(cell.center())
            shrinks = size.width() < image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            painter.drawImage(at, image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Places the cards anew."""
        self._measure()

    def _retint(self) -> None:
        self._made.clear()
        self.viewport().update()

    # Hands ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the card under the pointer."""
        number = self.number_at(event.position())
        if number is not None:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, page keys, Home and End scroll."""
        bar = self.verticalScrollBar()
        by = {
            Qt.Key.Key_Up: -bar.singleStep(), Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(), Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_Home: -bar.maximum(), Qt.Key.Key_End: bar.maximum(),
        }  # fmt: skip
        if event.key() in by:
            bar.setValue(bar.value() + by[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tells more of the card under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(QPointF(event.pos()))
            words = self._cards.told(number) if self._cards and number is not None else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return bool(super().viewportEvent(event))

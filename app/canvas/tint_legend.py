"""The legend of a tint at the edge of the canvas: what the colours mean, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas.tint import Tint, stops
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SIZE, INSET, PAD = QSize(228, 62), 12, 10
BAR = 8
Align = Qt.AlignmentFlag


class TintLegend(QWidget):
    """Hidden while nothing is tinted. ``asked``, with a place on the screen, is for another measure."""

    asked = Signal(QPoint)

    def __init__(self, view: CanvasView, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self._tint: Tint | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Legend of the tint")
        self.setToolTip("Choose what the nodes are tinted by; T turns it off and on")
        self.resize(SIZE)
        self.hide()
        theme.changed.connect(self.update)

    def show_tint(self, tint: Tint | None) -> None:
        """Explains a tint, or goes."""
        is_same = tint is not None and self._tint is not None and _words(tint) == _words(self._tint)
        is_new = self._tint is None
        self._tint = tint
        if not is_same:
            self.setAccessibleDescription(" ".join(_words(tint)) if tint else "")
            self.update()
        self.setVisible(tint is not None)
        if is_new:
            self.settle()

    def settle(self) -> None:
        """Stands at the left: below, or above where nodes are in the way below and not there."""
        if self.isHidden():
            return
        low = max(0, self._view.viewport().height() - self.height() - INSET)
        places = [QPoint(INSET, low), QPoint(INSET, INSET)]
        free = [place for place in places if not self._covers(place)]
        self.move(free[0] if free else places[0])

    def _covers(self, place: QPoint) -> bool:
        """Whether nodes would lie below it there."""
        box = QRectF(QRect(place, self.size()).adjusted(-INSET, -INSET, INSET, INSET))
        scene = self._view.viewportTransform().inverted()[0].mapRect(box)
        items = self._view.canvas.nodes.values()
        return any(item.sceneBoundingRect().intersects(scene) for item in items)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, map, ends."""
        if self._tint is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.color
        painter.setPen(color("accent" if self.hasFocus() else "border"))
        painter.setBrush(color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        title, unit, moment, *ends = _words(self._tint)
        box = QRectF(PAD, 6, self.width() - 2 * PAD, 18)
        painter.setFont(self._theme.font(12, QFont.Weight.Medium))
        painter.setPen(color("text"))
        painter.drawText(box, Align.AlignVCenter | Align.AlignLeft, title)
        painter.setFont(self._theme.mono(10))
        painter.setPen(color("second"))
        painter.drawText(box, Align.AlignVCenter | Align.AlignRight, moment or unit)
        self._map(painter, QRectF(PAD, 27, box.width(), BAR))
        box.moveTop(37)
        places = (Align.AlignLeft, Align.AlignHCenter, Align.AlignRight)
        painter.setPen(color("second"))
        for place, words in zip(places, ends, strict=True):
            painter.drawText(box, Align.AlignVCenter | place, words)
        painter.end()

    def _map(self, painter: QPainter, box: QRectF) -> None:
        assert self._tint is not None
        gradient = QLinearGradient(box.topLeft(), box.topRight())
        colors = stops(self._tint.kind, self._theme)
        for number, each in enumerate(colors):
            gradient.setColorAt(number / (len(colors) - 1), QColor(each))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(box, 2, 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keeps the press from the canvas below."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Asks for another measure."""
        event.accept()
        self.asked.emit(self.mapToGlobal(QPoint(0, 0)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Asks for another measure."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.asked.emit(self.mapToGlobal(QPoint(0, 0)))
        else:
            super().keyPressEvent(event)


def _words(tint: Tint) -> tuple[str, ...]:
    """Title, unit, moment, and what stands below the map: left, middle, right."""
    low, high = (_number(tint, value) for value in (tint.low, tint.high))
    if tint.kind == "ratio":
        middle = "healthy " + _number(tint, (tint.low * tint.high) ** 0.5)
    else:
        middle = tint.unit if tint.moment else ""
    return tint.title, tint.unit, tint.moment, low, middle, high


def _number(tint: Tint, value: float) -> str:
    if tint.unit == "%":
        return f"{value * 100:.0f} %"
    text = f"{value:.2g}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.0e}"
    return text.replace("e-0", "e-").replace("e+0", "e")

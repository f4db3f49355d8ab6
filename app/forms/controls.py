"""Controls of forms that the style draws poorly: a list to choose from and a switch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSizePolicy, QWidget

from app.icons import Icons
from app.theme import SIZES, Theme

DASH = "—"
SECOND = QPalette.ColorRole.PlaceholderText


class Combo(QComboBox):
    """A list to choose from, its text elided where there is no room; the wheel scrolls past it."""

    def __init__(self, texts: Sequence[str], name: str, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme, self._icons = theme, icons
        self.addItems(list(texts))
        self.setAccessibleName(name)
        self.setFixedHeight(SIZES.control)
        self.setMinimumWidth(40)
        self.setFont(theme.font(12))
        self.setPlaceholderText(DASH)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        token = "accent" if self.hasFocus() else "border"
        _box(painter, self, self._theme.color("raised"), self._theme.color(token), SIZES.corner)
        place = self.rect().adjusted(9, 0, -22, 0)
        text = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        shown = QFontMetrics(self.font()).elidedText(
            text, Qt.TextElideMode.ElideRight, place.width()
        )
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text" if self.isEnabled() else "disabled"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        icon = self._icons.icon("chevron-down")
        icon.paint(painter, self.width() - 20, (self.height() - 12) // 2, 12, 12)
        painter.end()


class Switch(QCheckBox):
    """Yes or no, drawn as a switch; in the middle where several nodes differ."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setFixedSize(38, SIZES.control)

    def sizeHint(self) -> QSize:
        return QSize(38, SIZES.control)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        state = self.checkState()
        on = state is not Qt.CheckState.Unchecked
        ground = self._theme.color("accent" if on else "raised")
        edge = self._theme.color("accent" if on else "second")
        track = QRectF(2.5, (self.height() - 16) / 2, 29, 16)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), 10, 10)
        painter.setPen(edge)
        painter.setBrush(ground)
        painter.drawRoundedRect(track, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("panel" if on else "second"))
        places = {Qt.CheckState.Checked: 21, Qt.CheckState.PartiallyChecked: 14.5}
        centre = QPointF(track.left() + places.get(state, 8), track.center().y())
        painter.drawEllipse(centre, 5, 5)
        painter.end()


def plain_label(text: str = "") -> QLabel:
    """A label that wraps and shows its text as it is: what a file or a person wrote is never markup."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def tint(label: QLabel, color: QColor) -> None:
    """Writes in that colour; where it is the second one of the theme, use the role ``SECOND``."""
    palette = label.palette()
    if palette.color(QPalette.ColorRole.WindowText) == color:
        return
    palette.setColor(QPalette.ColorRole.WindowText, color)
    label.setPalette(palette)


def _box(painter: QPainter, widget: QWidget, ground: QColor, edge: QColor, corner: int) -> None:
    painter.setPen(edge)
    painter.setBrush(ground)
    rect = QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(rect, corner, corner)

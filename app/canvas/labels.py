"""The shapes that stand on wires: small pills, drawn as pixmaps that all wires of one shape share."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEngine, QPainter, QPixmap, QTransform

from app.theme import Theme

HIGH = 16.0
LEAST_ZOOM = 0.6
MOST_KEPT = 512


class Labels:
    """Draws shape labels; what was drawn at the current zoom is kept."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._kept: dict[tuple[str, float], tuple[QPixmap, float, float]] = {}
        self._widths: dict[str, float] = {}
        self.refresh()

    def refresh(self) -> None:
        """Takes the colours in force now."""
        self._kept.clear()
        self._widths.clear()
        self._font = self._theme.mono(10)
        self._metrics = QFontMetricsF(self._font)

    def width(self, text: str) -> float:
        """How wide the pill of a text is."""
        known = self._widths.get(text)
        if known is None:
            if len(self._widths) >= MOST_KEPT:
                self._widths.clear()
            known = self._widths[text] = self._metrics.horizontalAdvance(text) + 12.0
        return known

    def paint(self, painter: QPainter, labels: Iterable[tuple[QPointF, str]]) -> None:
        """Draws each text on a pill around its place."""
        engine = painter.paintEngine()
        if engine is None or engine.type() != QPaintEngine.Type.Raster:
            for place, text in labels:
                self._draw(painter, text, place)
            return
        world = painter.worldTransform()
        zoom, left, top = world.m11(), world.dx(), world.dy()
        ratio = painter.device().devicePixelRatio()
        painter.setWorldTransform(QTransform())
        for place, text in labels:
            pixmap, wide, high = self._pixmap(text, zoom, ratio)
            painter.drawPixmap(
                round(place.x() * zoom + left - wide), round(place.y() * zoom + top - high), pixmap
            )
        painter.setWorldTransform(world)

    def _pixmap(self, text: str, zoom: float, ratio: float) -> tuple[QPixmap, float, float]:
        """The picture of a pill, and half of its width and height."""
        key = (text, zoom * ratio)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            scale = zoom * ratio
            width, height = self.width(text) + 2, HIGH + 2
            made = QPixmap(max(1, round(width * scale)), max(1, round(height * scale)))
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.scale(scale, scale)
            self._draw(painter, text, QPointF(width / 2, height / 2))
            painter.end()
            made.setDevicePixelRatio(ratio)
            size = made.deviceIndependentSize()
            kept = self._kept[key] = (made, size.width() / 2, size.height() / 2)
        return kept

    def _draw(self, painter: QPainter, text: str, at: QPointF) -> None:
        width = self.width(text)
        box = QRectF(at.x() - width / 2, at.y() - HIGH / 2, width, HIGH)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("canvas"))
        painter.drawRoundedRect(box, HIGH / 2, HIGH / 2)
        painter.setFont(self._font)
        painter.setPen(self._theme.color("second"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

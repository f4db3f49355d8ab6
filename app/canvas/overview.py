"""The drawing from far away: boxes in family colours and straight lines, drawn in a few batches.

Lists are built once and changed in place, so that thousands of nodes cost a few milliseconds a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.theme import Theme

FEW, LEGIBLE, SPACE = 150, 0.15, 84.0
MOST_OUTLINED = 500
"""Boxes with an outline of their own; more of them are tinted, which takes a tenth of the time."""
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batch(Generic[K, V]):
    """Values in one list, each found again by its key; taking one out moves the last into its place."""

    def __init__(self) -> None:
        self.values: list[V] = []
        self._keys: list[K] = []
        self._places: dict[K, int] = {}

    def put(self, key: K, value: V) -> None:
        """Adds a value, or replaces the one of that key."""
        place = self._places.get(key)
        if place is None:
            self._places[key] = len(self.values)
            self._keys.append(key)
            self.values.append(value)
        else:
            self.values[place] = value

    def drop(self, key: K) -> None:
        """Takes a value out, if it is there."""
        place = self._places.pop(key, None)
        if place is None:
            return
        last_key, last = self._keys.pop(), self.values.pop()
        if place < len(self.values):
            self._keys[place], self.values[place] = last_key, last
            self._places[last_key] = place


class Overview:
    """Boxes by family, lines, and the names that stay readable."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._boxes: dict[str, Batch[str, QRectF]] = {}
        self._family: dict[str, str] = {}
        self._rects: dict[str, QRectF] = {}
        self._lines: Batch[Hashable, QLineF] = Batch()
        self._names: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self.tints: Callable[[], Mapping[str, QColor] | None] | None = None

    def clear(self) -> None:
        """Forgets everything."""
        self._boxes.clear()
        self._family.clear()
        self._rects.clear()
        self._names.clear()
        self._titles.clear()
        self._lines = Batch()

    def place(
        self, name: str, family: str, rect: QRectF, title: str, *, always: bool = False
    ) -> None:
        """Puts a node somewhere; its title is drawn in small drawings, or ``always``."""
        before = self._family.get(name)
        if before is not None and before != family:
            self._boxes[before].drop(name)
        self._family[name] = family
        if family not in self._boxes:
            self._boxes[family] = Batch()
        self._boxes[family].put(name, rect)
        self._rects[name] = rect
        self._titles[name] = title
        if always:
            self._names[name] = title
        else:
            self._names.pop(name, None)

    def drop(self, name: str) -> None:
        """Takes a node away."""
        family = self._family.pop(name, None)
        if family is not None:
            self._boxes[family].drop(name)
            del self._rects[name]
        self._names.pop(name, None)
        self._titles.pop(name, None)

    def lead(self, key: Hashable, line: QLineF) -> None:
        """Draws a wire."""
        self._lines.put(key, line)

    def cut(self, key: Hashable) -> None:
        """Takes a wire away."""
        self._lines.drop(key)

    def box(self, name: str) -> QRectF | None:
        """Where a node is drawn."""
        return self._rects.get(name)

    @property
    def count(self) -> tuple[int, int]:
        """How many boxes and lines there are."""
        return sum(len(batch.values) for batch in self._boxes.values()), len(self._lines.values)

    def boxes(self) -> Iterable[tuple[QColor, list[QRectF]]]:
        """The boxes with their colours, for the small map."""
        for family, batch in self._boxes.items():
            if batch.values:
                yield self._theme.family(family), batch.values

    def _tinted(self, tints: Mapping[str, QColor]) -> Iterable[tuple[QColor, list[QRectF]]]:
        """The boxes in the colours of a measure."""
        groups: dict[int, list[QRectF]] = {}
        colors: dict[int, QColor] = {}
        for name, color in tints.items():
            rect = self._rects.get(name)
            if rect is not None:
                groups.setdefault(id(color), []).append(rect)
                colors[id(color)] = color
        for key, rects in groups.items():
            yield colors[key], rects

    def _paint_untinted(self, painter: QPainter, tints: Mapping[str, QColor]) -> None:
        """Boxes without a value are hollow, for grey has a meaning."""
        rest = [rect for name, rect in self._rects.items() if name not in tints]
        if rest:
            painter.setPen(QPen(self._theme.color("disabled"), 0))
            painter.setBrush(self._theme.color("canvas"))
            painter.drawRects(rest)

    def paint(
        self,
        painter: QPainter,
        zoom: float,
        chosen: Iterable[str],
        wrong: Iterable[str],
        frames: Mapping[str, tuple[QRectF, str]],
    ) -> None:
        """The drawing, in coordinates of the scene."""
        self._paint_frames(painter, zoom, frames)
        painter.setPen(QPen(mixed(self._theme.color("second"), self._theme.color("canvas")), 0))
        if self._lines.values:
            painter.drawLines(self._lines.values)
        tints = self.tints() if self.tints is not None else None
        if tints is not None:
            self._paint_untinted(painter, tints)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects in self.boxes() if tints is None else self._tinted(tints):
            painter.setBrush(color)
            painter.drawRects(rects)
        self._paint_outlines(painter, zoom, chosen, "accent")
        self._paint_outlines(painter, zoom, wrong, "error")
        self._paint_names(painter, zoom)

    def _paint_frames(
        self, painter: QPainter, zoom: float, frames: Mapping[str, tuple[QRectF, str]]
    ) -> None:
        painter.setFont(self._theme.font(round(13 / zoom), QFont.Weight.Medium))
        for rect, title in frames.values():
            painter.setPen(QPen(self._theme.color("border"), 0))
            painter.setBrush(self._theme.color("panel"))
            painter.drawRect(rect)
            painter.setPen(self._theme.color("text"))
            box = QRectF(rect.left(), rect.top() - 20 / zoom, rect.width(), 18 / zoom)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_outlines(
        self, painter: QPainter, zoom: float, names: Iterable[str], token: str
    ) -> None:
        rects = self._rects
        found = [rects[name] for name in names if name in rects]
        if len(found) > MOST_OUTLINED:
            painter.setPen(Qt.PenStyle.NoPen)
            said = "text" if token == "accent" else token  # the accent is near a family's colour
            painter.setBrush(faint(self._theme.color(said), 0.85))
            painter.drawRects(found)
            return
        edge = 2.5 / zoom
        boxes = [box.adjusted(-edge, -edge, edge, edge) for box in found]
        if boxes:
            pen = QPen(self._theme.color(token), 2.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRects(boxes)

    def _paint_names(self, painter: QPainter, zoom: float) -> None:
        is_small = len(self._titles) <= FEW and zoom >= LEGIBLE
        names = self._titles if is_small else self._names
        if not names:
            return
        font = self._theme.font(round(10 / zoom), QFont.Weight.Medium)
        metrics = QFontMetricsF(font)
        painter.setPen(self._theme.color("text"))
        painter.setFont(font)
        for name, title in names.items():
            box = self.box(name)
            if box is not None:
                wide = box.width() + SPACE
                text = metrics.elidedText(title, Qt.TextElideMode.ElideRight, wide)
                below = QRectF(
                    box.center().x() - wide / 2, box.bottom() + 3 / zoom, wide, 14 / zoom
                )
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)


def faint(color: QColor, part: float) -> QColor:
    """The colour, letting the rest shine through; the theme's own stays as it is."""
    made = QColor(color)
    made.setAlphaF(part)
    return made


def mixed(a: QColor, b: QColor, part: float = 0.5) -> QColor:
    """A colour between two: ``part`` of the second."""
    return QColor.fromRgbF(
        a.redF() * (1 - part) + b.redF() * part,
        a.greenF() * (1 - part) + b.greenF() * part,
        a.blueF() * (1 - part) + b.blueF() * part,
    )

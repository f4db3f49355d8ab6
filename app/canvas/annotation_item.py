"""Frames and notes: what is drawn behind and beside the nodes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QTextDocument
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.overview import mixed
from app.theme import GROUPS, Theme
from graph_engine.graph import Frame, Note

TITLE = 28.0
HANDLE = 14.0
Key = tuple[str, str]


class AnnotationItem(QGraphicsRectItem):
    """A frame or a note; ``key`` is its table and its key there."""

    def __init__(self, theme: Theme, key: Key, row: Frame | Note) -> None:
        super().__init__()
        self.theme, self.key, self.row = theme, key, row
        self.is_chosen = False
        self.words: QTextDocument | None = None
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(-2.0 if isinstance(row, Frame) else -1.0)
        self.show_row(row)

    def show_row(self, row: Frame | Note) -> None:
        """Shows another state of the row."""
        self.row = row
        self.setPos(*row.position)
        self.setRect(0.0, 0.0, *row.size)
        self.forget()

    def forget(self) -> None:
        """Draws anew."""
        self.words = None
        self.update()

    def choose(self, chosen: bool) -> None:
        """Shows whether it is selected."""
        self.is_chosen = chosen
        self.update()

    def takes(self, point: QPointF) -> bool:
        """Whether a click there, in the scene, is meant for it: anywhere on a note; the title, the
        handle and the edge of a frame."""
        inside = self.mapFromScene(point)
        if not self.rect().contains(inside):
            return False
        if isinstance(self.row, Note):
            return True
        edge = self.rect().adjusted(6, TITLE, -6, -6)
        return not edge.contains(inside) or self.resizes(point)

    def resizes(self, point: QPointF) -> bool:
        """Whether a drag from there changes the size."""
        corner = self.rect().bottomRight() - self.mapFromScene(point)
        return 0 <= corner.x() <= HANDLE and 0 <= corner.y() <= HANDLE

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws ground, outline, text and handle."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, rect = self.theme, self.rect()
        ink = self._ink()
        strength = 0.88 if isinstance(self.row, Note) else 0.94
        painter.setBrush(mixed(ink, theme.color("canvas"), strength))
        pen = (
            QPen(theme.color("accent"), 2.0)
            if self.is_chosen
            else QPen(mixed(ink, theme.color("canvas"), 0.6), 1.0)
        )
        painter.setPen(pen)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        if isinstance(self.row, Note):
            self._paint_note(painter, rect)
        else:
            painter.setPen(theme.color("text"))
            painter.setFont(theme.font(13, QFont.Weight.Medium))
            box = QRectF(12, 0, rect.width() - 24, TITLE)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.row.title)
        if self.is_chosen:
            painter.setPen(QPen(theme.color("second"), 1.0))
            corner = rect.bottomRight()
            for step in (5, 9):
                painter.drawLine(corner - QPointF(step, 4), corner - QPointF(4, step))

    def _paint_note(self, painter: QPainter, rect: QRectF) -> None:
        if self.words is None:
            self.words = QTextDocument()
            self.words.setDefaultFont(self.theme.font(12))
            self.words.setDocumentMargin(10)
            assert isinstance(self.row, Note)
            color = self.theme.color("text").name()
            self.words.setMarkdown(self.row.text)
            styled = self.words.toHtml().replace('<body style="', f'<body style="color:{color};')
            self.words.setHtml(styled)
        self.words.setTextWidth(rect.width())
        painter.save()
        painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
        self.words.drawContents(painter, rect)
        painter.restore()

    def _ink(self) -> QColor:
        color = self.row.color
        if color.startswith("#"):
            return QColor(color)
        default = "activation" if isinstance(self.row, Note) else "block"
        return self.theme.color(color if color in GROUPS else default)

"""Paints the rows of the palette: the family's sign, the name, and its help as far as there is room."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from app.icons import Icons
from app.panels.palette_model import ENTRY, FAVOURITE, Entry
from app.theme import SIZES, Theme

SIGN = 16
ROOMY = 320
CENTRE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class PaletteDelegate(QStyledItemDelegate):
    """See the module's docstring; ``grouped`` rows need no sign of their own."""

    def __init__(self, theme: Theme, icons: Icons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._icons = theme, icons
        self._name = theme.font(13)
        self._strong = theme.font(13, QFont.Weight.Medium)
        self._small = theme.font(11)
        self._widths = {
            font.key(): QFontMetrics(font) for font in (self._name, self._strong, self._small)
        }

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, SIZES.row)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry = index.data(ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect.adjusted(4, 0, -4, 0)
        self._paint_ground(painter, option, box)
        if entry.kind == "group":
            tree = option.widget
            is_open = isinstance(tree, QTreeView) and tree.isExpanded(index)
            self._paint_group(painter, box, entry, is_open)
        else:
            self._paint_row(painter, box, entry, index)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, box: QRect) -> None:
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_ground" if selected else "raised"))
            painter.drawRoundedRect(box, 4, 4)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), 4, 4)

    def _paint_group(self, painter: QPainter, box: QRect, entry: Entry, is_open: bool) -> None:
        self._sign(painter, "chevron-down" if is_open else "chevron-right", box.left() + 2, box, 12)
        if entry.family:
            icon = self._icons.of_family(entry.family)
        else:
            icon = self._icons.icon("star", "warning")
        icon.paint(painter, QRect(box.left() + 20, _middle(box, SIGN), SIGN, SIGN))
        place = box.adjusted(20 + SIGN + 8, 0, -4, 0)
        self._text(painter, place, entry.name, self._strong, "text")
        painter.setFont(self._small)
        painter.setPen(self._theme.color("second"))
        painter.drawText(
            place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, entry.told
        )

    def _paint_row(
        self,
        painter: QPainter,
        box: QRect,
        entry: Entry,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        group = index.parent().data(ENTRY)
        left = box.left() + 20
        if isinstance(group, Entry) and group.family:
            painter.fillRect(QRect(left + 7, box.top() + 6, 2, box.height() - 12), self._bar(entry))
        else:
            left = box.left() + 20 if isinstance(group, Entry) else box.left() + 6
            icon = self._icons.of_family(entry.family)
            icon.paint(painter, QRect(left, _middle(box, SIGN), SIGN, SIGN))
        place = QRect(left + SIGN + 8, box.top(), box.right() - left - SIGN - 12, box.height())
        if index.data(FAVOURITE) and not (isinstance(group, Entry) and not group.family):
            icon = self._icons.icon("star", "warning")
            icon.paint(painter, QRect(place.right() - 12, _middle(box, 12), 12, 12))
            place.setRight(place.right() - 16)
        used = self._text(painter, place, entry.name, self._name, "text")
        if isinstance(group, Entry) and entry.kind == "layer" and box.width() < ROOMY:
            return  # rows of cut sentences would be noise; the tooltip has them whole
        rest = place.adjusted(used + 8, 1, 0, 1)
        if rest.width() > 32:
            self._text(painter, rest, entry.told, self._small, "second")

    def _bar(self, entry: Entry) -> object:
        return self._theme.family(entry.family)

    def _sign(self, painter: QPainter, name: str, left: int, box: QRect, size: int) -> None:
        icon = self._icons.icon(name, "second")
        icon.paint(painter, QRect(left, _middle(box, size), size, size))

    def _text(self, painter: QPainter, place: QRect, text: str, font: QFont, token: str) -> int:
        widths = self._widths[font.key()]
        shown = widths.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(font)
        painter.setPen(self._theme.color(token))
        painter.drawText(place, CENTRE, shown)
        return int(widths.horizontalAdvance(shown))


def _middle(box: QRect, size: int) -> int:
    return box.top() + (box.height() - size) // 2

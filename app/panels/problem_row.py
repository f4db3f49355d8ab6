"""How a problem is drawn: its sign, its sentence, its place, and a button that repairs it."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.icons import Icons
from app.panels.problem_list import LABEL, PROBLEM
from app.panels.sentences import laid_out
from app.theme import SIZES, Theme
from graph_engine.inference import Problem

Index = QModelIndex | QPersistentModelIndex
SIGNS = {"error": "circle-alert", "warning": "triangle-alert"}
INDENT = 36
EDGE = 12
ABOVE = 8
FOOT = 26
BUTTON = 24
WIDE = 720
LINE = 36
BUTTONS = 300
PLACES = 130
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class ProblemRow(QStyledItemDelegate):
    """Draws rows, and says ``repair_clicked`` with the row whose button was pressed."""

    repair_clicked = Signal(int)

    def __init__(self, theme: Theme, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._icons = theme, icons
        self._hovered: tuple[int, bool] = (-1, False)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as the sentence needs; a narrow row has a line below for place and button."""
        width = _width_of(option)
        _, height = self._sentence(index.data(PROBLEM), width)
        if width >= WIDE:
            return QSize(width, max(LINE, round(height) + 2 * ABOVE))
        return QSize(width, ABOVE + round(height) + FOOT + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws one problem."""
        problem: Problem = index.data(PROBLEM)
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option, box)
        layout, height = self._sentence(problem, box.width())
        top = box.top() + ABOVE
        if box.width() >= WIDE:
            top = box.top() + (box.height() - round(height)) // 2
        sign = self._icons.icon(SIGNS[problem.severity], problem.severity)
        sign.paint(painter, QRect(box.left() + EDGE, top + 2, 16, 16))
        layout.draw(painter, QPointF(box.left() + INDENT, top))
        label = str(index.data(LABEL))
        button = self._button(box, label)
        self._draw_place(painter, box, button, problem)
        if label:
            self._draw_button(painter, button, label, self._hovered == (index.row(), True))
        line = QRect(box.left() + INDENT, box.bottom(), box.width() - INDENT, 1)
        painter.fillRect(line, self._theme.color("border"))
        painter.restore()

    def _draw_place(self, painter: QPainter, box: QRect, button: QRect, problem: Problem) -> None:
        """Writes where it is, if there is room."""
        font, text = self._theme.mono(11), problem.place or "whole drawing"
        needed = QFontMetrics(font).horizontalAdvance(text)
        painter.setFont(font)
        painter.setPen(self._theme.color("second"))
        if box.width() >= WIDE:
            right = box.right() - BUTTONS - 2 * EDGE
            place = QRect(right - PLACES, box.top(), PLACES, box.height())
            elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, PLACES)
            painter.drawText(place, LEFT, elided)
        elif button.left() - box.left() - INDENT - SIZES.near >= needed:
            painter.drawText(
                QRect(box.left() + INDENT, button.top(), needed + 4, BUTTON), LEFT, text
            )

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, box: QRect) -> None:
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, self._theme.color("accent_ground"))
            if state & QStyle.StateFlag.State_HasFocus:
                painter.fillRect(
                    QRect(box.left(), box.top(), 3, box.height()), self._theme.color("accent")
                )
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, self._theme.color("raised"))

    def _sentence(self, problem: Problem, width: int) -> tuple[QTextLayout, float]:
        return laid_out(
            problem.sentence,
            width - INDENT - (BUTTONS + PLACES + 4 * EDGE if width >= WIDE else EDGE),
            self._theme.font(),
            self._theme.mono(),
            self._theme.color("text"),
        )

    # The button ----------------------------------------------------------------------------------

    def _button(self, box: QRect, label: str) -> QRect:
        is_wide = box.width() >= WIDE
        room = BUTTONS if is_wide else box.width() - INDENT - EDGE
        text = QFontMetrics(self._font()).horizontalAdvance(label) if label else -BUTTON
        width = min(text + 40, room)
        left = box.right() - EDGE - width
        top = box.top() + (box.height() - BUTTON) // 2 if is_wide else box.bottom() - BUTTON - 5
        return QRect(left, top, width, BUTTON)

    def _draw_button(self, painter: QPainter, box: QRect, label: str, is_hovered: bool) -> None:
        color = self._theme.color
        painter.setPen(QPen(color("accent") if is_hovered else color("border"), 1))
        painter.setBrush(color("accent_ground") if is_hovered else color("raised"))
        corner = SIZES.corner - 1
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        self._icons.icon("wrench", "accent").paint(
            painter, QRect(box.left() + 8, box.top() + 5, 14, 14)
        )
        painter.setFont(self._font())
        painter.setPen(color("text"))
        inner = box.adjusted(8 + 14 + 6, 0, -8, 0)
        text = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, LEFT, text)

    def _font(self) -> QFont:
        return self._theme.font(12, QFont.Weight.Medium)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Presses the button, and lights it under the pointer."""
        if not isinstance(event, QMouseEvent):
            return False
        box: QRect = option.rect
        label = str(index.data(LABEL))
        is_on = bool(label) and self._button(box, label).contains(event.position().toPoint())
        if event.type() == QEvent.Type.MouseMove:
            self._hover(option, index.row(), is_on)
        left = event.button() == Qt.MouseButton.LeftButton
        if is_on and left and event.type() == QEvent.Type.MouseButtonRelease:
            self.repair_clicked.emit(index.row())
        return is_on

    def _hover(self, option: QStyleOptionViewItem, row: int, is_on: bool) -> None:
        if self._hovered != (row, is_on):
            self._hovered = (row, is_on)
            view = option.widget
            if isinstance(view, QAbstractItemView):
                view.viewport().update()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Says the whole label where the button is too narrow for it."""
        label = str(index.data(LABEL)) if index.isValid() else ""
        box: QRect = option.rect
        if label and self._button(box, label).contains(event.pos()):
            QToolTip.showText(event.globalPos(), label, view)
            return True
        return False


def _width_of(option: QStyleOptionViewItem) -> int:
    view = option.widget
    return int(view.viewport().width()) if isinstance(view, QAbstractItemView) else 280

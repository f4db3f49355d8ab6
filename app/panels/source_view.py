"""Read-only source with line numbers and colours; replaces only the lines that differ."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.panels.highlighting import TOKEN_OF_KIND, Kind, inside_texts, spans
from app.theme import Theme

GAP = 12
TEXT_CONTRAST = 4.5
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
MOST_MARKED = 500
"""Lines with a ground of their own; more would be noticed while a selection grows."""


class SourceView(QPlainTextEdit):
    """The text. ``line_clicked`` has the number of a line, from 1, that was clicked or entered."""

    line_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines = [""]
        self._inside: list[bool] = []
        self._formats: dict[Kind, QTextCharFormat] = {}
        self._marked: tuple[int, ...] = ()
        self._coloring = 0
        self._is_pressed_at = -1
        self.is_stale = False
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setObjectName("source")
        self.setAccessibleName("Source")
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self._numbers = _LineNumbers(self)
        self.updateRequest.connect(self._scrolled)
        theme.changed.connect(self._retint)
        self._retint()

    # Content -------------------------------------------------------------------------------------

    def show_text(self, text: str) -> None:
        """Shows a text, and stays where the person was reading."""
        new, old = text.split("\n"), self._lines
        self._lines, self._inside = new, inside_texts(new)
        first = _common(old, new)
        rest = min(len(old), len(new)) - first
        last = min(_common(old[::-1], new[::-1]), rest)
        if first == len(old) == len(new):
            return
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._replace(first, len(old) - last, new[first : len(new) - last])
        self._numbers.adapt()
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)
        self._recolor()

    def _replace(self, first: int, end: int, lines: list[str]) -> None:
        """Puts ``lines`` into the place of the lines ``first`` to ``end``."""
        document = self.document()
        cursor = QTextCursor(document)
        if end < document.blockCount():
            cursor.setPosition(document.findBlockByNumber(first).position())
            place = document.findBlockByNumber(end).position()
            cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"{line}\n" for line in lines))
            return
        if first:
            before = document.findBlockByNumber(first - 1)
            cursor.setPosition(before.position() + before.length() - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("".join(f"\n{line}" for line in lines) if first else "\n".join(lines))

    def mark(self, lines: Iterable[int], reveal: bool = True) -> None:
        """Marks lines, counted from 1, and brings the first of them into view where none is."""
        self._marked = tuple(lines)
        style = QTextCharFormat()
        style.setBackground(self._theme.color("accent_ground"))
        style.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.setExtraSelections([self._mark(n, style) for n in self._marked[:MOST_MARKED]])
        if reveal and self._marked and not self._sees_one_of(self._marked):
            self.scroll_to(self._marked[0])
        self._numbers.update()

    def scroll_to(self, line: int) -> None:
        """Brings a line, counted from 1, to the upper third of the view."""
        height = max(self.fontMetrics().lineSpacing(), 1)
        shown = self.viewport().height() // height
        self.verticalScrollBar().setValue(max(line - 1 - shown // 3, 0))

    def find_text(self, text: str, backward: bool = False) -> bool:
        """Selects the next place with that text, from the top again after the last one."""
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        if not text or self.find(text, flags):
            return bool(text)
        before = self.textCursor()
        end = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
        self.moveCursor(end)
        if self.find(text, flags):
            return True
        self.setTextCursor(before)
        return False

    # Colours -------------------------------------------------------------------------------------

    def fade(self, is_stale: bool) -> None:
        """Shows the text as the last good one, without colours, or as one that counts."""
        if is_stale != self.is_stale:
            self.is_stale = is_stale
            self._retint()

    def _retint(self) -> None:
        theme = self._theme
        self.setFont(theme.mono())
        plain = theme.color("second" if self.is_stale else "text").name()
        ground = theme.color("panel").name()
        self.setStyleSheet(
            f"#source {{ background: {ground}; color: {plain}; border: none; border-radius: 0;"
            " padding: 0; }"
        )
        panel = theme.color("panel")
        for kind, token in TOKEN_OF_KIND.items():
            style = QTextCharFormat()
            style.setForeground(readable(theme.color(token), panel))
            self._formats[kind] = style
        self._numbers.adapt()
        self._recolor()
        self.mark(self._marked, reveal=False)

    def _recolor(self) -> None:
        """Lets every line be coloured anew, once it is seen."""
        self._coloring += 1
        self._color_visible()

    def _color_visible(self) -> None:
        """Colours the lines that are seen and were not coloured yet."""
        block, bottom = self.firstVisibleBlock(), self.viewport().height()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= bottom:
            if block.userState() != self._coloring:
                self._color(block)
            top += self.blockBoundingRect(block).height()
            block = block.next()

    def _color(self, block: QTextBlock) -> None:
        block.setUserState(self._coloring)
        number = block.blockNumber()
        ranges = []
        if not self.is_stale and number < len(self._inside):
            for start, length, kind in spans(block.text(), self._inside[number]):
                part = QTextLayout.FormatRange()
                part.start, part.length, part.format = start, length, self._formats[kind]
                ranges.append(part)
        block.layout().setFormats(ranges)
        self.document().markContentsDirty(block.position(), block.length())

    def _mark(self, number: int, style: QTextCharFormat) -> QTextEdit.ExtraSelection:
        found = QTextEdit.ExtraSelection()
        found.format = style
        found.cursor = QTextCursor(self.document().findBlockByNumber(number - 1))
        return found

    def _sees_one_of(self, lines: Iterable[int]) -> bool:
        first = self.firstVisibleBlock().blockNumber() + 1
        height = max(self.fontMetrics().lineSpacing(), 1)
        last = first + self.viewport().height() // height - 1
        return any(first <= line <= last for line in lines)

    # Events --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remembers where a click began, so that selecting text is no click."""
        self._is_pressed_at = self.cursorForPosition(event.position().toPoint()).position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a line."""
        super().mouseReleaseEvent(event)
        cursor = self.cursorForPosition(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and cursor.position() == self._is_pressed_at:
            self.line_clicked.emit(cursor.blockNumber() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the line of the cursor."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.line_clicked.emit(self.textCursor().blockNumber() + 1)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the numbers as high as the text."""
        super().resizeEvent(event)
        self._numbers.adapt()
        self._color_visible()

    def _scrolled(self, box: QRect, down: int) -> None:
        self._color_visible()
        if down:
            self._numbers.scroll(0, down)
        else:
            self._numbers.update(0, box.y(), self._numbers.width(), box.height())

    def paint_numbers(self, painter: QPainter, box: QRect) -> None:
        """Draws the numbers of the lines that are seen."""
        color = self._theme.color
        painter.fillRect(box, color("panel"))
        painter.setFont(self._theme.mono(11))
        block = self.firstVisibleBlock()
        place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        marked = set(self._marked)
        width = self._numbers.width() - GAP
        while block.isValid() and place.top() <= box.bottom():
            number = block.blockNumber() + 1
            painter.setPen(color("accent") if number in marked else color("second"))
            line = QRect(0, round(place.top()), width, self.fontMetrics().lineSpacing())
            painter.drawText(
                line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{number}"
            )
            block = block.next()
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())

    def make_room(self, width: int) -> None:
        """Leaves that much free at the left."""
        self.setViewportMargins(width, 0, 0, 0)


class _LineNumbers(QWidget):
    """The column of numbers at the left of a view."""

    def __init__(self, view: SourceView) -> None:
        super().__init__(view)
        self._view = view
        self.setAccessibleName("Line numbers")

    def adapt(self) -> None:
        """Takes the room that the largest number needs."""
        digits = max(len(str(self._view.blockCount())), 2)
        width = GAP + digits * QFontMetrics(self._view.font()).horizontalAdvance("0") + GAP
        self._view.make_room(width)
        inner = self._view.contentsRect()
        self.setGeometry(QRect(inner.left(), inner.top(), width, inner.height()))

    def sizeHint(self) -> QSize:
        """As wide as its numbers."""
        return QSize(self.width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the numbers."""
        painter = QPainter(self)
        self._view.paint_numbers(painter, event.rect())
        painter.end()


def _common(a: list[str], b: list[str]) -> int:
    """How many lines both begin with."""
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def readable(color: QColor, ground: QColor) -> QColor:
    """The colour, moved away from the ground until text in it can be read (WCAG 2.2, 4.5 : 1)."""
    found, is_dark = QColor(color), _luminance(ground) < 0.2
    while _contrast(found, ground) < TEXT_CONTRAST and 4 < found.lightness() < 250:
        found = found.lighter(106) if is_dark else found.darker(106)
    return found


def _contrast(a: QColor, b: QColor) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

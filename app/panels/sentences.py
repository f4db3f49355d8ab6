"""Sentences with names in them: what stands between backticks is set in the font of names."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextLayout, QTextOption

LINE_SPACING = 1.25


def without_ticks(sentence: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its backticks, and start and length of what stood between them."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return sentence, []
    text, names = "", []
    for number, part in enumerate(parts):
        if number % 2:
            names.append((len(text), len(part)))
        text += part
    return text, names


def laid_out(
    sentence: str, width: float, font: QFont, mono: QFont, color: QColor
) -> tuple[QTextLayout, float]:
    """The sentence broken into lines of that width, ready to draw, and its height."""
    text, names = without_ticks(sentence.replace("\n", " "))
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    whole = _range(0, len(text), color, None)
    layout.setFormats([whole, *(_range(start, length, color, mono) for start, length in names)])
    height = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1.0))
        room = round(line.height() * LINE_SPACING)
        line.setPosition(QPointF(0.0, height + (room - line.height()) / 2))
        height += room
    layout.endLayout()
    return layout, height


def _range(start: int, length: int, color: QColor, font: QFont | None) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length = start, length
    style = QTextCharFormat()
    if font is not None:
        style.setFont(font)
    style.setForeground(color)
    found.format = style
    return found

"""What wires look like: by the rank of what they carry, lit on the path pointed at, dashed in error."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from app.canvas.node_painting import NodePainter
from app.canvas.overview import mixed
from app.theme import Theme

THIN, WIDE = 1.75, 2.5
FLOWING = (1.0, 1.75, 2.75, 4.0, 5.5)
Look = tuple[str, int, int]
LIT: Look = ("lit", 0, -1)
WRONG: Look = ("error", 0, -1)


def plain(rank: int, flow: int = -1) -> Look:
    """How a wire looks when nothing is special about it; with a ``flow`` as wide as that."""
    return ("plain", rank, flow)


class WirePens:
    """One pen for all wires that look alike."""

    def __init__(self, theme: Theme, painter: NodePainter) -> None:
        self._theme, self._painter = theme, painter
        self._pens: dict[Look, QPen] = {}

    def clear(self) -> None:
        """Takes the colours in force now."""
        self._pens.clear()

    def pen(self, look: Look) -> QPen:
        """The pen of a look."""
        if look not in self._pens:
            self._pens[look] = self._made(look)
        return self._pens[look]

    def _made(self, look: Look) -> QPen:
        if look == LIT:
            return QPen(self._theme.color("accent"), WIDE)
        if look == WRONG:
            return QPen(self._theme.color("error"), THIN, Qt.PenStyle.DashLine)
        color = mixed(self._theme.color("second"), self._painter.rank(look[1]), 0.45)
        return QPen(color, FLOWING[look[2]] if look[2] >= 0 else THIN)

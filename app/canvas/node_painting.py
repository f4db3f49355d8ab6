"""Draws a node: bar, sign, name, parameters, ports, and what stands at its corners.

Nodes are kept as pixmaps by Qt, so this runs when something about a node changes, not on each frame.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from app.canvas import captions
from app.canvas.geometry import LOW, PORT, SLIM, WIDTH, Shape
from app.canvas.near_painting import NearFacts, NearPainter
from app.canvas.tint import Ground
from app.icons import SIGN_OF_FAMILY, Icons
from app.theme import Theme
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Output

CORNER, BAR = 6.0, 3.0
LEFT, SIGN = 14.0, 16.0
RANKS = ("regularisation", "linear", "recurrent", "convolution", "embedding")
MUTED = 0.45
MOST_KEPT = 4096
Align = Qt.AlignmentFlag
LOW_BOX = Shape(SLIM, (), ())


@dataclass(frozen=True, slots=True)
class Mark:
    """A port as drawn: how far down, the rank of what it carries, and whether a wire is there."""

    y: float
    rank: int
    is_wired: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a node shows."""

    name: str
    essence: str
    weights: str
    sign: str
    family: str
    inputs: tuple[Mark, ...]
    outputs: tuple[Mark, ...]
    is_muted: bool
    is_frozen: bool
    is_wrong: bool
    is_shared: bool
    has_more: bool
    repeat: int


def facts_of(graph: Graph, inference: Inference, name: str, shape: Shape) -> Facts:
    """What a node shows now."""
    node = graph.nodes[name]
    visit = inference.visits.get(name)
    incoming, used = graph.incoming(name), set(graph.outgoing(name).values())
    count = captions.weight_count(visit) if visit and not (node.muted or node.shares) else 0
    ins = tuple(
        Mark(
            y,
            captions.rank_of(inference.type_at(incoming[p])) if p in incoming else -1,
            p in incoming,
        )
        for p, y in shape.inputs
    )
    outs = tuple(
        Mark(y, captions.rank_of(inference.type_at(PortRef(name, p))), p in used)
        for p, y in shape.outputs
    )
    layer = node.layer
    return Facts(
        captions.name_line(node),
        captions.essence(node),
        captions.count_text(count) if count else "",
        "log-out" if isinstance(layer, Output) else SIGN_OF_FAMILY.get(layer.family, "box"),
        layer.family,
        ins,
        outs,
        node.muted,
        getattr(layer, "trainable", True) is False,
        bool(captions.problem_of(inference, name)),
        bool(node.shares),
        bool(shape.more),
        layer.repeat if isinstance(layer, Block) else 1,
    )


class NodePainter:
    """Draws nodes in the colours and fonts of a theme; shared by all nodes of a scene."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.near = NearPainter(theme)
        self._signs: dict[tuple[str, str, float], QPixmap] = {}
        self._cuts: dict[tuple[bool, str, float], str] = {}
        self._others: dict[tuple[str, str], NodePainter] = {}
        self.sign_color: QColor | None = None
        self.refresh()

    def refresh(self) -> None:
        """Takes the colours of the theme that is in force now."""
        self._signs.clear()
        self._cuts.clear()
        self._others.clear()
        self.near.refresh()
        theme = self.theme
        self.bold = theme.font(13, QFont.Weight.Medium)
        self.mono, self.small = theme.mono(11), theme.mono(10)
        self.bold_width = QFontMetricsF(self.bold)
        self.mono_width = QFontMetricsF(self.mono)
        self.small_width = QFontMetricsF(self.small)
        self.ground, self.chosen_ground = theme.color("raised"), theme.color("accent_ground")
        self.outline = QPen(theme.color("border"), 1.0)
        self.chosen = QPen(theme.color("accent"), 2.0)
        self.text, self.second = theme.color("text"), theme.color("second")

    def on(self, ground: Ground | None) -> NodePainter:
        """One that draws the same on another ground, with words that can be read there; made once."""
        if ground is None:
            return self
        key = (ground.color.name(), ground.ink.name())
        if key not in self._others:
            made = copy(self)
            made.ground = made.chosen_ground = ground.color
            made.text = made.second = ground.ink
            made.sign_color = ground.ink
            self._others[key] = made
        return self._others[key]

    def sign_of(self, facts: Facts) -> QColor:
        """The colour of a node's sign: its family's, or where that cannot be seen, the words'."""
        return self.sign_color or self.theme.family(facts.family)

    def rank(self, rank: int) -> QColor:
        """The colour of what has so many dimensions."""
        if rank < 0:
            return self.theme.color("disabled")
        return self.theme.color(RANKS[min(rank, len(RANKS) - 1)])

    def paint(
        self,
        painter: QPainter,
        facts: Facts,
        shape: Shape,
        *,
        chosen: bool,
        found: bool,
        near: NearFacts | None = None,
    ) -> None:
        """The whole node, its corner at the origin."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        opacity = painter.opacity()
        if facts.is_muted:
            painter.setOpacity(opacity * MUTED)
        box = LOW_BOX if shape.slim else shape
        painter.translate(0.0, shape.rect.top())
        if facts.repeat > 1:
            self._stack(painter, box)
        self._body(painter, facts, box, chosen)
        if found:
            painter.setPen(self.chosen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.rect, CORNER, CORNER)
        if shape.slim:
            self._name(painter, facts)
        elif near is not None:
            self.near.paint(painter, self, facts, near, shape)
        else:
            self._words(painter, facts, shape)
        painter.translate(0.0, -shape.rect.top())
        self._ports(painter, facts, shape)
        painter.translate(0.0, shape.rect.top())
        self._corners(painter, facts, box)
        painter.translate(0.0, -shape.rect.top())
        painter.setOpacity(opacity)

    def _stack(self, painter: QPainter, shape: Shape) -> None:
        painter.setPen(self.outline)
        painter.setBrush(self.ground)
        for step in (8.0, 4.0):
            painter.drawRoundedRect(shape.rect.translated(step, -step), CORNER, CORNER)

    def _body(self, painter: QPainter, facts: Facts, shape: Shape, chosen: bool) -> None:
        rect = shape.rect
        painter.setPen(self.chosen if chosen else self.outline)
        painter.setBrush(self.chosen_ground if chosen else self.ground)
        inset = 0.0 if chosen else 0.5
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), CORNER, CORNER)
        color = self.theme.family(facts.family)
        if facts.is_muted:
            pen = QPen(color, BAR, Qt.PenStyle.DotLine)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(BAR / 2, 4), QPointF(BAR / 2, rect.height() - 4))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPath(bar_path(rect.height()))

    def _name(self, painter: QPainter, facts: Facts) -> None:
        """What a collapsed node says."""
        ratio = painter.worldTransform().m11() * painter.device().devicePixelRatio()
        sign = self.sign(facts.sign, self.sign_of(facts), ratio)
        painter.drawPixmap(QRectF(LEFT, (SLIM - SIGN) / 2, SIGN, SIGN), sign, QRectF(sign.rect()))
        left, right = LEFT + SIGN + 8, WIDTH - 12.0
        painter.setFont(self.bold)
        painter.setPen(self.text)
        name = self._cut(self.bold_width, facts.name, right - left)
        painter.drawText(QRectF(left, 0, right - left, SLIM), Align.AlignVCenter, name)

    def _words(self, painter: QPainter, facts: Facts, shape: Shape) -> None:
        top = (shape.height - 52.0) / 2
        ratio = painter.worldTransform().m11() * painter.device().devicePixelRatio()
        sign = self.sign(facts.sign, self.sign_of(facts), ratio)
        painter.drawPixmap(QRectF(LEFT, top + 10, SIGN, SIGN), sign, QRectF(sign.rect()))
        right = WIDTH - 12.0
        if facts.weights:
            painter.setFont(self.small)
            painter.setPen(self.second)
            width = self.small_width.horizontalAdvance(facts.weights)
            box = QRectF(right - width - 1, top + 9, width + 2, 18)
            painter.drawText(box, Align.AlignVCenter | Align.AlignRight, facts.weights)
            right -= width + 8
        painter.setFont(self.bold)
        painter.setPen(self.text)
        left = LEFT + SIGN + 8
        name = self._cut(self.bold_width, facts.name, right - left)
        painter.drawText(QRectF(left, top + 9, right - left, 18), Align.AlignVCenter, name)
        painter.setFont(self.mono)
        painter.setPen(self.second)
        right = WIDTH - 12.0 - (16.0 if facts.is_frozen or facts.is_shared else 0.0)
        width = right - LEFT
        text = self._cut(self.mono_width, facts.essence, width)
        painter.drawText(QRectF(LEFT, top + 28, width, 16), Align.AlignVCenter, text)

    def _ports(self, painter: QPainter, facts: Facts, shape: Shape) -> None:
        for x, marks in ((0.0, facts.inputs), (WIDTH, facts.outputs)):
            for mark in marks:
                color = self.rank(mark.rank)
                painter.setPen(QPen(color, 1.5))
                painter.setBrush(color if mark.is_wired else self.theme.color("canvas"))
                draw_mark(painter, QPointF(x, mark.y), mark.rank)
        if facts.has_more:
            y = shape.spare_height
            painter.setPen(QPen(self.second, 1.25))
            painter.setBrush(self.theme.color("canvas"))
            painter.drawEllipse(QPointF(0.0, y), 3.5, 3.5)
            painter.drawLine(QPointF(-1.75, y), QPointF(1.75, y))
            painter.drawLine(QPointF(0.0, y - 1.75), QPointF(0.0, y + 1.75))

    def _corners(self, painter: QPainter, facts: Facts, shape: Shape) -> None:
        ratio = painter.worldTransform().m11() * painter.device().devicePixelRatio()
        if (facts.is_frozen or facts.is_shared) and shape.height >= LOW:
            sign = self.sign("lock" if facts.is_frozen else "link", self.second, ratio)
            y = (shape.height + 52.0) / 2 - 22
            painter.drawPixmap(QRectF(WIDTH - 24, y, 12, 12), sign, QRectF(sign.rect()))
        if facts.repeat > 1:
            painter.setFont(self.small)
            text = f"×{facts.repeat}"
            width = self.small_width.horizontalAdvance(text) + 10
            pill = QRectF(WIDTH - width - 10, shape.height - 8, width, 16)
            painter.setPen(self.outline)
            painter.setBrush(self.theme.family(facts.family))
            painter.drawRoundedRect(pill, 8, 8)
            painter.setPen(self.theme.color("canvas"))
            painter.drawText(pill, Align.AlignCenter, text)
        if facts.is_wrong:
            where = QPointF(WIDTH - 5, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("canvas"))
            painter.drawEllipse(where, 8.5, 8.5)
            sign = self.sign("circle-alert", self.theme.color("error"), ratio)
            painter.drawPixmap(
                QRectF(where.x() - 7.5, where.y() - 7.5, 15, 15), sign, QRectF(sign.rect())
            )

    def _cut(self, metrics: QFontMetricsF, text: str, width: float) -> str:
        """The text as far as there is room for it; remembered."""
        key = (metrics is self.bold_width, text, width)
        if key not in self._cuts:
            if len(self._cuts) >= MOST_KEPT:
                self._cuts.clear()
            self._cuts[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return self._cuts[key]

    def sign(self, name: str, color: QColor, ratio: float) -> QPixmap:
        """A sign, sharp at that scale; made once."""
        steps = 1.0 if ratio <= 1.0 else 2.0 if ratio <= 2.0 else 4.0
        key = (name, color.name(), steps)
        if key not in self._signs:
            made = Icons.pixmap(name, int(SIGN * steps), color)
            made.setDevicePixelRatio(1.0)
            self._signs[key] = made
        return self._signs[key]


@lru_cache(maxsize=256)
def bar_path(height: float) -> QPainterPath:
    """The bar at the left of a node, which shares its rounded corners."""
    whole, strip = QPainterPath(), QPainterPath()
    whole.addRoundedRect(QRectF(0, 0, WIDTH, height), CORNER, CORNER)
    strip.addRect(QRectF(0, 0, BAR, height))
    return whole.intersected(strip)


def draw_mark(painter: QPainter, at: QPointF, rank: int) -> None:
    """The sign of a port: triangle for a number, circle for features, diamond for a sequence, square
    for images and volumes."""
    half = PORT / 2 - 0.75
    if rank >= 3:
        painter.drawRect(QRectF(at.x() - half, at.y() - half, half * 2, half * 2))
    elif rank == 2:
        reach = half + 1.0
        corners = [QPointF(0, -reach), QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0)]
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
    elif rank == 0:
        corners = [QPointF(-half, -half - 0.5), QPointF(half + 0.5, 0), QPointF(-half, half + 0.5)]
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
    else:
        painter.drawEllipse(at, half, half)

"""What a node says when it is looked at closely: parameters in full, what it does, what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas import captions
from app.canvas.geometry import LOW, WIDTH, Shape
from app.catalogue_search import first_sentence
from app.theme import Theme
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.block import Block

if TYPE_CHECKING:
    from app.canvas.node_painting import Facts, NodePainter

NEAR = 1.3
LEFT, SIGN, RIGHT = 12.0, 13.0, 12.0
FIRST, HEAD, ROW = 4.5, 13.0, 10.0
LOCK, PILL = 14.0, 24.0
MOST_WIDE = 54.0
Align = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class NearFacts:
    """``parameters`` are written in full and short: whichever there is room for is shown. ``picture``
    is one of what the node gives, where a run is looked at."""

    parameters: tuple[str, str]
    help: str
    output: str
    is_wrong: bool
    picture: QPixmap | None = None


def near_facts_of(graph: Graph, inference: Inference, name: str, shape: Shape) -> NearFacts:
    """What a node shows from near now."""
    node, outputs = graph.nodes[name], [port for port, _ in shape.outputs]
    kind = type(node.layer).__name__
    problem = captions.problem_of(inference, name).replace("`", "")
    if isinstance(node.layer, Block):
        told = f"A block: {len(graph.block_of(node.layer).nodes)} layers inside"
    else:
        told = first_sentence(kind) if kind in CATALOGUE else "A layer that is not known here"
    given = inference.type_at(PortRef(name, outputs[0])) if outputs else None
    output = f"→ {captions.wire_help(given).removesuffix(' a sample')}" if given is not None else ""
    return NearFacts(
        (captions.in_full(node), captions.essence(node, 200)),
        problem or told,
        output,
        bool(problem),
    )


def is_near(painter: QPainter, zoom: float) -> bool:
    """Whether somebody looks closely: an export is the same however near the view is."""
    return zoom > NEAR and isinstance(painter.device(), QWidget | QPixmap)


class NearPainter:
    """Draws the words of a node in smaller letters, which are as large on the screen as others."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Takes the fonts and colours in force now."""
        theme = self._theme
        self._bold, self._plain = theme.font(11, QFont.Weight.Medium), theme.font(8)
        self._mono = theme.mono(8)
        self._bold_width, self._plain_width = QFontMetricsF(self._bold), QFontMetricsF(self._plain)
        self._mono_width = QFontMetricsF(self._mono)

    def paint(
        self, painter: QPainter, nodes: NodePainter, facts: Facts, near: NearFacts, shape: Shape
    ) -> None:
        """The words of a node, its corner at the origin."""
        top = (shape.height - LOW) / 2 + FIRST
        self._head(painter, nodes, facts, top)
        width = WIDTH - LEFT - RIGHT
        if near.picture is not None:
            width -= self._picture(painter, near.picture, top + HEAD) + 6
        rows = [QRectF(LEFT, top + HEAD + ROW * number, width, ROW) for number in range(3)]
        text, second = nodes.text, nodes.second
        full, short = near.parameters
        fits = self._mono_width.horizontalAdvance(full) <= width
        painter.setFont(self._mono)
        painter.setPen(text)
        self._say(painter, self._mono_width, rows[0], full if fits else short)
        painter.setPen(second)
        lock = LOCK if facts.is_frozen or facts.is_shared else 0.0
        pill = PILL if facts.repeat > 1 else 0.0
        self._say(
            painter, self._mono_width, rows[2].adjusted(0, 0, -max(lock, pill), 0), near.output
        )
        painter.setFont(self._plain)
        painter.setPen(self._theme.color("error") if near.is_wrong else second)
        self._say(painter, self._plain_width, rows[1].adjusted(0, 0, -lock, 0), near.help)

    def _head(self, painter: QPainter, nodes: NodePainter, facts: Facts, top: float) -> None:
        ratio = painter.worldTransform().m11() * painter.device().devicePixelRatio()
        sign = nodes.sign(facts.sign, nodes.sign_of(facts), ratio)
        painter.drawPixmap(QRectF(LEFT, top, SIGN, SIGN), sign, QRectF(sign.rect()))
        right = WIDTH - RIGHT
        if facts.weights:
            painter.setFont(self._mono)
            painter.setPen(nodes.second)
            wide = self._mono_width.horizontalAdvance(facts.weights) + 1
            box = QRectF(right - wide, top, wide, SIGN)
            painter.drawText(box, Align.AlignVCenter | Align.AlignRight, facts.weights)
            right -= wide + 6
        painter.setFont(self._bold)
        painter.setPen(nodes.text)
        left = LEFT + SIGN + 6
        self._say(painter, self._bold_width, QRectF(left, top, right - left, SIGN), facts.name)

    def _picture(self, painter: QPainter, picture: QPixmap, top: float) -> float:
        """What the node gives, at the right, no pixel blurred; answers its width."""
        high = 3 * ROW - 3
        wide = min(high * max(1.0, picture.width() / max(1, picture.height())), MOST_WIDE)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        box = QRectF(WIDTH - RIGHT - wide, top + 2, wide, high)
        painter.fillRect(box.adjusted(-1, -1, 1, 1), self._theme.color("canvas"))
        painter.drawPixmap(box, picture, QRectF(picture.rect()))
        return wide

    @staticmethod
    def _say(painter: QPainter, metrics: QFontMetricsF, box: QRectF, text: str) -> None:
        cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Align.AlignVCenter, cut)

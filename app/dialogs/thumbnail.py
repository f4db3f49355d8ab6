"""A small picture of a network: boxes in the colours of their families, wires between them.

The picture is drawn from the graph and its positions. A long chain is folded into rows, as a reader
would write it, so that its boxes stay large enough to be seen.
"""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from app.theme import Theme
from graph_engine.graph import Graph, Node
from graph_engine.layers.block import Block

BOX = QSizeF(30, 20)
STEP = QSizeF(42, 34)
LARGEST_SCALE = 1.4
STACK = 2.5
BEND = 8.0
NODE_WIDTH, NODE_HEIGHT = 180.0, 90.0


def picture(graph: Graph, theme: Theme, size: QSizeF, ratio: float) -> QPixmap:
    """The network in that many logical pixels, for a screen with that ratio; transparent around it."""
    pixmap = QPixmap(ceil(size.width() * ratio), ceil(size.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, graph, theme, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return pixmap


def paint(painter: QPainter, graph: Graph, theme: Theme, box: QRectF) -> None:
    """Draws the network into a box."""
    places = folded(graph, box)
    if not places:
        return
    around = QRectF()
    for place in places.values():
        around = around.united(QRectF(place, BOX))
    around.adjust(-BEND, -2 * STACK, BEND, 0)
    scale = min(box.width() / around.width(), box.height() / around.height(), LARGEST_SCALE)
    painter.save()
    painter.translate(box.center())
    painter.scale(scale, scale)
    painter.translate(-around.center())
    painter.setPen(QPen(theme.color("second"), 1.25))
    for target, source in graph.wires.items():
        painter.drawPath(_wire(places[source.node], places[target.node]))
    for name, node in graph.nodes.items():
        _draw_node(painter, node, theme, QRectF(places[name], BOX))
    painter.restore()


def folded(graph: Graph, box: QRectF) -> dict[str, QPointF]:
    """The left upper corner of each node's box. What stands in one column of the drawing stays in one;
    columns go on in another row where one row would make the boxes too small."""
    if not graph.nodes:
        return {}
    columns = sorted({round(node.position[0] / NODE_WIDTH) for node in graph.nodes.values()})
    lines = sorted({round(node.position[1] / NODE_HEIGHT) for node in graph.nodes.values()})
    each_row = _columns_of_a_row(len(columns), len(lines), box)
    number = {column: place for place, column in enumerate(columns)}
    height = {line: place for place, line in enumerate(lines)}
    places = {}
    for name, node in graph.nodes.items():
        row, column = divmod(number[round(node.position[0] / NODE_WIDTH)], each_row)
        line = row * len(lines) + height[round(node.position[1] / NODE_HEIGHT)]
        places[name] = QPointF(column * STEP.width(), line * STEP.height())
    return places


def _columns_of_a_row(columns: int, lines: int, box: QRectF) -> int:
    """The number of columns with which the boxes come out largest; few rows, where that is alike."""
    best, largest = columns, 0.0
    for rows in range(1, columns + 1):
        each = ceil(columns / rows)
        scale = min(
            box.width() / (each * STEP.width()),
            box.height() / (rows * lines * STEP.height()),
            LARGEST_SCALE,
        )
        if scale > largest * 1.05:
            best, largest = each, scale
    return best


def _wire(start: QPointF, end: QPointF) -> QPainterPath:
    first = QPointF(start.x() + BOX.width(), start.y() + BOX.height() / 2)
    last = QPointF(end.x(), end.y() + BOX.height() / 2)
    path = QPainterPath(first)
    if last.x() > first.x():
        reach = QPointF((last.x() - first.x()) / 2, 0.0)
        path.cubicTo(first + reach, last - reach, last)
        return path
    bend, middle = QPointF(BEND - 1, 0.0), (first.y() + last.y()) / 2
    for point in (
        first + bend,
        QPointF(first.x() + bend.x(), middle),
        QPointF(last.x() - bend.x(), middle),
        last - bend,
        last,
    ):
        path.lineTo(point)
    return path


def _draw_node(painter: QPainter, node: Node, theme: Theme, box: QRectF) -> None:
    color = theme.family(type(node.layer).family)
    painter.setPen(QPen(color, 1.25))
    if isinstance(node.layer, Block) and node.layer.repeat > 1:
        for distance in (2 * STACK, STACK):
            painter.setBrush(theme.color("canvas"))
            painter.drawRoundedRect(box.translated(distance, -distance), 4, 4)
    painter.setBrush(_mixed(color, theme.color("canvas"), 0.26))
    painter.drawRoundedRect(box, 4, 4)
    bar = QPainterPath()
    bar.addRoundedRect(box, 4, 4)
    painter.save()
    painter.setClipPath(bar)
    painter.fillRect(QRectF(box.left(), box.top(), 4, box.height()), color)
    painter.restore()


def _mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """So much of the colour on the ground."""
    rest = 1 - share
    return QColor.fromRgbF(
        color.redF() * share + ground.redF() * rest,
        color.greenF() * share + ground.greenF() * rest,
        color.blueF() * share + ground.blueF() * rest,
    )

"""Where everything is on the canvas: sizes of nodes, places of ports, curves of wires. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.canvas.bends import bent_path
from graph_engine.graph import Graph, Point, PortRef

WIDTH = 184.0
LOW = 52.0
SLIM = 32.0
PORT = 9.0
REACH = 11.0
PORT_STEP = 18.0
SPARE = 9.0
ROOM = 104.0
COLUMN = WIDTH + ROOM
GRID = 4.0
MARGIN = 12.0
LABEL_ROOM, LABEL_APART = 60.0, 4.0
LEAST_ZOOM, MOST_ZOOM, FAR = 0.05, 4.0, 0.45


class Shape(NamedTuple):
    """The outline of a node: its height, and how far below its top each port lies.

    ``more`` is the next slot of a variadic input, which no wire has taken yet. A ``slim`` node is drawn
    as a low box in the middle of the place that it takes, so that its wires stay level.
    """

    height: float
    inputs: tuple[tuple[str, float], ...]
    outputs: tuple[tuple[str, float], ...]
    more: str = ""
    slim: bool = False

    @property
    def rect(self) -> QRectF:
        """The box, its corner at the origin; that of a slim node is lower and further down."""
        if self.slim:
            return QRectF(0.0, (self.height - SLIM) / 2, WIDTH, SLIM)
        return QRectF(0.0, 0.0, WIDTH, self.height)

    @property
    def spare_height(self) -> float:
        """How far down the next slot of a variadic input lies."""
        return self.height - SPARE if self.inputs else self.height / 2

    def port(self, name: str, *, output: bool) -> QPointF:
        """Where a port is, in coordinates of the node; the middle of the side for one unheard of."""
        for port, y in self.outputs if output else self.inputs:
            if port == name:
                return QPointF(WIDTH if output else 0.0, y)
        if not output and name == self.more:
            return QPointF(0.0, self.spare_height)
        return QPointF(WIDTH if output else 0.0, self.height / 2)

    def port_at(self, point: QPointF, reach: float = REACH) -> tuple[str, bool] | None:
        """The port at a place in coordinates of the node, and whether it is an output."""
        spare = ((self.more, self.spare_height),) if self.more else ()
        found: list[tuple[float, str, bool]] = []
        for side, ports, output in (
            (0.0, (*self.inputs, *spare), False),
            (WIDTH, self.outputs, True),
        ):
            for name, y in ports:
                distance = max(abs(point.x() - side), abs(point.y() - y))
                if distance <= reach:
                    found.append((distance, name, output))
        return min(found)[1:] if found else None


def shape_of(graph: Graph, name: str) -> Shape:
    """The outline of a node as its ports stand now; a collapsed one shows the ports that are wired."""
    outputs = tuple(port.name for port in graph.ports_out(name))
    variadic = next((port for port in graph.ports_in(name) if port.variadic), None)
    slots = tuple(graph.slots(name))
    more = ""
    if variadic is not None:
        start = len(variadic.name)
        taken = [int(slot[start:]) for slot in slots if slot[start:].isdecimal()]
        more = f"{variadic.name}{max(taken, default=0) + 1}"
    if graph.nodes[name].collapsed:
        incoming, used = graph.incoming(name), set(graph.outgoing(name).values())
        ins = tuple(slot for slot in slots if slot in incoming) or slots
        outs = tuple(port for port in outputs if port in used) or outputs
        return _slim(ins, outs, _shape(slots, outputs, more).height)
    return _shape(slots, outputs, more)


@lru_cache(maxsize=4096)
def _shape(inputs: tuple[str, ...], outputs: tuple[str, ...], more: str) -> Shape:
    count = max(len(inputs) + (1 if more and inputs else 0), len(outputs), 1)
    height = max(LOW, -(-PORT_STEP * (count + 1) // GRID) * GRID if count > 2 else LOW)
    return Shape(height, _spread(inputs, height), _spread(outputs, height), more)


@lru_cache(maxsize=4096)
def _slim(inputs: tuple[str, ...], outputs: tuple[str, ...], height: float) -> Shape:
    top = (height - SLIM) / 2
    return Shape(height, _spread(inputs, SLIM, top), _spread(outputs, SLIM, top), slim=True)


def _spread(names: Sequence[str], height: float, top: float = 0.0) -> tuple[tuple[str, float], ...]:
    step = height / (len(names) + 1)
    return tuple((name, top + step * index) for index, name in enumerate(names, 1))


def wire_path(start: QPointF, end: QPointF, bends: Sequence[Point] = ()) -> QPainterPath:
    """A cubic that leaves and enters horizontally; smoothly through bends where there are some."""
    if bends:
        return bent_path(start, end, bends)
    path = QPainterPath(start)
    ax, ay, bx, by = start.x(), start.y(), end.x(), end.y()
    gap = bx - ax
    pull = gap * 0.5 if gap > 48 else 24 + min(abs(by - ay), 240) * 0.4 + min(-gap, 200) * 0.2
    pull = max(pull, 24.0) if abs(by - ay) > 1 else max(gap * 0.4, 4.0)
    path.cubicTo(ax + pull, ay, bx - pull, by, bx, by)
    return path


def snapped(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID


def middle(names: Iterable[str], graph: Graph) -> QPointF:
    """The middle of some nodes; the origin for none."""
    places = [graph.nodes[name].position for name in names]
    if not places:
        return QPointF()
    xs, ys = zip(*places, strict=True)
    return QPointF((min(xs) + max(xs) + WIDTH) / 2, (min(ys) + max(ys) + LOW) / 2)


def is_output(graph: Graph, ref: PortRef) -> bool:
    """Whether a port is one that values come out of."""
    return any(port.name == ref.port for port in graph.ports_out(ref.node))

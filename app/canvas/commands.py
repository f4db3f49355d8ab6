"""What can be done to the selection: each command is one edit of the document."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from typing import Literal

import networkx as nx
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from app.canvas import placing
from app.canvas.annotation_item import Key
from app.canvas.geometry import LOW, ROOM, WIDTH, shape_of
from app.canvas.scene import CanvasScene
from app.document import Document
from graph_engine import edits
from graph_engine.arrange import arrange
from graph_engine.arrange.layout import COLUMN_GAP
from graph_engine.change import Change
from graph_engine.edits import Axis, Edge
from graph_engine.errors import DesignError
from graph_engine.graph import Graph, PortRef
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block

AROUND, TITLE, APART = 24.0, 36.0, 12.0


class Commands:
    """See the module's docstring. Everything raises DesignError where it cannot be done."""

    def __init__(self, document: Document, canvas: CanvasScene) -> None:
        self.document, self.canvas = document, canvas

    @property
    def names(self) -> list[str]:
        """The selected nodes."""
        return list(self.document.selection.names)

    def annotations(self, table: str) -> list[str]:
        """The selected notes or frames."""
        return [key for kind, key in sorted(self.canvas.chosen_annotations) if kind == table]

    # Adding --------------------------------------------------------------------------------------

    def add(self, layer: str, at: QPointF | None = None) -> None:
        """Adds a layer behind the current node; at a place, or where nothing is selected, free."""
        graph, current = self.document.graph, self.document.selection.current
        made = self._made(layer)
        if at is None and current:
            change = self.behind(graph, made, current)
        elif at is None:
            change = edits.add(graph, made)
        else:
            place = placing.free_place((at.x() - WIDTH / 2, at.y() - LOW / 2), self.is_free)
            change = edits.add(graph, made, position=place)
        self._do_and_select(f"Add {layer.removeprefix(placing.BLOCK)}", change)

    def insert(self, layer: str, target: PortRef, at: QPointF | None = None) -> None:
        """Puts a layer on a wire."""
        place = (at.x() - WIDTH / 2, at.y() - LOW / 2) if at is not None else None
        change = placing.on_wire(self.document.graph, self._made(layer), target, place)
        self._do_and_select(f"Insert {layer.removeprefix(placing.BLOCK)}", change)

    def add_to_port(self, layer: str, end: PortRef, at: QPointF, *, from_output: bool) -> None:
        """Adds a layer where a wire from a port was dropped."""
        x = at.x() if from_output else at.x() - WIDTH
        change = placing.wired_to(
            self.document.graph,
            self._made(layer),
            end,
            from_output=from_output,
            at=(x, at.y() - LOW / 2),
        )
        self._do_and_select(f"Add {layer.removeprefix(placing.BLOCK)}", change)

    def behind(self, graph: Graph, layer: Layer, after: str) -> Change:
        """The change that puts a layer behind a node, with the others making room."""
        return placing.behind(graph, layer, after, self.is_free)

    def _made(self, key: str) -> Layer:
        layer = placing.made(self.document.graph, key)
        if layer is None:
            raise DesignError(f"There is no layer or block called `{key}` here.")
        return layer

    def is_free(self, x: float, y: float) -> bool:
        """Whether a node could stand there without touching another."""
        return not self.canvas.nodes_in(
            QRectF(x - APART, y - APART, WIDTH + 2 * APART, LOW + 2 * APART)
        )

    # The selection -------------------------------------------------------------------------------

    def delete(self) -> None:
        """Deletes what is selected; wires heal, and what fed a single node is selected next."""
        graph, names = self.document.graph, self.names
        change = edits.remove(graph, names) if names else Change()
        change = change.then(edits.remove_notes(graph, self.annotations("notes")))
        change = change.then(edits.remove_frames(graph, self.annotations("frames")))
        before = list(graph.dag.pred[names[0]]) if len(names) == 1 else []
        self.document.do("Delete", change)
        if len(before) == 1 and before[0] in self.document.graph.nodes:
            self.document.selection.set(before)

    def duplicate(self) -> None:
        """Makes the selection a second time and selects that."""
        if self.names:
            self._do_and_select("Duplicate", edits.duplicate(self.document.graph, self.names))

    def copy(self) -> bool:
        """Puts the selection on the clipboard as text; whether there was one."""
        notes, frames = self.annotations("notes"), self.annotations("frames")
        if not (self.names or notes or frames):
            return False
        text = edits.copy(self.document.graph, self.names, notes=notes, frames=frames)
        QGuiApplication.clipboard().setText(text)
        return True

    def paste(self, at: QPointF) -> None:
        """Pastes what was copied around a place."""
        text = QGuiApplication.clipboard().text()
        place = (round(at.x() / 4) * 4.0, round(at.y() / 4) * 4.0)
        self._do_and_select("Paste", edits.paste(self.document.graph, text, at=place))

    def select_all(self) -> None:
        """Selects all nodes, notes and frames."""
        self.document.selection.set(self.document.graph.nodes)
        self.canvas.choose_annotations(self.canvas.annotations)

    def take_out(self) -> None:
        """Takes the selected nodes out of their wires, which close behind them, and puts them below."""
        graph, names = self.document.graph, self.names
        change = edits.extract(graph, names)
        if not change:
            raise DesignError("No wires lead from these layers to others.")
        down = next((n for n in range(1, 40) if self._is_free_below(names, n)), 1)
        self.document.do(
            "Take out", change.then(edits.move(graph, names, (0.0, down * placing.ROW)))
        )

    def _is_free_below(self, names: list[str], rows: int) -> bool:
        places = (self.document.graph.nodes[name].position for name in names)
        return all(self.is_free(x, y + rows * placing.ROW) for x, y in places)

    def select_along(self, *, before: bool) -> None:
        """Selects all that feeds the selected nodes as well, or all that they feed."""
        graph, names = self.document.graph, self.names
        if not names:
            raise DesignError("Select a layer first: the search goes along its wires.")
        follow = nx.ancestors if before else nx.descendants
        found = set().union(*(follow(graph.dag, name) for name in names)).difference(names)
        self._select([*(n for n in graph.in_order() if n in found), *names])

    def replace(self, name: str, layer: str) -> None:
        """Puts another layer in the place of a node; wires and parameters that fit stay."""
        graph, kind = self.document.graph, layer.removeprefix(placing.BLOCK)
        self.document.do(f"Replace with {kind}", edits.replace_layer(graph, name, kind))

    def connect_selected(self) -> None:
        """Wires the selected nodes one behind the other, in the order in which they were chosen."""
        change, names = Change(), self.names
        for source, target in itertools.pairwise(names):
            change = change.then(edits.connect_nodes(self.document.graph, source, target))
        self.document.do("Connect", change)

    def toggle_muted(self) -> None:
        """Mutes the selected nodes, or all of them again where each is muted."""
        graph, names = self.document.graph, self.names
        muted = not all(graph.nodes[name].muted for name in names)
        self.document.do("Mute" if muted else "Unmute", edits.set_muted(graph, names, muted))

    def toggle_collapsed(self) -> None:
        """Collapses the selected nodes to their names, or opens them where all are collapsed."""
        graph, names = self.document.graph, self.names
        collapsed = not all(graph.nodes[name].collapsed for name in names)
        text = "Collapse" if collapsed else "Open again"
        self.document.do(text, edits.set_collapsed(graph, names, collapsed))

    # Arranging -----------------------------------------------------------------------------------

    def tidied(self) -> Change:
        """The change that tidies the drawing, or the selected part where several are selected."""
        graph, names = self.document.graph, self.names
        return arrange(graph, self._size, names if len(names) > 1 else None)

    def remove_points(self) -> None:
        """Takes all points off the wires of the selected nodes."""
        graph, chosen = self.document.graph, set(self.names)
        bent = [t for t in graph.routes if {t.node, graph.wires[t].node} & chosen]
        if not bent:
            raise DesignError("No wire of these layers has points. Alt+click on a wire adds one.")
        plain = (edits.set_route(graph, target, ()) for target in bent)
        self.document.do("Remove points", functools.reduce(Change.then, plain))

    def align(self, edge: Edge) -> None:
        """Puts one edge of the selected nodes on a line."""
        graph, names = self.document.graph, self.names
        self.document.do("Align", edits.align(graph, names, edge, placing.sizes(graph, names)))

    def distribute(self, kind: str) -> None:
        """Gives the selected nodes equal gaps, ``horizontally`` or ``vertically``."""
        graph, names = self.document.graph, self.names
        axis: Axis = "x" if kind in ("x", "horizontally") else "y"
        change = edits.distribute(graph, names, axis, placing.sizes(graph, names))
        self.document.do("Distribute", change)

    def straighten(self) -> None:
        """Puts the selected nodes on the line of what feeds them."""
        self.document.do("Straighten", edits.straighten(self.document.graph, self.names))

    def _size(self, name: str) -> tuple[float, float]:
        return (WIDTH + ROOM - COLUMN_GAP, shape_of(self.document.graph, name).height)

    # Blocks --------------------------------------------------------------------------------------

    def group(self) -> None:
        """Makes the selected nodes a block."""
        document = self.document
        document.infer_now()
        change = edits.group(document.graph, self.names, type_at=document.inference.type_at)
        self._do_and_select("Group", change)

    def ungroup(self) -> None:
        """Puts the nodes of the selected blocks in their places."""
        graph = self.document.graph
        blocks = [name for name in self.names if isinstance(graph.nodes[name].layer, Block)]
        if not blocks:
            raise DesignError("Only a block can be unpacked. Select one.")
        for name in blocks:
            self._do_and_select("Unpack", edits.ungroup(self.document.graph, name))

    def enter(self) -> None:
        """Opens the selected block."""
        node = self.document.graph.nodes.get(self.document.selection.current)
        if node is None or not isinstance(node.layer, Block):
            raise DesignError("Only a block can be entered. Select one.")
        self.document.enter(node.layer.block)

    # Notes and frames ----------------------------------------------------------------------------

    def add_note(self, at: QPointF) -> Key:
        """A new note at a place."""
        change = edits.add_note(self.document.graph, "New note", (at.x(), at.y()))
        self.document.do("Add a note", change)
        key = ("notes", change.added("notes")[0])
        self.canvas.choose_annotations({key})
        return key

    def frame(self) -> Key:
        """A frame around the selected nodes."""
        if not self.names:
            raise DesignError("A frame goes around nodes. Select some.")
        boxes = [self.canvas.nodes[n] for n in self.names]
        left, top = min(b.x() for b in boxes) - AROUND, min(b.y() for b in boxes) - TITLE
        right = max(b.x() for b in boxes) + WIDTH + AROUND
        low = max(b.y() + b.outline.height for b in boxes) + AROUND
        size = (right - left, low - top)
        change = edits.add_frame(self.document.graph, "Frame", (left, top), size)
        self.document.do("Add a frame", change)
        return ("frames", change.added("frames")[0])

    def reword(self, key: Key, text: str) -> None:
        """Other words for a note or frame."""
        table, name = key
        if table == "notes":
            self.document.do("Edit a note", edits.edit_note(self.document.graph, name, text=text))
        else:
            self.document.do(
                "Rename a frame", edits.edit_frame(self.document.graph, name, title=text)
            )

    def _do_and_select(self, text: str, change: Change) -> None:
        self.document.do(text, change)
        self._select(change.added("nodes"))

    def _select(self, names: Iterable[str]) -> None:
        self.document.selection.set(names)


Direction = Literal["left", "right", "up", "down"]


def neighbour(canvas: CanvasScene, name: str, way: Direction) -> str:
    """The node that an arrow key leads to: along a wire, or the nearest above or below."""
    graph = canvas.document.graph
    x, y = graph.nodes[name].position
    if way in ("left", "right"):
        found = list((graph.dag.pred if way == "left" else graph.dag.adj)[name])
        return min(found, key=lambda n: abs(graph.nodes[n].position[1] - y), default="")
    sign = 1 if way == "down" else -1
    beside = [n for n, node in graph.nodes.items() if (node.position[1] - y) * sign > 1]
    return min(
        beside,
        key=lambda n: abs(graph.nodes[n].position[0] - x) * 3 + abs(graph.nodes[n].position[1] - y),
        default="",
    )

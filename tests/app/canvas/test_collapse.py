"""A collapsed node shows its name alone, keeps its wires level, and opens again."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from app.canvas.geometry import LOW, SLIM
from app.canvas.view import CanvasView
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.attention import MultiheadAttention
from tests.app.canvas.conftest import Hands, agree


def test_collapsing_is_one_step_and_wires_stay_level(view: CanvasView) -> None:
    # Given a node with level wires
    level = view.canvas.wires[PortRef("relu1", "input")].end.y()
    view.document.selection.set(["relu1", "conv1"])
    view.document.do("Collapse", edits.set_collapsed(view.document.graph, ["conv1"], True))

    # When it is collapsed together with one that is already
    view.toggle_collapsed()

    # Then both boxes are low, and its wires end where they did
    outlines = [view.canvas.nodes[name].outline for name in ("relu1", "conv1")]
    assert [outline.rect.height() for outline in outlines] == [SLIM, SLIM]
    assert view.canvas.wires[PortRef("relu1", "input")].end.y() == level
    agree(view)

    # And once more opens both; each was one step
    view.toggle_collapsed()
    assert view.canvas.nodes["relu1"].outline.rect.height() == LOW
    agree(view)
    assert view.document.undo.count() == 3
    view.document.undo.undo()
    assert view.canvas.nodes["relu1"].outline.rect.height() == SLIM
    agree(view)


def test_it_is_grabbed_where_it_is_drawn(view: CanvasView, hands: Hands) -> None:
    view.document.selection.set(["relu1"])
    view.toggle_collapsed()
    view.document.selection.clear()
    item = view.canvas.nodes["relu1"]

    # When somebody clicks above the low box, nothing is hit; on it, the node is
    hands.click(hands.at(item.pos() + QPointF(90, 4)))
    assert list(view.document.selection.names) == []
    hands.click(hands.at(item.pos() + item.outline.rect.center()))
    assert view.document.selection.names == ("relu1",)


def test_ports_that_nothing_is_wired_to_are_hidden(view: CanvasView) -> None:
    # Given a layer with several inputs, one of them wired
    document = view.document
    change = edits.add(document.graph, MultiheadAttention(num_heads=2), position=(600.0, 300.0))
    document.do("Add", change)
    (name,) = change.added("nodes")
    source = PortRef("relu1", "output")
    document.do("Wire", edits.connect(document.graph, source, PortRef(name, "query")))
    high = view.canvas.nodes[name].outline.height

    # When it is collapsed
    document.selection.set([name])
    view.toggle_collapsed()

    # Then only that input is left, and it takes no more room than before
    outline = view.canvas.nodes[name].outline
    assert [port for port, _ in outline.inputs] == ["query"]
    assert outline.height == high
    agree(view)

    # And another wire brings its port back
    document.do("Wire", edits.connect(document.graph, source, PortRef(name, "key")))
    outline = view.canvas.nodes[name].outline
    assert [port for port, _ in outline.inputs] == ["query", "key"]
    agree(view)

"""The shipped designs as large as the canvas paints them: nothing overlaps, notes are whole."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from app.canvas.geometry import shape_of
from app.theme import Theme
from graph_engine import Graph, templates


def graphs(name: str) -> list[Graph]:
    project = templates.new(name)
    inside = [Graph.opened(block, project.blocks) for block in project.blocks.values()]
    return [*project.networks.values(), *inside]


@pytest.mark.parametrize("name", templates.names())
def test_nothing_overlaps(name: str) -> None:
    for graph in graphs(name):
        boxes = {
            node: shape_of(graph, node).rect.translated(QPointF(*graph.nodes[node].position))
            for node in graph.nodes
        }
        boxes |= {
            f"note {key}": QRectF(QPointF(*row.position), QSizeF(*row.size))
            for key, row in graph.notes.items()
        }
        met = [(a, b) for a, b in combinations(boxes, 2) if boxes[a].intersects(boxes[b])]
        assert met == [], f"in {graph.name}"


@pytest.mark.parametrize("name", templates.names())
def test_notes_have_room_for_their_words(name: str, theme: Theme, qtbot: QtBot) -> None:
    for graph in graphs(name):
        for row in graph.notes.values():
            words = QTextDocument()
            words.setDefaultFont(theme.font(12))
            words.setDocumentMargin(10)
            words.setMarkdown(row.text)
            words.setTextWidth(row.size[0])
            assert words.size().height() <= row.size[1], f"{graph.name}: {row.text[:40]}"

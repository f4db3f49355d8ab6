"""Layers are found by name, kind and value, also inside blocks; Esc goes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.matching import Hit, fits, hits
from app.canvas.view import CanvasView
from app.document import Document, Scope
from app.icons import Icons
from app.theme import Theme
from graph_engine import edits, templates
from graph_engine.graph import Node
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from tests.app.canvas.conftest import Hands, agree, shown

Shift = Qt.KeyboardModifier.ShiftModifier
CONV = Node("stem", CATALOGUE["Conv2d"](out_channels=64, kernel_size=3, bias=False), title="Eyes")


@pytest.mark.parametrize(
    "words",
    [
        "conv", "stem", "eyes", "Conv2d", "convolution", "conv 64", "kernel 3", "kernel_size=3",
        "kernel_size = 3x3", "out_channels=64", "out 64", "bias=false", "64", "conv2d kernel 3",
    ],
)  # fmt: skip
def test_words_that_fit_a_convolution(words: str) -> None:
    assert fits(CONV, words.lower().replace(" = ", "=").split())


@pytest.mark.parametrize(
    "words", ["linear", "kernel 5", "out_channels=3", "bias=true", "6", "conv 7", "kernel=3x5"]
)
def test_words_that_do_not(words: str) -> None:
    assert not fits(CONV, words.split())


@pytest.fixture
def resnet(qapp: QApplication, theme: Theme, icons: Icons) -> Iterator[CanvasView]:
    document = Document(templates.new("resnet-digits"))
    view = shown(document, theme, icons)
    yield view
    view.close()
    view.deleteLater()
    document.deleteLater()
    QApplication.processEvents()


def test_every_block_is_searched_once(resnet: CanvasView) -> None:
    document = resnet.document
    graph = document.graph
    block = next(n.layer for n in graph.nodes.values() if isinstance(n.layer, Block))
    document.do("Add", edits.add(graph, block))

    found = hits(document.project, document.scope, "conv")

    assert len(found) == len(set(found))
    inside = [hit for hit in found if hit.scope.block]
    assert inside
    assert {hit.scope for hit in inside} == {Scope("main", (block.block,))}
    here = [hit for hit in found if not hit.scope.block]
    assert found[: len(here)] == here


def walk_on(view: CanvasView, found: list[Hit]) -> None:
    """Goes on by Enter from hit to hit."""
    for hit in found:
        QTest.keyClick(view.finder.field, Qt.Key.Key_Return)
        assert view.document.scope == hit.scope
        assert view.document.selection.names == (hit.name,)


def test_the_bar_walks_through_what_is_found_and_returns(resnet: CanvasView) -> None:
    # Given a view somewhere, with something selected
    view, document = resnet, resnet.document
    document.selection.set(["scores"])
    center, zoom = view.seen().center(), view.zoom
    found = hits(document.project, document.scope, "conv")
    here = [hit.name for hit in found if not hit.scope.block]

    # When somebody types into the bar
    view.find_layers()
    assert view.finder.field.hasFocus()
    QTest.keyClicks(view.finder.field, "conv")

    # Then the first is selected and in view, and all in this graph are marked
    assert document.selection.names == (here[0],)
    view.land()
    assert view.seen().contains(view.canvas.nodes[here[0]].sceneBoundingRect())
    assert view.canvas.found == set(here)
    assert view.finder.count.text().startswith(f"1 of {len(found)}")
    agree(view)

    # And Enter goes on, into the block as well, and Shift+Enter back
    walk_on(view, found[1:])
    assert document.scope.block
    agree(view)
    QTest.keyClick(view.finder.field, Qt.Key.Key_Return)
    assert document.selection.names == (here[0],)
    QTest.keyClick(view.finder.field, Qt.Key.Key_Return, Shift)
    assert document.selection.names == (found[-1].name,)

    # And Esc returns to where the search began
    QTest.keyClick(view.finder.field, Qt.Key.Key_Escape)
    assert document.scope == Scope("main")
    assert document.selection.names == ("scores",)
    assert (view.seen().center() - center).manhattanLength() < 4
    assert view.zoom == pytest.approx(zoom)
    assert not view.canvas.found
    assert not view.finder.isVisible()
    assert view.hasFocus()


def test_a_click_on_the_canvas_means_to_stay(view: CanvasView, hands: Hands) -> None:
    view.find_layers()
    QTest.keyClicks(view.finder.field, "relu")
    view.land()
    hands.click(hands.node("relu1"))

    QTest.keyClick(view.finder.field, Qt.Key.Key_Escape)

    assert view.document.selection.names == ("relu1",)
    assert not view.finder.isVisible()


def test_what_changes_meanwhile_is_searched_again(view: CanvasView) -> None:
    # Given a search for a value
    view.find_layers()
    QTest.keyClicks(view.finder.field, "out_channels=32")
    assert view.canvas.found == {"conv1"}

    # When the value changes
    document = view.document
    document.do("Set", edits.set_parameter(document.graph, "conv1", "out_channels", 5))
    QTest.qWait(250)

    # Then nothing is marked any more, and taking it back marks it again
    assert not view.canvas.found
    assert view.finder.count.text() == "Nothing found"
    document.undo.undo()
    QTest.qWait(250)
    assert view.canvas.found == {"conv1"}
    document.do("Delete", edits.remove(document.graph, ["conv1"]))
    agree(view)
    view.find_next()

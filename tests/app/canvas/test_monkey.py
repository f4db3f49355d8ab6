"""Two thousand random actions by hand: items stay equal to the model, and undo restores the start."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.canvas.view import CanvasView
from app.document import Document
from tests.app.canvas.conftest import agree
from tests.app.monkeys.hand import ACTIONS, SEED, wanted
from tests.app.monkeys.on_canvas import CanvasMonkey


@pytest.mark.timeout(0)
def test_whatever_is_done_the_items_follow_and_undo_restores(
    view: CanvasView, document: Document
) -> None:
    # Given a network and a monkey
    start = {name: graph.definition() for name, graph in document.project.networks.items()}
    monkey = CanvasMonkey(view, SEED)

    # When it does what comes to its mind
    for number in wanted(ACTIONS):
        monkey.act(number)
        # Then the items are what the graph says, after each action
        view.tidying.finish()
        assert view.tool.is_idle, monkey.told()
        if number % 10 == 0:
            QApplication.processEvents()
        try:
            agree(view)
        except AssertionError as error:
            raise AssertionError(monkey.told()) from error

    # And taking everything back restores the start
    while document.undo.canUndo():
        document.undo.undo()
        agree(view)
    now = {name: graph.definition() for name, graph in document.project.networks.items()}
    assert now == start
    assert not view.canvas.above

"""The problems panel lists what stands in the way, leads there, and repairs it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.panels.problem_list import LABEL
from app.panels.problems import ProblemsPanel
from app.theme import Theme
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers import CATALOGUE


@pytest.fixture
def panel(document: Document, theme: Theme, icons: Icons, qtbot: QtBot) -> ProblemsPanel:
    made = ProblemsPanel(document, theme, icons)
    qtbot.addWidget(made)
    made.resize(400, 300)
    with qtbot.waitSignal(made.counted):
        made.show()
    return made


def unwire(document: Document, *nodes: str) -> None:
    for node in nodes:
        document.do("Cut", edits.disconnect(document.graph, PortRef(node, "input")))


def test_a_drawing_without_problems_says_what_the_panel_is_for(panel: ProblemsPanel) -> None:
    # given a whole drawing: then there are no rows, and a sentence stands in their place
    assert panel.problems == []
    assert panel._empty.isVisible()
    assert "appear here" in panel._empty._sentence.text()


def test_an_empty_drawing_has_no_problems_yet(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    # when everything is deleted
    with qtbot.waitSignal(panel.counted) as told:
        document.do("Delete", edits.remove(document.graph, list(document.graph.nodes)))

    # then nothing is held against it, and the panel says what it is for
    assert told.args == [0, 0]
    assert panel.problems == []
    assert panel._empty._title.text() == "Nothing is drawn yet."

    # and with the first layer it is judged again
    with qtbot.waitSignal(panel.counted):
        document.do("Add", edits.add(document.graph, CATALOGUE["ReLU"]()))
    assert panel.problems == document.inference.problems()
    assert panel.problems


def test_edits_in_one_turn_are_listed_once_and_counted(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    # given somebody who listens to the counts
    counts: list[tuple[int, int]] = []
    panel.counted.connect(lambda errors, warnings: counts.append((errors, warnings)))

    # when two wires are cut in the same turn of the loop
    unwire(document, "flatten1", "linear1")
    qtbot.waitUntil(lambda: bool(counts))

    # then the counts were said once, as inference has them
    errors = [p for p in document.inference.problems() if p.severity == "error"]
    assert len(errors) == 2
    assert counts == [(2, 0)]
    assert panel.problems == document.inference.problems()


def test_a_list_that_is_due_between_an_undo_and_its_inference_is_right(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    # given a layer that nothing is wired to, which is listed
    document.do("Add", edits.add(document.graph, CATALOGUE["Conv2d"]()))
    qtbot.waitUntil(lambda: bool(panel.problems))

    # when it is undone, and the list is made before the shapes are inferred in the next turn
    document.undo.undo()
    panel.refresh()

    # then the layer is listed no more
    assert panel.problems == []


def test_a_click_selects_the_node_and_reveals_it(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    unwire(document, "linear1")
    qtbot.waitUntil(lambda: bool(panel.problems))
    place = panel._view.visualRect(panel._model.index(0)).topLeft()

    # when the sentence is clicked
    with qtbot.waitSignal(panel.revealed) as told:
        qtbot.mouseClick(
            panel._view.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(60, 12)
        )

    # then the node is selected
    assert told.args == ["linear1"]
    assert document.selection.names == ("linear1",)


def test_enter_reveals_the_current_problem(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    unwire(document, "flatten1", "linear1")
    qtbot.waitUntil(lambda: len(panel.problems) == 2)
    panel._view.setFocus()
    panel._view.setCurrentIndex(panel._model.index(0))

    # when the second row is chosen by keys
    qtbot.keyClick(panel._view, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.revealed) as told:
        qtbot.keyClick(panel._view, Qt.Key.Key_Return)

    # then its node is shown
    assert told.args == [panel.problems[1].node]


def test_the_button_of_a_row_repairs_it_in_one_step(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    # given a cut wire, whose repair is found once the row was drawn
    whole = document.graph.definition()
    unwire(document, "linear1")
    qtbot.waitUntil(lambda: bool(panel.problems))
    index = panel._model.index(0)
    qtbot.waitUntil(lambda: bool(index.data(LABEL)))
    label = index.data(LABEL)

    # when its button is clicked
    box = panel._view.visualRect(index)
    button = panel._row._button(box, label)
    qtbot.mouseClick(panel._view.viewport(), Qt.MouseButton.LeftButton, pos=button.center())

    # then the drawing is whole again, by a step with the label as its name, and the list is empty
    assert document.graph.definition() == whole
    assert document.undo.undoText() == label
    qtbot.waitUntil(lambda: not panel.problems)
    document.undo.undo()
    qtbot.waitUntil(lambda: bool(panel.problems))


def test_labels_are_looked_for_only_where_rows_are_seen(
    document: Document, theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # given a panel that was never shown
    panel = ProblemsPanel(document, theme, icons)
    qtbot.addWidget(panel)
    unwire(document, "flatten1", "linear1")
    document.infer_now()
    qtbot.waitUntil(lambda: len(panel.problems) == 2)

    # then no repair was looked for
    assert panel._model._labels == {}
    assert panel._model._wanted == {}


def test_repair_all_is_one_step_and_leaves_nothing_that_it_can_repair(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    whole = document.graph.definition()
    unwire(document, "conv1", "linear1")
    broken = document.graph.definition()
    qtbot.waitUntil(lambda: len(panel.problems) == 2)
    steps = document.undo.count()

    # when all are repaired
    qtbot.mouseClick(panel._all, Qt.MouseButton.LeftButton)

    # then one step was added, the drawing is whole, and one undo takes all back
    assert document.undo.count() == steps + 1
    assert document.graph.definition() == whole
    document.undo.undo()
    assert document.graph.definition() == broken


def test_the_current_problem_stays_current_when_others_come(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    unwire(document, "linear1")
    qtbot.waitUntil(lambda: len(panel.problems) == 1)
    panel._view.setCurrentIndex(panel._model.index(0))
    chosen = panel.problems[0]

    # when another problem arrives before it
    unwire(document, "flatten1")
    qtbot.waitUntil(lambda: len(panel.problems) == 2)

    # then the same one is current
    assert panel._current() == chosen


def test_what_the_loss_expects_is_listed_too(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    # given a recipe with a loss that applies softmax itself
    recipe = document.project.training_recipe()
    document.project.set_training_recipe(recipe.replace(loss={"name": "CrossEntropyLoss"}))

    # when a softmax is put before the end
    change = edits.insert_on_wire(
        document.graph, PortRef("logits", "input"), CATALOGUE["Softmax"]()
    )
    document.do("Insert Softmax", change)
    qtbot.waitUntil(lambda: bool(panel.problems))

    # then the warning says so, and its repair removes the layer
    assert "CrossEntropyLoss" in panel.problems[0].sentence
    panel._view.setCurrentIndex(panel._model.index(0))
    panel.repair_current()
    qtbot.waitUntil(lambda: not panel.problems)


def test_both_themes_and_widths_draw_the_rows(
    panel: ProblemsPanel, document: Document, theme: Theme, qtbot: QtBot
) -> None:
    # given a row
    unwire(document, "linear1")
    qtbot.waitUntil(lambda: bool(panel.problems))
    index = panel._model.index(0)

    # when it is narrow, it is higher than when it is wide
    panel.resize(280, 300)
    qtbot.waitUntil(lambda: panel._view.visualRect(index).width() < 300)
    narrow = panel._view.visualRect(index).height()
    panel.resize(1200, 300)
    qtbot.waitUntil(lambda: panel._view.visualRect(index).width() > 1000)
    assert panel._view.visualRect(index).height() < narrow

    # then its picture is not the same in light and dark
    dark = panel.grab().toImage()
    theme.prefer("light")
    assert panel.grab().toImage() != dark

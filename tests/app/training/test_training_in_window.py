"""Training from the window: from the welcome page to curves, and what stands in the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.icons import Icons
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Theme
from app.toolbar import button_of
from graph_engine import edits
from tests.app.windows import clean

PATIENCE = 60_000


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, icons: Icons) -> MainWindow:
    made = MainWindow(theme, icons, Settings())
    qtbot.addWidget(made, before_close_func=clean)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_train_with_errors_shows_the_problems(window: MainWindow, qtbot: QtBot) -> None:
    window.open_template("perceptron-iris")
    editor, document = window.editor, window.document
    assert editor is not None
    assert document is not None
    said: list[str] = []
    window.messages.said.connect(lambda text, kind: said.append(text))
    wire = next(iter(document.graph.wires))
    document.do("Cut", edits.disconnect(document.graph, wire))
    document.infer_now()
    qtbot.waitUntil(lambda: "error" in editor.training.reason())
    action = window.actions_by_id["train.start"]

    assert action.isEnabled(), "so that a click can tell why"
    assert "Problems" in action.toolTip()
    action.trigger()

    assert editor.training.run.state == "idle"
    assert editor.docks["problems"].isVisible()
    assert "Problems" in said[-1]


def test_train_in_the_panel_looks_for_errors_too_and_says_why_nothing_begins(
    window: MainWindow, qtbot: QtBot
) -> None:
    # Given a drawing in which a wire was just cut, and nothing was counted yet
    window.open_template("perceptron-iris")
    editor, document = window.editor, window.document
    assert editor is not None
    assert document is not None
    window.actions_by_id["train.panel"].trigger()
    panel = editor.training.panel
    qtbot.waitUntil(panel.isVisible)
    wire = next(iter(document.graph.wires))
    document.do("Cut", edits.disconnect(document.graph, wire))

    # When Train is pressed in the panel, then the problems come, and the panel says so as well
    QTest.mouseClick(panel.bar.train, Qt.MouseButton.LeftButton)
    assert editor.training.run.state == "idle"
    qtbot.waitUntil(editor.problems.isVisible)
    window.actions_by_id["train.panel"].trigger()
    qtbot.waitUntil(panel.refusal.isVisible)
    assert "error" in panel.refusal.text.text()

    # And when the wire is back, Train begins at once, whatever was counted before
    document.undo.undo()
    assert panel.refusal.isHidden()
    QTest.mouseClick(panel.bar.train, Qt.MouseButton.LeftButton)
    assert editor.training.run.is_active
    assert "is being trained" in window.actions_by_id["train.start"].toolTip()


def test_two_clicks_from_the_welcome_page_until_curves_move(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.welcome.template_chosen.emit("perceptron-iris")
    editor = window.editor
    assert editor is not None
    button = button_of(window.tools, window.actions_by_id["train.start"])
    assert button is not None
    qtbot.waitUntil(button.isEnabled)

    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    run = editor.training.run
    assert run.is_active
    assert editor.docks["training"].isVisible()
    assert not button.isEnabled()
    assert window.actions_by_id["train.stop"].isEnabled()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)

    recording = run.runs.current
    assert recording is not None
    assert len(recording.series["loss"]) == recording.step > 0
    assert editor.training.status.isVisible()
    qtbot.waitUntil(lambda: "finished" in editor.training.status.text())
    assert button.isEnabled()


def test_while_a_run_is_paused_one_button_goes_on_and_the_other_stands_pressed(
    window: MainWindow, qtbot: QtBot
) -> None:
    # Given a run that goes on
    window.open_template("perceptron-iris")
    editor, document = window.editor, window.document
    assert editor is not None
    assert document is not None
    document.settle("Many epochs", recipe={**document.project.recipe, "epochs": 100_000})
    run, bar = editor.training.run, editor.training.panel.bar
    train, pause = (window.actions_by_id[name] for name in ("train.start", "train.pause"))
    train.trigger()
    qtbot.waitUntil(lambda: run.state == "running", timeout=PATIENCE)
    assert not pause.isChecked()
    assert not bar.pause.isChecked()

    # When it is paused, then Pause stands pressed under its own name, and Train is what goes on
    QTest.mouseClick(bar.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: run.state == "paused", timeout=PATIENCE)
    assert pause.isChecked()
    assert bar.pause.isChecked()
    assert (train.text(), pause.text()) == ("Go on", "&Pause")
    assert (bar.train.accessibleName(), bar.pause.accessibleName()) == (
        "Go on with the run", "Pause",
    )  # fmt: skip
    assert "goes on" in bar.pause.toolTip()

    # And each of them goes on, by mouse and by key
    train.trigger()
    qtbot.waitUntil(lambda: run.state == "running" and not pause.isChecked(), timeout=PATIENCE)
    pause.trigger()
    qtbot.waitUntil(lambda: run.state == "paused" and bar.pause.isChecked(), timeout=PATIENCE)
    pause.trigger()
    qtbot.waitUntil(lambda: run.state == "running" and not bar.pause.isChecked(), timeout=PATIENCE)
    assert (train.text(), bar.train.accessibleName()) == ("&Train", "Train")
    run.stop()
    qtbot.waitUntil(lambda: run.state == "finished", timeout=PATIENCE)


def test_nothing_is_cut_off_and_the_canvas_stays_wide(window: MainWindow, qtbot: QtBot) -> None:
    window.open_template("cnn-digits")
    editor = window.editor
    assert editor is not None
    qtbot.waitUntil(editor.problems.isVisible)  # which a first start shows
    window.actions_by_id["train.panel"].trigger()
    qtbot.waitUntil(lambda: editor.docks["training"].height() >= 260)

    assert window.width() <= 1280
    assert editor.canvas.width() >= 640
    bar = editor.training.panel.bar
    right = bar.mapTo(window, bar.rect().topRight()).x()
    assert right <= window.width()
    assert editor.training.panel.tabs.width() >= editor.training.panel.tabs.sizeHint().width()

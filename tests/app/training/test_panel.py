"""The training panel in its window: tabs made when shown, time, controls, and what is said of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.main_window import MainWindow
from app.messages import Messages
from app.settings import Settings
from app.theme import Theme
from app.toolbar import button_of
from app.training.desk import TrainingDesk
from app.training.panel import TABS
from app.training.progress import Clock, Progress, duration, memory, parts, progress
from app.training.recording import Recording
from app.training.scales import plain
from app.training.shown_runs import ShownRuns
from app.training.time_slider import TimeSlider
from graph_engine import edits
from graph_engine.training.events import EpochEnded, Failed, Finished, Started, Stepped, Usage

PATIENCE = 60_000


def started(epochs: int = 4, steps: int = 10, step: int = 0) -> Started:
    return Started(
        run="run-001", task="classification", device="cpu", precision="float32", threads=1, seed=0,
        epochs=epochs, steps_per_epoch=steps, parameters=100, train=320, validation=10, test=10,
        epoch=step // steps, step=step,
    )  # fmt: skip


def stepped(step: int, losses: tuple[float, ...] = (0.5,), speed: float = 100.0) -> Stepped:
    return Stepped(
        epoch=step // 10, step=step, loss=losses[-1], losses=losses, learning_rate=0.01,
        steps_per_second=speed,
    )  # fmt: skip


@pytest.fixture
def recording(qapp: QApplication) -> Recording:
    made = Recording("run-001")
    made.take([started(), stepped(20, tuple([0.5] * 20))])
    return made


@pytest.fixture
def desk(qtbot: QtBot, document: Document, theme: Theme, icons: Icons) -> Iterator[TrainingDesk]:
    made = TrainingDesk(document, theme, icons, Messages(document), Settings())
    for widget in (made.panel, made.notice, made.status):
        qtbot.addWidget(widget)
    made.panel.resize(1280, 300)
    yield made
    made.close()


# The panel ---------------------------------------------------------------------------------------


def test_every_tab_makes_its_view_when_it_is_shown(qtbot: QtBot, desk: TrainingDesk) -> None:
    desk.panel.show()
    qtbot.waitExposed(desk.panel)
    assert [tab.title for tab in TABS if desk.panel.page(tab.title)] == [TABS[0].title]

    for tab in TABS:
        desk.panel.show_tab(tab.title)
        page = desk.panel.page(tab.title)
        assert page is not None
        assert desk.panel.stack.currentWidget() is page
        assert page.isVisible()


def test_nothing_is_made_before_the_panel_is_seen(desk: TrainingDesk) -> None:
    desk.panel.show_tab(TABS[-1].title)

    assert desk.panel.stack.count() == 0


def test_watching_leaves_the_recipe_for_a_view_that_moves(qtbot: QtBot, desk: TrainingDesk) -> None:
    desk.panel.show()

    desk.panel.watch()
    moved_to = TABS[desk.panel.tabs.currentIndex()]
    assert moved_to.over_time

    moving = [tab for tab in TABS if tab.over_time][-1]
    desk.panel.show_tab(moving.title)
    desk.panel.watch()
    assert TABS[desk.panel.tabs.currentIndex()] == moving, "it stays where it moves already"


# Time --------------------------------------------------------------------------------------------


@pytest.fixture
def slider(qtbot: QtBot, qapp: QApplication, theme: Theme, recording: Recording) -> TimeSlider:
    runs = ShownRuns()
    made = TimeSlider(runs, theme)
    runs.setParent(made)
    qtbot.addWidget(made)
    made.resize(600, 28)
    runs.follow(recording)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_slider_is_hidden_without_a_run(qtbot: QtBot, theme: Theme) -> None:
    slider = TimeSlider(ShownRuns(), theme)
    qtbot.addWidget(slider)

    assert slider.isHidden()


def test_dragging_moves_all_views_and_live_brings_them_back(
    slider: TimeSlider, recording: Recording
) -> None:
    moved: list[int | None] = []
    recording.moved.connect(moved.append)
    middle = slider.line.rect().center()

    QTest.mouseClick(slider.line, Qt.MouseButton.LeftButton, pos=middle / 2)
    middle_step = recording.shown_step
    assert middle_step is not None
    assert 0 < middle_step < 20
    assert not slider.live.isChecked()

    slider.live.click()
    assert recording.shown_step is None
    assert slider.live.isChecked()
    assert len(moved) == 2


def test_beyond_the_newest_step_is_live(slider: TimeSlider, recording: Recording) -> None:
    recording.show_step(5)

    QTest.mouseClick(
        slider.line, Qt.MouseButton.LeftButton, pos=slider.line.rect().topRight() / 1.1
    )

    assert recording.shown_step is None


def test_keys_go_by_epochs(slider: TimeSlider, recording: Recording) -> None:
    slider.line.setFocus()

    QTest.keyClick(slider.line, Qt.Key.Key_Left)
    assert recording.shown_step == 10
    QTest.keyClick(slider.line, Qt.Key.Key_Home)
    assert recording.shown_step == 0
    QTest.keyClick(slider.line, Qt.Key.Key_End)
    assert recording.shown_step is None


# Words -------------------------------------------------------------------------------------------


def test_progress_counts_epochs_from_one(recording: Recording) -> None:
    now = progress(recording, Clock())

    assert (now.epoch, now.epochs, now.step, now.steps) == (3, 4, 20, 40)
    assert now.fraction == 0.5
    assert now.loss == 0.5


def test_a_finished_run_is_in_its_last_epoch(recording: Recording) -> None:
    recording.take(
        [
            stepped(40, tuple([0.1] * 20)),
            EpochEnded(epoch=4, step=40, metrics={}, learning_rate=0.1, seconds=1.0, best=True),
            Finished(reason="completed", epoch=4, step=40, metrics={}, best_epoch=4, seconds=4.0),
        ]
    )

    now = progress(recording, Clock())

    assert (now.epoch, now.fraction) == (4, 1.0)
    assert math.isnan(now.remaining)
    assert math.isnan(now.speed)


def test_the_most_important_figures_come_first() -> None:
    now = Progress(
        epoch=3, epochs=30, step=1234, steps=9000, loss=0.01234, speed=812.4, remaining=42
    )

    told = parts(now, Usage(processor=1.0, memory=312 * 2**20))

    assert told == [
        "epoch 3/30", "step 1,234", "loss 0.01234", "0:42 left", "812 steps/s", "312 MiB",
        "1.0 cores",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (12_060, "3 h 21 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"), [(512, "512 B"), (2**20, "1 MiB"), (1.5 * 2**30, "1.5 GiB")]
)
def test_bytes_in_words(size: float, words: str) -> None:
    assert memory(size) == words


def test_a_run_that_broke_off_is_told_above_the_canvas(
    desk: TrainingDesk, recording: Recording
) -> None:
    run = desk.run
    recording.take([Failed(message="The loss is no longer finite.", node="conv.2", step=20)])
    run.recording, run.state, run.message = recording, "failed", "The loss is no longer finite."
    shown: list[str] = []
    desk.notice.revealed.connect(shown.append)

    run.changed.emit()

    assert not desk.notice.isHidden()
    assert desk.notice.text.text() == "The loss is no longer finite."
    assert desk.notice.go_on.isHidden(), "there is no checkpoint to go on from"
    desk.notice.show_node.click()
    assert shown == ["conv"]
    desk.notice.away.click()
    assert desk.notice.isHidden()


# The window --------------------------------------------------------------------------------------


def test_a_learning_rate_can_be_typed_over_the_one_that_is_shown_while_a_run_goes_on(
    qtbot: QtBot, desk: TrainingDesk, recording: Recording
) -> None:
    # Given a run that goes on, and its learning rate with all of it selected
    run, field = desk.run, desk.panel.bar.rate
    run.recording, run.state = recording, "running"
    with qtbot.waitActive(desk.panel):
        desk.panel.show()
        desk.panel.activateWindow()
    run.changed.emit()
    field.refresh()
    assert field.text() == "0.01"
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()

    # When the rate changes before a key is pressed, what is selected stays, and typing replaces it
    slower = replace(stepped(21), learning_rate=0.005)
    recording.take([slower])
    field.refresh()
    assert field.selectedText() == "0.01"
    QTest.keyClicks(field, "0.25")
    field.refresh()
    assert field.text() == "0.25"

    # Then Escape gives it up for the rate of the newest step
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.005"


def test_a_small_learning_rate_is_written_as_at_its_curve(
    desk: TrainingDesk, recording: Recording
) -> None:
    run, field = desk.run, desk.panel.bar.rate
    run.recording, run.state = recording, "running"

    for rate, text in ((4e-8, "4e-8"), (0.001, "0.001"), (1234.0, "1,234")):
        recording.take([replace(stepped(21), learning_rate=rate)])
        field.refresh()
        assert field.text() == text == plain(rate)


def test_a_run_that_stands_still_has_no_speed(desk: TrainingDesk, recording: Recording) -> None:
    desk.run.recording, desk.run.state = recording, "running"
    desk.run.changed.emit()
    assert "100 steps/s" in desk.status.text()

    desk.run.state = "paused"
    desk.run.changed.emit()
    assert "steps/s" not in desk.status.text()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, icons: Icons) -> MainWindow:
    made = MainWindow(theme, icons, Settings())
    qtbot.addWidget(made, before_close_func=clean)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


def clean(window: MainWindow) -> None:
    """Nothing is left to be asked for when the window closes."""
    if window.document is not None:
        window.document.undo.setClean()


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


def test_a_refusal_is_shown_where_it_was_asked_for_again_and_again(desk: TrainingDesk) -> None:
    # Given a refusal that was put away
    desk.panel.show()
    desk.run.refuse("There is no room.")
    strip = desk.panel.refusal
    assert strip.isVisible()
    assert strip.text.text() == "There is no room."
    strip.away.click()
    assert strip.isHidden()

    # When other things change it stays away, and when it is asked for again it is said again
    desk.run.changed.emit()
    assert strip.isHidden()
    desk.run.refuse("There is no room.")
    assert strip.isVisible()


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

"""The training panel over a desk: tabs made when shown, controls, and what is said of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.settings import Settings
from app.theme import Theme
from app.training.desk import TrainingDesk
from app.training.panel import TABS
from app.training.recording import Recording
from app.training.scales import plain
from graph_engine.training.events import Failed
from tests.app.training.short_run import stepped


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


# What is said ------------------------------------------------------------------------------------


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


# Controls ----------------------------------------------------------------------------------------


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

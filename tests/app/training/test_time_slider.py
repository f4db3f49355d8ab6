"""The slider of time: it goes by steps and epochs, moves all views, and comes back to live."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns
from app.training.time_slider import TimeSlider


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

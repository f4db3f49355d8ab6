"""Curves show the run's values, thinned to the pixels there are, and follow it until a hand zooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.training.curves import CurvesPanel
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns
from graph_engine.training.events import EpochEnded, Stepped
from tests.app.training.conftest import spin, strand
from tests.app.training.made_runs import BEGAN, losses, recorded, started, steps_of

Show = Callable[..., Any]


def wheel(plot: Any, at: QPointF, turned: int = 240) -> None:
    event = QWheelEvent(
        at, plot.mapToGlobal(at), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)


def test_metrics_are_drawn_point_for_point(shown: Show) -> None:
    # Given a run of twenty epochs
    run = recorded(steps=2000)
    panel = shown(CurvesPanel, run)

    # When its curves are drawn, then each epoch's accuracy is where it belongs
    plot = panel.plots["accuracy"]
    x, y = plot.drawn(strand(panel, "accuracy", "validation_accuracy"))
    assert x.tolist() == [epoch.step for epoch in run.epochs]
    assert y.tolist() == [epoch.metrics["validation_accuracy"] for epoch in run.epochs]


def test_without_smoothing_a_short_loss_is_drawn_point_for_point(shown: Show) -> None:
    # Given a run of 300 steps, when smoothing is off
    run = recorded(steps=300)
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    spin(panel)

    # Then the curve is the losses
    x, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    np.testing.assert_array_equal(x, np.arange(1.0, 301.0))
    np.testing.assert_array_equal(y, losses(300))


def test_a_long_loss_is_thinned_and_loses_no_peak(shown: Show) -> None:
    # Given 200,000 steps with one peak
    values = losses(200_000)
    values[123_456] = 40.0
    run = Recording("long")
    run.take([started("long", len(values)), *steps_of(values, 5000)])
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    spin(panel)

    # When it is drawn, then few points are left and the peak is one of them
    x, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    assert len(x) < 4 * panel.plots["loss"].plot.columns
    assert y.max() == 40.0
    assert abs(x[y.argmax()] - 123_457) < 200_000 / 50


@pytest.mark.parametrize(("number", "last"), [(0, 2000.0), (1, 20.0), (2, 8.0)])
def test_curves_stand_against_steps_epochs_or_time(shown: Show, number: int, last: float) -> None:
    # Given a run of 2,000 steps, 20 epochs and 8 seconds, when it is drawn against one of them
    panel = shown(CurvesPanel, recorded(steps=2000))
    panel.across.choose(number)
    spin(panel)

    # Then that is where its last epoch ends
    x, _ = panel.plots["loss"].drawn(strand(panel, "loss", "validation_loss"))
    assert x[-1] == pytest.approx(last)


def test_words_at_the_ends_follow_cursor_and_time_slider(shown: Show) -> None:
    # Given curves without smoothing
    run = recorded(steps=300)
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    spin(panel)
    plot = panel.plots["loss"].plot

    def told() -> str:
        value: str = next(end.value for end in plot.overlay.ends if not end.dashed)
        return value

    # When nothing is chosen they have the newest value, else that of the moment, else of the cursor
    assert float(told()) == pytest.approx(losses(300)[-1], rel=1e-3)
    run.show_step(100)
    spin(panel)
    assert plot.overlay.moment == 100.0
    assert float(told()) == pytest.approx(losses(300)[99], rel=1e-3)
    panel.plots["accuracy"].plot.hovered.emit(200.4)
    assert plot.overlay.cursor == 200.4
    assert float(told()) == pytest.approx(losses(300)[199], rel=1e-3)


def test_a_zoomed_plot_stands_still_until_it_may_follow_again(shown: Show) -> None:
    # Given a run that goes on, zoomed by the wheel
    run = recorded(steps=1000)
    panel = shown(CurvesPanel, run)
    loss, accuracy = panel.plots["loss"].plot, panel.plots["accuracy"].plot
    wheel(loss, loss.view.box.center())
    spin(panel)
    seen = loss.view.values_x()
    assert not panel.following.isChecked()

    # When more steps come, then the view stays, and all plots show the same steps
    more = Stepped(
        time=BEGAN + 9, epoch=10, step=2000, loss=1.0, losses=(1.0,) * 1000, learning_rate=1e-4,
        steps_per_second=1.0,
    )  # fmt: skip
    run.take([more])
    spin(panel)
    assert loss.view.values_x() == seen
    assert accuracy.view.values_x() == seen

    # Until it follows: as wide as before, at the newest step
    panel.following.setChecked(True)
    spin(panel)
    low, high = loss.view.values_x()
    assert high == pytest.approx(2000)
    assert high - low == pytest.approx(seen[1] - seen[0])

    # And a double click shows everything
    QTest.mouseDClick(
        loss.viewport(), Qt.MouseButton.LeftButton, pos=loss.view.box.center().toPoint()
    )
    spin(panel)
    assert loss.view.values_x()[0] == 0.0
    assert loss.view.values_x()[1] >= 2000


def test_dragging_zooms_to_a_stretch(shown: Show) -> None:
    # Given a plot, when a hand drags along it
    panel = shown(CurvesPanel, recorded(steps=1000))
    plot = panel.plots["loss"].plot
    box = plot.view.box
    start, end = QPoint(int(box.left() + 50), int(box.center().y())), QPoint(0, 3)
    end += QPoint(int(box.left() + 100), start.y())
    expected = plot.view.value_at(QPointF(start))[0], plot.view.value_at(QPointF(end))[0]
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(plot.viewport(), end)
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=end)

    # Then it shows these steps, and the same values
    assert plot.view.values_x() == pytest.approx(expected)


def test_runs_lie_over_one_another_in_their_colours(shown: Show, runs: ShownRuns) -> None:
    # Given two runs
    panel = shown(CurvesPanel, recorded("first", 500), recorded("second", 700, seed=1))
    names = [end.name for end in panel.plots["loss"].plot.overlay.ends]
    assert names == ["first", "first val.", "second", "second val."]
    colors = {end.name: end.color.name() for end in panel.plots["loss"].plot.overlay.ends}
    assert colors["first"] == colors["first val."] != colors["second"]

    # When one is switched off, then it is not drawn, and the other keeps its colour
    panel.run_chips["first"].setChecked(False)
    spin(panel)
    left = panel.plots["loss"].plot.overlay.ends
    assert {end.color.name() for end in left} == {colors["second"]}


def test_a_chosen_quantity_is_shown_and_another_hidden(shown: Show) -> None:
    panel = shown(CurvesPanel, recorded())
    panel.chips["accuracy"].setChecked(False)
    spin(panel)
    assert not panel.plots["accuracy"].plot.isVisible()
    assert panel.plots["loss"].plot.isVisible()


def test_a_logarithmic_scale_is_for_what_should_fall(shown: Show) -> None:
    panel = shown(CurvesPanel, recorded(steps=300))
    panel.smoothing.slider.setValue(0)
    panel.log.setChecked(True)
    spin(panel)
    _, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    np.testing.assert_allclose(10**y, losses(300))
    assert not panel.plots["accuracy"].plot.view.log_y


def test_steering_and_the_best_epoch_are_marked(shown: Show) -> None:
    # Given a run whose learning rate was changed by hand
    run = recorded(steps=2000)
    panel = shown(CurvesPanel, run)
    marks = panel.plots["loss"].plot.overlay.marks

    # Then it is marked at its step, in the worker's words, and so are the best weights
    assert [mark.at for mark in marks if not mark.is_best] == [1000.0]
    assert "0.00025" in marks[0].words
    best = [epoch for epoch in run.epochs if epoch.best][-1]
    assert [mark.at for mark in marks if mark.is_best] == [best.step]


def test_a_loss_that_is_not_a_number_leaves_a_gap(shown: Show) -> None:
    # Given a run whose loss is not finite for a while, and no validation
    run = Recording("broken")
    values = [1.0, float("nan"), float("nan"), 2.0]
    run.take([started("broken", 4), Stepped(time=BEGAN, epoch=0, step=4, loss=2.0, losses=tuple(values),
              learning_rate=0.1, steps_per_second=1.0)])  # fmt: skip
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    spin(panel)

    # Then the curve has the gap, and the words say so
    _, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    np.testing.assert_array_equal(y, values)
    run.take([EpochEnded(epoch=1, step=5, metrics={"validation_loss": float("nan")}, seconds=1.0,
              learning_rate=0.1, best=False)])  # fmt: skip
    spin(panel)
    assert "NaN" in [end.value for end in panel.plots["loss"].plot.overlay.ends]


def test_the_time_between_an_interruption_and_going_on_is_left_out(shown: Show) -> None:
    # Given a run of two seconds whose second half was done an hour later
    run, values = Recording("broken off"), losses(500)
    run.take([started("broken off", 500), *steps_of(values[:250], 50)])
    late = [replace(each, time=each.time + 3600) for each in steps_of(values, 50)]
    began = replace(started("broken off", 500), time=BEGAN + 3601.0, step=250)
    run.take([began, *(each for each in late if isinstance(each, Stepped) and each.step > 250)])

    # When it is drawn against time, then it took two seconds
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    panel.across.choose(2)
    spin(panel)
    x, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    np.testing.assert_allclose(x[-1], 2.0, atol=1e-3)
    np.testing.assert_array_equal(y, values)


def test_a_run_that_went_on_otherwise_is_drawn_as_it_went(shown: Show) -> None:
    # Given a run that was drawn to its end
    run, values = Recording("again"), losses(300)
    run.take([started("again", 300), *steps_of(values, 50)])
    panel = shown(CurvesPanel, run)
    panel.smoothing.slider.setValue(0)
    spin(panel)

    # When it goes on from step 100, with other losses, and is drawn at the end only
    other = np.concatenate([values[:100], values[100:] * 2])
    again = [each for each in steps_of(other, 50) if isinstance(each, Stepped) and each.step > 100]
    run.take([replace(started("again", 300), step=100), *again])
    spin(panel)

    # Then the curve has the new ones
    _, y = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    np.testing.assert_array_equal(y, other)


def test_what_did_not_change_is_not_painted_again(shown: Show) -> None:
    # Given a run between two epochs, when more steps come
    run = recorded(steps=1000)
    panel = shown(CurvesPanel, run)
    QApplication.processEvents()
    painted: list[str] = []
    for name in ("loss", "accuracy"):
        panel.plots[name].plot.scene().changed.connect(partial(_note, painted, name))
    more = Stepped(
        time=BEGAN + 5, epoch=10, step=1001, loss=0.05, losses=(0.05,), learning_rate=1e-4,
        steps_per_second=1.0,
    )  # fmt: skip
    run.take([more])
    spin(panel)
    QApplication.processEvents()

    # Then the loss is painted, and the accuracy, which is as it was, is not
    assert "loss" in painted
    assert "accuracy" not in painted


def _note(painted: list[str], name: str, areas: object) -> None:
    painted.append(name)


def test_a_run_that_is_read_again_is_smoothed_again(shown: Show, runs: ShownRuns) -> None:
    # Given a run that was drawn, when another recording of it takes its place
    first, second = recorded("same", 300), recorded("same", 400, seed=1)
    panel = shown(CurvesPanel, first)
    runs.follow(second)
    spin(panel)

    # Then the curve is that of the new one
    x, _ = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    assert x[-1] == 400.0


def test_an_empty_panel_offers_to_train(shown: Show, qtbot: QtBot) -> None:
    panel = shown(CurvesPanel)
    assert panel.waiting.isVisible()
    with qtbot.waitSignal(panel.train_asked, timeout=500):
        panel.waiting.button.click()


def test_another_theme_repaints_the_plots(shown: Show, theme: Theme) -> None:
    # Given plots in the dark, when it becomes light
    panel = shown(CurvesPanel, recorded(steps=300))
    plot = panel.plots["loss"].plot
    before = plot.menu.pixmap().toImage().pixelColor(4, 4)
    theme.prefer("light")
    spin(panel)

    # Then ground and curves are
    after = plot.menu.pixmap().toImage().pixelColor(4, 4)
    assert before != after
    assert after == theme.color("panel")
    assert {end.color.name() for end in plot.overlay.ends} == {"#1f5fd6"}

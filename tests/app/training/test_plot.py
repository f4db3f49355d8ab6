"""Plots say round numbers, keep what the pointer is on in its place, and give back what Qt lent."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.icons import Icons
from app.theme import Theme
from app.training import hues, scales
from app.training.chip_row import ChipRow
from app.training.legend import Chip
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.plot_items import dashes
from app.training.plot_marks import End, Mark, mark_near
from app.training.plot_view import View
from tests.app.training.conftest import destroy

BOX = QRectF(40, 20, 400, 200)


@pytest.fixture
def plot(qtbot: QtBot, theme: Theme) -> Iterator[Plot]:
    made = Plot(theme, Ground(heading="Loss", x=Axis("steps", kind="count")))
    made.resize(480, 240)
    with qtbot.waitExposed(made):
        made.show()
    made.show_range((0, 100), (0, 2))
    yield made
    destroy(made)


@given(st.floats(-1e4, 1e4), st.floats(1e-2, 1e6), st.integers(2, 12))
def test_ticks_are_few_round_and_inside(low: float, span: float, most: int) -> None:
    high = low + span
    found = scales.ticks(low, high, most)
    assert len(found) <= most * 1.3 + 1
    step = span / most
    assert all(low - step * 1e-3 <= each <= high + step * 1e-3 for each in found)
    if len(found) > 1:
        digits = f"{found[1] - found[0]:.5e}".partition("e")[0]
        assert float(digits) in (1.0, 2.0, 5.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.0, 0.5, 1.0], ["0", "0.5", "1.0"]),
        ([0.0, 500.0, 1000.0], ["0", "500", "1,000"]),
        ([0.0, 10_000.0, 20_000.0], ["0", "10k", "20k"]),
        ([0.0, 5e5, 1e6], ["0", "0.5M", "1.0M"]),
        ([0.0, 2e-4, 4e-4], ["0", "2e-4", "4e-4"]),
        ([4.01e-4, 4.02e-4, 4.03e-4], ["4.01e-4", "4.02e-4", "4.03e-4"]),
        ([-1.0, 0.0, 1.0], ["−1", "0", "1"]),
    ],
)
def test_words_at_ticks(values: list[float], words: list[str]) -> None:
    assert scales.tick_words(values) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.032144, "0.03214"), (12_500.0, "12,500"), (2.311e-9, "2.311e-9"), (float("nan"), "NaN"),
        (float("inf"), "∞"), (0.0, "0"), (1.0, "1.000"),
    ],
)  # fmt: skip
def test_numbers_in_words(value: float, words: str) -> None:
    assert scales.number(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(5.0, "5 s"), (200.0, "3:20"), (7500.0, "2:05:00"), (59.7, "59.7 s")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert scales.duration(seconds) == words


def test_powers_of_ten_stand_at_a_logarithmic_axis() -> None:
    assert scales.log_words(scales.log_ticks(-6, 0, 8)) == [
        "1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1", "1",
    ]  # fmt: skip
    assert scales.log_words(scales.log_ticks(-0.1, 1.1, 6)) == ["1", "2", "5", "10"]


@given(st.floats(1e-8, 1e6), st.floats(1e-4, 10.0))
def test_no_two_ticks_of_a_short_axis_have_the_same_words(low: float, share: float) -> None:
    span = (low, low * (1 + share))
    words = scales.tick_words(scales.ticks(*span, 6))
    assert len(set(words)) == len(words)
    logarithms = (math.log10(span[0]), math.log10(span[1]))
    words = scales.log_words(scales.log_ticks(*logarithms, 6))
    assert len(set(words)) == len(words)


def test_a_range_stays_while_it_fits() -> None:
    assert scales.roomy(0, 100, (0, 115)) == (0, 115)
    assert scales.roomy(0, 116, (0, 115))[1] > 116
    assert scales.roomy(0, 10, (0, 115))[1] < 20
    assert scales.steady(0.1, 0.9, (0.0, 1.0)) == (0.0, 1.0)


@given(st.floats(45, 435), st.floats(25, 215), st.booleans())
def test_zooming_keeps_what_is_under_the_pointer(x: float, y: float, log: bool) -> None:
    view = View(BOX, (0.0, 4.0), (-2.0, 2.0), log_y=log)
    at = QPointF(x, y)
    assert view.zoomed(at, 0.5, 2.0).value_at(at) == pytest.approx(view.value_at(at))
    assert view.across(view.value_at(at)[0]) == pytest.approx(x)
    assert view.down(view.value_at(at)[1]) == pytest.approx(y)


def test_moving_takes_what_is_seen_along() -> None:
    view = View(BOX, (0.0, 4.0), (0.0, 2.0))
    moved = view.moved(QPointF(100, 50))
    assert moved.across(1.0) == pytest.approx(view.across(1.0) + 100)
    assert moved.down(1.0) == pytest.approx(view.down(1.0) + 50)


def test_curves_are_in_the_picture_where_their_values_are(plot: Plot, theme: Theme) -> None:
    # Given a level line at 1 of 0 to 2
    plot.curve().draw(np.array([0.0, 100.0]), np.array([1.0, 1.0]), theme.color("error"), wide=True)

    # When it is painted, then its colour is in the middle of the plot and nowhere near its ends
    image = plot.grab().toImage()
    x, y = int(plot.view.box.center().x()), plot.view.down(1.0)

    def redness(at: float) -> int:
        color: QColor = image.pixelColor(x, int(at))
        return color.red() - color.blue()

    assert max(redness(y + d) for d in (-1, 0, 1)) > 60
    assert redness(y + 40) < 20


def test_a_picture_stands_upright(plot: Plot) -> None:
    # Given a picture whose first row is small and whose last is large
    picture = plot.picture()
    values = np.array([[0, 0], [255, 255]], np.uint8)
    picture.draw(values, QRectF(0, 0, 100, 2), hues.magnitude())

    # Then the small ones, dark in viridis, lie below
    image, view = plot.grab().toImage(), plot.view
    x = int(view.box.center().x())
    above, below = (image.pixelColor(x, int(view.down(at))).lightness() for at in (1.5, 0.5))
    assert above > 100 > below


def test_words_beside_curves_do_not_stand_on_one_another(plot: Plot, theme: Theme) -> None:
    # Given three curves that end at the same value, when they are named
    color = theme.color("accent")
    before = plot.view.box.width()
    plot.set_ends([End(name, "0.1000", 0.1, color) for name in ("one", "two", "three")])

    # Then there is room for the words beside the plot
    assert plot.view.box.width() < before
    assert [end.name for end in plot.overlay.ends] == ["one", "two", "three"]


def test_an_event_is_told_under_the_pointer(plot: Plot) -> None:
    plot.set_marks([Mark(50.0, "warning", "The learning rate is 0.1 now.")])
    x = plot.view.across(50.0)
    assert mark_near(plot.overlay, plot.view, QPointF(x + 3, 60)) == "The learning rate is 0.1 now."
    assert not mark_near(plot.overlay, plot.view, QPointF(x + 20, 60))


def test_keys_zoom_move_and_show_everything(plot: Plot) -> None:
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    low, high = plot.view.x
    assert high - low == pytest.approx(80)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.view.x[0] > low
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.view.x == (0.0, 100.0)
    assert not plot.is_free


def test_the_middle_button_moves(plot: Plot) -> None:
    # Given a plot, when it is drawn a tenth of its width to the right
    middle, button = Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
    start = plot.view.box.center()
    end = start + QPointF(plot.view.box.width() / 10, 0)
    for kind, at, pressed in (
        (QEvent.Type.MouseButtonPress, start, middle),
        (QEvent.Type.MouseMove, end, button),
        (QEvent.Type.MouseButtonRelease, end, middle),
    ):
        event = QMouseEvent(
            kind, at, plot.mapToGlobal(at), pressed, middle, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(plot.viewport(), event)

    # Then it shows what was a tenth before, and stays there
    assert plot.view.x == pytest.approx((-10, 90))
    plot.show_range((0, 200), (0, 2))
    assert plot.view.x == pytest.approx((-10, 90))


def test_painting_keeps_the_count_of_references(plot: Plot, theme: Theme) -> None:
    # Given a plot with everything in it
    curve, dots, bars, picture = plot.curve(), plot.dots(), plot.bars(), plot.picture()
    x = np.linspace(0, 100, 200)
    color, area = theme.color("accent"), QRectF(0, 0, 100, 2)

    def paint(count: int) -> None:
        for n in range(count):
            curve.draw(x, np.sin(x + n) + 1, color)
            dots.draw([(color, x, x / 50)], area)
            bars.draw([(QRectF(n % 50, 0, 1, 1), color)], area)
            picture.draw(np.full((2, 2), n % 255, np.uint8), area, hues.magnitude())
            plot.viewport().repaint()

    # When it is painted 500 times, then nobody took references to None
    paint(20)
    before = sys.getrefcount(None)
    paint(500)
    assert abs(sys.getrefcount(None) - before) < 100


def test_a_curve_of_many_points_is_still_dashed() -> None:
    joined = dashes(np.append(np.ones(500), np.nan))
    assert 0.5 < joined.mean() < 0.8
    assert joined[-2:].tolist() == [0, 0]
    assert 20 < (np.diff(joined) < 0).sum() < 80


def test_chips_without_room_stand_in_a_menu(qtbot: QtBot, icons: Icons) -> None:
    # Given ten chips and room for some
    row, chips = ChipRow(icons), [Chip(f"run {n}", "", True) for n in range(10)]
    qtbot.addWidget(row)
    row.resize(300, 28)
    row.show()
    row.show_chips(chips[:3], chips[3:])
    assert row.hidden
    assert row.hidden == chips[-len(row.hidden) :]

    # When one in the menu is switched, then its chip is
    row._menu.aboutToShow.emit()
    row._menu.actions()[-1].trigger()
    assert not chips[-1].isChecked()

    # And with more room all are there
    row.resize(2000, 28)
    assert not row.hidden


def test_the_window_starts_without_pyqtgraph() -> None:
    text = "import sys, app.main_window; print('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""The panel of activations: which layer, sample and step is shown, and what the worker is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.theme import Theme
from app.training.activations import ActivationsPanel, first_to_show
from app.training.looking import Looking
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.sample_strip import in_words, numbers_in
from app.training.shown_runs import ShownRuns
from graph_engine import templates
from graph_engine.training import titles
from graph_engine.training.commands import Look
from tests.app.training.conftest import destroy
from tests.app.training.made_maps import NODES, SAMPLES, finished, glance, values_of, watched

Show = Callable[..., Any]


def choose(panel: ActivationsPanel, node: str) -> None:
    panel.list.setCurrentRow(NODES.index(node))
    panel.pacer.draw_now()


# The panel -------------------------------------------------------------------------------------------


def test_the_first_convolution_is_shown_first(shown: Show) -> None:
    panel = shown(ActivationsPanel, watched(10))
    assert panel.path == "conv1"
    assert panel.view.shown.values.shape == (3, 5, 6, 6)
    assert len(panel.view.mosaic.tiles) == 5
    assert first_to_show(("Input", "Linear")) == 1


def test_the_samples_stand_beside_their_maps(shown: Show) -> None:
    panel = shown(ActivationsPanel, watched(10))
    images = panel.samples.thumbnails.images
    assert len(images) == len(SAMPLES)
    sent = watched(10).track(f"{titles.MAP}image").array()
    assert sent is not None
    assert images[1].pixelColor(3, 5).red() == sent[1, 0, 5, 3]


def test_another_sample_has_its_own_maps(shown: Show) -> None:
    run = watched(10)
    panel = shown(ActivationsPanel, run)
    panel.samples.thumbnails.choose(2)
    sent = run.track(f"{titles.MAP}conv1").array()
    assert sent is not None
    assert np.array_equal(panel.view.mosaic.tiles, sent[2])
    panel.extent.choose(1)
    assert np.array_equal(panel.view.mosaic.tiles, sent.reshape(15, 6, 6))


def test_a_vector_is_drawn_as_bars_with_its_numbers(shown: Show) -> None:
    panel = shown(ActivationsPanel, watched(10))
    choose(panel, "classifier")
    values = values_of("classifier", 10)
    step = (values.max() - values.min()) / 255
    np.testing.assert_allclose(panel.view.bars.values, values[0], atol=step)
    assert panel.view.bars.isVisible()


def test_kernels_of_a_convolution_are_drawn_when_chosen(shown: Show) -> None:
    panel = shown(ActivationsPanel, watched(10))
    panel.which.choose(1)
    assert panel.view.shown.layout == "kernels"
    assert len(panel.view.mosaic.tiles) == 10
    choose(panel, "relu1")
    assert not panel.which.isVisible()
    assert panel.view.shown.layout == "images"


def test_the_time_slider_shows_how_it_was(shown: Show) -> None:
    # Given a run that was looked at three times
    run = watched(10, 20, 30)
    panel = shown(ActivationsPanel, run)
    assert panel.view.shown.step == 30

    # When it is scrubbed to a step between two looks
    run.show_step(25)
    panel.pacer.draw_now()

    # Then the maps and figures are those of the look before
    sent = run.track(f"{titles.MAP}conv1").array(20)
    assert sent is not None
    assert np.array_equal(panel.view.shown.values, sent)
    assert ("Mean", "2.000", False) in panel.facts.rows


def test_figures_that_are_bad_are_marked(shown: Show) -> None:
    panel = shown(ActivationsPanel, watched(10))
    assert ("Dead units", "60 %", True) in panel.facts.rows
    assert ("Zeros", "25 %", False) in panel.facts.rows
    assert "Saturated" not in [words for words, *_ in panel.facts.rows], "it is not bounded"
    density, edges = np.histogram([0.0], titles.BINS, range=(-3, 3))
    assert len(panel.facts.histogram.density) == len(density)
    np.testing.assert_allclose(panel.facts.histogram.at, (edges[1:] + edges[:-1]) / 2, rtol=1e-6)


def test_the_pointer_tells_channel_place_and_value(shown: Show) -> None:
    # Given the maps of the first sample
    panel = shown(ActivationsPanel, watched(10))
    mosaic = panel.view.mosaic

    # When the pointer is on the middle of channel 3
    at = mosaic.place(3).center() + QPointF(1, 1)
    QTest.mouseMove(mosaic, QPoint(2, mosaic.height() - 2))
    QTest.mouseMove(mosaic, at.toPoint())

    # Then its number is told
    hit = mosaic.hit(QPointF(at.toPoint()))
    value = values_of("conv1", 10)[0, 3, hit.row, hit.column]
    told = panel.view.told.text()
    assert told.startswith(f"channel 3 · row {hit.row}, column {hit.column}")
    assert float(told.split()[-1].replace("−", "-")) == pytest.approx(value, abs=0.03)


def test_the_mosaic_is_zoomed_and_moved_and_comes_back(shown: Show) -> None:
    mosaic = shown(ActivationsPanel, watched(10)).view.mosaic
    before = mosaic.place(2)
    mosaic.zoom(4.0, before.center())
    after = mosaic.place(2)
    assert after.width() == pytest.approx(4 * before.width())
    assert after.center().x() == pytest.approx(before.center().x(), abs=0.01)
    QTest.keyClick(mosaic, Qt.Key.Key_Home)
    assert mosaic.place(2) == before


def test_a_frame_that_comes_does_not_move_what_is_zoomed(shown: Show) -> None:
    run = watched(10)
    panel = shown(ActivationsPanel, run)
    mosaic = panel.view.mosaic
    mosaic.zoom(3.0, QPointF(50, 50))
    before = mosaic.place(0)
    run.take(glance(11))
    panel.pacer.draw_now()
    assert panel.view.shown.step == 11
    assert mosaic.place(0) == before


# What is asked of the worker ---------------------------------------------------------------------------


def test_the_run_is_asked_for_the_layer_shown_and_the_input(
    shown: Show, runs: ShownRuns, document: Document
) -> None:
    panel = shown(ActivationsPanel, watched(10))
    assert runs.looking.command.nodes == ("image", "conv1")
    choose(panel, "rows")
    assert runs.looking.command.nodes == ("image", "rows")
    panel.hide()
    assert not runs.looking.command.nodes


def test_a_run_that_is_over_is_asked_for_nothing(shown: Show, runs: ShownRuns) -> None:
    run = watched(10)
    run.take([finished()])
    panel = shown(ActivationsPanel, run)
    assert runs.looking.command == Look()
    assert panel.view.shown is not None


def test_the_layer_selected_on_the_canvas_is_shown(shown: Show, document: Document) -> None:
    panel = shown(ActivationsPanel, watched(10))
    document.selection.set(["relu1"])
    assert panel.path == "relu1"


def test_samples_are_chosen_by_number(shown: Show, runs: ShownRuns) -> None:
    strip = shown(ActivationsPanel, watched(10)).samples
    asked: list[Look] = []
    runs.looking.changed.connect(asked.append)
    strip.numbers.setText("2-4, 11")
    strip.numbers.editingFinished.emit()
    assert asked[-1].samples == (2, 3, 4, 11)
    strip.part.setCurrentText("test")
    strip.part.activated.emit(strip.part.currentIndex())
    assert asked[-1].split == "test"
    strip.numbers.setText("two")
    strip.numbers.editingFinished.emit()
    assert asked[-1].samples == (2, 3, 4, 11)
    assert "no numbers" in strip.numbers.toolTip()


def test_a_sample_is_chosen_by_its_picture(
    qtbot: QtBot, shown: Show, runs: ShownRuns, document: Document
) -> None:
    # Given the third sample marked, and the samples of the part opened
    project = templates.new("cnn-digits")
    document.settle("Choose data", data=project.data)
    strip = shown(ActivationsPanel, watched(10)).samples
    strip.thumbnails.choose(2)
    strip.browse.click()
    chooser = strip._chooser
    assert chooser is not None
    assert "in place of #2" in chooser.title.text()
    qtbot.waitUntil(lambda: not strip._data.is_reading, timeout=20_000)
    assert strip._data.found.data is None or chooser.grid.cards is not None

    # When another is clicked
    chooser.grid.chosen.emit(57)

    # Then it takes the place of the marked one, and the sheet is gone
    assert runs.looking.samples == (0, 1, 57, 3, 4, 5, 6, 7)
    assert not chooser.isVisible()
    strip.replace(57)
    assert runs.looking.samples.count(57) == 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0–7", tuple(range(8))), ("3, 12", (3, 12)), ("5 5 1", (5, 1)), ("0-99", tuple(range(8))),
     ("x", ()), ("1-2-3", ()), ("", ()), ("9-", ()), ("99999999999", ())],
)  # fmt: skip
def test_numbers_are_read(text: str, numbers: tuple[int, ...]) -> None:
    assert numbers_in(text) == numbers
    if numbers:
        assert numbers_in(in_words(numbers)) == numbers


def test_a_run_that_begins_is_asked_for_samples_but_not_for_nodes_of_another() -> None:
    looking = Looking()
    looking.choose("train", (5, 6))
    looking.want("activations", ("conv9",))
    assert looking.begin() == Look((), (5, 6), "train")
    assert looking.command.nodes == ()
    looking.deleteLater()


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    run = watched(10)
    runs.follow(run)
    panel = ActivationsPanel(runs, document, theme, icons)
    panel.show()
    panel.pacer.draw_now()
    destroy(panel)
    run.take(glance(11))
    document.selection.set(["conv1"])
    runs.looking.choose("test", (1,))
    theme.prefer("light")


def test_a_real_run_sends_what_is_looked_at(
    qtbot: QtBot, runs: ShownRuns, theme: Theme, icons: Icons
) -> None:
    # Given a network of rows in training, and the panel open
    project = templates.new("perceptron-iris")
    project.set_training_recipe(
        project.training_recipe().replace(epochs=100_000, threads=1, scheduler=None)
    )
    document = Document(project)
    run = TrainingRun(document, runs, Messages(document), document)
    panel = ActivationsPanel(runs, document, theme, icons)
    panel.show()
    run.start()
    qtbot.waitUntil(lambda: bool(panel.path), timeout=60_000)

    # When other samples are chosen
    qtbot.waitUntil(lambda: len(recording_of(run).track(map_of(panel))) > 2, timeout=60_000)
    runs.looking.choose("train", (3, 1))

    # Then pictures of these come, again and again, and are shown
    def shown_step() -> int:
        found = panel.view.shown
        is_chosen = found is not None and (found.split, found.samples) == ("train", (3, 1))
        return found.step if is_chosen and found is not None else -1

    qtbot.waitUntil(lambda: shown_step() >= 0, timeout=60_000)
    first = shown_step()
    qtbot.waitUntil(lambda: shown_step() > first, timeout=60_000)
    assert len(panel.samples.thumbnails.images) == 2
    assert not recording_of(run).steerings, "looking does not steer"
    run.stop()
    qtbot.waitUntil(lambda: not run.is_active, timeout=60_000)
    run.close()
    destroy(panel)
    document.deleteLater()


def recording_of(run: TrainingRun) -> Recording:
    assert run.recording is not None
    return run.recording


def map_of(panel: ActivationsPanel) -> str:
    return f"{titles.MAP}{panel.path}"

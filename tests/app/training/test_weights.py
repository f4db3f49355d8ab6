"""The ridge has the run's histograms, one line a moment; beside it stands the layer's size over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.ridge import Histogram, histograms, in_front, standing, tall
from app.training.shown_runs import ShownRuns
from app.training.weights import WeightsPanel
from graph_engine.training import titles
from tests.app.training.conftest import destroy, spin
from tests.app.training.made_runs import recorded, tables

Show = Callable[..., Any]


def test_a_histogram_is_a_density_over_its_bins() -> None:
    # Given a row as the probes send it
    values = np.random.default_rng(0).normal(2.0, 0.5, 4000)
    counts, edges = np.histogram(values, titles.BINS)
    made = Histogram.of(7, np.array([edges[0], edges[-1], *counts]))

    # Then it has numpy's density at the middles of numpy's bins
    assert made is not None
    density, _ = np.histogram(values, titles.BINS, density=True)
    np.testing.assert_allclose(made.density, density)
    np.testing.assert_allclose(made.at, (edges[1:] + edges[:-1]) / 2)


@pytest.mark.parametrize("row", [[np.nan] * 66, [0.0, 1.0, *[0.0] * 64]])
def test_a_row_that_does_not_apply_has_no_histogram(row: list[float]) -> None:
    assert Histogram.of(1, np.array(row)) is None


def test_weights_that_are_all_the_same_stand_as_a_peak() -> None:
    made = Histogram.of(1, np.array([0.5, 0.5, 10.0, *[0.0] * 63]))
    assert made is not None
    assert made.at[0] <= 0.5 <= made.at[-1]
    assert np.isfinite(made.density).all()


def test_the_lines_are_the_newest_moments_histograms(shown: Show) -> None:
    # Given a run of eight layers, when the ridge of the third is drawn
    run = recorded(steps=2000, count=8, frames=10)
    panel = shown(WeightsPanel, run)
    panel.list.setCurrentRow(2)
    spin(panel)

    # Then the line that stands out is the newest histogram, on its ground
    found = histograms(run.track(titles.WEIGHT_HISTOGRAMS), 2)
    assert [each.step for each in found] == run.track(titles.WEIGHT_HISTOGRAMS).steps
    x, y = panel.ridge.chosen.points
    peak = max(each.density.max() for each in found)
    at, density = found[-1].at, found[-1].density
    inside = (x >= at[0]) & (x <= at[-1])
    expected = np.interp(x[inside], at, density) * tall(10) / peak - 9.5
    np.testing.assert_allclose(y[inside], expected, atol=1e-9)
    ends = y[np.isfinite(y) & ~inside]
    assert len(ends) >= 2
    assert (ends >= -9.5 - 1e-9).all()
    assert ends[[0, -1]].max() < min(expected[0], expected[-1])
    assert panel.ridge.plot.ground.heading == "stage1.conv3.weight"
    assert panel.ridge.plot.ground.y.names[-2:] == ("1,800", "newest")


def test_what_lies_behind_a_newer_line_is_not_drawn() -> None:
    # Given two lines of which the newer rises over the older
    heights = np.array([[0.0, 0.5, 0.0], [-1.0, 1.0, -1.0]])

    # Then the older has a gap there
    drawn = in_front(heights)
    assert np.isnan(drawn[0]).tolist() == [False, True, False]
    assert not np.isnan(drawn[1]).any()


def test_lines_stand_below_one_another() -> None:
    shown = [Histogram(n, np.array([0.0, 1.0]), np.array([0.0, 0.0]) + (n == 2)) for n in (1, 2)]
    np.testing.assert_allclose(
        standing(shown, np.array([0.0, 1.0])), [[-0.5, -0.5], [tall(2) - 1.5] * 2]
    )


def test_norms_over_time_are_those_of_the_tables(shown: Show) -> None:
    run = recorded(steps=2000, count=8, frames=10)
    panel = shown(WeightsPanel, run)
    steps, values = panel.curve.points
    track, column = run.track(titles.GRADIENTS), titles.GRADIENT_COLUMNS.index("weight_norm")
    assert steps.tolist() == track.steps
    tables = [track.array(step) for step in track.steps]
    np.testing.assert_allclose(
        values, [table[0, column] for table in tables if table is not None], rtol=1e-5
    )


def test_the_moment_shown_stands_out(shown: Show) -> None:
    run = recorded(steps=2000, count=8, frames=10)
    panel = shown(WeightsPanel, run)
    run.show_step(900)
    spin(panel)
    _, y = panel.ridge.chosen.points
    assert np.nanmin(y) == pytest.approx(-3.5, abs=0.3)
    assert panel.over_time.overlay.moment == 900.0


def test_gradients_and_outputs_are_drawn_when_they_are_chosen(shown: Show) -> None:
    run = recorded(count=8)
    panel = shown(WeightsPanel, run)
    panel.list.setCurrentRow(3)
    panel.which.choose(2)
    assert panel.list.item(0).text() == "stage1.conv1"
    assert panel.list.currentItem().text() == "stage1.conv4"
    panel.which.choose(1)
    assert panel.list.currentItem().text() == "stage1.conv4.weight"


def test_the_layer_selected_on_the_canvas_is_shown(shown: Show, document: Document) -> None:
    panel = shown(WeightsPanel, recorded(count=8))
    document.selection.set(["fc"])
    assert panel.list.currentItem().text() == "fc.weight"


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    run = recorded(count=4)
    runs.follow(run)
    panel = WeightsPanel(runs, document, theme, icons)
    panel.show()
    spin(panel)
    destroy(panel)
    run.take(tables(2100, 4))
    document.selection.set(["fc"])
    theme.prefer("light")

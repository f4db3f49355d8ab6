"""The panel of gradients shows the tables of a run as they are, in the order of computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.gradients import GradientsPanel
from app.training.heat import Heat
from app.training.layer_rows import named
from app.training.recording import Recording
from app.training.scales import number
from app.training.shown_runs import ShownRuns
from app.training.tracks import MOST_TABLES, Track
from graph_engine.training import titles
from graph_engine.training.events import Frame, Layers
from tests.app.training.conftest import destroy, spin
from tests.app.training.made_runs import BEGAN, recorded, started, tables

Show = Callable[..., Any]

NORM = titles.GRADIENT_COLUMNS.index("norm")
CLIPPED = titles.GRADIENT_COLUMNS.index("clipped_norm")
RATIO = titles.GRADIENT_COLUMNS.index("ratio")


def newest(run: Recording, step: int | None = None) -> np.ndarray:
    """The newest table of the weights' gradients."""
    table = run.track(titles.GRADIENTS).array(step)
    assert table is not None
    return table


def lengths(panel: GradientsPanel) -> np.ndarray:
    """The values at which the bars end, from the first row on."""
    bars = sorted(panel.magnitudes.bars.bars, key=lambda bar: -bar[0].y())
    return np.array([10 ** bar.right() for bar, _ in bars])


def one_layer_net(document: Document) -> Recording:
    """A run of the digits drawing: gradients of its convolution and its linear layer."""
    nodes = tuple(document.graph.nodes)
    conv = next(name for name in nodes if name.startswith("conv"))
    linear = next(name for name in nodes if name.startswith("linear"))
    run = Recording("digits")
    known = Layers(
        time=BEGAN, nodes=(conv, linear), layers=("Conv2d", "Linear"),
        weights=(f"layers.{linear}.weight", f"layers.{conv}.weight", f"layers.{conv}.bias"),
        weight_nodes=(linear, conv, conv),
    )  # fmt: skip
    run.take([started("digits", 100), known, *tables(10, 3)])
    return run


def test_bars_and_points_have_the_values_of_the_newest_table(shown: Show) -> None:
    # Given a run, when its gradients are shown
    run = recorded(count=8)
    panel = shown(GradientsPanel, run)

    # Then bars end at the norms, and points stand at the ratios
    np.testing.assert_allclose(lengths(panel), newest(run)[:, NORM], rtol=1e-5)
    points = sorted(panel.ratios.dots.points, key=lambda point: -point[1])
    np.testing.assert_allclose([10**x for x, _ in points], newest(run)[:, RATIO], rtol=1e-5)


def test_the_moment_shown_has_its_own_table(shown: Show) -> None:
    run = recorded(steps=2000, count=8, frames=20)
    panel = shown(GradientsPanel, run)
    run.show_step(450)
    spin(panel)
    np.testing.assert_allclose(lengths(panel), newest(run, 400)[:, NORM], rtol=1e-5)
    assert panel.over_time.overlay.moment == 450.0


def test_rows_are_in_the_order_of_computation(shown: Show, document: Document) -> None:
    # Given a run whose state begins with the last layer, when it is shown, then the first is first
    run = one_layer_net(document)
    panel = shown(GradientsPanel, run)
    assert [name.rpartition(".")[2] for name in panel.rows.names] == ["weight", "bias", "weight"]
    assert panel.rows.names[2].startswith("linear")
    np.testing.assert_allclose(lengths(panel), newest(run)[[1, 2, 0], NORM], rtol=1e-5)


def test_clicking_a_row_selects_its_node_on_the_canvas(shown: Show, document: Document) -> None:
    # Given the gradients of the drawing that is shown
    panel = shown(GradientsPanel, one_layer_net(document))
    plot = panel.magnitudes.plot

    # When the last row is clicked, then the linear layer is selected and its row marked
    at = QPoint(int(plot.view.box.left()) + 20, int(plot.view.down_axis(-2.5)))
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [name[:6] for name in document.selection.names] == ["linear"]
    assert plot.ground.chosen_rows == {2}

    # And the keys go to the row before
    QTest.keyClick(panel, Qt.Key.Key_Up)
    assert [name[:4] for name in document.selection.names] == ["conv"]
    assert plot.ground.chosen_rows == {0, 1}


def test_clipping_shows_both_lengths(shown: Show) -> None:
    # Given a run whose gradients were clipped
    run = recorded(count=8, sick="clipped")
    panel = shown(GradientsPanel, run)

    # Then there are two bars a row, the fainter before clipping, and it is said
    table = newest(run)
    ends = [10 ** bar.right() for bar, _ in panel.magnitudes.bars.bars]
    np.testing.assert_allclose(ends, [*table[:, NORM], *table[:, CLIPPED]], rtol=1e-5)
    alphas = [color.alphaF() for _, color in panel.magnitudes.bars.bars]
    assert max(alphas[:8]) < min(alphas[8:])
    assert "before clipping" in panel.magnitudes.plot.ground.unit


def test_outputs_are_shown_when_they_are_chosen(shown: Show) -> None:
    run = recorded(count=8)
    panel = shown(GradientsPanel, run)
    panel.which.choose(1)
    spin(panel)
    table = run.track(titles.ACTIVATION_GRADIENTS).array()
    assert table is not None
    np.testing.assert_allclose(lengths(panel), table[:, 0], rtol=1e-5)
    assert panel.rows.names == panel.current.layers.nodes
    assert not panel.ratios.plot.isVisible()


@pytest.mark.parametrize(
    ("sick", "said"), [("vanishing", "Gradients vanish"), ("exploding", "Gradients explode")]
)
def test_sick_gradients_are_named(shown: Show, sick: str, said: str) -> None:
    panel = shown(GradientsPanel, recorded(count=30, sick=sick))
    assert panel.verdict.words.startswith(said)
    assert "`stage1.conv1.weight`" in panel.verdict.words


def test_exact_figures_are_told_under_the_pointer(shown: Show) -> None:
    # Given a run, when the pointer is on its second row
    run = recorded(steps=2000, count=8, frames=20)
    panel = shown(GradientsPanel, run)

    def told(plot: Any, x: float) -> list[str]:
        at = QPointF(x, plot.view.down_axis(-1.5))
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, plot.mapToGlobal(at), Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(plot.viewport(), move)
        return str(plot.toolTip()).splitlines()

    # Then its newest figures are told, also those after clipping
    lines = told(panel.magnitudes.plot, 200)
    assert lines[0] == "stage1.conv2.weight"
    assert number(float(newest(run)[1, NORM])) in lines[1]
    assert lines[2].startswith("L2 norm after clipping")

    # And over the picture those of the step under the pointer
    lines = told(panel.over_time, panel.over_time.view.across(1050.0))
    assert lines[0] == "stage1.conv2.weight, step 1,000"
    assert number(float(newest(run, 1000)[1, NORM])) in lines[1]


def test_colours_over_time_are_the_tables_on_a_logarithmic_scale(shown: Show) -> None:
    # Given a run with a table each hundred steps
    run = recorded(steps=2000, count=8, frames=20)
    panel = shown(GradientsPanel, run)

    # When it is painted, then each cell is what its table says, the first layer on top
    image, (low, high) = panel.picture.values, panel._heat.span
    step = 1000.0
    column = int(step / panel.over_time.view.x[1] * image.shape[1]) + 1
    logs = np.log10(newest(run, 1000)[:, NORM])
    expected = (logs - low) / (high - low) * 254 + 1
    np.testing.assert_allclose(image[::-1, column], expected, atol=1.01)


def test_a_picture_over_time_is_the_same_however_the_tables_came() -> None:
    # Given tables one after the other, and all at once
    track, slow, fast = Track(), Heat(), Heat()
    for step in range(10, 2010, 10):
        values = np.abs(np.random.default_rng(step).normal(size=(5, 7))).astype(np.float32)
        values[2] = np.nan
        track.add(step, Frame.of(titles.GRADIENTS, values, 0, step))
        slow.follow(track, 0)
    while not fast.follow(track, 0):
        pass

    # When pictures are made, then they are equal, and a row that does not apply is empty
    pictures = [each.picture((0, 2500), 300, np.arange(5), (-3, 1)) for each in (slow, fast)]
    assert (pictures[0] == pictures[1]).all()
    assert not pictures[0][2].any()
    assert not pictures[0][:, -50:].any()
    assert pictures[0][0, 10:200].all()


def test_a_long_run_whose_tables_were_thinned_out_has_the_same_picture() -> None:
    # Given more tables than a track keeps, followed all the time, and read again at the end
    track, followed, again = Track(), Heat(), Heat()
    rng = np.random.default_rng(0)
    for step in range(1, MOST_TABLES + 60):
        values = rng.lognormal(size=(4, 7)).astype(np.float32)
        track.add(step, Frame.of(titles.GRADIENTS, values, 0, step))
        followed.follow(track, 1)
    while not (followed.follow(track, 1) and again.follow(track, 1)):
        pass
    assert len(track) < MOST_TABLES

    # Then both show the same
    end = (0.0, float(MOST_TABLES + 60))
    pictures = [each.picture(end, 500, np.arange(4), (-2, 2)) for each in (followed, again)]
    assert (pictures[0] == pictures[1]).all()


def test_a_bias_that_a_normalisation_takes_away_is_not_called_ill(
    shown: Show, document: Document
) -> None:
    # Given a run in which the gradient of a bias is as good as nothing
    run = one_layer_net(document)
    table = newest(run).copy()
    table[2, :4] = 1e-12
    run.take([Frame.of(titles.GRADIENTS, table, 0, 11)])
    panel = shown(GradientsPanel, run)
    run.show_step(11)
    spin(panel)

    # Then neither the sentence nor the colours say that gradients vanish
    assert "vanish" not in panel.verdict.words
    assert len({color.name() for _, color in panel.magnitudes.bars.bars}) == 1


@pytest.mark.parametrize(
    ("state", "path", "name"),
    [
        ("layers.conv1.weight", "conv1", "conv1.weight"),
        ("stage1.0.conv.weight", "stage1.0.conv", "stage1.0.conv.weight"),
        ("attention.out_proj.weight", "attention", "attention.out_proj.weight"),
        ("layers.0.weight", "linear", "linear.weight"),
    ],
)
def test_parameters_are_named_by_their_node(state: str, path: str, name: str) -> None:
    assert named(state, path) == name


def test_a_small_panel_scrolls_through_many_rows(shown: Show) -> None:
    panel = shown(GradientsPanel, recorded(count=120))
    assert panel.bar.isVisible()
    panel.bar.setValue(panel.bar.maximum())
    spin(panel)
    assert panel.magnitudes.plot.view.y[0] == -120.0
    assert panel.over_time.view.y == panel.magnitudes.plot.view.y


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    # Given a run, when a panel over it is thrown away, then neither run nor selection reach it
    run = recorded(count=4)
    runs.follow(run)
    panel = GradientsPanel(runs, document, theme, icons)
    panel.show()
    spin(panel)
    destroy(panel)
    run.take(tables(2100, 4))
    document.selection.set(["x"])
    theme.prefer("light")

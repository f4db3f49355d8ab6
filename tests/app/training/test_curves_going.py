"""Panels of curves come and go, and leave nothing behind."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from shiboken6 import getAllValidWrappers, isValid

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.curves import CurvesPanel
from app.training.shown_runs import ShownRuns
from tests.app.training.conftest import destroy, spin, strand
from tests.app.training.made_runs import recorded

Show = Callable[..., Any]


def test_items_of_pyqtgraph_go_with_the_panel(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    # Given a panel that drew
    run = recorded(steps=300)
    runs.follow(run)
    panel = CurvesPanel(runs, document, theme, icons)
    panel.show()
    spin(panel)
    plots = [each.plot for each in panel.plots.values()]
    boxes = [
        item for plot in plots for item in plot.scene().items() if isinstance(item, pg.ViewBox)
    ]
    assert boxes

    # When it is deleted, then its plots and what was in them are
    destroy(panel)
    assert not any(isValid(each) for each in [*plots, *boxes])

    # And a run that goes on, or another theme, reaches nothing of it
    run.show_step(3)
    theme.prefer("light")


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    # Given a run
    runs.follow(recorded(steps=300))

    def once() -> None:
        panel = CurvesPanel(runs, document, theme, icons)
        panel.show()
        spin(panel)
        destroy(panel)

    # When panels come and go, then the number of living objects stays
    for _ in range(3):
        once()
    gc.collect()
    before = len(getAllValidWrappers())
    for _ in range(5):
        once()
    gc.collect()
    assert len(getAllValidWrappers()) <= before


def test_a_pointer_that_leaves_before_a_new_run_is_drawn_does_no_harm(
    shown: Show, runs: ShownRuns
) -> None:
    # Given curves of a run, and another run that has just taken its place
    panel = shown(CurvesPanel, recorded(steps=1000))
    runs.follow(recorded("next", steps=500, seed=1))

    # When the pointer leaves a plot before that is drawn, then nothing is wrong, and the curves follow
    for plot in panel.plots.values():
        plot.plot.hovered.emit(12.0)
        plot.plot.hovered.emit(None)
    spin(panel)
    x, _ = panel.plots["loss"].drawn(strand(panel, "loss", "loss"))
    assert x[-1] <= 500

"""Curves leave the window as tables and pictures; a file that cannot be written is told of."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.training.curves import CurvesPanel
from app.training.plot_menu import written
from tests.app.training.made_runs import losses, recorded

Show = Callable[..., Any]


def test_figures_and_pictures_can_be_taken_away(shown: Show) -> None:
    # Given a plot of a run of 300 steps, when it is exported
    panel = shown(CurvesPanel, recorded(steps=300))
    menu = panel.plots["loss"].plot.menu
    rows = list(csv.reader(StringIO(menu.csv().decode())))

    # Then the table has every step, and there are pictures
    assert rows[0] == ["run", "curve", "step", "epoch", "seconds", "value"]
    steps = [row for row in rows if row[1] == "loss"]
    assert [float(row[5]) for row in steps] == losses(300).tolist()
    assert menu.png().startswith(b"\x89PNG")
    assert b"<svg" in menu.svg()
    assert b"Loss" in menu.svg()


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_long_curve_is_written_beside_the_window(
    shown: Show, qtbot: QtBot, tmp_path: Path
) -> None:
    # Given a long run, when its figures are exported
    run = recorded(steps=200_000)
    menu = shown(CurvesPanel, run).plots["loss"].plot.menu
    path = tmp_path / "loss.csv"
    begun = time.thread_time()
    menu.write_csv(path)

    # Then the window is not held up, and points that come, or go, meanwhile are not in the file
    assert time.thread_time() - begun < 0.5
    count, last = len(run.series["loss"]), run.series["loss"].values[-1]
    run.series["loss"].cut(10)
    run.series["loss"].extend(range(11, 21), [9.0] * 10)
    qtbot.waitUntil(path.exists, timeout=60_000)
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[1] == "loss"]
    assert len(rows) == count == 200_000
    assert float(rows[-1][5]) == last
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_table_that_cannot_be_written_is_told_of(shown: Show, tmp_path: Path) -> None:
    menu = shown(CurvesPanel, recorded(steps=30)).plots["loss"].plot.menu
    assert menu.rows is not None

    assert "could not be written" in written(tmp_path / "nowhere" / "loss.csv", menu.rows())
    assert written(tmp_path / "loss.csv", menu.rows()) == "loss.csv is written."
    assert (tmp_path / "loss.csv").read_bytes() == menu.csv()


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_file_that_cannot_be_written_is_no_fault(shown: Show, tmp_path: Path) -> None:
    menu = shown(CurvesPanel, recorded(steps=300)).plots["loss"].plot.menu
    assert menu.write(tmp_path / "loss.csv", menu.csv())
    assert (tmp_path / "loss.csv").read_bytes() == menu.csv()
    assert not menu.write(tmp_path / "nowhere" / "loss.csv", b"")

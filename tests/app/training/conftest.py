"""Panels of the training dock over made-up runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.theme import Theme
from app.training.curve_data import Strand, strands
from app.training.curves import CurvesPanel
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from graph_engine.project import Project
from tests.app.training.short_run import started, stepped

Shown = Callable[..., QWidget]


def spin(panel: Any) -> None:
    """Draws until nothing is left to do, as where a long run is read in parts."""
    panel.pacer.draw_now()
    while panel.pacer.is_dirty:
        panel.pacer.draw_now()


def destroy(widget: QWidget) -> None:
    """Deletes a widget at once, with all that is in it."""
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete)


def strand(panel: CurvesPanel, quantity: str, name: str, run: int = 0) -> Strand:
    """One of the curves of a plot."""
    found = strands(panel.runs.all, quantity)
    return next(s for s in found if s.name == name and s.run is panel.runs.all[run])


@pytest.fixture
def runs() -> Iterator[ShownRuns]:
    made = ShownRuns()
    yield made
    made.deleteLater()


@pytest.fixture
def shown(
    qtbot: QtBot, runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> Iterator[Callable[..., QWidget]]:
    """Shows a panel over recordings, the first being the current one, and draws it.

    Panels are held until the end: one that Python throws away while Qt paints it takes the test along.
    """
    held: list[QWidget] = []

    def show(panel: type[QWidget], *recordings: Recording, width: int = 1280) -> QWidget:
        if recordings:
            runs.follow(recordings[0])
        for each in recordings[1:]:
            runs.compare(each, True)
        made = panel(runs, document, theme, icons)  # type: ignore[call-arg, arg-type]
        held.append(made)
        made.resize(width, 260)
        made.show()
        qtbot.waitExposed(made)
        spin(made)
        return made

    yield show
    for each in held:
        destroy(each)


@pytest.fixture
def recording(qapp: QApplication) -> Recording:
    made = Recording("run-001")
    made.take([started(), stepped(20, tuple([0.5] * 20))])
    return made


@pytest.fixture
def open_run(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[Project], TrainingRun]]:
    made: list[TrainingRun] = []

    def open_one(of: Project) -> TrainingRun:
        document = Document(of)
        messages = Messages(document)
        made.append(TrainingRun(document, ShownRuns(document), messages, document))
        return made[-1]

    yield open_one
    for run in made:
        run.close()
        run.document.deleteLater()

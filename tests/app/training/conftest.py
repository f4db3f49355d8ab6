"""Panels of the training dock over made-up runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns

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

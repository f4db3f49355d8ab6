"""Panels of the training dock over made-up runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns

Shown = Callable[..., QWidget]


@pytest.fixture
def runs() -> Iterator[ShownRuns]:
    made = ShownRuns()
    yield made
    made.deleteLater()


@pytest.fixture
def shown(
    qtbot: QtBot, runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> Callable[..., QWidget]:
    """Shows a panel over recordings, the first being the current one, and draws it."""

    def show(panel: type[QWidget], *recordings: Recording, width: int = 1280) -> QWidget:
        if recordings:
            runs.follow(recordings[0])
        for each in recordings[1:]:
            runs.compare(each, True)
        made = panel(runs, document, theme, icons)  # type: ignore[call-arg, arg-type]
        qtbot.addWidget(made)
        made.resize(width, 260)
        made.show()
        qtbot.waitExposed(made)
        made.pacer.draw_now()  # type: ignore[attr-defined]
        return made

    return show

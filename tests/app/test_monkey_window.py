"""Two thousand random actions in the whole window, and 200,000 on request: nothing breaks, everything
shown follows the document, and undoing everything brings back the file as it was.

    NETLOOM_MONKEY_ACTIONS=200000 pytest tests/app/test_monkey_window.py

Each round of 2,000 has a design and a seed of its own; what failed is told with the way to do it again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.logging import _QtMessageCapture as QtLog
from pytestqt.qtbot import QtBot

from app.icons import Icons
from app.main_window import MainWindow
from app.settings import ANIMATIONS, Settings
from app.theme import Theme
from graph_engine import templates
from tests.app.monkeys.agreement import panels_agree, window_agrees
from tests.app.monkeys.hand import ACTIONS, SEED, wanted
from tests.app.monkeys.in_window import WindowMonkey

ROUND = 2000
SELDOM = 40
DESIGNS = tuple(templates.names())
ROUNDS = max(1, ACTIONS // ROUND)


@pytest.fixture
def window(theme: Theme, icons: Icons) -> Iterator[MainWindow]:
    settings = Settings()
    settings.set(ANIMATIONS, False)
    made = MainWindow(theme, icons, settings)
    made.resize(1440, 900)
    made.show()
    made.activateWindow()
    yield made
    if made.document is not None:
        made.document.undo.setClean()
    made.close()
    made.deleteLater()
    QApplication.processEvents()


@pytest.mark.timeout(0)
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_whatever_is_done_in_the_window_everything_follows_and_undo_restores(
    window: MainWindow, qtbot: QtBot, qtlog: QtLog, seed: int
) -> None:
    # Given a design in a window, and a monkey
    window.open_template(DESIGNS[seed % len(DESIGNS)])
    document = window.document
    assert document is not None
    QApplication.processEvents()
    start = document.project.text()
    monkey = WindowMonkey(window, seed)

    # When it does what comes to its mind
    with qtbot.capture_exceptions() as raised:
        for number in wanted(min(ACTIONS, ROUND)):
            try:
                monkey.act(number)
                monkey.clean_up()
                # Then after each action the window shows what the document says, and nobody complained
                window_agrees(window)
                if number % SELDOM == 0:
                    panels_agree(window)
                assert not raised
                assert not [record.message for record in qtlog.records if not record.ignored]
            except Exception as error:
                raise AssertionError(monkey.told()) from error

        # And taking everything back restores the file
        while document.undo.canUndo():
            document.undo.undo()
        window_agrees(window)
    assert not raised
    assert document.project.text() == start

"""Documents and windows that were closed leave nothing behind: the number of living Qt objects is flat.

``NETLOOM_CYCLES=1000`` opens and closes a thousand times; 10 show a leak of one object a cycle as well.
"""

from __future__ import annotations

import gc
import os
from collections import Counter

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.application import Application
from app.editor import Editor
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import ANIMATIONS, Settings
from app.theme import Theme
from app.training.diagnosis import Diagnosis
from app.training.panel import TABS
from graph_engine import edits, templates

CYCLES = int(os.environ.get("NETLOOM_CYCLES", "10"))
REST = 800
DESIGNS = tuple(templates.names())[:4]


def settle() -> None:
    """Handles what is due, and deletes what is to be deleted later."""
    for _ in range(3):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def use(window: MainWindow) -> None:
    """A little of everything that makes objects: panels, search, dialogs, menus, edits."""
    editor, document = window.editor, window.document
    assert editor is not None
    assert document is not None
    names = list(document.graph.nodes)
    document.selection.set(names[1:2])
    for name in ("source", "summary", "history", "help", "inspector"):
        editor.docks[name].raise_()
    editor.source.refresh()
    editor.summary.refresh()
    train(editor)
    document.do("Mute", edits.set_muted(document.graph, names[1:2], True))
    document.do("Remove", edits.remove(document.graph, names[1:2], heal=False))
    document.infer_now()
    editor.canvas.quick_add()
    QTest.keyClicks(editor.canvas.searching.popup.field, "conv")
    editor.canvas.searching.close()
    editor.canvas.add_note()
    editor.canvas.inline.close_quietly()
    editor.palette.search_field.setText("skip")
    for show in (window.show_commands, window.show_shortcuts, window.show_preferences):
        show()
        dialog = QApplication.topLevelWidgets()
        for each in dialog:
            if each.parentWidget() is window and each.isWindow() and each.isVisible():
                each.close()
    settle()
    document.undo.undo()
    document.undo.setClean()


def train(editor: Editor) -> None:
    """Every view of the training panel, and the doctor whom it asks a moment after it was made.

    Most documents here are closed before that moment; so one would be counted with, another without.
    """
    editor.docks["training"].raise_()
    panel = editor.training.panel
    for tab in TABS:
        panel.show_tab(tab.title)
        QApplication.processEvents()
        assert panel.page(tab.title) is not None
    panel.diagnose()
    assert editor.document.findChild(Diagnosis) is not None


Census = dict[str, Counter[str]]


def census(window: MainWindow) -> Census:
    """Everything that lives, by kind: what Python knows, all widgets, what hangs below the window.

    Looking makes wrappers for what only Qt knew, so the first look is not one to compare with.
    Panels that count a moment after the last edit have done so before.
    """
    QTest.qWait(REST)
    settle()
    below = Counter(type(each).__name__ for each in window.findChildren(QObject))
    every = Counter(type(each).__name__ for each in QApplication.allWidgets())
    python = Counter(type(each).__name__ for each in shiboken6.getAllValidWrappers())
    return {"wrappers": python, "widgets": every, "below the window": below}


def more(before: Census, after: Census) -> dict[str, dict[str, int]]:
    """What there is more of; empty where nothing is."""
    found = {place: dict(after[place] - before[place]) for place in before}
    return {place: kinds for place, kinds in found.items() if kinds}


def told(cycles: str, before: Census, after: Census) -> str:
    """``1000 documents: wrappers 1466 → 1466, …``"""
    counts = (f"{p} {before[p].total()} → {after[p].total()}" for p in before)
    return f"\n{CYCLES} {cycles}: " + ", ".join(counts)


@pytest.mark.timeout(0)
def test_opening_and_closing_documents_leaves_nothing_behind(
    qapp: QApplication, theme: Theme, icons: Icons
) -> None:
    # Given a window in which some designs were open
    settings = Settings()
    settings.set(ANIMATIONS, False)
    window = MainWindow(theme, icons, settings)
    window.show()

    def cycle(number: int) -> None:
        window.open_template(DESIGNS[number % len(DESIGNS)])
        use(window)
        settle()

    for number in range(2 * len(DESIGNS)):
        cycle(number)
    census(window)
    before = census(window)

    # When documents are opened in it again and again, and the same design is open as before
    for number in range(CYCLES):
        cycle(number)
    cycle(len(DESIGNS) - 1)

    # Then there is not one object more, of any kind
    after = census(window)
    print(told("documents", before, after))
    assert not more(before, after)
    window.close()
    window.deleteLater()
    settle()
    assert not shiboken6.isValid(window)


@pytest.mark.timeout(0)
def test_closing_windows_leaves_nothing_behind(qapp: QApplication) -> None:
    # Given a program with a window that stays
    program = Application(qapp)
    stays = program.open()

    def cycle(number: int) -> None:
        window = program.open(templates.new(DESIGNS[number % len(DESIGNS)]))
        use(window)
        window.close()
        settle()

    for number in range(2 * len(DESIGNS)):
        cycle(number)
    census(stays)
    before = census(stays)

    # When others are opened and closed beside it
    for number in range(CYCLES):
        cycle(number)

    # Then there is not one object more
    after = census(stays)
    print(told("windows", before, after))
    assert not more(before, after)
    assert program.windows == [stays]
    stays.close()
    program.deleteLater()
    settle()

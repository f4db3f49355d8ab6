"""Command palette and page of shortcuts: all actions, found by a few letters, run by Enter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from app.dialogs.command_palette import CommandPalette
from app.dialogs.commands import commands
from app.dialogs.fuzzy import match
from app.dialogs.shortcuts import ShortcutsPage
from app.theme import Theme

TITLES = (
    ("&File", "&New", "Ctrl+N"),
    ("&File", "Save &as…", "Ctrl+Shift+S"),
    ("&View", "Zoom to &fit", "Home"),
    ("&View", "Zoom &in", "Ctrl+="),
    ("&Arrange/&Align", "Left", ""),
)


class Window(QMainWindow):
    """A window with a few actions that remember that they ran."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []
        self.found: list[QAction] = []
        for path, title, keys in TITLES:
            menu = None
            for part in path.split("/"):
                menu = (menu or self.menuBar()).addMenu(part)
            action = QAction(title, self)
            action.setShortcut(keys)
            action.triggered.connect(self.note)
            assert menu is not None
            menu.addAction(action)
            self.found.append(action)

    def note(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QAction)
        self.ran.append(sender.text())


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> Window:
    made = Window()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


def opened(window: Window, theme: Theme) -> CommandPalette:
    palette = CommandPalette(window.found, theme, window)
    palette.open_centred()
    return palette


def titles(palette: CommandPalette) -> list[str]:
    return [command.title for command, _ in palette.found.rows]


def test_titles_and_menus_are_told_without_marks(window: Window) -> None:
    assert [(c.place, c.title, c.keys) for c in commands(window.found)] == [
        ("File", "New", ("Ctrl+N",)),
        ("File", "Save as", ("Ctrl+Shift+S",)),
        ("View", "Zoom to fit", ("Home",)),
        ("View", "Zoom in", ("Ctrl+=",)),
        ("Arrange › Align", "Left", ()),
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("zf", "Zoom to fit"),
        ("save", "Save as"),
        ("align l", "Left"),
        ("in", "Zoom in"),
        ("n", "New"),
    ],
)
def test_a_few_letters_find_it(typed: str, first: str, window: Window, theme: Theme) -> None:
    palette = opened(window, theme)
    palette.field.setText(typed)
    assert titles(palette)[0] == first
    palette.close()


def test_enter_runs_the_chosen_one_after_the_palette_is_gone(
    window: Window, theme: Theme, qtbot: QtBot
) -> None:
    palette = opened(window, theme)
    qtbot.keyClicks(palette.field, "zoom")
    assert titles(palette) == ["Zoom in", "Zoom to fit"] or titles(palette) == [
        "Zoom to fit",
        "Zoom in",
    ]
    second = titles(palette)[1]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.ran))
    assert [title.replace("&", "") for title in window.ran] == [second]


def test_a_click_runs_too(window: Window, theme: Theme, qtbot: QtBot) -> None:
    palette = opened(window, theme)
    place = palette.view.visualRect(palette.found.index(2)).center()
    qtbot.mouseClick(palette.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: window.ran == ["Zoom to &fit"])


def test_what_cannot_be_used_now_stands_last_and_does_not_run(
    window: Window, theme: Theme, qtbot: QtBot
) -> None:
    window.found[0].setEnabled(False)
    palette = opened(window, theme)
    assert titles(palette)[-1] == "New"
    palette.field.setText("new")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.wait(10)
    assert window.ran == []
    assert palette.isVisible()
    palette.close()


def test_nothing_found_is_said(window: Window, theme: Theme) -> None:
    palette = opened(window, theme)
    palette.field.setText("zzzz")
    assert palette._nothing.isVisible()
    palette.close()


def test_a_closed_palette_leaves_nothing_behind(window: Window, theme: Theme) -> None:
    palette = opened(window, theme)
    palette.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert window.findChildren(CommandPalette) == []


def test_the_page_of_shortcuts_lists_what_has_keys_and_is_searched(
    window: Window, theme: Theme, qtbot: QtBot
) -> None:
    page = ShortcutsPage(window.found, theme, window)
    page.show()
    rows = range(page.table.rowCount())

    def title(row: int) -> str:
        cell = page.table.item(row, 0)
        assert cell is not None
        return cell.text()

    assert [title(row) for row in rows] == [
        "New",
        "Save as",
        "Zoom to fit",
        "Zoom in",
    ]
    for typed, wanted in (("ctrl+shift", ["Save as"]), ("view", ["Zoom to fit", "Zoom in"])):
        page.field.setText(typed)
        shown = [title(row) for row in rows if not page.table.isRowHidden(row)]
        assert shown == wanted
    page.field.setText("zzz")
    assert page._nothing.isVisible()
    page.close()


@given(st.text("abc xyz", max_size=12), st.text("abc xyz", max_size=4))
def test_a_match_is_a_part_of_the_text_in_its_order(text: str, typed: str) -> None:
    found = match(typed, text)
    wanted = typed.strip()
    if found is not None:
        letters = "".join(text[place] for place in found.letters)
        assert letters in (wanted, wanted.replace(" ", ""))
        assert list(found.letters) == sorted(set(found.letters))
    else:
        rest = iter(text)
        assert not all(letter in rest for letter in wanted.replace(" ", ""))

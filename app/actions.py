"""Actions as data: one row says title, place in the menus, shortcut, sign and what happens.

Menus, toolbar, command palette and the page of shortcuts are all made from these rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app.icons import Icons

Standard = QKeySequence.StandardKey
SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    ``menu`` may be a path such as ``Arrange/Align``. ``follows`` starts a new section of the menu.
    ``needs`` names the state without which the action is disabled: ``document``, ``selection``,
    ``several`` nodes, ``block`` (inside one), ``undo`` or ``redo``; ``trainable``, ``steerable``,
    ``training`` and ``resumable`` say what can be done to a run. An action that ``shows`` a state, such
    as ``paused``, stands pressed while that holds.
    """

    id: str
    title: str
    menu: str
    run: Callable[[], object]
    keys: Sequence[str | Standard] = ()
    sign: str = ""
    help: str = ""
    needs: str = ""
    follows: bool = False
    shows: str = ""


def build(rows: Sequence[Action], window: QWidget, icons: Icons) -> dict[str, QAction]:
    """The actions by id, as children of the window."""
    made: dict[str, QAction] = {}
    for row in rows:
        action = QAction(row.title, window)
        action.setObjectName(row.id)
        sequences = [QKeySequence(key) for key in row.keys]
        keys = {key.toString(): key for key in sequences if not key.isEmpty()}
        action.setShortcuts(list(keys.values()))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(bool(row.shows))
        action.setData((row.needs, row.shows))
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        told = row.help or row.title.replace("&", "").removesuffix("…")
        action.setToolTip(f"{told}  {shown}" if shown else told)
        action.setStatusTip(told)
        if row.sign:
            action.setIcon(icons.icon(row.sign))
        action.triggered.connect(row.run)
        window.addAction(action)
        made[row.id] = action
    return made


def fill(bar: QMenuBar, rows: Sequence[Action], actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Puts the actions into menus in the order of the rows; the menus by their path."""
    menus: dict[str, QMenu] = {}
    for row in rows:
        if not row.menu:
            continue
        menu = _menu(bar, row.menu, menus)
        if row.follows:
            menu.addSeparator()
        menu.addAction(actions[row.id])
    return menus


def retint(rows: Sequence[Action], actions: Mapping[str, QAction], icons: Icons) -> None:
    """Draws the signs anew for another theme."""
    for row in rows:
        if row.sign:
            actions[row.id].setIcon(icons.icon(row.sign))


def enable(actions: Mapping[str, QAction], state: Mapping[str, bool]) -> None:
    """Enables each action whose need is met, and presses those that show a state that holds."""
    for action in actions.values():
        needs, shows = action.data()
        action.setEnabled(all(state.get(need, False) for need in needs.split()))
        if shows:
            action.setChecked(state.get(shows, False))


def _menu(bar: QMenuBar, path: str, menus: dict[str, QMenu]) -> QMenu:
    if path not in menus:
        outer, _, name = path.rpartition("/")
        parent = _menu(bar, outer, menus) if outer else bar
        menus[path] = parent.addMenu(name)
    return menus[path]

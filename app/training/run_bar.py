"""What can be done to the chosen runs, as actions, as buttons above the table, and as its menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.run_details import size
from graph_engine.training.history import Record

Style = Qt.ToolButtonStyle
UNFINISHED = frozenset({"stopped", "failed", "interrupted", "early_stopping"})


class Deeds:
    """The actions; they belong to the table, whose keys they have."""

    def __init__(self, owner: QWidget, icons: Icons, theme: Theme) -> None:
        self._owner, self._icons = owner, icons
        self._signs: dict[QAction, str] = {}
        made = self._made
        self.show = made(
            "Show", "eye", "Show the run in all views, to go through its time", "Return"
        )
        self.compare = made("Compare", "chart-spline", "Lay its curves over those shown", "Space")
        self.resume = made("Resume", "rotate-cw", "Take the run up again at its checkpoint")
        self.begin = made(
            "Train on from it",
            "play",
            "Start a new run of the drawing with the weights of this one",
        )
        self.restore = made(
            "Restore this drawing", "history", "Put drawing, recipe and data back; Undo goes back"
        )
        self.write = made("Write a note", "pencil", "Write a note about the run", "F2")
        self.reveal = made("Show the folder", "folder-open", "Show the folder of the run")
        self.markdown = made(
            "Copy as Markdown", "copy", "Copy the chosen runs as a table", "Ctrl+C"
        )
        self.export = made("Export its numbers…", "download", "Write all its numbers as CSV")
        self.delete = made("Delete", "trash-2", "Delete the run with its files", "Del")
        theme.changed.connect(self._retint)

    def _made(self, text: str, sign: str, help: str, key: str = "") -> QAction:
        action = QAction(self._icons.icon(sign), text, self._owner)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setToolTip(f"{help}  {key}" if key else help)
        action.setStatusTip(help)
        self._owner.addAction(action)
        self._signs[action] = sign
        return action

    def offer(
        self,
        records: Sequence[Record],
        is_active: bool,
        shown: Sequence[bool],
        current: str,
        can_go_on: bool,
    ) -> None:
        """Enables what can be done to these runs."""
        one, is_one = (records[0] if records else None), len(records) == 1
        for action in self._signs:
            action.setEnabled(is_one)
        for action in (self.markdown, self.delete):
            action.setEnabled(bool(records))
        others = [
            is_shown for each, is_shown in zip(records, shown, strict=True) if each.name != current
        ]
        self.compare.setEnabled(bool(others))
        self.compare.setText("Stop comparing" if others and all(others) else "Compare")
        self.show.setEnabled(is_one and one is not None and one.name != current)
        is_open = one is not None and (one.status in UNFINISHED or one.epoch < one.epochs)
        self.resume.setEnabled(
            is_one and is_open and can_go_on and not is_active
            and one is not None and one.status != "running"
        )  # fmt: skip
        self.begin.setEnabled(is_one and not is_active and one is not None and one.epoch > 0)

    def menu(self, parent: QWidget) -> QMenu:
        """All of them, for a click with the right button."""
        menu = QMenu(parent)
        menu.addActions([self.show, self.compare])
        menu.addSeparator()
        menu.addActions([self.resume, self.begin, self.restore])
        menu.addSeparator()
        menu.addActions([self.write, self.markdown, self.export, self.reveal])
        menu.addSeparator()
        menu.addAction(self.delete)
        return menu

    def rare(self, parent: QWidget) -> QMenu:
        """Those that have no button."""
        menu = QMenu(parent)
        menu.addActions([self.write, self.markdown, self.export, self.reveal])
        return menu

    def _retint(self) -> None:
        for action, sign in self._signs.items():
            action.setIcon(self._icons.icon(sign))


class RunsBar(QWidget):
    """Buttons, or the question whether to delete. ``confirmed``: what is chosen shall go."""

    confirmed = Signal()

    def __init__(self, deeds: Deeds, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._deeds, self._theme, self._icons = deeds, theme, icons
        self.counted, self.question = QLabel(), QLabel()
        self.more, self.columns = QToolButton(), QToolButton()
        self.sure, self.keep = QPushButton("Delete"), QPushButton("Keep")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._buttons())
        self._stack.addWidget(self._asking())
        self.setFixedHeight(36)
        self.sure.clicked.connect(self._confirm)
        self.keep.clicked.connect(self.rest)
        theme.changed.connect(self._retint)
        self._retint()

    def count(self, runs: int, chosen: int) -> None:
        """Says how many there are, and how many of them are chosen."""
        told = "1 run" if runs == 1 else f"{runs:,} runs"
        self.counted.setText(f"{told}, {chosen} chosen" if chosen > 1 else told)

    def ask(self, names: Sequence[str], bytes: int = 0) -> None:
        """Asks before runs are deleted."""
        if not names:
            return
        what = names[0] if len(names) == 1 else f"{len(names)} runs"
        room = f" ({size(bytes)})" if bytes else ""
        self.question.setText(f"Delete {what} with all files{room}? This cannot be undone.")
        self.sure.setText(f"Delete {what}")
        self._stack.setCurrentIndex(1)
        self.keep.setFocus()

    def rest(self) -> None:
        """Shows the buttons."""
        self._stack.setCurrentIndex(0)

    @property
    def is_asking(self) -> bool:
        """Whether a deletion waits for an answer."""
        return self._stack.currentIndex() == 1

    def _confirm(self) -> None:
        self.rest()
        self.confirmed.emit()

    def _buttons(self) -> QWidget:
        page = QWidget()
        row = _row(page)
        row.addWidget(self.counted)
        row.addStretch(1)
        deeds = self._deeds
        for action in (deeds.show, deeds.compare, deeds.resume, deeds.begin, deeds.restore):
            row.addWidget(_button(action, Style.ToolButtonTextBesideIcon))
        row.addWidget(_button(deeds.delete, Style.ToolButtonIconOnly))
        self.more.setMenu(deeds.rare(self.more))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for button, name in ((self.columns, "Choose columns"), (self.more, "More")):
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.setIconSize(QSize(16, 16))
            button.setFixedHeight(SIZES.control)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            row.addWidget(button)
        return page

    def _asking(self) -> QWidget:
        page = QWidget()
        row = _row(page)
        row.addWidget(self.question)
        row.addWidget(self.sure)
        row.addWidget(self.keep)
        row.addStretch(1)
        return page

    def _retint(self) -> None:
        color = self._theme.color
        self.counted.setStyleSheet(f"color: {color('second').name()};")
        self.counted.setFont(self._theme.font(12))
        self.columns.setIcon(self._icons.icon("table-2"))
        self.more.setIcon(self._icons.icon("ellipsis"))
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.sure.setStyleSheet(
            f"QPushButton {{ color: {color('error').name()}; border-color: {color('error').name()}; }}"
        )


def _row(page: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(page)
    row.setContentsMargins(SIZES.near + 4, 4, SIZES.near, 4)
    row.setSpacing(4)
    return row


def _button(action: QAction, style: Qt.ToolButtonStyle) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(style)
    button.setIconSize(QSize(16, 16))
    button.setFixedHeight(SIZES.control)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button

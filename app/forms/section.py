"""A titled part of a panel, and lines that only tell: a name and a value in the font of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.forms.controls import SECOND
from app.theme import Theme


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what, its value, and after that, greyed, where it comes from."""

    name: str
    value: str
    origin: str = ""
    help: str = ""


class Section(QWidget):
    """A small heading with widgets under it; gone while it has nothing to show."""

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.heading = QLabel(title)
        self.heading.setFont(theme.font(11, QFont.Weight.DemiBold))
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.heading)
        column.addLayout(self.body)
        self.heading.setForegroundRole(SECOND)


class Facts(Section):
    """Lines that only tell. Their labels are kept, so that new values never move the focus."""

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__(title, theme)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(10, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, 88)
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._shown: list[Fact] = []
        self.setVisible(False)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Shows exactly these lines."""
        if list(facts) == self._shown:
            return
        self._shown = list(facts)
        while len(self._lines) < len(facts):
            self._add_line()
        for place, (name, value) in enumerate(self._lines):
            fact = facts[place] if place < len(facts) else None
            name.setVisible(fact is not None)
            value.setVisible(fact is not None)
            if fact is not None:
                self._fill(name, value, fact)
        self.setVisible(bool(facts))

    def texts(self) -> dict[str, str]:
        """What stands there, by name: for tests and screen readers."""
        return {fact.name: f"{fact.value} {fact.origin}".strip() for fact in self._shown}

    def retint(self) -> None:
        """Takes the theme's colours for what is greyed inside a line."""
        shown, self._shown = self._shown, []
        self.show_facts(shown)

    def _fill(self, name: QLabel, value: QLabel, fact: Fact) -> None:
        second = self._theme.color("second").name()
        origin = (
            f' <span style="color:{second}">{_plain(fact.origin)}</span>' if fact.origin else ""
        )
        name.setText(fact.name)
        value.setText(f"{_plain(fact.value)}{origin}")
        value.setToolTip(fact.help)
        name.setToolTip(fact.help)

    def _add_line(self) -> None:
        name, value = QLabel(), QLabel()
        name.setFont(self._theme.font(12))
        name.setForegroundRole(SECOND)
        value.setFont(self._theme.mono(12))
        value.setTextFormat(Qt.TextFormat.RichText)
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._lines)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1)
        self._lines.append((name, value))


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")

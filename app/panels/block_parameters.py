"""The parameters of the block that is open: names and defaults to edit, to add and to remove."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.document import Document
from app.forms.controls import SECOND, plain_label, tint
from app.forms.grammar import WORDS_OF_TRUTH
from app.forms.parameter_editors import Field
from app.forms.section import Section
from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine import edits, formula
from graph_engine.errors import DesignError, ParameterError
from graph_engine.graph import BlockParameter, Change, Graph
from graph_engine.names import free_name

Default = int | float | bool | str


class BlockParameters(Section):
    """A line for each parameter; formulas inside the block and its instances follow every edit."""

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__("Parameters of the block", theme)
        self._document, self._icons = document, icons
        self._rows: dict[str, ParameterLine] = {}
        self.hint = QLabel("Parameters let each use of the block differ, such as in its width.")
        self.hint.setWordWrap(True)
        self.hint.setFont(theme.font(12))
        self.hint.setForegroundRole(SECOND)
        self.refusal = plain_label()
        self.refusal.setFont(theme.font(11))
        self.refusal.setVisible(False)
        self.more = QPushButton("Add a parameter")
        self.more.setIcon(icons.icon("plus"))
        self.more.setFixedHeight(SIZES.control)
        self.more.clicked.connect(self._add)
        for part in (self.hint, self.refusal, self.more):
            self.body.addWidget(part)
        self.retint()

    def refresh(self) -> None:
        """Shows the parameters as they are now; lines that stay keep the focus."""
        rows = self._document.graph.parameters
        for name in [name for name in self._rows if name not in rows]:
            line = self._rows.pop(name)
            line.hide()
            line.setParent(None)
            line.deleteLater()
        for place, (name, row) in enumerate(rows.items()):
            if name not in self._rows:
                self._rows[name] = self._line(name)
                self.body.insertWidget(place, self._rows[name])
            self._rows[name].show_row(row)
        self.hint.setVisible(not rows)

    def retint(self) -> None:
        """Takes the theme's colours."""
        tint(self.refusal, self._theme.color("error"))
        self.more.setIcon(self._icons.icon("plus"))

    def line(self, name: str) -> ParameterLine:
        """The line of a parameter."""
        return self._rows[name]

    def _line(self, name: str) -> ParameterLine:
        line = ParameterLine(self._theme, self._icons)
        line.name.editingFinished.connect(partial(self._rename, line))
        line.default.editingFinished.connect(partial(self._set, line))
        line.gone.clicked.connect(partial(self._remove, line))
        return line

    def _add(self) -> None:
        name = free_name("width", self._document.graph.parameters)
        self._do(f"Add parameter {name}", lambda g: edits.add_parameter(g, name, 64))
        if name in self._rows:
            self._rows[name].name.setFocus()
            self._rows[name].name.selectAll()

    def _rename(self, line: ParameterLine) -> None:
        old, new = line.row_name, line.name.text().strip()
        if old and new != old and old in self._document.graph.parameters:
            self._do(f"Rename parameter {old}", lambda g: edits.rename_parameter(g, old, new))

    def _set(self, line: ParameterLine) -> None:
        name, text = line.row_name, line.default.text().strip()
        row = self._document.graph.parameters.get(name)
        if row is None:
            return
        value = as_default(text)
        if value != row.default or type(value) is not type(row.default):
            self._do(
                f"Set default of {name}", lambda g: edits.set_parameter_default(g, name, value)
            )

    def _remove(self, line: ParameterLine) -> None:
        name = line.row_name
        self._do(f"Remove parameter {name}", lambda g: edits.remove_parameter(g, name))

    def _do(self, text: str, make: Callable[[Graph], Change]) -> None:
        sentence = ""
        try:
            self._document.do(text, make(self._document.graph))
        except DesignError as error:
            sentence = str(error)
        self.refusal.setText(sentence.replace("`", ""))
        self.refusal.setVisible(bool(sentence))


class ParameterLine(QWidget):
    """Name and default of one parameter."""

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.row_name = ""
        self.name = Field(theme, "Name of the parameter")
        self.default = Field(theme, "Default")
        self.gone = QToolButton()
        self.gone.setIcon(icons.icon("trash-2"))
        self.gone.setIconSize(QSize(14, 14))
        self.gone.setToolTip("Remove the parameter; its default takes its place")
        self.gone.setAccessibleName("Remove the parameter")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.name, 3)
        line.addWidget(QLabel("="))
        line.addWidget(self.default, 2)
        line.addWidget(self.gone)
        self.name.escaped.connect(self._restore)
        self.default.escaped.connect(self._restore)
        self._row: BlockParameter | None = None

    def show_row(self, row: BlockParameter) -> None:
        """Shows a parameter as it is now."""
        if row == self._row:
            return
        self._row, self.row_name = row, row.name
        self._restore()
        self.setToolTip(escape(row.help))

    def _restore(self) -> None:
        if self._row is not None:
            self.name.setText(self._row.name)
            default = self._row.default
            self.default.setText(
                str(default).lower() if isinstance(default, bool) else str(default)
            )


def as_default(text: str) -> Default:
    """``64`` as a number, ``true`` as a truth value, anything else as a text."""
    if text.lower() in ("true", "false"):
        return WORDS_OF_TRUTH[text.lower()]
    try:
        return formula.evaluate(text, {})
    except ParameterError:
        return text

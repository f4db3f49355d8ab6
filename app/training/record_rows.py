"""Rows that edit a declared record: one a parameter, and below a choice those of what was chosen.

They show a record and say what the person makes of it; they change no document.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.forms.controls import Combo
from app.forms.parameter_editors import FieldEditor
from app.forms.parameter_row import LABEL, ParameterRow
from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine.declaration import Declared, Parameter
from graph_engine.errors import DesignError
from graph_engine.kinds import Either, Kind, Named, Record, Several

INDENT = 10


class RecordRows(QWidget):
    """The rows of some parameters of one record. ``edited`` carries the new record and the name of what
    was edited, ``finished`` ends a gesture such as typing. ``titles`` and ``defaults`` replace a
    parameter's own name and default where the form means something else by it; ``blanks`` say what an
    empty field stands for."""

    edited = Signal(object, str)
    finished = Signal()

    def __init__(self, theme: Theme, icons: Icons, rare: Collection[str] = ()) -> None:
        super().__init__()
        self._theme, self._icons, self._rare = theme, icons, rare
        self._record: Declared | None = None
        self._parameters: list[Parameter] = []
        self.rows: dict[str, ParameterRow] = {}
        self.more_text = "More"
        self.titles: Mapping[str, str] = {}
        self.defaults: Mapping[str, Any] = {}
        self.blanks: Mapping[str, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.more = more_button(theme)
        self.more.toggled.connect(self._fold)
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_record(self, record: Declared, names: Collection[str] | None = None) -> None:
        """Shows the record: all that a line can edit, or only ``names``, in their declared order."""
        wanted = [
            parameter
            for name, parameter in record.parameters().items()
            if fits_a_line(parameter.kind) and (names is None or name in names)
        ]
        if wanted != self._parameters:
            self._rebuild(wanted)
        if type(record) is not type(self._record):
            for row in self.rows.values():
                row.forget()
        self._record = record
        for name, row in self.rows.items():
            value = getattr(record, name, None) if name not in vars(record) else vars(record)[name]
            row.show_value(value, self._default(row), None, False)

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        dress_more(self.more, self._theme)
        record, parameters = self._record, self._parameters
        self._rebuild([])
        if record is not None:
            self.show_record(record, {parameter.name for parameter in parameters})

    def _rebuild(self, parameters: list[Parameter]) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._parameters, self.rows = parameters, {}
        common = [parameter for parameter in parameters if parameter.name not in self._rare]
        for place, parameter in enumerate(common):
            self._column.insertWidget(place, self._row(parameter))
        for parameter in parameters:
            if parameter.name in self._rare:
                self._column.addWidget(self._row(parameter))
        rare = len(parameters) - len(common)
        self.more.setVisible(rare > 0)
        self._fold(self.more.isChecked())

    def _row(self, parameter: Parameter) -> ParameterRow:
        row = self.rows[parameter.name] = ParameterRow(parameter, self._theme, self._icons)
        row.label.setText(self.titles.get(parameter.name, row.label.text()))
        if isinstance(row.editor, FieldEditor):
            row.editor.nothing = self.blanks.get(parameter.name, row.editor.nothing)
        row.edited.connect(self._set)
        row.reset.connect(self._reset)
        row.finished.connect(self._end)
        return row

    def _fold(self, is_open: bool) -> None:
        self.more.setText("Less" if is_open else self.more_text)
        for name in self._rare:
            if name in self.rows:
                self.rows[name].setVisible(is_open)

    def _set(self, name: str, value: Any) -> None:
        if self._record is None:
            return
        try:
            record = self._record.replace(**{name: value})
        except DesignError as error:
            self.rows[name].refuse(str(error))
            return
        self.rows[name].refuse("")
        self.edited.emit(record, name)

    def _reset(self, name: str) -> None:
        self.finished.emit()
        row = self.rows[name]
        row.forget()
        self._set(name, self._default(row))
        self.finished.emit()

    def _default(self, row: ParameterRow) -> Any:
        return self.defaults.get(row.parameter.name, row.parameter.default)

    def _end(self, _: str) -> None:
        self.finished.emit()


class ChoiceRows(QWidget):
    """A list to choose a class from, such as an optimizer, and the rows of the one that is chosen.

    ``nothing`` is the word for no choice, where that is allowed. ``edited`` carries the new record, or
    None, and the name of what was edited. ``between`` stands between the list and the rows.
    """

    edited = Signal(object, str)
    finished = Signal()

    def __init__(
        self,
        name: str,
        help: str,
        kinds: Mapping[str, type[Declared]],
        theme: Theme,
        icons: Icons,
        nothing: str = "",
        rare: Collection[str] = (),
        between: QWidget | None = None,
    ) -> None:
        super().__init__()
        self._kinds, self._nothing, self._theme = kinds, nothing, theme
        self._record: Declared | None = None
        texts = [nothing, *kinds] if nothing else list(kinds)
        self.box = Combo(texts, name, theme, icons)
        self.rows = RecordRows(theme, icons, rare)
        for place, kind in enumerate(kinds.values(), start=1 if nothing else 0):
            self.box.setItemData(
                place, f"<p>{escape(kind.help())}</p>", Qt.ItemDataRole.ToolTipRole
            )
        self._lay_out(name, help, between)
        self.box.activated.connect(self._chosen)
        self.rows.edited.connect(self.edited)
        self.rows.finished.connect(self.finished)

    def _lay_out(self, name: str, help: str, between: QWidget | None) -> None:
        label = QLabel(name)
        label.setFont(self._theme.font(12))
        label.setFixedWidth(LABEL)
        label.setContentsMargins(INDENT, 0, 0, 0)
        label.setToolTip(f"<p>{escape(help)}</p>")
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 24, 0)
        line.setSpacing(4)
        line.addWidget(label)
        line.addWidget(self.box, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        if between is not None:
            column.addWidget(between)
        column.addWidget(self.rows)

    def show_choice(self, record: Declared | None, name: str) -> None:
        """Shows what is chosen, under its name in the list."""
        self._record = record
        self.box.setCurrentText(self._nothing if record is None else name)
        kind = self._kinds.get(name)
        self.box.setToolTip(f"<p>{escape(kind.help())}</p>" if record is not None and kind else "")
        self.rows.setVisible(record is not None and bool(record.parameters()))
        if record is not None:
            self.rows.show_record(record)

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        self.rows.rebuild()

    def _chosen(self, place: int) -> None:
        name = self.box.itemText(place)
        kind = self._kinds.get(name)
        self.finished.emit()
        if kind is None:
            self.edited.emit(None, "")
        elif type(self._record) is not kind:
            self.edited.emit(self._moved_to(kind), "")
        self.finished.emit()

    def _moved_to(self, kind: type[Declared]) -> Declared:
        """The other class, with the values that the person had changed where it takes them too."""
        made = kind()
        for name, value in (self._record.changed() if self._record else {}).items():
            if name in made.parameters() and name != "lr":
                try:
                    made = made.replace(**{name: value})
                except DesignError:
                    continue
        return made


def fits_a_line(kind: Kind) -> bool:
    """Whether one row can edit it: not a record of its own, nor values by name."""
    if isinstance(kind, Either):
        return all(map(fits_a_line, kind.options))
    if isinstance(kind, Several):
        return fits_a_line(kind.item)
    return not isinstance(kind, Record | Named)


def dress_more(button: QToolButton, theme: Theme) -> None:
    """Gives that button the colours of the theme in force."""
    button.setStyleSheet(
        f"QToolButton {{ padding: 2px 8px; margin-left: 2px; color: {theme.color('second').name()}; }}"
        "QToolButton:checked { background: transparent; }"
    )


def more_button(theme: Theme) -> QToolButton:
    """What unfolds the rows that are rarely needed."""
    button = QToolButton()
    button.setText("More")
    button.setCheckable(True)
    button.setFont(theme.font(11))
    dress_more(button, theme)
    button.setFixedHeight(SIZES.control - 6)
    button.setToolTip("What is rarely needed")
    return button

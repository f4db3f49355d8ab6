"""Which field of the data feeds which input, and how each field of numbers is scaled, as rows of a form.

The fields are those of the data as they were last read, which begins when the rows are unfolded.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import Combo
from app.forms.parameter_row import LABEL
from app.icons import Icons
from app.theme import Theme
from app.training.loaded_data import LoadedData
from app.training.record_rows import INDENT, RecordRows, dress_more, more_button
from graph_engine.data.choice import DataChoice, feeding_fields, target_field
from graph_engine.data.dataset import Dataset
from graph_engine.data.scaling import Scaling
from graph_engine.declaration import Declared
from graph_engine.errors import DatasetError
from graph_engine.layers.inputs import Input

AUTO = "auto"
"""The field of the input's own name, or else the next one."""
NUMBERS = ("continuous", "image")


class FieldRows(QWidget):
    """``edited`` carries the new choice and what was edited, ``finished`` ends a gesture."""

    edited = Signal(object, str)
    finished = Signal()

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme, self._icons = document, theme, icons
        self._choice = DataChoice()
        self._data = LoadedData.of(document)
        self._dataset: Dataset | None = None
        self._made: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
        self.inputs: dict[str, Combo] = {}
        self.scalings: dict[str, RecordRows] = {}
        self.more = more_button(theme)
        self.body = QWidget()
        self._rows = QVBoxLayout(self.body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.more)
        column.addWidget(self.body)
        self.more.toggled.connect(self._fold)
        self._data.changed.connect(self._read)
        document.changed.connect(self._edited)
        self._fold(False)

    def show_choice(self, choice: DataChoice) -> None:
        """Shows a choice; rows that say something are unfolded."""
        self._choice = choice
        if not self.more.isChecked() and (choice.inputs or any(s.field for s in choice.scaling)):
            self.more.setChecked(True)
        self._refresh()

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        dress_more(self.more, self._theme)
        self._made = ((), (), ())
        self._refresh()

    # What there is -------------------------------------------------------------------------------

    def _names(self) -> tuple[str, ...]:
        """The inputs of the network, and those that only the choice still names."""
        network = self._document.project.networks[self._document.scope.network]
        names = [name for name, node in network.nodes.items() if isinstance(node.layer, Input)]
        return tuple(dict.fromkeys([*names, *(name for name, _ in self._choice.inputs)]))

    def _scaled(self) -> tuple[str, ...]:
        """The fields of numbers that are used, and those that only the choice still names."""
        named = [each.field for each in self._choice.scaling if each.field]
        used = [name for name in self._used() if self._is_number(name)]
        return tuple(dict.fromkeys([*used, *named]))

    def _used(self) -> list[str]:
        if self._dataset is None:
            return []
        try:
            fed = feeding_fields(self._choice, self._dataset, self._names())
            return [*(field.name for field in fed.values()), self._target()]
        except DatasetError:  # the view of the data says what is wrong
            return []

    def _target(self) -> str:
        assert self._dataset is not None
        return target_field(self._choice, self._dataset).name

    def _is_number(self, name: str) -> bool:
        return self._dataset is not None and self._dataset[name].kind in NUMBERS

    # Showing -------------------------------------------------------------------------------------

    def _fold(self, is_open: bool) -> None:
        self.more.setText("Less" if is_open else "Match and scale single fields")
        self.body.setVisible(is_open)
        if is_open:
            self._data.need()
            self._read()

    def _read(self) -> None:
        if self._data.found.data is not None:
            self._dataset = self._data.found.data.dataset
        self._refresh()

    def _edited(self, _: object) -> None:
        """The network may have other inputs."""
        if self._names() != self._made[0]:
            self._refresh()

    def _refresh(self) -> None:
        if not self.more.isChecked():
            return
        fields = tuple(self._dataset.fields) if self._dataset is not None else ()
        wanted = (self._names(), fields, self._scaled())
        if wanted != self._made:
            self._made = wanted
            self._make(*wanted)
        chosen = dict(self._choice.inputs)
        for name, box in self.inputs.items():
            box.setCurrentIndex(max(0, box.findText(str(chosen.get(name, "")))))
        known = {each.field: each for each in self._choice.scaling}
        for name, rows in self.scalings.items():
            usual = self._usual(name)
            rows.defaults = {"method": usual.method}
            scaling = known.get(name, usual)
            divides = scaling.method == "divide"
            rows.show_record(scaling, ("method", "divisor") if divides else ("method",))

    def _usual(self, name: str) -> Scaling:
        """How a field is scaled that has no scaling of its own: the general one is for inputs."""
        general = next((each for each in self._choice.scaling if not each.field), None)
        used = self._used()
        if general is None or name not in used[:-1]:
            return Scaling(field=name, method="none")
        return general.replace(field=name)

    def _make(
        self, names: tuple[str, ...], fields: tuple[str, ...], scaled: tuple[str, ...]
    ) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.inputs, self.scalings = {}, {}
        chosen = dict(self._choice.inputs)
        for name in names:
            known = dict.fromkeys([*fields, str(chosen.get(name, ""))])
            offered = [AUTO, *(each for each in known if each)]
            box = Combo(offered, f"Field for {name}", self._theme, self._icons)
            box.setToolTip(f"The field that feeds the input {name}; auto: of its name, or the next")
            box.activated.connect(partial(self._feed, name))
            self.inputs[name] = box
            self._rows.addWidget(self._line(f"{name} ←", box))
        for name in scaled:
            rows = RecordRows(self._theme, self._icons)
            rows.titles = {"method": f"scale {name}"}
            rows.edited.connect(partial(self._scale, name))
            rows.finished.connect(self.finished)
            self.scalings[name] = rows
            self._rows.addWidget(rows)

    def _line(self, title: str, box: Combo) -> QWidget:
        line, label = QWidget(), QLabel(title)
        label.setFixedWidth(LABEL)
        label.setIndent(INDENT)
        label.setFont(self._theme.font(12))
        label.setToolTip(box.toolTip())
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 24, 0)
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(box, 1)
        return line

    # Edits ---------------------------------------------------------------------------------------

    def _feed(self, name: str, place: int) -> None:
        inputs = dict(self._choice.inputs)
        if place > 0:
            inputs[name] = self.inputs[name].itemText(place)
        else:
            inputs.pop(name, None)
        self.edited.emit(self._choice.replace(inputs=tuple(inputs.items())), f"input {name}")
        self.finished.emit()

    def _scale(self, name: str, scaling: Declared, parameter: str) -> None:
        if not isinstance(scaling, Scaling):
            return
        others = [each for each in self._choice.scaling if each.field != name]
        own = [] if scaling == self._usual(name) else [scaling.replace(field=name)]
        self.edited.emit(self._choice.replace(scaling=(*others, *own)), f"scaling {name}")

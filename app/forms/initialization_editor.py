"""How weights start: a list of initialisations, and below it the parameters of the chosen one."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.forms.controls import SECOND, Combo
from app.forms.parameter_editors import MIXED, Editor, make_editor
from app.icons import Icons
from app.theme import Theme
from graph_engine.declaration import Parameter
from graph_engine.errors import ParameterError
from graph_engine.layers.initialization import INITIALIZATIONS, Initialization

DEFAULT = "PyTorch's default"


class InitializationEditor(Editor):
    """See the module's docstring; the value is None for PyTorch's default.

    ``below`` is for the owner to place under the editor, its labels ``indent`` pixels wide.
    """

    def __init__(self, parameter: Parameter, theme: Theme, icons: Icons, indent: int) -> None:
        super().__init__(parameter)
        self._indent = indent
        self._theme, self._icons = theme, icons
        self._value: Initialization | None = None
        self._form: QWidget | None = None
        self._parts: dict[str, Editor] = {}
        self.below = QWidget(self)
        self._column = QVBoxLayout(self.below)
        self._column.setContentsMargins(0, 2, 24, 4)
        self._column.setSpacing(0)
        self.below.setVisible(False)
        self.box = Combo([DEFAULT, *INITIALIZATIONS], parameter.name, theme, icons)
        for place, kind in enumerate(INITIALIZATIONS.values()):
            self.box.setItemData(place + 1, kind.help(), Qt.ItemDataRole.ToolTipRole)
        self.box.activated.connect(self._chosen)
        self.line.addWidget(self.box, 1)

    def show_value(self, value: Any) -> None:
        shown = value if isinstance(value, Initialization) else None
        if type(shown) is not type(self._value):
            self._rebuild(shown)
        self._value = shown
        texts = [DEFAULT, *INITIALIZATIONS]
        name = shown.name if shown else DEFAULT
        self.box.setCurrentIndex(-1 if value is MIXED else texts.index(name))
        for each, part in self._parts.items():
            part.show_value(getattr(shown, each))

    def _chosen(self, place: int) -> None:
        kinds = [None, *INITIALIZATIONS.values()]
        kind = kinds[place]
        if kind is None or type(self._value) is not kind:
            self.edited.emit(kind() if kind else None)
            self.finished.emit()

    def _rebuild(self, value: Initialization | None) -> None:
        if self._form is not None:
            self._column.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form, self._parts = None, {}
        self.below.setVisible(value is not None and bool(value.parameters()))
        if value is None or not value.parameters():
            return
        form = self._form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.setColumnMinimumWidth(0, self._indent)
        for row, (name, parameter) in enumerate(value.parameters().items()):
            part = make_editor(parameter, self._theme, self._icons)
            part.edited.connect(partial(self._edited, name))
            part.refused.connect(self.refused)
            part.finished.connect(self.finished)
            part.setToolTip(f"<p>{parameter.help} Takes {escape(parameter.expected())}.</p>")
            label = QLabel(name)
            label.setFont(self._theme.font(11))
            label.setForegroundRole(SECOND)
            label.setContentsMargins(20, 0, 0, 0)
            label.setToolTip(part.toolTip())
            grid.addWidget(label, row, 0)
            grid.addWidget(part, row, 1)
            self._parts[name] = part
        grid.setColumnStretch(1, 1)
        self._column.addWidget(form)

    def _edited(self, name: str, value: Any) -> None:
        if self._value is None:
            return
        try:
            wanted = self._value.replace(**{name: value})
        except ParameterError as error:
            self.refused.emit(str(error))
            return
        self.edited.emit(wanted)

"""One editor for each kind of value, made from a parameter's declaration.

An editor shows a value and says what the person makes of it: ``edited`` with each valid value while
typing goes on, ``refused`` with a sentence where a text is not one, ``finished`` when the gesture ends.
It never changes a document.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from app.forms.controls import DASH, SECOND, Combo, Switch
from app.forms.grammar import choices, is_number, names_in, read, written
from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine.declaration import Parameter
from graph_engine.errors import ParameterError
from graph_engine.kinds import Choice, Either, Kind, Nothing, Several, Truth

PATIENCE = 500
MIXED = object()
NEVER = object()


class Editor(QWidget):
    """What all editors have in common; ``mentions`` carries a text with names in it, which may be a
    formula over the parameters of a block."""

    edited = Signal(object)
    refused = Signal(str)
    mentions = Signal(str)
    finished = Signal()

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(4)

    def show_value(self, value: Any) -> None:
        """Shows a value, or ``MIXED`` where the selected nodes have different ones."""
        raise NotImplementedError

    def forget(self) -> None:
        """What is shown next belongs to another node: a text that was refused does not stay."""

    def step(self, by: int) -> None:
        """Goes up or down, where the value is a number."""


class Field(QLineEdit):
    """A line in the font of numbers that says when it is entered and left by Escape or an arrow."""

    entered = Signal()
    escaped = Signal()
    stepped = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setFont(theme.mono(12))
        self.setFixedHeight(SIZES.control)
        self.setMinimumWidth(24)
        self.setAccessibleName(name)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def event(self, event: QEvent) -> bool:
        """Leaves undo and redo to the drawing while there is nothing typed to take back."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoes = event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()
            redoes = event.matches(QKeySequence.StandardKey.Redo) and not self.isRedoAvailable()
            if undoes or redoes:
                event.ignore()
                return False
        return super().event(event)

    def settle(self) -> None:
        """Takes the text for settled: what was typed is no longer taken back letter by letter."""
        place = self.cursorPosition()
        self.setText(self.text())
        self.setCursorPosition(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        key = Qt.Key(event.key())
        if key in steps:
            many = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(steps[key] * (10 if many else 1))
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.settle()


class FieldEditor(Editor):
    """Numbers, sizes and texts, with calculations such as ``2*64``; numbers step by the arrows."""

    def __init__(self, parameter: Parameter, theme: Theme, icons: Icons) -> None:
        super().__init__(parameter)
        self._value: Any = NEVER
        self._before: Any = MIXED
        self._sentence = ""
        self.nothing = "none"
        """What an empty field stands for."""
        self.field = Field(theme, parameter.name)
        self.line.addWidget(self.field)
        self._words = choices(parameter.kind)
        if set(self._words) - {"none"}:
            self._add_menu(icons)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._complain)
        self.field.textEdited.connect(self._typed)
        self.field.entered.connect(self._begin)
        self.field.escaped.connect(self._restore)
        self.field.stepped.connect(self.step)
        self.field.editingFinished.connect(self._settle)

    def show_value(self, value: Any) -> None:
        if self._before is NEVER:
            self._before = value
        if value is self._value or (value == self._value and type(value) is type(self._value)):
            return
        self._value = value
        self._sentence = ""
        self.field.setPlaceholderText(DASH if value is MIXED else self.nothing)
        if self.field.hasFocus() and self._typed_value() == value:
            return
        self.field.setText("" if value is MIXED else written(value, self.parameter.kind))
        self.field.setCursorPosition(0)
        self.refused.emit("")

    def forget(self) -> None:
        self._value = self._before = NEVER
        self._patience.stop()

    def step(self, by: int) -> None:
        typed = self._typed_value()
        value = self._value if typed is MIXED else typed
        if not is_number(self.parameter.kind) or isinstance(value, bool | tuple | str):
            return
        number = self.parameter.default if value is MIXED or value is None else value
        if not isinstance(number, int | float) or isinstance(number, bool):
            number = int(self.parameter.low or 0)
        size = 1 if isinstance(number, int) else _size_of_step(self.parameter)
        wanted = number + by * size
        wanted = wanted if isinstance(number, int) else round(wanted, 10)
        low, high = self.parameter.low, self.parameter.high
        wanted = wanted if low is None else max(wanted, type(number)(low))
        wanted = wanted if high is None else min(wanted, type(number)(high))
        self._take(wanted)

    def _take(self, value: Any) -> None:
        """A value that did not come from typing."""
        self.field.setText(written(value, self.parameter.kind))
        self._typed(self.field.text())
        self._complain()

    def _typed(self, text: str) -> None:
        self._patience.stop()
        self._sentence = ""
        try:
            value = read(text, self.parameter)
        except ParameterError as error:
            self._sentence = str(error)
            if is_number(self.parameter.kind) and names_in(text):
                self.mentions.emit(text)
            self._patience.start()
            return
        self.refused.emit("")
        if value != self._value or type(value) is not type(self._value):
            self.edited.emit(value)

    def _typed_value(self) -> Any:
        try:
            return read(self.field.text(), self.parameter)
        except ParameterError:
            return MIXED

    def _begin(self) -> None:
        self._before = self._value

    def _complain(self) -> None:
        if self._sentence:
            self.refused.emit(self._sentence)

    def _settle(self) -> None:
        """The end of the gesture: a calculation gives way to its result, a wrong text stays."""
        self._patience.stop()
        self._complain()
        if not self._sentence and self._value is not MIXED and self._typed_value() == self._value:
            self.field.setText(written(self._value, self.parameter.kind))
        self._before = self._value
        self.finished.emit()

    def _restore(self) -> None:
        """The value from before the gesture."""
        before = self._value if self._before is MIXED else self._before
        self._sentence = ""
        self._patience.stop()
        if before is not MIXED and before != self._value:
            self.edited.emit(before)
        self.field.setText("" if before is MIXED else written(before, self.parameter.kind))
        self.field.selectAll()
        self.refused.emit("")
        self.finished.emit()

    def _add_menu(self, icons: Icons) -> None:
        place = QLineEdit.ActionPosition.TrailingPosition
        self.field.setStyleSheet("QToolButton { padding: 0; min-height: 0; border: none; }")
        action = self.field.addAction(icons.icon("chevron-down"), place)
        action.setToolTip("Other values: " + ", ".join(self._words))
        action.triggered.connect(self._offer)

    def _offer(self) -> None:
        menu = QMenu(self)
        for word in self._words:
            menu.addAction(word).setData(word)
        chosen = menu.exec(self.field.mapToGlobal(self.field.rect().bottomLeft()))
        menu.deleteLater()
        if chosen is not None:
            self.field.setText(str(chosen.data()))
            self._typed(self.field.text())
            self._settle()


class TruthEditor(Editor):
    """A switch."""

    def __init__(self, parameter: Parameter, theme: Theme) -> None:
        super().__init__(parameter)
        self.box = Switch(parameter.name, theme)
        self.box.clicked.connect(self._clicked)
        self.line.addWidget(self.box)
        self.line.addStretch(1)

    def show_value(self, value: Any) -> None:
        self.box.setTristate(value is MIXED)
        if value is MIXED:
            self.box.setCheckState(Qt.CheckState.PartiallyChecked)
        else:
            self.box.setChecked(bool(value))

    def _clicked(self) -> None:
        wanted = self.box.checkState() is not Qt.CheckState.Unchecked
        self.box.setTristate(False)
        self.edited.emit(wanted)
        self.finished.emit()


class ChoiceEditor(Editor):
    """A list to choose from; ``options`` are pairs of text and value."""

    def __init__(
        self, parameter: Parameter, options: list[tuple[str, Any]], theme: Theme, icons: Icons
    ) -> None:
        super().__init__(parameter)
        self._options = options
        self.box = Combo([text for text, _ in options], parameter.name, theme, icons)
        self.box.activated.connect(self._chosen)
        self.line.addWidget(self.box)

    def show_value(self, value: Any) -> None:
        values = [option for _, option in self._options]
        self.box.setCurrentIndex(values.index(value) if value in values else -1)

    def _chosen(self, place: int) -> None:
        self.edited.emit(self._options[place][1])
        self.finished.emit()


class SquareEditor(Editor):
    """Two or three sizes that stay alike while they are linked, such as a kernel of 3 × 3."""

    def __init__(self, parameter: Parameter, theme: Theme, icons: Icons) -> None:
        super().__init__(parameter)
        kind = parameter.kind
        assert isinstance(kind, Several)
        self._value: Any = MIXED
        item = Parameter(
            parameter.name, kind.item, None, "", parameter.low, parameter.high, False, False
        )
        self.parts = [FieldEditor(item, theme, icons) for _ in range(kind.length or 2)]
        self.line.setSpacing(4 if len(self.parts) < 3 else 2)
        for place, part in enumerate(self.parts):
            if place:
                times = QLabel("×")
                times.setForegroundRole(SECOND)
                self.line.addWidget(times)
            part.field.setTextMargins(-3, 0, -3, 0)
            part.edited.connect(partial(self._edited, place))
            part.refused.connect(self.refused)
            part.finished.connect(self.finished)
            part.mentions.connect(self.mentions)
            self.line.addWidget(part, 1)
        self.link = self._make_link(icons)
        self.line.addWidget(self.link)

    def show_value(self, value: Any) -> None:
        self._value = value
        if value is MIXED or len(set(value)) > 1:
            self.link.setChecked(value is MIXED)
        for place, part in enumerate(self.parts):
            part.show_value(MIXED if value is MIXED else value[place])

    def forget(self) -> None:
        self.link.setChecked(True)
        for part in self.parts:
            part.forget()

    def step(self, by: int) -> None:
        self.parts[0].step(by)

    def _make_link(self, icons: Icons) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(True)
        button.setIcon(icons.icon("link"))
        button.setIconSize(QSize(12, 12))
        button.setToolTip("Keep the sizes alike")
        button.setAccessibleName(f"Keep the sizes of {self.parameter.name} alike")
        button.setStyleSheet("QToolButton { padding: 2px; min-height: 14px; }")
        button.clicked.connect(self._linked)
        return button

    def _linked(self) -> None:
        value = self._value
        if self.link.isChecked() and value is not MIXED and len(set(value)) > 1:
            self.edited.emit((value[0],) * len(value))
            self.finished.emit()

    def _edited(self, place: int, item: Any) -> None:
        if self.link.isChecked() or self._value is MIXED:
            self.edited.emit((item,) * len(self.parts))
            return
        value = list(self._value)
        value[place] = item
        self.edited.emit(tuple(value))


def make_editor(parameter: Parameter, theme: Theme, icons: Icons) -> Editor:
    """The editor for the values of a parameter that is no record."""
    kind = parameter.kind
    if isinstance(kind, Truth):
        return TruthEditor(parameter, theme)
    if isinstance(kind, Choice):
        options = [(str(option), option) for option in kind.options]
        return ChoiceEditor(parameter, options, theme, icons)
    if _is_three_way(kind):
        three: list[tuple[str, Any]] = [("default", None), ("true", True), ("false", False)]
        return ChoiceEditor(parameter, three, theme, icons)
    if isinstance(kind, Several) and kind.square and kind.length in (2, 3):
        return SquareEditor(parameter, theme, icons)
    return FieldEditor(parameter, theme, icons)


def _is_three_way(kind: Kind) -> bool:
    options = kind.options if isinstance(kind, Either) else ()
    return {type(option) for option in options} == {Truth, Nothing}


def _size_of_step(parameter: Parameter) -> float:
    """A hundredth of a bounded range, or a tenth."""
    if parameter.low is not None and parameter.high is not None:
        return (parameter.high - parameter.low) / 20
    return 0.1

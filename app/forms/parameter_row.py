"""One line of a form: name, editor, a mark and a way back where the value is not the default."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.forms.controls import plain_label, tint
from app.forms.grammar import is_number
from app.forms.initialization_editor import InitializationEditor
from app.forms.parameter_editors import MIXED, Editor, Field, make_editor
from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine.declaration import Parameter
from graph_engine.kinds import Either, Kind, Record

LABEL = 100
PIXELS_A_STEP = 6


class ParameterRow(QWidget):
    """Shows one parameter. Every signal carries the parameter's name first.

    ``edited`` a new value, ``reset`` the wish for the default, ``bound`` a formula over the parameters
    of the block, ``unbound`` the wish for a value of its own, ``finished`` the end of a gesture.
    """

    edited = Signal(str, object)
    reset = Signal(str)
    bound = Signal(str, str)
    unbound = Signal(str)
    finished = Signal(str)

    def __init__(self, parameter: Parameter, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.parameter, self._theme = parameter, theme
        self._can_bind = False
        self._formula: str | None = None
        self.label = NameLabel(parameter, theme)
        self.editor = editor_for(parameter, theme, icons)
        self.formula = self._make_formula(theme, icons)
        self.back = self._make_back(icons)
        self.refusal = plain_label()
        self.refusal.setFont(theme.font(11))
        self.refusal.setVisible(False)
        tint(self.refusal, theme.color("error"))
        self._lay_out()
        self._explain()
        self._connect()

    def show_value(self, value: Any, default: Any, formula: str | None, can_bind: bool) -> None:
        """Shows a value, or the formula that gives it."""
        self._can_bind, self._formula = can_bind, formula
        is_bound = formula is not None
        if is_bound and not (self.formula.hasFocus() and self.formula.isModified()):
            self.formula.setText(formula or "")
        if is_bound != self.formula.isVisibleTo(self):
            self._swap(is_bound)
            self.editor.forget()  # what was typed there became the formula
        self.editor.show_value(value)
        changed = not is_bound and value is not MIXED and value != default
        self.back.setVisible(changed)
        self.label.mark("accent" if changed or is_bound else "")

    def forget(self) -> None:
        """What is shown next belongs to another node."""
        self.editor.forget()
        self.refuse("")
        self.formula.setModified(False)

    def refuse(self, sentence: str) -> None:
        """Says under the field why a value was not taken; nothing takes it away."""
        self.refusal.setText(sentence.replace("`", ""))
        self.refusal.setVisible(bool(sentence))

    # Making it -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.editor, 1)
        line.addWidget(self.formula, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(line, 0, 1)
        grid.addWidget(self.back, 0, 2, Qt.AlignmentFlag.AlignTop)
        if isinstance(self.editor, InitializationEditor):
            grid.addWidget(self.editor.below, 1, 0, 1, 3)
        grid.addWidget(self.refusal, 2, 0, 1, 3)
        grid.setColumnStretch(1, 1)

    def _make_formula(self, theme: Theme, icons: Icons) -> Field:
        field = Field(theme, f"{self.parameter.name}, formula")
        field.setStyleSheet("QToolButton { padding: 0; min-height: 0; border: none; }")
        field.addAction(
            icons.icon("square-function", "accent"), QLineEdit.ActionPosition.LeadingPosition
        )
        field.setPlaceholderText("4 * width")
        field.setVisible(False)
        return field

    def _make_back(self, icons: Icons) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon("rotate-ccw"))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, SIZES.control)
        button.setStyleSheet("QToolButton { padding: 0; min-height: 26px; }")
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.setVisible(False)
        button.setToolTip("Back to the default")
        button.setAccessibleName(f"Reset {self.parameter.name} to its default")
        return button

    def _explain(self) -> None:
        parameter = self.parameter
        expected = escape(parameter.expected())
        text = f"<p>{escape(parameter.help)}</p><p>Takes {expected}.</p>"
        self.label.setToolTip(f"<b>{parameter.name}</b>{text}")
        self.editor.setToolTip(f"<p>Takes {expected}.</p>")
        self.editor.setAccessibleDescription(parameter.help)

    def _connect(self) -> None:
        self.editor.edited.connect(self._edited)
        self.editor.refused.connect(self.refuse)
        self.editor.finished.connect(self._finished)
        self.editor.mentions.connect(self._mentioned)
        self.label.dragged.connect(self.editor.step)
        self.label.released.connect(self._finished)
        self.label.asked.connect(self._show_menu)
        self.back.clicked.connect(self._reset)
        self.formula.editingFinished.connect(self._bind)
        self.formula.escaped.connect(self._stay)

    # What the person does ------------------------------------------------------------------------

    def _edited(self, value: Any) -> None:
        self.refuse("")
        self.edited.emit(self.parameter.name, value)

    def _finished(self) -> None:
        self.finished.emit(self.parameter.name)

    def _reset(self) -> None:
        self.reset.emit(self.parameter.name)

    def _mentioned(self, text: str) -> None:
        if self._can_bind:
            self.bound.emit(self.parameter.name, text)

    def _bind(self) -> None:
        if not self.formula.isModified():
            return
        self.formula.setModified(False)
        self.refuse("")
        text = self.formula.text().strip()
        if text:
            self.bound.emit(self.parameter.name, text)
        elif self._formula is None:
            self._swap(False)
        else:
            self.unbound.emit(self.parameter.name)

    def _stay(self) -> None:
        """Escape: what was there before."""
        self.formula.setText(self._formula or "")
        self.refuse("")
        if self._formula is None:
            self._swap(False)

    def _swap(self, is_bound: bool) -> None:
        focused = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.formula.setVisible(is_bound)
        self.editor.setVisible(not is_bound)
        if focused and is_bound:
            self.formula.setFocus()

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction("Reset to the default", self._reset)
        if self._can_bind and not self.formula.isVisibleTo(self):
            menu.addAction("Use a formula", self._start_formula)
        if self.formula.isVisibleTo(self):
            menu.addAction("Use a value of its own", self._end_formula)
        menu.exec(place)
        menu.deleteLater()

    def _start_formula(self) -> None:
        self.formula.clear()
        self._swap(True)
        self.formula.setFocus()

    def _end_formula(self) -> None:
        self.unbound.emit(self.parameter.name)


class NameLabel(QLabel):
    """A parameter's name; dragging it sideways turns a number up and down."""

    dragged = Signal(int)
    released = Signal()
    asked = Signal(QPoint)

    def __init__(self, parameter: Parameter, theme: Theme) -> None:
        super().__init__()
        self._theme, self._token = theme, ""
        self._from: int | None = None
        self._turns = is_number(parameter.kind)
        self.setFont(theme.font(12))
        self.setFixedSize(LABEL, SIZES.control)
        self.setContentsMargins(10, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        width = LABEL - 12
        self.setText(
            QFontMetrics(self.font()).elidedText(
                parameter.name, Qt.TextElideMode.ElideMiddle, width
            )
        )
        if self._turns:
            self.setCursor(Qt.CursorShape.SizeHorCursor)

    def mark(self, token: str) -> None:
        """A dot of that colour before the name; none for an empty token."""
        if token != self._token:
            self._token = token
            self.setAccessibleDescription("changed" if token else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._token:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(self._token))
            painter.drawEllipse(QPoint(4, self.height() // 2), 2, 2)
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.RightButton:
            self.asked.emit(event.globalPosition().toPoint())
        elif self._turns:
            self._from = round(event.globalPosition().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        steps = int((round(event.globalPosition().x()) - self._from) / PIXELS_A_STEP)
        if steps:
            self._from += steps * PIXELS_A_STEP
            self.dragged.emit(steps)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._from = None
            self.released.emit()


def editor_for(parameter: Parameter, theme: Theme, icons: Icons) -> Editor:
    """The editor for any parameter."""
    if any(isinstance(option, Record) for option in _options(parameter.kind)):
        return InitializationEditor(parameter, theme, icons, LABEL)
    return make_editor(parameter, theme, icons)


def _options(kind: Kind) -> tuple[Kind, ...]:
    return kind.options if isinstance(kind, Either) else (kind,)

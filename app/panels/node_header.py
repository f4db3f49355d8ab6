"""The top of the inspector: what is selected, its name, its kind, and the way to its help."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.forms.controls import SECOND, plain_label, tint
from app.forms.parameter_editors import Field
from app.icons import SIGN_OF_FAMILY, Icons
from app.panels.sentences import without_ticks
from app.theme import Theme
from graph_engine.graph import Node
from graph_engine.inference.findings import kind_of
from graph_engine.layers.block import Block


class NodeHeader(QWidget):
    """``renamed`` and ``titled`` carry what was typed, ``helped`` the layer whose help is asked for,
    ``opened`` the block to enter."""

    renamed = Signal(str)
    titled = Signal(str)
    helped = Signal(str)
    opened = Signal(str)

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme, self._icons = theme, icons
        self._node: Node | None = None
        self.sign, self.kind = QLabel(), plain_label()
        self.sign.setFixedWidth(20)
        self.name = Field(theme, "Name")
        self.name.setFont(theme.font(14, QFont.Weight.DemiBold))
        self.title = Field(theme, "Title")
        self.title.setFont(theme.font(12))
        self.title.setPlaceholderText("Title on the canvas")
        self.help = self._button("circle-help", "Help on this layer")
        self.open = self._button("log-in", "Open the block")
        self.refusal, self.problem = plain_label(), plain_label()
        for label in (self.refusal, self.problem):
            label.setFont(theme.font(12))
            label.setVisible(False)
        self.kind.setForegroundRole(SECOND)
        self.kind.setFont(theme.font(12))
        self._lay_out()
        self._connect()
        self.retint()

    def show_nodes(self, nodes: Sequence[Node], problem: str) -> None:
        """Shows one node to rename, or how many there are and of which kinds."""
        one = nodes[0] if len(nodes) == 1 else None
        if one is None or self._node is None or one.name != self._node.name:
            self.refuse("")
        elif self.refusal.text():
            self._node = one
            return
        self._node = one
        kinds = list(dict.fromkeys(kind_of(node) for node in nodes))
        family = nodes[0].layer.family
        self._set_text(self.name, one.name if one else f"{len(nodes)} layers")
        self._set_text(self.title, one.title if one else "")
        self.name.setReadOnly(one is None)
        self.title.setVisible(one is not None)
        is_block = isinstance(nodes[0].layer, Block)
        told = kinds[0] if kinds[0] == family else f"{kinds[0]} · {family}"
        self.kind.setText(told if len(kinds) == 1 else ", ".join(kinds))
        self.kind.setToolTip(nodes[0].layer.help() if len(kinds) == 1 else "")
        self.help.setVisible(one is not None and not is_block)
        self.open.setVisible(one is not None and is_block)
        self._show_sign(family if len({node.layer.family for node in nodes}) == 1 else "")
        self.problem.setText(without_ticks(problem)[0])
        self.problem.setVisible(bool(problem))

    def refuse(self, sentence: str) -> None:
        """Says why a name or title was not taken."""
        self.refusal.setText(without_ticks(sentence)[0])
        self.refusal.setVisible(bool(sentence))

    def retint(self) -> None:
        """Takes the theme's colours."""
        for label in (self.refusal, self.problem):
            tint(label, self._theme.color("error"))
        self.help.setIcon(self._icons.icon("circle-help"))
        self.open.setIcon(self._icons.icon("log-in"))
        if self._node is not None:
            self._show_sign(self._node.layer.family)

    def _show_sign(self, family: str) -> None:
        color = self._theme.family(family) if family else self._theme.color("second")
        name = SIGN_OF_FAMILY.get(family, "layers-2")
        ratio = self.devicePixelRatioF()
        self.sign.setPixmap(self._icons.pixmap(name, 20, color, ratio))

    @staticmethod
    def _set_text(field: QLineEdit, text: str) -> None:
        if field.text() != text and not (field.hasFocus() and field.isModified()):
            field.setText(text)
            field.setCursorPosition(0)

    def _button(self, icon: str, told: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(self._icons.icon(icon))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(told)
        button.setAccessibleName(told)
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.sign, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 3)
        grid.addWidget(self.refusal, 1, 0, 1, 4)
        grid.addWidget(self.kind, 2, 1)
        grid.addWidget(self.open, 2, 2)
        grid.addWidget(self.help, 2, 3)
        grid.addWidget(self.title, 3, 1, 1, 3)
        grid.addWidget(self.problem, 4, 0, 1, 4)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        self.name.editingFinished.connect(self._rename)
        self.name.escaped.connect(self._restore)
        self.title.editingFinished.connect(self._retitle)
        self.title.escaped.connect(self._restore)
        self.help.clicked.connect(self._help)
        self.open.clicked.connect(self._open)

    def _rename(self) -> None:
        wanted = self.name.text().strip()
        self.name.setModified(False)
        if self._node is not None and wanted != self._node.name:
            self.renamed.emit(wanted)
        else:
            self._restore()

    def _retitle(self) -> None:
        wanted = self.title.text().strip()
        self.title.setModified(False)
        if self._node is not None and wanted != self._node.title:
            self.titled.emit(wanted)
        elif self._node is not None:
            self.title.setText(wanted)

    def _restore(self) -> None:
        self.refuse("")
        if self._node is not None:
            self.name.setText(self._node.name)
            self.title.setText(self._node.title)

    def _help(self) -> None:
        if self._node is not None:
            self.helped.emit(type(self._node.layer).__name__)

    def _open(self) -> None:
        if self._node is not None and isinstance(self._node.layer, Block):
            self.opened.emit(self._node.layer.block)

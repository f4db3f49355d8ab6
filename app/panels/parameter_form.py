"""The form of the selected nodes, made from the declarations of their layers.

Rows are exchanged only when the parameters themselves are others, and rows that were made once are kept
for the next node of the kind; new values, from wherever they come, go into the rows that are there, so
that the focus stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.document import Document
from app.forms.parameter_row import ParameterRow
from app.forms.section import Section
from app.icons import Icons
from app.panels.chosen import OF_WEIGHTS, common, resets, shared_formula, shared_value
from app.panels.gesture import Gesture
from app.theme import Theme
from graph_engine import edits
from graph_engine.declaration import Parameter
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph, Node
from graph_engine.layers.base import CATALOGUE

MOST_KEPT = 120
COMMON = ("MaxPool2d", "BatchNorm2d", "Linear", "Conv2d")
BETWEEN = 15


class ParameterForm(QWidget):
    """Two sections: what the layer computes, and how its weights are learned. ``restored`` says that an
    edit ended where it began."""

    restored = Signal()

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme, self._icons = document, theme, icons
        self.gesture = Gesture(document, self.restored.emit)
        self._names: tuple[str, ...] = ()
        self._parameters: list[Parameter] = []
        self.rows: dict[str, ParameterRow] = {}
        self._kept: dict[Parameter, ParameterRow] = {}
        self._coming: list[Parameter] = []
        self._idle = QTimer(self)
        self._idle.setInterval(BETWEEN)
        self._idle.timeout.connect(self._warm_one)
        self.sections = (Section("Parameters", theme), Section("Learning", theme))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in self.sections:
            section.hide()
            column.addWidget(section)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Shows these nodes' parameters and values; ``nodes`` are of the shown graph."""
        names = tuple(node.name for node in nodes)
        parameters = common(self._document.graph, nodes)
        if parameters != self._parameters:
            self._rebuild(parameters)
        if names != self._names:
            self._names = names
            self.gesture.end()
            for row in self.rows.values():
                row.forget()
        self._show_values(nodes)

    def warm_up(self) -> None:
        """Makes the rows of the most common layers ahead, one by one while nothing else is to do."""
        if not self._kept:
            layers = (CATALOGUE[name] for name in COMMON)
            self._coming = [p for layer in layers for p in layer.parameters().values()]
            self._idle.start()

    def _warm_one(self) -> None:
        while self._coming and self._coming[-1] in self._kept:
            self._coming.pop()
        if not self._coming:
            self._idle.stop()
            return
        parameter = self._coming.pop()
        row = self._kept[parameter] = self._row(parameter)
        row.hide()
        row.setParent(self)

    def renamed(self, old: str, new: str) -> None:
        """The node is the same under its new name: what is being typed goes on."""
        self._names = tuple(new if name == old else name for name in self._names)

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        parameters, self._names = self._parameters, ()
        self._rebuild([])
        self._let_go(0)
        self._rebuild(parameters)

    def _show_values(self, nodes: Sequence[Node]) -> None:
        graph = self._document.graph
        for name, row in self.rows.items():
            value = shared_value(graph, nodes, name)
            formula = shared_formula(nodes, name)
            row.show_value(value, row.parameter.default, formula, bool(graph.parameters))

    def _rebuild(self, parameters: list[Parameter]) -> None:
        for row in self.rows.values():
            row.hide()
            self.sections[row.parameter.name in OF_WEIGHTS].body.removeWidget(row)
        self._parameters, self.rows = parameters, {}
        for parameter in parameters:
            row = self._kept[parameter] if parameter in self._kept else self._row(parameter)
            self._kept.pop(parameter, None)
            self._kept[parameter] = row
            self.rows[parameter.name] = row
            self.sections[parameter.name in OF_WEIGHTS].body.addWidget(row)
            row.show()
        self._let_go(MOST_KEPT)
        learned = sum(name in OF_WEIGHTS for name in self.rows)
        self.sections[0].setVisible(len(self.rows) > learned)
        self.sections[1].setVisible(bool(learned))
        for widget in (*self.sections, self):
            layout = widget.layout()
            if layout is not None:
                layout.activate()

    def _row(self, parameter: Parameter) -> ParameterRow:
        row = ParameterRow(parameter, self._theme, self._icons)
        row.edited.connect(self._set)
        row.reset.connect(self._reset)
        row.bound.connect(self._bind)
        row.unbound.connect(self._unbind)
        row.finished.connect(self._finished)
        return row

    def _let_go(self, most: int) -> None:
        """Deletes the rows that were not shown for the longest time."""
        shown = set(self.rows.values())
        for parameter in [p for p, row in self._kept.items() if row not in shown]:
            if len(self._kept) <= most:
                return
            self._kept.pop(parameter).deleteLater()

    # Edits ---------------------------------------------------------------------------------------

    def _set(self, name: str, value: Any) -> None:
        names = self._names

        def make(graph: Graph) -> Change:
            return edits.set_parameters(graph, names, {name: value})

        self._do(name, f"Set {name}", make)

    def _reset(self, name: str) -> None:
        self.gesture.end()
        graph = self._document.graph
        names = self._names
        values = resets(graph, [graph.nodes[each] for each in names], name)
        self._do(name, f"Reset {name}", lambda g: edits.set_parameters(g, names, values))
        self.gesture.end()
        self.rows[name].forget()
        self._refresh()

    def _bind(self, name: str, text: str) -> None:
        names = self._names

        def make(graph: Graph) -> Change:
            changes = [edits.bind(graph, each, name, text) for each in names]
            return joined(changes)

        self._do(name, f"Bind {name}", make)

    def _unbind(self, name: str) -> None:
        names = self._names
        self._do(
            name,
            f"Unbind {name}",
            lambda g: joined([edits.unbind(g, each, name) for each in names]),
        )
        self.gesture.end()

    def _finished(self, name: str) -> None:
        self.gesture.end()

    def _do(self, name: str, text: str, make: Callable[[Graph], Change]) -> None:
        if name not in self.rows:
            return  # a list that was still open for the layer before
        try:
            self.gesture.do(f"{name} {' '.join(self._names)}", text, make)
        except DesignError as error:
            self._refused(name, self._sentence(str(error)))
            return
        self._refused(name, "")
        self._refresh()

    def _refused(self, name: str, sentence: str) -> None:
        """Says it at the row, which an edit may have taken away."""
        if name in self.rows:
            self.rows[name].refuse(sentence)

    def _sentence(self, text: str) -> str:
        """The refusal without the node's name, which stands at the top of the panel already."""
        return text.removeprefix(f"`{self._names[0]}`: ") if len(self._names) == 1 else text

    def _refresh(self) -> None:
        graph = self._document.graph
        if self._names and all(name in graph.nodes for name in self._names):
            self._show_values([graph.nodes[name] for name in self._names])


def joined(changes: Sequence[Change]) -> Change:
    """Changes of different nodes as one; they were all made for the same graph."""
    tables: dict[str, dict[Any, tuple[Any, Any]]] = {}
    for change in changes:
        for table, pairs in change.tables.items():
            tables.setdefault(table, {}).update(pairs)
    return Change.of(tables)

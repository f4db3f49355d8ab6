"""What the inspector shows while nothing is selected: the network or block as a whole."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.background import Background, Snapshot
from app.document import Document
from app.forms.controls import SECOND, plain_label, tint
from app.forms.section import Facts
from app.icons import Icons
from app.panels.block_parameters import BlockParameters
from app.panels.node_facts import interface, totals
from app.theme import Theme
from graph_engine.summary import Summary, summarize

PATIENCE = 120
MOST_AT_ONCE = 200
"""Layers, blocks unrolled; more are counted beside the window."""


class NetworkPage(QWidget):
    """Counts anew a moment after the last edit, and only while it is seen."""

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._is_stale = True
        self.name, self.kind, self.problems, self.hint = (plain_label() for _ in range(4))
        self.name.setFont(theme.font(16, QFont.Weight.DemiBold))
        for label in (self.kind, self.problems, self.hint):
            label.setFont(theme.font(12))
        for label in (self.kind, self.hint):
            label.setForegroundRole(SECOND)
        self.hint.setText("Select a layer to see and change its parameters.")
        self.ports = Facts("Inputs and outputs", theme)
        self.totals = Facts("Totals for one sample", theme)
        self.parameters = BlockParameters(document, theme, icons)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 16)
        column.setSpacing(4)
        parts = (self.name, self.kind, self.problems, self.parameters, self.ports, self.totals)
        for part in parts:
            column.addWidget(part)
        column.addSpacing(16)
        column.addWidget(self.hint)
        column.addStretch(1)
        self._background = Background(self)
        self._background.done.connect(self._show_totals)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self.count)
        self.retint()

    def refresh(self) -> None:
        """Shows names and parameters at once; figures follow."""
        scope = self._document.scope
        self.name.setText(scope.block or scope.network)
        nodes = len(self._document.graph.nodes)
        what = "Block" if scope.block else "Network"
        self.kind.setText(f"{what} · {nodes} layer{'' if nodes == 1 else 's'}")
        self.parameters.setVisible(bool(scope.block))
        if scope.block:
            self.parameters.refresh()
        self.outdate()

    def outdate(self) -> None:
        """The figures are no longer right."""
        self._is_stale = True
        if self.isVisible():
            self._timer.start()

    def count(self) -> None:
        """Brings the figures up to date."""
        self._timer.stop()
        self._is_stale = False
        document = self._document
        document.infer_now()
        self.ports.show_facts(interface(document.graph, document.inference))
        self._show_problems()
        if document.inference.size() > MOST_AT_ONCE:
            self._background.start(partial(_summarized, Snapshot.of(document.graph)))
            return
        self._background.forget()
        self._show_totals(summarize(document.inference))

    def _show_totals(self, summary: Summary) -> None:
        self.totals.show_facts(totals(summary) if self._document.graph.nodes else ())

    def retint(self) -> None:
        """Takes the theme's colours."""
        for part in (self.ports, self.totals, self.parameters):
            part.retint()
        self._show_problems()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.count()

    def _show_problems(self) -> None:
        self._document.infer_now()
        found = self._document.inference.problems()
        errors = sum(problem.severity == "error" for problem in found)
        warnings = len(found) - errors
        said = [_counted(errors, "problem")] if errors else []
        said += [_counted(warnings, "warning")] if warnings else []
        self.problems.setText(" · ".join(said) or "No problems")
        token = "error" if errors else "warning" if warnings else "good"
        self.problems.setVisible(bool(self._document.graph.nodes))
        tint(self.problems, self._theme.color(token))


def _summarized(snapshot: Snapshot) -> Summary:
    return summarize(snapshot.inference())


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

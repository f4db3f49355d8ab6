"""The first tab: data, recipe and what they cost, and what to do about ones that cannot be read."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import plain_label
from app.forms.section import Section
from app.icons import Icons
from app.theme import Theme
from app.training.cost import CostFacts
from app.training.data_form import DataForm
from app.training.recipe_form import RecipeForm
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns


class RecipePage(QWidget):
    """The form in a scrolled area."""

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._runs, self._document, self._theme = runs, document, theme
        self._recording: Recording | None = None
        self._failures: dict[str, str] = {}
        self.failure = plain_label()
        self.renew = QPushButton()
        self.form = RecipeForm(document, theme, icons)
        self.cost = CostFacts(document, theme)
        self.data = DataForm(document, theme, icons)
        section = Section("Data", theme)
        section.body.addWidget(self.data)
        self.form.add(section, 0, is_new=True)
        self.form.add(self.cost, 1, is_new=False)
        self._area = QScrollArea()
        self._lay_out()
        self.form.failed.connect(self._fail_recipe)
        self.data.failed.connect(self._fail_data)
        self.renew.clicked.connect(self._renew)
        document.settled.connect(self._refresh)
        theme.changed.connect(self._retint)
        runs.changed.connect(self._follow)
        self.form.refresh()
        self.data.refresh()
        self._follow()
        self._refresh()

    def _lay_out(self) -> None:
        self._area.setWidget(self.form)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.failure.setContentsMargins(12, 8, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.failure)
        column.addWidget(self.renew, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._area, 1)

    def _fail_recipe(self, sentence: str) -> None:
        self._fail("recipe", sentence)

    def _fail_data(self, sentence: str) -> None:
        self._fail("data", sentence)

    def _fail(self, what: str, sentence: str) -> None:
        """Says what keeps the form from being shown, and offers the way out."""
        self._failures[what] = sentence
        failed = next((name for name, told in self._failures.items() if told), "")
        self.failure.setText(self._failures.get(failed, ""))
        self.renew.setText(f"Use the default {failed}")
        for widget in (self.failure, self.renew):
            widget.setVisible(bool(failed))
        self._area.setVisible(not failed)

    def _renew(self) -> None:
        values: dict[str, dict[str, Any]] = {n: {} for n, told in self._failures.items() if told}
        self._document.settle("Use the defaults", "", **values)

    def _refresh(self, _: object = None) -> None:
        self.cost.show_recipe(self.form.recipe)
        self.form.preview.show_steps(self.cost.steps_per_epoch)

    def _follow(self) -> None:
        if self._recording is not None:
            self._recording.told.disconnect(self._told)
        self._recording = self._runs.current
        if self._recording is not None:
            self._recording.told.connect(self._told)
        self.cost.show_recording(self._recording)

    def _told(self, topics: frozenset[str]) -> None:
        if topics & {"epoch", "started", "steps"}:
            self.cost.show_recording(self._recording)
        if "started" in topics:
            self._refresh()

    def _retint(self) -> None:
        self.form.rebuild()
        self.data.rebuild()
        self.cost.retint()

"""The first tab: the recipe, what it costs, and what to do about one that cannot be read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import plain_label
from app.icons import Icons
from app.theme import Theme
from app.training.cost import CostFacts
from app.training.recipe_form import RecipeForm
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns


class RecipePage(QWidget):
    """The form in a scrolled area."""

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._runs, self._document, self._theme = runs, document, theme
        self._recording: Recording | None = None
        self.failure = plain_label()
        self.renew = QPushButton("Use the default recipe")
        self.form = RecipeForm(document, theme, icons)
        self.cost = CostFacts(document, theme)
        self.form.add_column(self.cost)
        self._area = QScrollArea()
        self._lay_out()
        self.form.failed.connect(self._fail)
        self.renew.clicked.connect(self._renew)
        document.settled.connect(self._refresh)
        theme.changed.connect(self._retint)
        runs.changed.connect(self._follow)
        self.form.refresh()
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

    def _fail(self, sentence: str) -> None:
        self.failure.setText(sentence)
        for widget in (self.failure, self.renew):
            widget.setVisible(bool(sentence))
        self._area.setVisible(not sentence)

    def _renew(self) -> None:
        self._document.settle("Use the default recipe", recipe={})

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

    def _retint(self) -> None:
        self.form.rebuild()
        self.cost.retint()

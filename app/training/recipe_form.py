"""The recipe as a form, made from its declaration and from the signatures of torch.

Columns stand side by side, because the panel is wide and low. Every edit is a step that can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.document import Document
from app.forms.section import Section
from app.icons import Icons
from app.theme import Theme
from app.training.record_rows import ChoiceRows, RecordRows
from app.training.schedule_preview import SchedulePreview
from graph_engine.declaration import Declared
from graph_engine.errors import ParameterError
from graph_engine.training.choices import LOSSES, OPTIMIZERS, SCHEDULERS, Choice
from graph_engine.training.procedure_choices import PROCEDURES
from graph_engine.training.recipe import Recipe

COLUMN = 218

RARE = frozenset(
    {
        "foreach", "fused", "maximize", "amsgrad", "eps", "capturable", "decoupled_weight_decay",
        "dampening", "nesterov", "initial_accumulator_value", "lr_decay", "centered", "reduction",
        "base_momentum", "max_momentum", "cycle_momentum", "div_factor", "final_div_factor",
        "three_phase", "threshold", "threshold_mode", "cooldown", "min_lr", "ignore_index",
    }
)  # fmt: skip
"""Parameters of optimizers, schedulers and losses that few people ever change."""

GOAL = ("task", "monitor", "metrics")
STEPS = ("batch_size", "accumulate", "clip_norm", "clip_value", "l1", "l2")
RATE = ("schedule_each",)
RUN = (
    "epochs", "patience", "min_delta", "seed", "device", "precision", "shuffle", "drop_last", "workers",
    "threads", "checkpoint_epochs", "checkpoint_steps", "checkpoint_seconds",
)  # fmt: skip
RARE_IN_RUN = frozenset(
    {"min_delta", "drop_last", "workers", "threads", "checkpoint_epochs", "checkpoint_steps",
     "checkpoint_seconds"}
)  # fmt: skip
RARE_STEPS = frozenset({"accumulate", "clip_value", "l1", "l2"})


class RecipeForm(QWidget):
    """``failed`` says that the saved recipe is not one that this version knows."""

    failed = Signal(str)

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._gesture = 0
        self.recipe = Recipe()
        self.preview = SchedulePreview(theme)
        make: Callable[..., ChoiceRows] = partial(ChoiceRows, theme=theme, icons=icons, rare=RARE)
        helps = {name: each.help for name, each in Recipe.parameters().items()}
        self.choices = {
            "loss": make("loss", helps["loss"], LOSSES, nothing="auto"),
            "procedure": make("procedure", helps["procedure"], PROCEDURES, nothing="auto"),
            "optimizer": make("optimizer", helps["optimizer"], OPTIMIZERS),
            "scheduler": make(
                "scheduler", helps["scheduler"], SCHEDULERS, nothing="none", between=self.preview
            ),
        }
        self.parts = {
            GOAL: RecordRows(theme, icons, frozenset({"monitor", "metrics"})),
            STEPS: RecordRows(theme, icons, RARE_STEPS),
            RATE: RecordRows(theme, icons),
            RUN: RecordRows(theme, icons, RARE_IN_RUN),
        }
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 12)
        self._row.setSpacing(20)
        self._lay_out()
        self._connect()
        self.refresh()

    def add(self, widget: QWidget, place: int, is_new: bool) -> None:
        """Puts a widget into a new column at a place, or under what stands in the column there."""
        if is_new:
            self._insert_column(place, widget)
            return
        item = self._row.itemAt(place)
        column = item.layout() if item is not None else None
        if isinstance(column, QVBoxLayout):
            column.insertWidget(column.count() - 1, widget)

    def _insert_column(self, place: int, widget: QWidget) -> None:
        widget.setMinimumWidth(COLUMN)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(widget)
        column.addStretch(1)
        self._row.insertLayout(place, column, 1)

    def refresh(self) -> None:
        """Shows the project's recipe."""
        try:
            self.recipe = self._document.project.training_recipe()
        except ParameterError as error:
            self.failed.emit(str(error))
            return
        self.failed.emit("")
        for names, rows in self.parts.items():
            rows.show_record(self.recipe, names)
        for name, choice in self.choices.items():
            value = getattr(self.recipe, name)
            choice.show_choice(value, value.name if isinstance(value, Choice) else "")
        self.parts[RATE].setVisible(self.recipe.scheduler is not None)
        self.preview.show_recipe(self.recipe)

    def rebuild(self) -> None:
        """Makes the rows anew, for another theme."""
        for rows in self.parts.values():
            rows.rebuild()
        for choice in self.choices.values():
            choice.rebuild()
        self.refresh()

    def _lay_out(self) -> None:
        columns: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("Goal", (self.choices["loss"], self.choices["procedure"], self.parts[GOAL])),
            ("Steps", (self.choices["optimizer"], self.parts[STEPS])),
            ("Learning rate", (self.choices["scheduler"], self.parts[RATE])),
            ("Run", (self.parts[RUN],)),
        )
        for place, (title, widgets) in enumerate(columns):
            section = Section(title, self._theme)
            for widget in widgets:
                section.body.addWidget(widget)
            self._insert_column(place, section)

    def _connect(self) -> None:
        for rows in self.parts.values():
            rows.edited.connect(self._take_recipe)
            rows.finished.connect(self._end_gesture)
        for name, choice in self.choices.items():
            choice.edited.connect(partial(self._take_choice, name))
            choice.finished.connect(self._end_gesture)
        self._document.settled.connect(self._settled)

    # Edits ---------------------------------------------------------------------------------------

    def _take_recipe(self, recipe: Declared, name: str) -> None:
        if isinstance(recipe, Recipe):
            self._settle(recipe, name, f"Set {name}")

    def _take_choice(self, head: str, choice: Declared | None, name: str) -> None:
        if name:
            self._settle(self.recipe.replace(**{head: choice}), f"{head}.{name}", f"Set {name}")
        else:
            told = choice.name if isinstance(choice, Choice) else f"no {head} of its own"
            self._settle(self.recipe.replace(**{head: choice}), head, f"Choose {told}")

    def _settle(self, recipe: Recipe, key: str, text: str) -> None:
        saved: dict[str, Any] = recipe.differing()
        self._document.settle(text, f"recipe {key} {self._gesture}", recipe=saved)

    def _end_gesture(self) -> None:
        self._gesture += 1

    def _settled(self, names: frozenset[str]) -> None:
        if "recipe" in names:
            self.refresh()

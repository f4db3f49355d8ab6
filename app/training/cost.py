"""What a run will cost in weights, memory, steps and time, as far as it is known yet."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent

from app.background import Background, Snapshot
from app.document import Document
from app.forms.section import Fact, Facts
from app.theme import Theme
from app.training.pacing import Pacer
from app.training.progress import duration, memory
from app.training.recording import Recording
from graph_engine.data.choice import DataChoice, load
from graph_engine.data.sources import Builtin
from graph_engine.errors import DesignError
from graph_engine.summary import Summary, summarize
from graph_engine.training.recipe import Recipe

PATIENCE = 150
MOST_AT_ONCE = 200
"""Layers that are counted without leaving the window's thread."""

STATES = {"SGD": 1, "Adagrad": 1, "RMSprop": 1, "Adafactor": 1, "Rprop": 2, "LBFGS": 200}
"""Numbers that an optimizer keeps for each weight; two where nothing is said."""


class CostFacts(Facts):
    """The lines. ``steps_per_epoch`` is 0 while it is not known."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__("What it costs", theme)
        self._document = document
        self._recipe = Recipe()
        self._recording: Recording | None = None
        self._summary: Summary | None = None
        self.steps_per_epoch = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self._count)
        self._background = Background(self)
        self._background.done.connect(self._take)
        self._pacer = Pacer(self, self.refresh, 2.0)
        document.changed.connect(self._outdate)
        document.shown.connect(self._outdate)
        self._timer.start()

    def show_recipe(self, recipe: Recipe) -> None:
        """Counts for a recipe."""
        self._recipe = recipe
        self.refresh()

    def show_recording(self, recording: Recording | None) -> None:
        """Takes times from a run."""
        self._recording = recording
        self._pacer.mark()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._summary is None:
            self._timer.start()

    def refresh(self) -> None:
        """Tells what is known."""
        recipe, summary = self._recipe, self._summary
        samples = train_samples(self._document) or self._samples_of_run()
        self.steps_per_epoch = math.ceil(samples / recipe.batch_size / recipe.accumulate)
        facts = []
        if summary is not None:
            states = STATES.get(recipe.optimizer.name, 2)
            facts = [
                Fact(
                    "weights", f"{summary.trainable_parameters:,}", help="Numbers that are learned."
                ),
                Fact(
                    "memory",
                    memory(summary.training_bytes(recipe.batch_size, states)),
                    "forecast",
                    "Weights, gradients, the optimizer's state and what one batch leaves behind for the "
                    "backward pass; torch itself takes some 300 MiB more.",
                ),
            ]
        if samples:
            steps = self.steps_per_epoch
            size = f"steps of {min(recipe.batch_size, samples):,}"
            facts.append(
                Fact("an epoch", f"{steps:,}", size, f"{samples:,} samples to learn from.")
            )
            facts.append(Fact("in all", f"{steps * recipe.epochs:,}", "steps"))
        self.show_facts([*facts, *self._times()])

    def _samples_of_run(self) -> int:
        started = self._recording.started if self._recording else None
        return started.train if started else 0

    def _times(self) -> list[Fact]:
        each = seconds_an_epoch(self._recording) if self._recording else math.nan
        help = (
            "Known after the first seconds of a run; it was measured with the recipe of that run."
        )
        if not math.isfinite(each):
            return [Fact("time", "after a first run", help=help)]
        return [
            Fact("an epoch", f"{each:.2g} s" if each < 60 else duration(each), "time", help),
            Fact("in all", duration(each * self._recipe.epochs), "time", help),
        ]

    def _outdate(self, _: object = None) -> None:
        self._summary = None
        if self.isVisible():
            self._timer.start()

    def _count(self) -> None:
        """Counts the network that is shown, or that the shown block is in; a large one in the
        background."""
        document = self._document
        document.infer_now()
        if document.scope.block or document.inference.size() > MOST_AT_ONCE:
            graph = document.project.networks[document.scope.network]
            self._background.start(partial(_summarized, Snapshot.of(graph)))
            return
        self._background.forget()
        self._take(summarize(document.inference))

    def _take(self, summary: Summary) -> None:
        self._summary = summary
        self.refresh()


def _summarized(snapshot: Snapshot) -> Summary:
    return summarize(snapshot.inference())


def seconds_an_epoch(recording: Recording) -> float:
    """How long an epoch takes in a run: measured, or from the speed of its steps; NaN at its start."""
    if recording.epochs:
        last = [each.seconds for each in recording.epochs[-3:]]
        return sum(last) / len(last)
    started, newest = recording.started, recording.newest
    if started is None or newest is None or not newest.steps_per_second > 0:
        return math.nan
    return started.steps_per_epoch / newest.steps_per_second


def train_samples(document: Document) -> int:
    """Samples to learn from, where they can be counted at once; 0 where not.

    Files are left to the data view, which reads them in the background.
    """
    try:
        choice = document.project.data_choice()
        if not isinstance(choice.source, Builtin):
            return 0
        return samples_of(choice, None)
    except DesignError:
        return 0


def samples_of(choice: DataChoice, folder: Path | None) -> int:
    """Samples of the training part. Raises DatasetError where the data cannot be read."""
    fields = list(load(choice, folder))
    count = len(fields[0]) if fields else 0
    parts = (choice.validation, choice.test)
    return count - sum(max(1, round(count * share)) if share > 0 else 0 for share in parts)

"""Tells the canvas what to tint nodes by: a measure of the run that is shown, at the moment shown.

By itself it is on while a run goes on and while the past of one is gone through; a person may turn it
on or off for good.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage
from shiboken6 import isValid

from app.document import Document
from app.training import tint_values
from app.training.node_pictures import picture_of
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from app.training.tint_values import MEASURES, Kind, Places, Table
from graph_engine.errors import DesignError
from graph_engine.training import titles
from graph_engine.training.events import Layers

PAUSE = 250
"""Milliseconds between two tints at least."""

TOPICS = frozenset(
    {"layers", "started", titles.GRADIENTS, titles.ACTIVATIONS, titles.ACTIVATION_GRADIENTS}
)
Picture = tuple[Hashable, QImage]


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of the shown nodes, as the canvas takes it."""

    title: str
    unit: str
    kind: Kind
    low: float
    high: float
    values: Mapping[str, float]
    flows: Mapping[str, float]
    pictures: Callable[[str], Picture | None]
    moment: str


class CanvasTint(QObject):
    """``changed`` carries a ``Measured``, or None."""

    changed = Signal(object)

    def __init__(self, document: Document, runs: ShownRuns, run: TrainingRun) -> None:
        super().__init__(run)
        self._document, self._runs, self._run = document, runs, run
        self.measure = MEASURES[0]
        self._wish: bool | None = None
        self._followed: Recording | None = None
        self._places: tuple[object, Places, Places] | None = None
        self._ends = (0.0, 0.0)
        self._images: dict[str, Picture] = {}
        self._was_on = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.refresh)
        runs.changed.connect(self._follow)
        run.changed.connect(self._look)
        document.shown.connect(self._forget)
        document.changed.connect(self._edited)
        self._follow()

    # On and off ----------------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        """Whether nodes are tinted now, if there is something to tint them by."""
        if self._wish is not None:
            return self._wish
        shown = self._runs.current
        return self._run.is_active or (shown is not None and shown.shown_step is not None)

    def toggle(self) -> None:
        """Turns it off, or on, from now on."""
        self._wish = not self.is_on
        self.refresh()

    def choose(self, measure: str) -> None:
        """Tints by another measure, by its name."""
        self.measure = next(each for each in MEASURES if each.id == measure)
        self._wish, self._ends = True, (0.0, 0.0)
        self.refresh()

    # Following -----------------------------------------------------------------------------------

    def _follow(self) -> None:
        current = self._runs.current
        if current is not self._followed:
            if self._followed is not None and isValid(self._followed):
                self._followed.told.disconnect(self._told)
                self._followed.moved.disconnect(self._look)
            self._followed = current
            if current is not None:
                current.told.connect(self._told)
                current.moved.connect(self._look)
            self._ends = (0.0, 0.0)
            self._images.clear()
            self._look()

    def _told(self, topics: frozenset[str]) -> None:
        if topics & TOPICS or any(topic.startswith(titles.MAP) for topic in topics):
            self._look()

    def _look(self, _: object = None) -> None:
        if (self.is_on or self._was_on) and not self._timer.isActive():
            self._timer.start()

    def _edited(self, _: object = None) -> None:
        self._places = None
        self._look()

    def _forget(self) -> None:
        """Another graph is shown, whose nodes may have the same names."""
        self._places = None
        self._images.clear()
        if self._was_on:
            self.refresh()

    def refresh(self) -> None:
        """Tells the canvas at once."""
        self._timer.stop()
        measured = self.measured() if self.is_on else None
        if measured is not None or self._was_on:
            self.changed.emit(measured)
        self._was_on = measured is not None

    # Measuring -----------------------------------------------------------------------------------

    def measured(self) -> Measured | None:
        """What the measure says of the shown nodes; None where the run has told nothing yet."""
        recording = self._runs.current
        if recording is None or recording.layers is None:
            return None
        weights, nodes = self._placed(recording.layers)
        of_weights = self.measure.frame == titles.GRADIENTS
        table = self._table(recording, self.measure.frame)
        found: dict[str, float] = {}
        if table is not None:
            found = tint_values.values(self.measure, table, weights if of_weights else nodes)
        back = self._table(recording, titles.ACTIVATION_GRADIENTS)
        flows = tint_values.flows(back, nodes) if back is not None else {}
        self._ends = tint_values.ends(self.measure, found.values(), self._ends)
        step = recording.shown_step
        return Measured(
            self.measure.title, self.measure.unit, self.measure.kind, *self._ends, found, flows,
            partial(self._picture, recording, _paths(recording.layers, nodes)),
            f"step {step:,}" if step is not None else "",
        )  # fmt: skip

    def _placed(self, layers: Layers) -> tuple[Places, Places]:
        document = self._document
        if self._places is None or self._places[0] is not layers:
            project, scope = document.project, document.scope
            self._places = (
                layers,
                tint_values.weight_places(layers, project, scope),
                tint_values.node_places(layers, project, scope),
            )
        return self._places[1], self._places[2]

    def _table(self, recording: Recording, title: str) -> Table | None:
        layers = recording.layers
        assert layers is not None
        try:
            table = recording.track(title).array(recording.shown_step)
        except DesignError:  # the folder is damaged, which others tell
            return None
        count = len(layers.weights if title == titles.GRADIENTS else layers.nodes)
        if table is None or table.ndim != 2 or len(table) != count:
            return None
        return np.asarray(table, np.float64)

    def _picture(self, recording: Recording, paths: Mapping[str, str], name: str) -> Picture | None:
        """The picture of a node at the moment shown; made once for each frame."""
        track = recording.track(f"{titles.MAP}{paths.get(name, name)}")
        index = track.index_at(recording.shown_step)
        if index < 0:
            return None
        key = (recording.name, track.steps[index])
        known = self._images.get(name)
        if known is None or known[0] != key:
            try:
                frame = track.frame(recording.shown_step)
            except DesignError:
                return None
            image = picture_of(frame) if frame is not None else None
            if image is None:
                return None
            known = self._images[name] = (key, image)
        return known


def _paths(layers: Layers, places: Places) -> dict[str, str]:
    """The path of the first instance of each shown node."""
    return {name: layers.nodes[row] for name, row in places.first_rows().items()}

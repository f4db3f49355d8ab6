"""Everything known of one run, whether it goes on or lies in its folder: what all panels read.

A run that goes on is told event by event (``take``); ``told`` then names what is new, once for all
events that came together. Panels never see the worker.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.training.series import Series
from app.training.tracks import Track
from graph_engine.errors import TrainingError
from graph_engine.training.events import (
    Checkpointed,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Frame,
    Layers,
    Started,
    Steered,
    Stepped,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.frame_index import FrameRef


class Recording(QObject):
    """One run. ``told`` carries a frozenset of topics: ``started``, ``layers``, ``steps``, ``epoch``,
    ``steered``, ``checkpoint``, ``ended``, and the title of each new frame.

    ``series`` has ``loss`` and ``learning_rate`` by step and every metric (``train_loss``,
    ``validation_accuracy`` …) by the step at which its epoch ended. ``clock`` has the seconds that the
    run took up to a step, without those between an interruption and its going on. ``shown_step`` is
    the moment that panels show; None follows the newest.
    """

    told = Signal(object)
    moved = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.folder: RunFolder | None = None
        """Where a run lies that was read from there; its pictures are read when they are looked at."""
        self.started: Started | None = None
        self.layers: Layers | None = None
        self.newest: Stepped | None = None
        self.ending: Finished | Failed | None = None
        self.series: dict[str, Series] = {}
        self.clock = Series()
        self._began = 0.0
        self.tracks: dict[str, Track] = {}
        self.epochs: list[EpochEnded] = []
        self.steerings: list[Steered] = []
        self.checkpoint: Checkpointed | None = None
        self.shown_step: int | None = None

    @property
    def step(self) -> int:
        """The newest step."""
        return max(self.newest.step if self.newest else 0, self.started.step if self.started else 0)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, well or badly."""
        return self.ending is not None

    def track(self, title: str) -> Track:
        """The frames of a title; an empty track where there are none yet."""
        return self.tracks.get(title) or Track()

    def frame(self, ref: FrameRef) -> Frame:
        """A frame that lies in the folder, wherever that is by now. Raises TrainingError where it is not
        there."""
        if self.folder is None:
            raise TrainingError(f"The folder of {self.name} is not known.")
        return self.folder.read_frame(ref)

    def show_step(self, step: int | None) -> None:
        """Moves all panels to a step of the past, or back to the newest."""
        if step != self.shown_step:
            self.shown_step = step
            self.moved.emit(step)

    def expect(self) -> None:
        """A worker is about to take the run up again, so that it is over no more."""
        if self.ending is not None:
            self.ending = None
            self.told.emit(frozenset({"ended"}))

    def take(self, events: Iterable[Event]) -> None:
        """Takes in what happened, and tells of it once."""
        topics = {topic for event in events for topic in self._take(event)}
        if topics:
            self.told.emit(frozenset(topics))

    def _take(self, event: Event) -> tuple[str, ...]:
        match event:
            case Stepped():
                self._step(event)
                return ("steps",)
            case Frame():
                self.tracks.setdefault(event.title, Track()).add(event.step, event)
                return (event.title,)
            case Started():
                self._start(event)
                return ("started",)
            case EpochEnded():
                self._end_epoch(event)
                return ("epoch",)
        return self._news(event)

    def _news(self, event: Event) -> tuple[str, ...]:
        match event:
            case Layers():
                self.layers = event
                return ("layers",)
            case Steered():
                self.steerings.append(event)
                return ("steered",)
            case Checkpointed():
                self.checkpoint = event
                return ("checkpoint",)
            case Finished() | Failed():
                self.ending = event
                return ("ended",)
        return ()

    def _start(self, event: Started) -> None:
        """A run that goes on has forgotten what it did after its checkpoint."""
        self.started, self.ending = event, None
        for series in self.series.values():
            series.cut(event.step)
        for track in self.tracks.values():
            track.cut(event.step)
        self.clock.cut(event.step)
        if not len(self.clock):
            self.clock.extend((event.step,), (0.0,))
        self._began = event.time - float(self.clock.values[-1])
        self.epochs = [each for each in self.epochs if each.epoch <= event.epoch]
        self.newest = None

    def _step(self, event: Stepped) -> None:
        self.newest = event
        count = len(event.losses)
        self._of("loss").extend(range(event.step - count + 1, event.step + 1), event.losses)
        self.clock.extend((event.step,), (event.time - self._began,))
        self._of("learning_rate").extend((event.step,), (event.learning_rate,))

    def _end_epoch(self, event: EpochEnded) -> None:
        self.epochs.append(event)
        for name, value in event.metrics.items():
            self._of(name).extend((event.step,), (value,))

    def _of(self, name: str) -> Series:
        return self.series.setdefault(name, Series())

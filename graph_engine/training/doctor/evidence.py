"""What a run left behind that the rules judge by: losses, epochs, and tables of layers over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph_engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Frame,
    Layers,
    Started,
    Stepped,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.titles import (
    ACTIVATION_COLUMNS,
    ACTIVATIONS,
    GRADIENT_COLUMNS,
    GRADIENTS,
    OUTPUTS,
    TARGETS,
)

Table = NDArray[np.float64]
NOTHING = np.empty((0, 0, 0))
MOST_FRAMES = 200
LAST = ((TARGETS, 1), (OUTPUTS, 1))


@dataclass(frozen=True)
class Evidence:
    """A run as the rules see it.

    ``losses`` has every step. ``gradients`` (time, weights, ``GRADIENT_COLUMNS``) and ``activations``
    (time, nodes, ``ACTIVATION_COLUMNS``) are empty where nothing was measured. ``outputs`` are the last
    answers to validation samples, and ``targets`` what they should be. ``failure`` is the
    sentence of a run that broke off, at ``failed_node`` where that is known.
    """

    task: str = ""
    losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    epochs: tuple[Mapping[str, float], ...] = ()
    planned: int = 0
    layers: Layers | None = None
    gradients: Table = field(default_factory=lambda: NOTHING)
    activations: Table = field(default_factory=lambda: NOTHING)
    outputs: NDArray[np.generic] | None = None
    targets: NDArray[np.generic] | None = None
    reason: str = ""
    failure: str = ""
    failed_node: str = ""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Evidence:
        """Gathers it from the events of a run, frames with their bytes."""
        losses: list[float] = []
        frames: dict[str, list[Frame]] = {GRADIENTS: [], ACTIVATIONS: []}
        told: dict[str, object] = {}
        epochs: list[Mapping[str, float]] = []
        for event in events:
            match event:
                case Started():
                    told |= {"task": event.task, "planned": event.epochs}
                case Layers():
                    told["layers"] = event
                case Stepped():
                    losses.extend(event.losses)
                case Frame() if event.title in frames:
                    frames[event.title].append(event)
                case Frame() if event.title == OUTPUTS:
                    told["outputs"] = event.array()
                case Frame() if event.title == TARGETS:
                    told["targets"] = event.array()
                case EpochEnded():
                    epochs.append(event.metrics)
                case Finished():
                    told["reason"] = event.reason
                case Failed():
                    told |= {"failure": event.message, "failed_node": event.node}
        return cls(
            losses=np.array(losses),
            epochs=tuple(epochs),
            gradients=stacked(frames[GRADIENTS]),
            activations=stacked(frames[ACTIVATIONS]),
            **told,  # type: ignore[arg-type]
        )

    @classmethod
    def of_folder(cls, folder: RunFolder) -> Evidence:
        """Gathers it from a run's folder. Raises TrainingError where the folder is damaged."""
        events = [event for event, _ in folder.read_events() if not isinstance(event, Frame)]
        refs = folder.frames_index()
        for title, most in ((GRADIENTS, MOST_FRAMES), (ACTIVATIONS, MOST_FRAMES), *LAST):
            own = [ref for ref in refs if ref.title == title]
            events += [folder.read_frame(own[n]) for n in spread(len(own), most)]
        return cls.of(events)

    def epoch_values(self, name: str) -> NDArray[np.float64]:
        """A metric by epoch; empty where it was not measured."""
        return np.array([each[name] for each in self.epochs if name in each])

    def gradient(self, column: str) -> Table:
        """One column of the gradients: (time, weights)."""
        if not self.gradients.size:
            return np.empty((0, 0))
        return np.asarray(self.gradients[:, :, GRADIENT_COLUMNS.index(column)])

    def activation(self, column: str) -> Table:
        """One column of the activations: (time, nodes)."""
        if not self.activations.size:
            return np.empty((0, 0))
        return np.asarray(self.activations[:, :, ACTIVATION_COLUMNS.index(column)])

    def loss_near(self, share: float) -> float:
        """The mean loss over a twentieth of the run, and four steps at least, around a moment: 0 its
        beginning, 1 its end."""
        count = len(self.losses)
        width = min(count, max(4, count // 20))
        start = min(int(share * count), count - width)
        return float(np.mean(self.losses[start : start + width])) if count else float("nan")


def stacked(frames: Sequence[Frame]) -> Table:
    """At most ``MOST_FRAMES`` of the frames, evenly chosen, with time first."""
    if not frames:
        return NOTHING
    arrays = [frames[n].array().astype(np.float64) for n in spread(len(frames), MOST_FRAMES)]
    return np.stack([array for array in arrays if array.shape == arrays[-1].shape])


def spread(count: int, most: int) -> list[int]:
    """At most so many places among ``count``, evenly, with the last one."""
    places = np.linspace(count - 1, 0, min(most, count)).astype(int)
    return [int(place) for place in np.unique(places)]


def recent(table: Table) -> NDArray[np.float64]:
    """The median of each row's last quarter, by row; NaN where a row was never measured."""
    if not table.size:
        return np.empty(0)
    part = table[-max(1, len(table) // 4) :]
    return _median(part)


def whole(table: Table) -> NDArray[np.float64]:
    """The median of each row over the run."""
    return _median(table) if table.size else np.empty(0)


def _median(part: Table) -> NDArray[np.float64]:
    known = ~np.isnan(part).all(axis=0)
    found = np.full(part.shape[1], np.nan)
    found[known] = np.nanmedian(part[:, known], axis=0)
    return found

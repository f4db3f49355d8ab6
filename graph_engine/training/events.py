"""What a training process tells: one frozen record an event, one line of JSON each.

The same lines go to the run's folder, through the pipe to whoever started the run, and out of
``netloom train --json``. A ``Frame`` carries an array as well, whose bytes follow its line on a pipe
and stand in a file of the run's folder.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import IO, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from graph_engine.declaration import short
from graph_engine.errors import TrainingError

Metrics = Mapping[str, float]
Reason = Literal["completed", "early_stopping", "stopped"]

EVENTS: dict[str, type[Event]] = {}

NOT_SENT = frozenset({"data", "_line"})
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

LONGEST_FRAME = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a run.

    ``time`` is in seconds since 1970. ``epoch`` counts finished epochs from 0, ``step`` updates of the
    weights since the run began, interruptions included.
    """

    name: ClassVar[str] = ""

    time: float = field(default_factory=time.time)
    _line: str = field(default="", init=False, repr=False, compare=False)

    def to_json(self) -> str:
        """One line without its end, made once; numbers that are not finite are ``null``."""
        if not self._line:
            sent = (each.name for each in fields(self) if each.name not in NOT_SENT)
            values = {"event": self.name} | {name: getattr(self, name) for name in sent}
            object.__setattr__(self, "_line", _ENCODER.encode(finite(values)))
        return self._line

    @classmethod
    def from_json(cls, line: str | bytes) -> Event:
        """The event of a line. Fields that this version does not know are left out.

        Raises TrainingError where the line is not an event.
        """
        try:
            values = json.loads(line)
            kind = EVENTS[values.pop("event")]
            known = {f.name for f in fields(kind)}
            return kind(**{key: value for key, value in values.items() if key in known})._read()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingError(f"Expected an event as JSON, but got {short(line)}.") from error

    def _read(self) -> Self:
        """The event with JSON's lists and nulls as the tuples and numbers that they stand for."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The worker is ready for the first step.

    ``run`` is the run's name, ``task`` what ``auto`` came to, ``device`` and ``threads`` where it
    computes, ``parameters`` the number of trainable weights, ``steps_per_epoch`` updates in an epoch.
    ``train``, ``validation`` and ``test`` count samples. ``step`` is not 0 where a run goes on after an
    interruption; ``note`` then says in a sentence from where. ``versions`` names the libraries.
    """

    name = "started"

    run: str
    task: str
    device: str
    precision: str
    threads: int
    seed: int
    epochs: int
    steps_per_epoch: int
    parameters: int
    train: int
    validation: int
    test: int
    epoch: int = 0
    step: int = 0
    note: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(Event):
    """Some steps were taken; sent by time, about twenty times a second while somebody watches closely,
    else ten times.

    ``losses`` has the loss of every step since the event before, the newest last, and ``loss`` that
    one alone. ``learning_rate`` is that of the newest step, and ``steps_per_second`` is measured since
    the event before.
    """

    name = "step"

    epoch: int
    step: int
    loss: float
    losses: tuple[float, ...]
    learning_rate: float
    steps_per_second: float

    def _read(self) -> Stepped:
        losses = tuple(_number(each) for each in self.losses)
        return replace(self, losses=losses, loss=_number(self.loss))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame(Event):
    """An array to look at: ``title`` says what it is (``titles`` lists them), ``about`` how to read it.

    In JSON stands ``size``, the number of raw little-endian bytes that follow, and not ``data``. A frame
    that is not ``kept`` is only for whoever watches; the run's folder does not have it. ``offset`` is
    for the folder: where the bytes begin in its file.
    """

    name = "frame"

    epoch: int
    step: int
    title: str
    dtype: str
    shape: tuple[int, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    kept: bool = True
    data: bytes = b""
    size: int = 0
    offset: int = 0

    @classmethod
    def of(
        cls,
        title: str,
        array: NDArray[Any],
        epoch: int,
        step: int,
        about: Mapping[str, Any] | None = None,
        kept: bool = True,
    ) -> Frame:
        """The frame of an array."""
        small = array.astype(array.dtype.newbyteorder("<"))
        data = small.tobytes()
        dtype, shape = small.dtype.str, small.shape
        return cls(
            epoch=epoch,
            step=step,
            title=title,
            dtype=dtype,
            shape=shape,
            about=about or {},
            kept=kept,
            data=data,
            size=len(data),
        )

    def array(self) -> NDArray[Any]:
        """The array itself. Raises TrainingError where bytes and shape do not agree."""
        try:
            return np.frombuffer(self.data, np.dtype(self.dtype)).reshape(self.shape)
        except (ValueError, TypeError) as error:
            raise TrainingError(
                f"The frame {short(self.title)} has {len(self.data)} bytes, which are no "
                f"{short(self.dtype)} array of the shape {short(self.shape)}."
            ) from error

    def _read(self) -> Frame:
        if type(self.size) is not int or not 0 <= self.size <= LONGEST_FRAME:
            raise ValueError("length of a frame")
        return replace(self, shape=tuple(self.shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers(Event):
    """What the rows of the frames stand for; comes after ``Started``.

    ``nodes`` are the nodes whose outputs are looked at, the network's inputs first, then in the order in
    which they compute: paths of names joined by dots, from the network down through blocks
    (``stage1.conv``, and ``stage1.2.conv`` for the third of a repeated block; a block itself, which
    ``layers`` calls ``Block``, stands behind its inside). ``layers`` has the catalogue's name of each.
    ``weights`` are the parameters, shared ones once, by their names in the module's state, and
    ``weight_nodes`` the path of the node that each belongs to.
    """

    name = "layers"

    nodes: tuple[str, ...]
    layers: tuple[str, ...]
    weights: tuple[str, ...]
    weight_nodes: tuple[str, ...]

    def _read(self) -> Layers:
        return replace(
            self,
            nodes=tuple(self.nodes),
            layers=tuple(self.layers),
            weights=tuple(self.weights),
            weight_nodes=tuple(self.weight_nodes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered(Event):
    """A command was carried out between two steps: ``action`` is its name, ``message`` a sentence.

    From here on a run may differ from one that was left alone, except by pausing and going on.
    """

    name = "steered"

    epoch: int
    step: int
    action: str
    learning_rate: float
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEnded(Event):
    """Every sample was met once more, and the network was measured.

    ``metrics`` has ``train_loss`` (the mean while the weights were changing) and, with validation
    samples, ``validation_loss`` and one ``validation_…`` for each metric. ``best`` says whether these
    weights are the best so far by the watched metric. ``seconds`` is the epoch's length.
    """

    name = "epoch"

    epoch: int
    step: int
    metrics: Metrics
    learning_rate: float
    seconds: float
    best: bool

    def _read(self) -> EpochEnded:
        return replace(self, metrics=_numbers(self.metrics))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointed(Event):
    """The run can go on from here: ``path`` in the run's folder, its size in bytes and SHA-256.

    ``seconds`` is how long writing took.
    """

    name = "checkpoint"

    epoch: int
    step: int
    path: str
    size: int
    sha256: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """The run ended as it should: ``reason`` is completed, early_stopping or stopped.

    ``metrics`` has those of the last epoch and, unless the run was stopped, ``test_loss`` and
    ``test_…``, measured with the best weights where there are validation samples. ``best_epoch`` is
    the epoch of the best weights, ``weights`` the file in the run's folder that has them.
    """

    name = "finished"

    reason: Reason
    epoch: int
    step: int
    metrics: Metrics
    best_epoch: int
    seconds: float
    weights: str = ""

    def _read(self) -> Finished:
        return replace(self, metrics=_numbers(self.metrics))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """The run broke off. ``message`` is a sentence for a person; ``node`` is the node at fault, where
    one is known; ``traceback`` is for a report; ``exit_status`` is that of a worker that died (negative
    for a signal)."""

    name = "failed"

    message: str
    node: str = ""
    traceback: str = ""
    exit_status: int | None = None
    epoch: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Event):
    """A worker that was started ahead has loaded everything and waits; comes before any run."""

    name = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage(Event):
    """What the worker takes of the machine; sent each second to whoever watches, and not kept.

    ``processor`` is in cores since the event before (1.5 is one and a half), loader processes included.
    ``memory`` is resident, in bytes. Of a device that is not the processor, ``device_load`` is a
    fraction, ``device_memory`` what this process has taken there and ``device_total`` what there is,
    in bytes; NaN and 0 where nobody can tell.
    """

    name = "usage"

    processor: float
    memory: int
    device_load: float = math.nan
    device_memory: int = 0
    device_total: int = 0

    def _read(self) -> Usage:
        load = _number(self.device_load)
        return replace(self, processor=_number(self.processor), device_load=load)


for _kind in (
    Started,
    Stepped,
    Frame,
    Layers,
    Steered,
    EpochEnded,
    Checkpointed,
    Finished,
    Failed,
    Ready,
    Usage,
):
    EVENTS[_kind.name] = _kind


def write_event(stream: IO[bytes], each: Event) -> None:
    """Puts an event on a pipe: its line, and after a frame's line its bytes."""
    stream.write(each.to_json().encode() + b"\n")
    if isinstance(each, Frame):
        stream.write(each.data)


def read_events(stream: IO[bytes]) -> Iterator[Event]:
    """The events of a pipe until its end; what a killed process left unfinished is dropped.

    Raises TrainingError for a line that is not an event.
    """
    while (line := stream.readline()).endswith(b"\n"):
        each = Event.from_json(line)
        if isinstance(each, Frame):
            data = stream.read(each.size)
            if len(data) < each.size:
                return
            each = replace(each, data=data)
        yield each


def finite(value: Any) -> Any:
    """Plain values for JSON: numbers that are not finite become None, inside and out."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, tuple | list) else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _numbers(values: Metrics) -> dict[str, float]:
    return {sys.intern(str(name)): _number(value) for name, value in values.items()}

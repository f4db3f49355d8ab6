"""What a running worker can be asked: one declared record a command, one line of JSON on its input."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, get_args

from graph_engine.declaration import short
from graph_engine.errors import TrainingError

COMMANDS: dict[str, type[Command]] = {}

Detail = Literal["full", "lean", "off"]
Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Command:
    """A wish, carried out between two steps; the worker answers with ``Steered``."""

    name: ClassVar[str] = ""

    def to_json(self) -> str:
        """One line without its end."""
        return json.dumps({"command": self.name, **asdict(self)}, allow_nan=False)

    @staticmethod
    def from_json(line: str | bytes) -> Command:
        """The command of a line. Raises TrainingError where it is none."""
        try:
            values = json.loads(line)
            kind = COMMANDS[values.pop("command")]
            known = {f.name for f in fields(kind)}
            return kind(**{key: value for key, value in values.items() if key in known})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TrainingError(f"Expected a command as JSON, but got {short(line)}.") from error


@dataclass(frozen=True, slots=True)
class Start(Command):
    """Train the run in this folder; for a worker that was started ahead."""

    name = "start"

    folder: str

    def __post_init__(self) -> None:
        if type(self.folder) is not str or not self.folder:
            raise TrainingError(f"Expected a run's folder, not {short(self.folder)}.")


@dataclass(frozen=True, slots=True)
class Stop(Command):
    """End with a checkpoint."""

    name = "stop"


@dataclass(frozen=True, slots=True)
class Pause(Command):
    """Wait before the next step."""

    name = "pause"


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Go on after a pause."""

    name = "resume"


@dataclass(frozen=True, slots=True)
class Advance(Command):
    """Take so many steps and pause."""

    name = "advance"

    steps: int = 1

    def __post_init__(self) -> None:
        if type(self.steps) is not int or self.steps < 1:
            raise TrainingError(f"Expected a number of steps from 1 on, not {short(self.steps)}.")


@dataclass(frozen=True, slots=True)
class SetLearningRate(Command):
    """Go on with this learning rate; a schedule goes on from there in proportion."""

    name = "learning_rate"

    value: float

    def __post_init__(self) -> None:
        is_number = type(self.value) in (int, float)
        if not is_number or not math.isfinite(self.value) or not self.value > 0:
            raise TrainingError(f"A learning rate is a number above 0, not {short(self.value)}.")


@dataclass(frozen=True, slots=True)
class SaveCheckpoint(Command):
    """Write a checkpoint now."""

    name = "checkpoint"


@dataclass(frozen=True, slots=True)
class RestoreBest(Command):
    """Go on from the best weights so far, with new optimizer state."""

    name = "restore_best"


@dataclass(frozen=True, slots=True)
class ResetWeights(Command):
    """Go on from the weights that a run with this seed begins with, with new optimizer state."""

    name = "reset_weights"


@dataclass(frozen=True, slots=True)
class Look(Command):
    """What to send while training.

    ``nodes`` are the paths whose maps and kernels are wanted, ``samples`` the fixed samples of the
    probe as positions in ``split``. ``detail`` ``lean`` measures less often, ``off`` only losses.
    Raises TrainingError for values of another kind.
    """

    name = "look"

    nodes: tuple[str, ...] = ()
    samples: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 7)
    split: Part = "validation"
    detail: Detail = "full"

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", _all_of(str, self.nodes))
        object.__setattr__(self, "samples", _all_of(int, self.samples))
        if self.split not in get_args(Part) or self.detail not in get_args(Detail):
            raise TrainingError(
                f"Expected a part and a detail to look at, not {short(self.split)} and "
                f"{short(self.detail)}."
            )


def _all_of(kind: type, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple) or any(type(each) is not kind for each in values):
        raise TrainingError(f"Expected several {kind.__name__} to look at, not {short(values)}.")
    return tuple(values)


for _kind in (
    Start,
    Stop,
    Pause,
    Resume,
    Advance,
    SetLearningRate,
    SaveCheckpoint,
    RestoreBest,
    ResetWeights,
    Look,
):
    COMMANDS[_kind.name] = _kind

"""What a running worker can be asked: one declared record a command, one line of JSON on its input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Literal

from graph_engine.declaration import short
from graph_engine.errors import TrainingError

COMMANDS: dict[str, type[Command]] = {}

Detail = Literal["full", "lean", "off"]


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
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingError(f"Expected a command as JSON, but got {short(line)}.") from error


@dataclass(frozen=True, slots=True)
class Start(Command):
    """Train the run in this folder; for a worker that was started ahead."""

    name = "start"

    folder: str


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


@dataclass(frozen=True, slots=True)
class SetLearningRate(Command):
    """Go on with this learning rate; a schedule goes on from there in proportion."""

    name = "learning_rate"

    value: float


@dataclass(frozen=True, slots=True)
class SaveCheckpoint(Command):
    """Write a checkpoint now."""

    name = "checkpoint"


@dataclass(frozen=True, slots=True)
class RestoreBest(Command):
    """Go on from the best weights so far."""

    name = "restore_best"


@dataclass(frozen=True, slots=True)
class ResetWeights(Command):
    """Go on from new weights, with new optimizer state."""

    name = "reset_weights"


@dataclass(frozen=True, slots=True)
class Look(Command):
    """What to send while training.

    ``nodes`` are the paths whose maps and kernels are wanted, ``samples`` the fixed samples of the
    probe as positions in ``split``. ``detail`` ``lean`` measures less often, ``off`` only losses.
    """

    name = "look"

    nodes: tuple[str, ...] = ()
    samples: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 7)
    split: Literal["train", "validation", "test"] = "validation"
    detail: Detail = "full"


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

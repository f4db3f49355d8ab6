"""A run's folder: the snapshot that the run keeps to, and what the run leaves behind.

``run.json`` (network, class name, inputs, the source's maps, creation), ``source.py``, ``recipe.json``
and ``data.json`` are the snapshot, ``drawing.netloom`` the project as it was drawn. The worker adds
``events.jsonl``, ``frames.bin``, ``heartbeat``, ``worker.log``, ``fitted.json``, ``checkpoints/`` and
``weights.safetensors``. A run that begins with the weights of another has them in
``initial.safetensors``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graph_engine.declaration import short
from graph_engine.errors import ParameterError, TrainingError
from graph_engine.training import atomic
from graph_engine.training.events import Event, Frame
from graph_engine.training.frame_index import FrameRef, frame_refs
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot

FORMAT = 1
SILENCE = 5.0
"""Seconds without a heartbeat after which a run counts as interrupted."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name, which is the folder's."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return self.path / "checkpoints"

    @property
    def events(self) -> Path:
        """Every event but the frames' bytes, one line each, oldest first."""
        return self.path / "events.jsonl"

    @property
    def frames(self) -> Path:
        """The bytes of the frames, in the order of their lines."""
        return self.path / "frames.bin"

    @property
    def heartbeat(self) -> Path:
        """Touched each second while the worker lives; has its process number."""
        return self.path / "heartbeat"

    @property
    def log(self) -> Path:
        """What the worker wrote to its standard error."""
        return self.path / "worker.log"

    @property
    def weights(self) -> Path:
        """The weights to use: the best where there were validation samples, else the last."""
        return self.path / "weights.safetensors"

    @property
    def initial(self) -> Path:
        """The weights of another run that this one begins with; not there where it begins anew."""
        return self.path / "initial.safetensors"

    @property
    def drawing(self) -> Path:
        """The project as it was drawn when the run began: a project file of its own."""
        return self.path / "drawing.netloom"

    def has_checkpoint(self) -> bool:
        """Whether there is something to go on from."""
        return self.checkpoints.is_dir() and any(self.checkpoints.iterdir())

    def weights_so_far(self) -> Path:
        """The result's file, or of a run without one the best weights of its newest checkpoint.

        Raises TrainingError where there are none yet.
        """
        if self.weights.is_file():
            return self.weights
        for record in sorted(self.checkpoints.glob("*.sha256"), reverse=True):
            names = [line.partition("  ")[2] for line in record.read_text("utf-8").splitlines()]
            files = [self.checkpoints / each for each in names if each.endswith(".safetensors")]
            if files and files[-1].is_file():
                return files[-1]
        raise TrainingError(f"{self.name} has no weights yet.")

    # The snapshot --------------------------------------------------------------------------------

    def create(self, snapshot: Snapshot) -> None:
        """Makes the folder with its snapshot.

        Raises TrainingError where the folder exists or cannot be written.
        """
        try:
            self.path.mkdir(parents=True)
            self.checkpoints.mkdir()
        except OSError as error:
            raise TrainingError(
                f"No run can be kept in {self.path}: {error.strerror or error}."
            ) from error
        atomic.write(self.path / "source.py", snapshot.source.encode())
        self.write_recipe(snapshot.recipe)
        self._write_json("data.json", snapshot.data)
        self._write_json("run.json", {"format": FORMAT, **snapshot.about()})

    def snapshot(self) -> Snapshot:
        """What the run keeps to.

        Raises TrainingError, in words, where a part is missing or was made by a newer version.
        """
        about = self._read_json("run.json")
        if about.pop("format", None) != FORMAT:
            raise TrainingError(f"{self.path} was made by a newer version: update this one.")
        try:
            recipe = Recipe.read(self._read_json("recipe.json"))
            return Snapshot.read(
                about, self._read("source.py"), recipe, self._read_json("data.json")
            )
        except (TypeError, ValueError, KeyError, AttributeError, ParameterError) as error:
            raise TrainingError(f"The run in {self.path} cannot be read: {error}") from error

    def write_recipe(self, recipe: Recipe) -> None:
        """Changes the recipe, such as the number of epochs of a run that shall go on."""
        self._write_json("recipe.json", recipe.saved())

    def write_fitted(self, task: str, preprocessing: Mapping[str, Any]) -> None:
        """Keeps what ``auto`` came to and how the data were encoded, so that new inputs are treated
        like those of training."""
        self._write_json("fitted.json", {"task": task, "preprocessing": preprocessing})

    def fitted(self) -> tuple[str, Any]:
        """The task, and the saved form of the preprocessing.

        Raises TrainingError for a run that never got to its data.
        """
        saved = self._read_json("fitted.json")
        return str(saved.get("task")), saved.get("preprocessing")

    def write_notes(self, notes: str) -> None:
        """Keeps a person's words about the run."""
        atomic.write(self.path / "notes.txt", notes.encode())

    def notes(self) -> str:
        """A person's words about the run."""
        path = self.path / "notes.txt"
        return self._read("notes.txt") if path.exists() else ""

    # Events --------------------------------------------------------------------------------------

    def append(self, event: Event) -> None:
        """Adds an event to ``events.jsonl``; the bytes of a frame that is kept go to ``frames.bin``.

        The files are opened anew each time, which leaves nothing to be closed.
        """
        if isinstance(event, Frame):
            if not event.kept:
                return
            event = replace(event, offset=atomic.append(self.frames, event.data))
        atomic.append(self.events, event.to_json().encode() + b"\n")

    def read_events(self, offset: int = 0) -> Iterator[tuple[Event, int]]:
        """The events from a byte offset on, each with the offset behind it.

        A line that is still being written, or that a killed worker left, is passed over.
        """
        if not self.events.exists():
            return
        with self.events.open("rb") as file:
            file.seek(offset)
            while (line := file.readline()).endswith(b"\n"):
                offset += len(line)
                try:
                    event = Event.from_json(line)
                except TrainingError:
                    continue
                yield event, offset

    def frames_index(self) -> list[FrameRef]:
        """The frames that the folder keeps, in the order of their steps, without their bytes."""
        if not self.events.exists():
            return []
        with self.events.open("rb") as file:
            return frame_refs(file)

    def read_frame(self, ref: FrameRef) -> Frame:
        """A frame with its bytes. Raises TrainingError where they are not there."""
        try:
            with self.frames.open("rb") as file:
                file.seek(ref.offset)
                data = file.read(ref.size)
        except OSError as error:
            raise TrainingError(f"{self.frames} cannot be read: {error.strerror}.") from error
        if len(data) != ref.size:
            raise TrainingError(f"{self.frames} ends before the frame {short(ref.title)}.")
        values = {name: getattr(ref, name) for name in FrameRef.__slots__}
        return Frame(**values, data=data)

    # Life ----------------------------------------------------------------------------------------

    def beat(self, process: int) -> None:
        """Says that the worker of this process number lives; never seen half written."""
        own = str(process).encode()
        with suppress(OSError):
            if self.heartbeat.read_bytes() == own:
                os.utime(self.heartbeat)
                return
        atomic.write(self.heartbeat, own)

    def is_alive(self) -> bool:
        """Whether a worker is at it: its heart beat lately and its process exists."""
        try:
            age = time.time() - self.heartbeat.stat().st_mtime
            process = int(self.heartbeat.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return age < SILENCE and _exists(process)

    def rest(self) -> None:
        """Says that the worker has ended."""
        self.heartbeat.unlink(missing_ok=True)

    # Files ---------------------------------------------------------------------------------------

    def _write_json(self, name: str, value: object) -> None:
        text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
        atomic.write(self.path / name, text.encode() + b"\n")

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TrainingError(
                f"{name} of the run in {self.path} cannot be read: it is not a run's folder, or it is "
                "damaged."
            ) from error

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(self._read(name))
        except (ValueError, RecursionError) as error:
            raise TrainingError(f"{name} of the run in {self.path} is not JSON.") from error
        if not isinstance(value, dict):
            raise TrainingError(f"{name} of the run in {self.path} holds {short(value)}.")
        return value


def _exists(process: int) -> bool:
    """Whether a process of that number exists; only POSIX can ask without harm."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

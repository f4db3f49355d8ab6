"""Checkpoints that are there whole or not at all, and know when they are damaged.

The seventh checkpoint is ``00007.safetensors`` (weights), ``00007.pt`` (everything else) and, written
last, ``00007.sha256``, which ``sha256sum -c`` understands. The two newest are kept, with the best
weights that they name.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graph_engine.errors import TrainingError
from graph_engine.training import atomic, weights
from graph_engine.training.weights import Weights

FORMAT = 1
KEPT = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a run needs to go on as if nothing had happened.

    ``state`` holds only tensors, numbers, texts, lists and dicts. ``best`` are the weights of
    ``best_step``, where some are better than others.
    """

    epoch: int
    step: int
    weights: Weights
    state: Mapping[str, Any]
    best: Weights | None = None
    best_step: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: a file's path in the run's folder, bytes of all files, and the time."""

    path: str
    size: int
    sha256: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Stored:
    """Weights that are on the disk already."""

    step: int
    name: str
    sha256: str


@dataclass(slots=True)
class CheckpointStore:
    """The checkpoints of one run, in ``folder/checkpoints``, and its result beside them."""

    folder: Path
    _best: _Stored | None = None

    def __post_init__(self) -> None:
        self.inside.mkdir(parents=True, exist_ok=True)
        atomic.sweep(self.inside)
        atomic.sweep(self.folder)

    @property
    def inside(self) -> Path:
        """The folder of the checkpoints."""
        return self.folder / "checkpoints"

    # Writing -------------------------------------------------------------------------------------

    def save(self, checkpoint: Checkpoint) -> Written:
        """Writes a checkpoint and forgets all but the one before.

        Raises TrainingError, and keeps what there was, where weights are not finite or the disk
        refuses.
        """
        begun = time.perf_counter()
        if not weights.are_finite(checkpoint.weights):
            raise TrainingError(
                f"The weights are no longer finite after step {checkpoint.step}. "
                "Lower the learning rate, or clip the gradient."
            )
        stem = f"{self._serial() + 1:05d}"
        own = self._put(f"{stem}.safetensors", checkpoint.step, checkpoint.weights)
        self._best = best = self._stored_best(checkpoint, own)
        name = f"{stem}.pt"
        packed = atomic.write(self.inside / name, _packed(checkpoint, best))
        hashes = {name: packed, own.name: own.sha256} | ({best.name: best.sha256} if best else {})
        record = "".join(f"{each}  {file}\n" for file, each in hashes.items())
        atomic.write(self.inside / f"{stem}.sha256", record.encode())
        self._forget()
        size = sum((self.inside / file).stat().st_size for file in hashes)
        return Written(f"checkpoints/{name}", size, packed, time.perf_counter() - begun)

    def _stored_best(self, checkpoint: Checkpoint, own: _Stored) -> _Stored | None:
        if checkpoint.best is None:
            return None
        if checkpoint.best_step == own.step:
            return own
        if self._best is not None and self._best.step == checkpoint.best_step:
            return self._best
        name = own.name.replace(".", "-best.")
        return self._put(name, checkpoint.best_step, checkpoint.best)

    def _put(self, name: str, step: int, state: Weights) -> _Stored:
        return _Stored(step, name, atomic.write(self.inside / name, weights.to_bytes(state)))

    def _serial(self) -> int:
        stems = (path.stem for path in self.inside.glob("*.sha256"))
        return max((int(stem) for stem in stems if stem.isdecimal()), default=0)

    def _records(self) -> list[Path]:
        """The records, the newest last."""
        return sorted(self.inside.glob("*.sha256"))

    def _forget(self) -> None:
        """Removes files that no kept checkpoint names; a checkpoint's record goes first."""
        records = self._records()
        for record in records[:-KEPT]:
            record.unlink()
        kept = {name for record in records[-KEPT:] for name in _hashes(record)}
        for path in (*self.inside.glob("*.pt"), *self.inside.glob("*.safetensors")):
            if path.name not in kept:
                path.unlink()

    def publish(self, result: Weights) -> str:
        """Writes the weights to use, and answers the file's name in the run's folder."""
        name = "weights.safetensors"
        atomic.write(self.folder / name, weights.to_bytes(result))
        return name

    # Reading -------------------------------------------------------------------------------------

    def load(self) -> tuple[Checkpoint | None, str]:
        """The newest checkpoint that is sound, and a sentence about those that are not.

        Raises TrainingError where there are checkpoints and none is sound.
        """
        refusals: list[str] = []
        for record in reversed(self._records()):
            try:
                found = self._read(record)
            except TrainingError as error:
                refusals.append(str(error))
                continue
            skipped = f" Going on from step {found.step}." if refusals else ""
            return found, " ".join(refusals) + skipped
        if refusals:
            raise TrainingError(" ".join(refusals) + " No sound checkpoint is left: start anew.")
        return None, ""

    def weights(self, best: bool = True) -> Weights:
        """The weights to use: the run's result, or else those of the newest checkpoint.

        ``best=False`` asks for the last weights. Raises TrainingError where there are none.
        """
        result = self.folder / "weights.safetensors"
        if best and result.exists():
            return weights.read(result)
        found, _ = self.load()
        if found is None:
            raise TrainingError(f"The run in {self.folder} has no weights yet.")
        return found.best if best and found.best is not None else found.weights

    def _read(self, record: Path) -> Checkpoint:
        contents = {name: self._sound(name, expected) for name, expected in _hashes(record).items()}
        stem = record.stem
        if f"{stem}.pt" not in contents or f"{stem}.safetensors" not in contents:
            raise TrainingError(f"Checkpoint {stem} is damaged: its record is incomplete.")
        state = _unpacked(contents[f"{stem}.pt"], stem)
        about = state.pop("checkpoint")
        best, best_step = about["best"], about["best_step"]
        if best:
            self._best = _Stored(best_step, best, _hashes(record)[best])
        return Checkpoint(
            epoch=about["epoch"],
            step=about["step"],
            weights=weights.from_bytes(contents[f"{stem}.safetensors"], f"{stem}.safetensors"),
            state=state,
            best=weights.from_bytes(contents[best], best) if best else None,
            best_step=best_step,
        )

    def _sound(self, name: str, expected: str) -> bytes:
        try:
            content = (self.inside / name).read_bytes()
        except OSError as error:
            raise TrainingError(f"{name} of a checkpoint is missing.") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise TrainingError(f"{name} of a checkpoint is damaged: its SHA-256 does not fit.")
        return content


def _hashes(record: Path) -> dict[str, str]:
    """File name → SHA-256 of a record; whatever is not such a line is passed over."""
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split("  ", 1) for line in lines if "  " in line)
    return {name: each for each, name in pairs if name == Path(name).name}


def _packed(checkpoint: Checkpoint, best: _Stored | None) -> bytes:
    about = {
        "format": FORMAT,
        "epoch": checkpoint.epoch,
        "step": checkpoint.step,
        "best_step": checkpoint.best_step,
        "best": best.name if best else "",
    }
    buffer = io.BytesIO()
    torch.save({"checkpoint": about, **checkpoint.state}, buffer)
    return buffer.getvalue()


def _unpacked(content: bytes, stem: str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(
            io.BytesIO(content), map_location="cpu", weights_only=True
        )
    except pickle.UnpicklingError as error:
        raise TrainingError(
            f"Checkpoint {stem} is refused: it is damaged, or holds more than numbers."
        ) from error
    except (RuntimeError, ValueError, EOFError) as error:
        raise TrainingError(f"Checkpoint {stem} cannot be read: {error}") from error
    if state["checkpoint"]["format"] != FORMAT:
        raise TrainingError(f"Checkpoint {stem} was made by another version of this program.")
    return state

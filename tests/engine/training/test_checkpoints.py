"""Checkpoints: whole or not at all, two kept, damage told and survived."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from graph_engine.errors import TrainingError
from graph_engine.training import atomic
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore

pytestmark = pytest.mark.torch


def checkpoint(step: int, best_step: int = 0) -> Checkpoint:
    return Checkpoint(
        epoch=step // 10,
        step=step,
        weights={"w": torch.full((4,), float(step))},
        state={"note": f"after {step}", "tensor": torch.arange(3), "nested": [{"a": (1, 2.5)}]},
        best={"w": torch.full((4,), float(best_step))} if best_step else None,
        best_step=best_step,
    )


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "checkpoints").iterdir()}


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    # Given a checkpoint with better weights from before
    written = CheckpointStore(tmp_path).save(checkpoint(30, best_step=20))

    # When another process looks for it
    found, note = CheckpointStore(tmp_path).load()

    # Then everything is there, without a complaint
    assert found is not None
    assert (found.epoch, found.step, found.best_step, note) == (3, 30, 20, "")
    assert torch.equal(found.weights["w"], torch.full((4,), 30.0))
    assert found.best is not None
    assert torch.equal(found.best["w"], torch.full((4,), 20.0))
    assert found.state["nested"] == [{"a": (1, 2.5)}]
    assert written.path == "checkpoints/00001.pt"
    assert written.sha256 == atomic.sha256(tmp_path / written.path)


def test_two_are_kept_with_the_best_weights_that_they_name(tmp_path: Path) -> None:
    # Given a run whose best weights are those of step 20
    store = CheckpointStore(tmp_path)
    for step in (10, 20, 30, 40, 50):
        store.save(checkpoint(step, best_step=20 if step >= 20 else 0))

    # Then the two newest are there, and the best weights, which were written once
    assert files(tmp_path) == {
        "00002.safetensors",
        *(f"0000{n}.{kind}" for n in (4, 5) for kind in ("pt", "safetensors", "sha256")),
    }

    # And a process that goes on writes the best weights no second time
    later = CheckpointStore(tmp_path)
    later.load()
    later.save(checkpoint(60, best_step=20))
    assert "00006-best.safetensors" not in files(tmp_path)
    assert later.weights()["w"][0] == 20.0
    assert later.weights(best=False)["w"][0] == 60.0


def test_the_record_is_one_that_sha256sum_checks(tmp_path: Path) -> None:
    # Given a checkpoint, when the system's own tool checks its record, then all files are right
    if shutil.which("sha256sum") is None:
        pytest.skip("needs sha256sum")
    CheckpointStore(tmp_path).save(checkpoint(30, best_step=20))
    told = subprocess.run(
        ["sha256sum", "-c", "00001.sha256"],
        cwd=tmp_path / "checkpoints",
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.count(": OK") == 3


@pytest.mark.parametrize("name", ["00002.pt", "00002.safetensors"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    tmp_path: Path, name: str, damage: str
) -> None:
    # Given two checkpoints, the newer damaged
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(10))
    store.save(checkpoint(20))
    path = tmp_path / "checkpoints" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    cut = {"flip": bytes(content), "cut": bytes(content[:40]), "empty": b""}
    path.unlink() if damage == "gone" else path.write_bytes(cut[damage])

    # When a run wants to go on
    found, note = CheckpointStore(tmp_path).load()

    # Then it goes on from the one before and says so
    assert found is not None
    assert found.step == 10
    assert name in note
    assert note.endswith("Going on from step 10.")


def test_a_record_that_lies_is_no_checkpoint(tmp_path: Path) -> None:
    # Given a record that names other files, or files elsewhere
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(10))
    record = tmp_path / "checkpoints" / "00001.sha256"
    for text in ("", "garbage\n", f"{'0' * 64}  ../../secret\n", f"{'0' * 64}  00001.pt\n"):
        record.write_text(text)

        # When a run wants to go on, then nothing is read but refused
        with pytest.raises(TrainingError, match="No sound checkpoint is left: start anew"):
            store.load()


def test_a_checkpoint_that_holds_more_than_numbers_is_refused(tmp_path: Path) -> None:
    # Given a checkpoint with an object that would be made by calling something
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(10))
    path = tmp_path / "checkpoints" / "00001.pt"
    torch.save({"checkpoint": {}, "evil": Path("x")}, path)
    repair(tmp_path, path)

    # When it is read, then nothing is called and the sentence offers nothing dangerous
    with pytest.raises(TrainingError, match="holds more than numbers"):
        store.load()


def test_a_truncated_archive_with_a_right_hash_is_refused(tmp_path: Path) -> None:
    # Given a checkpoint that was already broken when it was hashed, and one of a newer program
    store = CheckpointStore(tmp_path)
    for cut, words in ((True, "cannot be read"), (False, "another version")):
        store.save(checkpoint(10))
        path = max((tmp_path / "checkpoints").glob("*.pt"))
        torch.save({"checkpoint": {"format": 99}}, path)
        if cut:
            path.write_bytes(path.read_bytes()[:-30])
        repair(tmp_path, path)

        # When it is read, then it is refused in a sentence
        with pytest.raises(TrainingError, match=words):
            CheckpointStore(tmp_path).load()


def repair(folder: Path, path: Path) -> None:
    """Makes the record fit a file that was changed."""
    record = path.with_suffix(".sha256")
    lines = [line for line in record.read_text().splitlines() if not line.endswith(path.name)]
    record.write_text("\n".join([*lines, f"{atomic.sha256(path)}  {path.name}"]) + "\n")


def test_nothing_to_go_on_from_is_no_error(tmp_path: Path) -> None:
    # Given a run without checkpoints
    store = CheckpointStore(tmp_path)

    # Then there is nothing, and asking for weights is a sentence
    assert store.load() == (None, "")
    with pytest.raises(TrainingError, match="has no weights yet"):
        store.weights()

    # And what the run published counts before its checkpoints
    store.save(checkpoint(10))
    assert store.weights()["w"][0] == 10.0
    store.publish({"w": torch.full((4,), 7.0)})
    assert store.weights()["w"][0] == 7.0


def test_weights_astray_are_not_written(tmp_path: Path) -> None:
    # Given weights that are not finite, when they should be written, then they are not
    store = CheckpointStore(tmp_path)
    bad: dict[str, Any] = {"w": torch.tensor([1.0, float("nan")])}
    with pytest.raises(TrainingError, match="no longer finite after step 5"):
        store.save(Checkpoint(0, 5, bad, {}))
    assert files(tmp_path) == set()


WRITER = """
import sys, itertools
from pathlib import Path
import torch
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
store = CheckpointStore(Path(sys.argv[1]))
found, note = store.load()
step = found.step if found else 0
assert not note, note
for step in itertools.count(step + 1):
    full = {"w": torch.full((200_000,), float(step))}
    best = {"w": torch.full((200_000,), float(step - step % 3))}
    store.save(Checkpoint(0, step, full, {"step": step}, best, step - step % 3))
    print(step, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_kills_while_writing_never_cost_a_checkpoint(tmp_path: Path) -> None:
    # Given a process that does nothing but write checkpoints
    last = 0
    for number in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            first = int(process.stdout.readline())
            assert first == last + 1 or first == last + 2, "it went on from the newest"

            # When it is killed at some moment
            time.sleep(0.05 + 0.013 * number)
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().split()

        # Then the newest that it told of, or the one it was at, is there without a complaint
        found, note = CheckpointStore(tmp_path).load()
        assert found is not None
        assert note == ""
        last = int(told[-1]) if told else first
        assert found.step in (last, last + 1)
        assert found.weights["w"][0] == found.step
        last = found.step

    # And the stubs of killed writers are swept away
    assert not [name for name in files(tmp_path) if name.endswith(atomic.SUFFIX)]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_keeps_what_there_was_and_is_a_sentence(tmp_path: Path) -> None:
    # Given a checkpoint, and a process that may write only small files
    CheckpointStore(tmp_path).save(checkpoint(10))
    code = f"""
import resource, signal, sys
from pathlib import Path
import torch
from graph_engine.errors import TrainingError
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
store = CheckpointStore(Path({str(tmp_path)!r}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    store.save(Checkpoint(0, 20, {{"w": torch.zeros(100_000)}}, {{}}))
except TrainingError as error:
    print(error)
"""

    # When it writes a large one
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    # Then it says what is wrong, the old one is there, and no stub is left
    assert "cannot be written: File too large" in told.stdout
    found, note = CheckpointStore(tmp_path).load()
    assert found is not None
    assert (found.step, note) == (10, "")
    assert files(tmp_path) == {"00001.pt", "00001.safetensors", "00001.sha256"}


def test_a_disk_that_changes_what_was_written_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a disk that reads back other bytes than were written
    path = tmp_path / "weights.safetensors"
    atomic.write(path, b"old")
    monkeypatch.setattr(atomic, "sha256", lambda path: "0" * 64)

    # When a file is written, then the old one stays
    with pytest.raises(TrainingError, match="reads differently from what was written"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

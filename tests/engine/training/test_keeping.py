"""A run's folder keeps frames evenly enough to be looked through, and few enough to stay small."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from graph_engine.errors import TrainingError
from graph_engine.training import titles
from graph_engine.training.events import Frame, Started
from graph_engine.training.folder import RunFolder
from graph_engine.training.frame_index import FrameRef
from graph_engine.training.keeping import (
    ACTIVATIONS,
    GRADIENTS,
    HISTOGRAMS,
    MAPS,
    OUTPUTS,
    Keeper,
    kind_of,
)

SIZES = {GRADIENTS: 2800, ACTIVATIONS: 3200, MAPS: 500_000, HISTOGRAMS: 50_000, OUTPUTS: 120_000}
"""Bytes of one moment of a network with a hundred weights and nodes, and much to see."""

LINES = {GRADIENTS: 1, ACTIVATIONS: 1, MAPS: 60, HISTOGRAMS: 3, OUTPUTS: 4}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "run-001").mkdir()
    return RunFolder(tmp_path / "run-001")


def frame(step: int, value: float = 0.0, title: str = titles.GRADIENTS, **others: bool) -> Frame:
    return Frame.of(title, np.full((2, 3), value, np.float32), 0, step, {"a": 1}, **others)


def started(step: int) -> Started:
    return Started(
        run="run-001",
        task="classification",
        device="cpu",
        precision="float32",
        threads=1,
        seed=0,
        epochs=1,
        steps_per_epoch=1,
        parameters=1,
        train=1,
        validation=1,
        test=1,
        step=step,
    )


def kept_times(seconds: float, kind: str, keeper: Keeper | None = None) -> list[float]:
    keeper = keeper or Keeper()
    now, times = 0.0, []
    while now < seconds:
        if now >= keeper.next(kind):
            keeper.keep(kind, now, SIZES[kind])
            times.append(now)
        now += 0.05
    return times


# How much is kept --------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [400.0, 4000.0, 20_000.0])
def test_what_is_kept_of_a_long_run_stays_small(seconds: float) -> None:
    # Given a run of 200,000 steps of 2, 20 and 100 ms, with a hundred rows and much to see
    found = {kind: kept_times(seconds, kind) for kind in SIZES}

    # Then its frames, with what tells of each, take less than 100 MB
    size = sum(len(times) * (SIZES[kind] + 400 * LINES[kind]) for kind, times in found.items())
    assert size < 100e6

    # And there are many of each kind
    assert all(len(times) >= 20 for times in found.values())


@pytest.mark.parametrize("kind", SIZES)
def test_every_part_of_a_run_can_be_looked_at(kind: str) -> None:
    # Given what is kept of an hour
    times = np.array(kept_times(3600.0, kind))

    # Then no tenth of it is empty, the last half is even, and a short run is kept in detail
    tenths, _ = np.histogram(times, 10, (0, 3600))
    assert tenths.min() >= 1
    half = np.diff(times[times > 1800])
    assert half.max() <= 2 * half.min() + 0.11
    assert (times < 5).sum() >= 5


def test_a_run_that_goes_on_keeps_at_the_same_pace() -> None:
    # Given the frames of a run's first ten minutes, and another half hour of it
    first = kept_times(600.0, GRADIENTS)
    refs = [
        FrameRef(titles.GRADIENTS, 0, n, at, "<f4", (25, 28), {}, 0, SIZES[GRADIENTS])
        for n, at in enumerate(first)
    ]

    # When a new process takes up from there, then its pace is that of one that was not interrupted
    keeper = Keeper(refs)
    whole = Keeper()
    for at in first:
        whole.keep(GRADIENTS, at, SIZES[GRADIENTS])
    assert keeper.paces == whole.paces
    assert keeper.next(GRADIENTS) > first[-1]


def test_every_title_has_its_kind() -> None:
    # Given the titles of frames, then each is of a kind that is kept
    assert kind_of(f"{titles.MAP}conv") == kind_of(f"{titles.KERNELS}conv") == MAPS
    assert kind_of(titles.WEIGHT_HISTOGRAMS) == HISTOGRAMS
    assert kind_of(titles.SAMPLE_LOSSES) == OUTPUTS
    assert {kind_of(titles.GRADIENTS), kind_of(titles.ACTIVATIONS)} == {GRADIENTS, ACTIVATIONS}


# Reading back ------------------------------------------------------------------------------------


def test_frames_are_found_and_read_back(folder: RunFolder) -> None:
    # Given a folder with frames, one of which was only for whoever watched
    for step in range(1, 5):
        folder.append(frame(step, value=step, kept=step != 2))

    # When they are looked for, then those that were kept are there, and lead to their bytes
    refs = folder.frames_index()
    assert [ref.step for ref in refs] == [1, 3, 4]
    assert [float(folder.read_frame(ref).array()[0, 0]) for ref in refs] == [1.0, 3.0, 4.0]
    assert refs[0].about == {"a": 1}
    assert refs[0].shape == (2, 3)


def test_bytes_and_lines_that_a_killed_worker_left_do_no_harm(folder: RunFolder) -> None:
    # Given a worker that was killed while it wrote bytes, and one killed while it wrote a line
    folder.append(frame(1, 1.0))
    with folder.frames.open("ab") as file:
        file.write(b"abc")
    with folder.events.open("ab") as file:
        file.write(b'{"event": "frame", "ti\n')
    folder.append(frame(2, 2.0))

    # Then the frames behind are still found where they are
    assert [float(folder.read_frame(ref).array()[0, 0]) for ref in folder.frames_index()] == [1, 2]


def test_a_run_that_went_on_from_a_checkpoint_has_each_step_once(folder: RunFolder) -> None:
    # Given a run that came to step 4, and went on from step 2
    for step in range(1, 5):
        folder.append(frame(step, step))
    folder.append(started(2))
    folder.append(frame(3, 30.0))

    # Then what came after the checkpoint is replaced
    refs = folder.frames_index()
    assert [ref.step for ref in refs] == [1, 2, 3]
    assert float(folder.read_frame(refs[-1]).array()[0, 0]) == 30.0


def test_a_folder_without_frames_has_none_and_a_cut_one_says_so(folder: RunFolder) -> None:
    # Given a new folder, then there are no frames
    assert folder.frames_index() == []

    # Given frames whose bytes were cut off, when one is read, then a sentence says so
    folder.append(frame(1))
    (ref,) = folder.frames_index()
    folder.frames.write_bytes(b"")
    with pytest.raises(TrainingError, match="ends before the frame"):
        folder.read_frame(ref)
    folder.frames.unlink()
    with pytest.raises(TrainingError, match="cannot be read"):
        folder.read_frame(ref)


def test_a_hundred_thousand_lines_are_looked_through_in_a_moment(folder: RunFolder) -> None:
    # Given a long run's events, a tenth of them frames
    line = frame(1).to_json().encode()
    other = json.dumps({"event": "step", "losses": [0.123456789] * 3}).encode()
    folder.events.write_bytes((line + b"\n" + (other + b"\n") * 9) * 10_000)

    # When its frames are looked for
    begun = time.process_time()
    refs = folder.frames_index()

    # Then that takes about a tenth of a second
    assert len(refs) == 10_000
    assert time.process_time() - begun < 3.0

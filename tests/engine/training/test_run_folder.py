"""A run's folder keeps its snapshot, tells what is damaged, and holds what the run leaves. No torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph_engine.errors import TrainingError
from graph_engine.training.events import (
    Event,
    Frame,
)
from graph_engine.training.folder import RunFolder
from graph_engine.training.recipe import Recipe
from graph_engine.training.snapshot import Snapshot


def snapshot(**values: Any) -> Snapshot:
    usual: dict[str, Any] = {
        "network": "main",
        "class_name": "Network",
        "source": "class Network: ...\n",
        "inputs": ("image",),
        "recipe": Recipe(epochs=3),
        "data": {"source": {"source": "builtin"}},
    }
    return Snapshot(**{**usual, **values})


def tell(folder: RunFolder, *events: Event) -> None:
    for event in events:
        folder.append(event)


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    # Given a snapshot with everything in it
    made = snapshot(
        recipe=Recipe().with_setting("optimizer", "SGD"),
        lines={3: ("main", "conv1"), 4: ("block", "fc")},
        data_folder="/somewhere",
        source="# größer\nclass Network: ...\n",
    )

    # When its folder is read, then nothing has changed
    folder = RunFolder(tmp_path / "run-001")
    folder.create(made)
    again = folder.snapshot()
    assert again == made
    assert again.as_source().lines_of("main", "conv1") == [3]
    with pytest.raises(TrainingError, match=r"No run can be kept in .*: File exists"):
        folder.create(made)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("run.json", None, "it is not a run's folder"),
        ("run.json", "{", "is not JSON"),
        ("run.json", "[]", "holds \\[\\]"),
        ("run.json", "[" * 100_000, "is not JSON"),
        ("run.json", '{"format": 99}', "made by a newer version"),
        ("run.json", '{"format": 1}', "cannot be read"),
        ("run.json", '{"format": 1, "inputs": 3, "lines": {}}', "cannot be read"),
        ("recipe.json", '{"epochs": 0}', "`epochs` takes a whole number of at least 1"),
        ("source.py", None, "source.py of the run"),
    ],
)
def test_a_damaged_snapshot_is_a_sentence(
    tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    # Given a run's folder with a damaged file
    folder = RunFolder(tmp_path / "run-001")
    folder.create(snapshot())
    path = folder.path / name
    path.unlink() if text is None else path.write_text(text)

    # When it is read, then a sentence names the file or what is wrong with it
    with pytest.raises(TrainingError, match=words):
        folder.snapshot()


def test_frames_keep_their_bytes_beside_the_lines(tmp_path: Path) -> None:
    # Given two frames, when they are appended, then their lines say how many bytes are theirs
    import numpy as np

    folder = RunFolder(tmp_path)
    arrays = [np.arange(4, dtype="uint8"), np.arange(3, dtype="float32")]
    tell(folder, *(Frame.of("maps", array, 0, 0) for array in arrays))
    sizes = [event.size for event, _ in folder.read_events() if isinstance(event, Frame)]
    assert sizes == [4, 12]
    assert folder.frames.read_bytes() == b"".join(array.tobytes() for array in arrays)

"""Runs that move onto another disk: whole, once, and whatever ends the process meanwhile."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_engine.errors import TrainingError
from graph_engine.training import moving
from graph_engine.training.history import History

MEMORY = Path("/dev/shm")
FILES, SIZE = 40, 200_000


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("There is no other disk.")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def made(folder: Path) -> Path:
    """A run with files in folders."""
    rng = random.Random(0)
    (folder / "checkpoints").mkdir(parents=True)
    for number in range(FILES):
        place = folder / "checkpoints" if number % 2 else folder
        (place / f"{number}.bin").write_bytes(rng.randbytes(SIZE))
    (folder / "run.json").write_text("{}")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file by its name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_run_moves_onto_another_disk_with_everything(tmp_path: Path, elsewhere: Path) -> None:
    source = made(elsewhere / "token" / "run-001")
    before = content(source)

    name = History(tmp_path / "net.runs").adopt(source)

    assert name == "run-001"
    assert content(tmp_path / "net.runs" / name) == before
    assert list((elsewhere / "token").iterdir()) == []
    assert [each.name for each in (tmp_path / "net.runs").glob(".*")] == []


MOVE = """
import sys
from pathlib import Path
from graph_engine.training.history import History
print("moves", flush=True)
History(Path(sys.argv[1])).adopt(Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_whenever_the_process_is_killed_the_run_is_there_once_in_the_end(
    tmp_path: Path, elsewhere: Path
) -> None:
    # Given a run whose move is broken off again and again
    source = made(elsewhere / "token" / "run-001")
    before = content(source)
    history = History(tmp_path / "net.runs")
    for attempt in range(6):
        command = [sys.executable, "-c", MOVE, str(history.folder), str(source)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "moves\n"
            time.sleep(0.004 * attempt)
            process.send_signal(signal.SIGKILL)

        # Then it is whole at one place at least
        places = [source, *(history.folder / name for name in history.names())]
        whole = [place for place in places if place.is_dir() and is_whole(place, before)]
        assert whole

    # And one more attempt leaves it at its new place alone
    if source.is_dir():
        history.adopt(source)
    assert len(history.names()) == 1
    assert is_whole(history.folder / history.names()[0], before)
    assert not source.exists()


def is_whole(place: Path, before: dict[str, bytes]) -> bool:
    """Whether nothing of a run is missing there."""
    found = content(place)
    found.pop(moving.ORIGIN, None)
    return found == before


def test_a_copy_whose_source_was_left_is_not_taken_in_twice(
    tmp_path: Path, elsewhere: Path
) -> None:
    # Given a copy that was whole when the process was killed, and its source
    source = made(elsewhere / "token" / "run-001")
    history = History(tmp_path / "net.runs")
    target = history.folder / "run-001"
    shutil.copytree(source, target)
    (target / moving.ORIGIN).write_text(str(source))

    # When it is taken in again, then there is one
    assert history.adopt(source) == "run-001"
    assert history.names() == ["run-001"]
    assert not source.exists()
    assert not (target / moving.ORIGIN).exists()


def test_a_full_place_leaves_the_source_and_no_rest(tmp_path: Path, elsewhere: Path) -> None:
    # Given a run of which a file cannot be read to its end
    source = made(elsewhere / "token" / "run-001")
    (source / "gone.bin").symlink_to(elsewhere / "nowhere")

    # When it is to move, then it is told, and stays
    with pytest.raises(TrainingError, match="cannot be moved"):
        History(tmp_path / "net.runs").adopt(source)
    assert (source / "run.json").is_file()
    assert list((tmp_path / "net.runs").glob(".*partial")) == []

"""Saving: the file on disk is whole at every moment, and unsaved work survives a crash."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph_engine import Change, Project, templates
from graph_engine.errors import ProjectError
from graph_engine.graph import Note
from graph_engine.project import recoverable, storage
from tests.engine.whole_project import everything

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals, links and permissions")

KILLED = """
import os, random, signal, sys, time
from graph_engine import Project, templates

path, kills = sys.argv[1], int(sys.argv[2])
versions = []
for size in (1, 2000):  # the longer one takes several writes
    project = templates.new("resnet-digits")
    project.description = "x" * 100 * size
    versions.append(project)
texts = {project.text() for project in versions}
versions[0].save(path)
rng, seen, interrupted = random.Random(0), set(), 0
for turn in range(10 * kills):
    if turn >= kills and interrupted > 20 and len(seen) == 2:
        break  # a slow machine needs more kills until so many have met a save half done
    child = os.fork()
    if child == 0:
        while True:
            turn += 1
            versions[turn % 2].save(path)
    time.sleep(rng.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    text = Project.load(path).text()
    assert text in texts, "neither the one nor the other"
    seen.add(text)
    interrupted += any(name.endswith(".netloom-saving") for name in os.listdir(os.path.dirname(path)))
print(len(seen), interrupted)
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(storage.SUFFIX)]


# One file, whole ---------------------------------------------------------------------------------


@posix
def test_a_save_that_is_killed_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    file = tmp_path / "p.netloom"

    seen, interrupted = map(int, run(KILLED, str(file), "100").split())

    # Both versions were found, and many kills fell into the middle of a save.
    assert seen == 2
    assert interrupted > 20
    # The next save sweeps what the dead left.
    templates.new("cnn-digits").save(file)
    assert leftovers(tmp_path) == []


@posix
def test_a_disk_without_room_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "p.netloom"
    templates.new("cnn-digits").save(file)
    before = file.read_bytes()
    script = """
import resource, signal, sys
from graph_engine import Project
from graph_engine.errors import ProjectError
project = Project.load(sys.argv[1])
project.description = "x" * 100_000
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    project.save()
except ProjectError as error:
    print(error)
"""

    told = run(script, str(file))

    assert "was not saved: files of that size are not allowed there" in told
    assert "What was saved there before is unchanged" in told
    assert file.read_bytes() == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk can only be read"),
        (errno.EACCES, "you are not allowed to write there"),
        (errno.ENOTEMPTY, "Directory not empty"),
    ],
)
def test_each_failure_has_words(number: int, reason: str) -> None:
    sentence = storage.failure(Path("p.netloom"), OSError(number, os.strerror(number)))

    assert sentence.startswith(f"p.netloom was not saved: {reason}. ")
    assert sentence.endswith("save in another place or under another name.")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    project = everything()
    protected = tmp_path / "protected.netloom"
    project.save(protected)
    protected.chmod(0o444)
    (tmp_path / "folder.netloom").mkdir()

    for path, reason in {
        tmp_path / "nowhere" / "p.netloom": "there is no such folder",
        tmp_path / "protected.netloom" / "p.netloom": "there is no such folder",
        tmp_path / "folder.netloom": "something that is not a file has that name",
        protected: "the file is protected against writing",
        tmp_path / ("n" * 300): "the name is too long",
        Path("a\0b"): "null",
    }.items():
        with pytest.raises(ProjectError) as refusal:
            project.save(path)
        assert "was not saved" in str(refusal.value)
        assert reason in str(refusal.value)
    assert project.path == protected
    assert leftovers(tmp_path) == []


def test_a_project_without_a_file_asks_for_a_name() -> None:
    with pytest.raises(ProjectError, match="choose a name to save it under"):
        everything().save()


def test_what_could_not_be_opened_again_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "p.netloom"
    project = everything()
    project.save(file)
    before = file.read_bytes()
    graph = project.networks["main"]

    for note in (Note("\ud800"), Note("here", (1e300, 0.0)), Note("x" * 2_000_000)):
        change = Change({"notes": {"note9": (None, note)}})
        graph.apply(change)
        with pytest.raises(ProjectError, match="The project was not saved"):
            project.save()
        graph.apply(change.inverse())

    assert file.read_bytes() == before


@posix
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "p.netloom", tmp_path / "link.netloom"
    project = everything()
    project.save(file)
    file.chmod(0o640)
    link.symlink_to(file)

    project.description = "changed"
    project.save(link)

    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert Project.load(file).description == "changed"


@posix
def test_only_what_the_dead_left_is_swept(tmp_path: Path) -> None:
    dead = int(run("import os; print(os.getpid())"))
    host = storage._host()
    mine, gone, far, old, other = (
        tmp_path / name
        for name in (
            f".a.netloom.{host}.{os.getpid()}.9{storage.SUFFIX}",
            f".a.netloom.{host}.{dead}.1{storage.SUFFIX}",
            f".a.netloom.00000000.1.1{storage.SUFFIX}",
            f".a.netloom.00000000.1.2{storage.SUFFIX}",
            f"notes{storage.SUFFIX}",
        )
    )
    for path in (mine, gone, far, old, other):
        path.touch()
    yesterday = time.time() - 2 * 24 * 3600
    os.utime(old, (yesterday, yesterday))

    storage.sweep(tmp_path)

    assert mine.exists()
    assert not gone.exists()
    assert far.exists()
    assert not old.exists()
    assert other.exists()


# Recovery ----------------------------------------------------------------------------------------

CRASH = """
import os, sys
from pathlib import Path
from graph_engine import Project, templates
project = Project.load(sys.argv[1]) if sys.argv[1] else templates.new("mlp-wine")
project.description = "unsaved"
project.autosave(Path(sys.argv[2]))
os._exit(1)
"""


def test_work_that_was_not_saved_is_found_after_a_crash(tmp_path: Path) -> None:
    file, folder = tmp_path / "p.netloom", tmp_path / "recovery"
    everything().save(file)
    before = file.read_bytes()

    run(CRASH.replace("_exit(1)", "_exit(0)"), str(file), str(folder))
    (found,) = recoverable(folder)
    project = found.open()

    assert file.read_bytes() == before
    assert (found.name, found.path) == ("everything", file)
    assert abs(found.saved_at - time.time()) < 60
    assert project.description == "unsaved"
    assert project.path == file
    assert "recovery" not in project.extra
    project.save()
    assert Project.load(file).description == "unsaved"
    assert recoverable(folder) == []


def test_a_project_that_never_had_a_file_is_found_as_well(tmp_path: Path) -> None:
    run(CRASH.replace("_exit(1)", "_exit(0)"), "", str(tmp_path))
    run(CRASH.replace("_exit(1)", "_exit(0)"), "", str(tmp_path))

    first, second = recoverable(tmp_path)

    assert first.path is None
    assert first.saved_at >= second.saved_at
    assert first.open().networks
    first.discard()
    assert recoverable(tmp_path) == [second]


def test_a_copy_in_use_is_not_offered_and_goes_with_a_save(tmp_path: Path) -> None:
    folder = tmp_path / "recovery"
    project = everything()

    copy = project.autosave(folder)
    again = project.autosave(folder)

    assert copy == again
    assert list(folder.iterdir()) == [copy]
    assert recoverable(folder) == []
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    project.save(tmp_path / "p.netloom")
    assert list(folder.iterdir()) == []
    project.discard_autosave()


def test_copies_that_cannot_be_read_are_passed_over_and_kept(tmp_path: Path) -> None:
    broken, plain = tmp_path / "a.netloom", tmp_path / "b.netloom"
    broken.write_bytes(b"{")
    everything().save(plain)

    assert recoverable(tmp_path) == []
    assert recoverable(tmp_path / "nowhere") == []
    assert broken.exists()
    assert plain.exists()


def test_a_place_for_copies_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ProjectError, match="was not saved"):
        everything().autosave(tmp_path / "file" / "recovery")


def test_a_number_that_no_process_can_have_is_not_alive() -> None:
    assert storage.is_alive(os.getpid())
    assert not storage.is_alive(2**40)


def test_a_copy_without_a_time_is_passed_over(tmp_path: Path) -> None:
    copy = everything().autosave(tmp_path)
    copy.write_text(
        re.sub(r'"saved_at": [0-9.]+', '"saved_at": null', copy.read_text("utf-8")), "utf-8"
    )

    assert recoverable(tmp_path) == []


def test_the_usual_place_for_copies_is_the_users_own() -> None:
    assert storage.recovery_folder().name == "recovery"
    assert Path.home() in storage.recovery_folder().parents or "XDG_STATE_HOME" in os.environ

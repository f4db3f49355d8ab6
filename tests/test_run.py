"""run.py: what it makes of an environment, what it passes on, and what it says when something is amiss.

The set-ups here are real ones, of a project so small that pip needs no network for it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1.0"
"""

# A build backend in the project itself: it packs one module and the command `netloom`.
BACKEND = """\
import zipfile

MODULE = '''
import json, os, sys
def main():
    print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd()}))
    return 7
'''

def build_editable(folder, config_settings=None, metadata_directory=None):
    name, info = "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info/"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("tiny.py", MODULE)
        wheel.writestr(info + "METADATA", METADATA)
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nnetloom = tiny:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""


METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"


def load_run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("netloom_run", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load_run()


def make_project(folder: Path, backend: str = BACKEND, needs: str = "") -> Path:
    """A checkout with the real run.py and a project that takes seconds to install."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "run.py", folder)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(f"METADATA = {METADATA + needs!r}\n{backend}")
    return folder


def make_environment(folder: Path, extras: Sequence[str] = ()) -> Path:
    """What a finished set-up leaves, with commands that print what they were given."""
    venv = folder / ".venv"
    (venv / "bin").mkdir(parents=True)
    for name in ("python", "netloom"):
        script = venv / "bin" / name
        script.write_text(
            f'#!/bin/sh\necho {name} "$OMP_NUM_THREADS" "$PWD"\nprintf "%s\\n" "$@"\nexit 7\n'
        )
        script.chmod(0o755)
    (venv / "stamp.json").write_text(json.dumps(run.purpose(folder, extras)))
    return venv


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the run.py of ``folder`` as a person would."""
    command = [sys.executable, str(folder / "run.py"), *arguments]
    hidden = ("CI", "OMP_NUM_THREADS")
    surroundings = {
        k: v for k, v in os.environ.items() if k not in hidden and not k.startswith("PIP_")
    }
    surroundings |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"} | environment
    return subprocess.run(command, capture_output=True, text=True, env=surroundings, check=False)


def break_stamp(venv: Path, **changes: object) -> None:
    stamp = json.loads((venv / "stamp.json").read_text())
    (venv / "stamp.json").write_text(json.dumps(stamp | changes))


CONDITIONS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "nothing happened": ("ready", lambda venv: None),
    "a dependency was added": (
        "outdated",
        lambda venv: (venv.parent / "pyproject.toml").write_text(PROJECT + "dependencies = []\n"),
    ),
    "made without the tests": ("outdated", lambda venv: break_stamp(venv, extras=[])),
    "the command is gone": ("outdated", lambda venv: (venv / "bin/netloom").unlink()),
    "the stamp is missing": ("outdated", lambda venv: (venv / "stamp.json").unlink()),
    "the stamp is cut off": ("outdated", lambda venv: (venv / "stamp.json").write_text('{"pyth')),
    "the stamp is a list": ("outdated", lambda venv: (venv / "stamp.json").write_text("[1, 2]")),
    "another Python": ("broken", lambda venv: break_stamp(venv, python=[3, 2])),
    "the folder was moved": ("broken", lambda venv: break_stamp(venv, place="/elsewhere")),
    "the interpreter is gone": ("broken", lambda venv: (venv / "bin/python").unlink()),
    "unpacking was cut off": ("broken", lambda venv: (venv / "unfinished").touch()),
}


@pytest.mark.parametrize("happened", CONDITIONS)
def test_the_condition_of_an_environment_is_recognised(happened: str, tmp_path: Path) -> None:
    expected, happen = CONDITIONS[happened]
    venv = make_environment(make_project(tmp_path), ["test"])

    happen(venv)

    wanted = run.purpose(tmp_path, ["test"])
    assert run.condition(venv, run.read_stamp(venv), wanted) == expected


def test_an_environment_with_the_tests_serves_the_program_too(tmp_path: Path) -> None:
    venv = make_environment(make_project(tmp_path), ["test"])

    condition = run.condition(venv, run.read_stamp(venv), run.purpose(tmp_path, []))

    assert condition == "ready"


def test_arguments_exit_status_and_folder_pass_through(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    make_environment(folder)

    done = start(folder, "train", "two words", "--set", "lr=0.1", "*")

    assert done.stdout.splitlines() == [
        f"netloom  {Path.cwd()}",
        "train",
        "two words",
        "--set",
        "lr=0.1",
        "*",
    ]
    assert (done.returncode, done.stderr) == (7, "")


def test_the_tests_run_on_one_thread_in_the_checkout(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    make_environment(folder, ["test"])

    done = start(folder, "test", "-k", "one or two")

    assert done.stdout.splitlines() == [f"python 1 {folder}", "-m", "pytest", "-k", "one or two"]
    assert done.returncode == 7


def test_a_later_start_costs_less_than_50_milliseconds(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    make_environment(folder)

    def cheapest(command: Sequence[str | Path]) -> float:
        """Seconds of processor time, which other programs on this machine do not change much.

        The bare environment keeps a coverage measurement out of it.
        """
        seconds = []
        for _ in range(7):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, capture_output=True, env={}, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(seconds)

    through = cheapest([sys.executable, folder / "run.py"])
    directly = cheapest([folder / ".venv/bin/netloom"])

    assert through - directly < 0.05


def test_a_first_start_sets_up_and_a_cut_off_one_is_repaired(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "with space")

    first = start(folder, "a", "b c")
    second = start(folder, "again")

    assert first.returncode == 7, first.stderr
    assert "Setting Netloom up" in first.stderr
    assert json.loads(first.stdout)["arguments"] == ["a", "b c"]
    assert (second.returncode, second.stderr) == (7, "")

    shutil.rmtree(next((folder / ".venv/lib").glob("python*/site-packages/pip")))
    (folder / ".venv/unfinished").touch()
    repaired = start(folder)

    assert repaired.returncode == 7, repaired.stderr
    assert start(folder).stderr == ""


def test_two_first_starts_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    command = [sys.executable, str(folder / "run.py")]
    surroundings = os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}

    both = [
        subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [one.communicate() for one in both]

    assert [one.returncode for one in both] == [7, 7], answers


def test_a_network_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = make_project(tmp_path, needs="Requires-Dist: something-else\n")
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}

    done = start(folder, **nowhere)

    assert done.returncode == 1
    assert "The network is out of reach" in done.stderr
    assert "something-else" in done.stderr
    assert not (folder / ".venv/stamp.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs the device that is always full")
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    writes = 'with open("/dev/full", "w") as full:\n    full.write("x")\n'
    folder = make_project(tmp_path, backend=BACKEND + writes)

    done = start(folder)

    assert done.returncode == 1
    assert "The disk is full" in done.stderr
    assert "Errno 28" in done.stderr


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ({"ID": "debian"}, "apt-get install libgl1 libegl1 libxcb-icccm4 xvfb"),
        (
            {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"},
            "apt-get install libgl1 libegl1 libxcb-icccm4 xvfb",
        ),
        (
            {"ID": "rocky", "ID_LIKE": "rhel centos fedora"},
            "dnf install libglvnd-glx libglvnd-egl xcb-util-wm xorg-x11-server-Xvfb",
        ),
        ({"ID": "arch"}, "pacman -S libglvnd xcb-util-wm xorg-server-xvfb"),
        ({"ID": "nixos"}, ""),
        ({}, ""),
    ],
)
def test_the_install_line_fits_the_distribution(release: dict[str, str], command: str) -> None:
    missing = ["libGL.so.1", "libEGL.so.1", "libxcb-icccm.so.4", "Xvfb"]

    assert run.install_line(missing, release) == command.split()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into Linux's shared libraries")
def test_shared_libraries_and_programs_are_found_where_the_system_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.is_there("libc.so.6")
    assert not run.is_there("libnetloom-has-no-such-thing.so.1")

    monkeypatch.setenv("PATH", str(tmp_path))
    assert not run.is_there("xclip")
    (tmp_path / "xclip").touch(mode=0o755)
    assert run.is_there("xclip")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into Linux's shared libraries")
@pytest.mark.parametrize(
    ("display", "argument"), [("", "check"), (":99", "check"), ("", "test"), (":99", "test")]
)
def test_with_qt_installed_whatever_is_missing_is_named(
    display: str, argument: str, tmp_path: Path
) -> None:
    folder = make_project(tmp_path)
    venv = make_environment(folder, ["test"])
    (venv / "lib/python3.11/site-packages/PySide6").mkdir(parents=True)
    needed = {name for name in run.SYSTEM if ".so" in name or argument == "test"}
    if not display and argument != "test":
        needed -= {name for name in needed if "xcb" in name or "x11" in name}
    missing = {name for name in needed if not run.is_there(name)}

    done = start(folder, argument, DISPLAY=display)

    assert {name for name in run.SYSTEM if name in done.stderr} == missing
    assert set(run.read_stamp(venv).get("system", ())) == (set() if missing else needed)
    assert done.returncode == 7


@pytest.mark.skipif(sys.platform != "linux", reason="asks for Linux's packages")
def test_what_the_tests_of_the_window_need_is_told_with_the_way_to_get_it(tmp_path: Path) -> None:
    # Given an environment with Qt, and a system where no program is found
    folder = make_project(tmp_path)
    venv = make_environment(folder, ["test"])
    (venv / "lib/python3.11/site-packages/PySide6").mkdir(parents=True)

    # When the tests are started
    done = start(folder, "test", PATH=str(tmp_path / "empty"))

    # Then they run, and what some of them will be skipped for is told before
    assert "The tests of the window need what is missing here" in done.stderr
    assert "Xvfb, openbox, xdotool, xclip" in done.stderr
    assert done.returncode == 7


def test_an_old_python_is_refused_in_a_sentence() -> None:
    run.refuse_old_python((3, 11))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, but this is Python 3\.9\."):
        run.refuse_old_python((3, 9))


def test_the_oldest_python_is_the_one_that_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["requires-python"] == ">={}.{}".format(*run.OLDEST_PYTHON)

"""Terminals, pipes, locales, signals and the way in: the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from .commands import NETLOOM, broken, classifier, netloom, process, save, terminal, uncoloured

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals of POSIX")

Capture = pytest.CaptureFixture[str]
COMMANDS = [
    "new",
    "check",
    "fix",
    "doctor",
    "summary",
    "code",
    "train",
    "runs",
    "predict",
    "layers",
]
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    return save(tmp_path / "digits.netloom", classifier())


# The way in --------------------------------------------------------------------------------------


def test_help_lists_the_commands_and_statuses(capsys: Capture) -> None:
    told = netloom(capsys, "--help")

    begin = told.out.index("Commands:")
    listed = [line.split()[0] for line in told.out[begin:].split("\n\n")[0].splitlines()[1:]]
    assert told.status == 0
    assert listed == COMMANDS
    assert "Exit status: 0 done" in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: Capture) -> None:
    told = netloom(capsys, command, "-h")

    assert told.status == 0
    assert told.out.startswith(f"Usage: netloom {command}")
    assert max(map(len, told.out.splitlines())) <= 80


def test_the_version_is_told(capsys: Capture) -> None:
    assert netloom(capsys, "--version").out == f"netloom {version('netloom')}\n"


@pytest.mark.parametrize(
    "arguments", [["chekc"], ["check"], ["check", "a", "b"], ["summary", "--x"]]
)
def test_arguments_without_sense_are_status_2(arguments: list[str], capsys: Capture) -> None:
    told = netloom(capsys, *arguments)

    assert (told.status, told.out) == (2, "")
    assert "Usage: netloom" in told.err


# Terminals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_nothing_is_wider_than_the_terminal(tmp_path: Path, columns: int) -> None:
    save(tmp_path / "p.netloom", broken())

    for arguments in (["check", "p.netloom"], ["layers", "LSTM"], ["new", "--list"]):
        shown = uncoloured(terminal(tmp_path, columns, *arguments))
        assert max(map(len, shown.splitlines())) <= max(columns, 70), shown


def test_a_narrow_table_keeps_its_numbers(tmp_path: Path) -> None:
    # Given names that leave no room for everything
    net = classifier()
    net.output("more", net.add("Identity", net.add("Linear", net.input("x", shape=(100_000,)),
        out_features=1_000, name="the_longest_name_that_anybody_gave_to_a_layer")))  # fmt: skip
    save(tmp_path / "p.netloom", net)

    wide = uncoloured(terminal(tmp_path, 160, "summary", "p.netloom"))
    narrow = uncoloured(terminal(tmp_path, 80, "summary", "p.netloom"))

    # Then the name is folded, and every number is whole
    assert "the_longest_name_that_anybody_gave_to_a_layer" in wide
    assert "100,001,000  100,000,000" in " ".join(narrow.split("\n"))
    assert "…" not in narrow


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    save(tmp_path / "p.netloom", broken())

    assert "\x1b[31m" in terminal(tmp_path, 80, "check", "p.netloom")
    assert "\x1b[31m" not in terminal(tmp_path, 80, "check", "p.netloom", NO_COLOR="1")
    assert "\x1b" not in process(tmp_path, "check", "p.netloom").out


# Pipes and locales -------------------------------------------------------------------------------


def test_a_pipe_gets_whole_lines(tmp_path: Path) -> None:
    save(tmp_path / "p.netloom", broken())

    told = process(tmp_path, "check", "p.netloom", COLUMNS="40")
    listed = process(tmp_path, "layers", COLUMNS="40")

    assert len(told.out.splitlines()) == 5
    (line,) = (line for line in listed.out.splitlines() if line.startswith("LSTM "))
    assert line.endswith(".")
    assert not any(line.endswith(" ") for line in listed.out.splitlines())


def test_a_reader_that_leaves_is_no_error() -> None:
    # Given a pipe whose reader has gone
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run([*NETLOOM, "layers"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("environment", [ASCII, {"PYTHONIOENCODING": "latin-1"}])
def test_signs_that_an_encoding_lacks_are_spelled_out(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    # Given a broken project with a name that no other encoding has
    save(tmp_path / "p.netloom", broken())

    told = process(tmp_path, "check", "p.netloom", **environment)
    listed = process(tmp_path, "summary", "p.netloom", "--json", **environment)
    missing = process(tmp_path, "check", "数字.netloom", **environment)

    assert told.status == 1
    assert "`conv.input` <- `image.output`" in told.out
    assert listed.status == 0
    assert listed.json["network"] == "main"
    assert missing.status == 2
    assert "Traceback" not in missing.err


def test_source_is_utf_8_in_any_locale(digits: Path) -> None:
    told = process(digits.parent, "code", "digits.netloom", **ASCII)

    assert "image 1×8×8 → scores 10" in told.out
    compile(told.out, "net.py", "exec")


@pytest.mark.parametrize("name", [r"C:\nets\digits.netloom", "[bold] a b.netloom", "ü'.netloom"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    assert process(tmp_path, "new", "perceptron-iris", "-o", name).status == 0

    told = process(tmp_path, "check", name)
    again = process(tmp_path, "new", "perceptron-iris", "-o", name)

    assert told.out == "No problems.\n"
    assert again.err == f"{name} exists already. Choose another name with -o.\n"


# Start-up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "summary", "code", "runs", "new", "layers"])
def test_reading_commands_load_no_torch(digits: Path, command: str) -> None:
    arguments = {"new": ["--list"], "layers": []}.get(command, [str(digits)])
    script = (
        "import sys; from graph_engine.cli.application import run; status = run(sys.argv[1:]); "
        "sys.exit(status or ('torch' in sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, command, *arguments], capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")

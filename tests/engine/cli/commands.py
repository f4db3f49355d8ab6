"""Ways to run a command in tests: in this process for breadth, in its own, and in a terminal."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph_engine import NetworkBuilder, Project
from graph_engine.cli.application import run
from graph_engine.training.recipe import Recipe

NETLOOM = [sys.executable, "-m", "graph_engine.cli"]
FREE = frozenset({"metrics", "sizes", "versions", "probabilities", "default", "losses"})
"""Objects and lists whose inside follows from the project or the layer."""


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one document that it must be."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as one document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def netloom(capsys: pytest.CaptureFixture[str], *arguments: object) -> Outcome:
    """A command in this process."""
    capsys.readouterr()
    status = run([str(each) for each in arguments])
    out, err = capsys.readouterr()
    return Outcome(status, out, err)


def process(folder: Path, *arguments: object, said: str = "", **environment: str) -> Outcome:
    """A command in a process of its own; ``said`` is its standard input."""
    done = subprocess.run(
        [*NETLOOM, *map(str, arguments)], cwd=folder, input=said.encode(), capture_output=True,
        env={**os.environ, **environment}, check=False, timeout=120,
    )  # fmt: skip
    out, err = (stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr))
    return Outcome(done.returncode, out, err)


def _unmeasured() -> dict[str, str]:
    """The environment without the size of the terminal that the tests run in."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}


def terminal(folder: Path, columns: int, *arguments: object, **environment: str) -> str:
    """What a command shows in a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        [*NETLOOM, *map(str, arguments)], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**_unmeasured(), "TERM": "xterm-256color", **environment},
    ):  # fmt: skip
        os.close(theirs)
        shown = b"".join(_chunks(ours))
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _chunks(handle: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(handle, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
        if not chunk:
            return
        yield chunk


def uncoloured(text: str) -> str:
    """A terminal's text without its control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def paths(document: Any, before: str = "") -> set[str]:
    """The fields of a document as the README writes them: ``problems[].node``."""
    if isinstance(document, list):
        return set().union(*(paths(each, f"{before}[]") for each in document))
    if not isinstance(document, dict):
        return set()
    found: set[str] = set()
    for name, value in document.items():
        path = f"{before}.{name}".lstrip(".")
        found |= {path} | (set() if name in FREE else paths(value, path))
    return found


# Projects ----------------------------------------------------------------------------------------


def save(path: Path, *networks: NetworkBuilder, **recipe: Any) -> Path:
    """A project of these networks in a file."""
    project = Project(path.stem, *(network.graph for network in networks))
    project.set_training_recipe(Recipe(**recipe))
    project.save(path)
    return path


def classifier(name: str = "main", width: int = 8) -> NetworkBuilder:
    """A network for digits that fits together."""
    net = NetworkBuilder(name)
    x = net.add("Flatten", net.input("image", shape=(1, 8, 8)))
    x = net.add("ReLU", net.add("Linear", x, out_features=width, name="hidden"))
    net.output("scores", net.add("Linear", x, out_features=10, name="last"))
    return net


def broken(name: str = "main") -> NetworkBuilder:
    """One whose kernel is larger than its image, with a softmax that no loss needs."""
    net = NetworkBuilder(name)
    x = net.add("Conv2d", net.input("image", shape=(1, 8, 8)), kernel_size=20, name="conv")
    x = net.add("Linear", net.add("Flatten", x), out_features=10)
    net.output("scores", net.add("Softmax", x, name="shares"))
    return net

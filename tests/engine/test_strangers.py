"""A folder that a stranger sent: what lies beside a project must never run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph_engine import NetworkBuilder
from graph_engine.project import Project

BAIT = ("torch", "numpy", "json", "random", "rich", "networkx", "graph_engine", "sitecustomize")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project among Python files with the names of modules that Netloom imports."""
    net = NetworkBuilder("main")
    x = net.add("Flatten", net.input("image", shape=(1, 8, 8)))
    net.output("logits", net.add("Linear", x, out_features=10))
    Project("digits", net.graph).save(tmp_path / "digits.netloom")
    for name in BAIT:
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n"
        )
    return tmp_path


def netloom(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; from graph_engine.cli import main; sys.argv[0] = 'netloom'; main()"
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.torch
def test_training_in_a_strangers_folder_runs_none_of_its_files(folder: Path) -> None:
    done = netloom(folder, "train", "digits.netloom", "--epochs", "1", "--set", "threads=1")

    assert done.returncode == 0, done.stderr
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("command", ["check", "summary", "code", "runs"])
def test_reading_in_a_strangers_folder_runs_none_of_its_files(folder: Path, command: str) -> None:
    done = netloom(folder, command, "digits.netloom")

    assert done.returncode == 0, done.stderr
    assert not (folder / "ran").exists()

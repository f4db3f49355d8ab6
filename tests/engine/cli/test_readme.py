"""The README keeps its word: its snippets run, its outputs are those printed, its fields are there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_engine import Project
from graph_engine.cli.application import application
from graph_engine.data.choice import DataChoice
from graph_engine.data.sources import SOURCES
from graph_engine.project import project as project_module
from graph_engine.serial.text import LARGEST_FILE
from graph_engine.training.recipe import Recipe

from .commands import FREE, broken, classifier, netloom, save

Capture = pytest.CaptureFixture[str]
README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TRAIN = ("started", "layers", "step", "epoch", "checkpoint", "finished", "failed")


def section(name: str) -> str:
    """What stands under a heading."""
    return README.split(f"\n## {name}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of the tables in a text, without heads."""
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    return [row.strip("`") for row in rows if row.startswith("`") or row.isdecimal()]


def documented(bullet: str, behind: str = "\n") -> set[str]:
    """The fields that a bullet of the section JSON names, of several the first behind some words."""
    text = section("JSON").partition(behind)[2].split(f"\n- **{bullet}**")[1]
    return set(re.findall(r"`([a-z_0-9]+)`", re.split(r"\n- \*\*|\n\n", text)[0]))


def fields(document: Any) -> set[str]:
    """The names of all fields in a document, at any depth."""
    if isinstance(document, list):
        return set().union(*map(fields, document))
    if not isinstance(document, dict):
        return set()
    inside = (fields(value) for name, value in document.items() if name not in FREE)
    return set(document).union(*inside)


# Snippets and outputs ----------------------------------------------------------------------------


@pytest.mark.torch
@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_each_snippet_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    exec(compile(SNIPPETS[number], f"README snippet {number + 1}", "exec"), {})


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) == 3


def test_the_tour_prints_what_it_says(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the commands of the tour, in their order, with what they print
    monkeypatch.chdir(tmp_path)
    tour = "".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", tour, re.MULTILINE)
    assert len(steps) == 8

    # Then each of them prints just that
    for command, expected in steps:
        program, *arguments = command.split()
        if program == "netloom":
            assert netloom(capsys, *arguments).out == expected, command
        else:
            subprocess.run(command, shell=True, check=True)


# Tables ------------------------------------------------------------------------------------------


def test_every_command_and_option_is_listed(capsys: Capture) -> None:
    rows = [line for line in section("Commands").splitlines() if line.startswith("| `netloom")]
    names = [re.findall(r"netloom (\w+)", row)[0] for row in rows]
    assert list(dict.fromkeys(names)) == list(application.commands)

    for name in application.commands:
        text = " ".join(row for row, each in zip(rows, names, strict=True) if each == name)
        told = netloom(capsys, name, "--help").out
        options = set(re.findall(r"(--[a-z]+)", told)) - {"--help"}
        short = {"--output": "-o"}
        assert all(short.get(option, option) in text for option in options), name


def test_every_exit_status_is_listed() -> None:
    statuses = [cell for cell in first_cells(section("Commands")) if cell.isdecimal()]
    assert statuses == ["0", "1", "2", "130"]


def test_every_setting_of_the_recipe_is_listed_with_its_help() -> None:
    listed = first_cells(section("Training"))
    parameters = Recipe.parameters()
    assert listed[: len(parameters)] == list(parameters)
    for parameter in parameters.values():
        assert f"| {parameter.help} |" in README


def test_every_source_of_data_is_listed_with_its_settings() -> None:
    rows = [line for line in section("Training").splitlines() if line.startswith("|")]
    for key, source in SOURCES.items():
        (row,) = (row for row in rows if row.startswith(f"| `{key}` "))
        assert set(source.parameters()) == set(re.findall(r"`(\w+)`", row)) - {key}


def test_the_limits_are_those_of_the_engine() -> None:
    limits = section("Limits")
    assert f"{LARGEST_FILE // 2**20} MiB" in limits
    assert f"{project_module.MOST_NODES:,} nodes" in limits


# Fields ------------------------------------------------------------------------------------------


def documents(folder: Path, capsys: Capture) -> Iterator[tuple[str, Any]]:
    """A document of each command that tells a project."""
    file = save(folder / "p.netloom", broken())
    yield "new", netloom(capsys, "new", "--list", "--json").json
    yield "check", netloom(capsys, "check", file, "--json").json
    file = save(folder / "r.netloom", classifier(), batch_size=2000)
    yield "doctor", netloom(capsys, "doctor", file, "--json").json
    file = save(folder / "q.netloom", classifier())
    yield "summary", netloom(capsys, "summary", file, "--json").json
    yield "layers", netloom(capsys, "layers", "--json").json
    yield "layers", netloom(capsys, "layers", "Conv2d", "--json").json


def test_every_field_of_a_project_is_documented(tmp_path: Path, capsys: Capture) -> None:
    for name, document in documents(tmp_path, capsys):
        assert fields(document) == documented(name), name


@pytest.mark.torch
def test_every_field_of_a_run_is_documented(tmp_path: Path, capsys: Capture) -> None:
    # Given a run that ends, one that fails, and an answer
    file = save(tmp_path / "p.netloom", classifier(), epochs=1, threads=1)
    told = netloom(capsys, "train", file, "--json").events
    runs = netloom(capsys, "runs", file, "--json").json
    np.savez(tmp_path / "new.npz", image=np.zeros((1, 8, 8), "float32"))
    answer = netloom(capsys, "predict", file, tmp_path / "new.npz", "--json").json
    project = Project.load(file)
    project.set_data_choice(DataChoice.read({"source": {"source": "csv", "path": "none.csv"}}))
    project.save()
    told += netloom(capsys, "train", file, "--json").events

    # Then each kind of event has the documented fields, and so have history and answer
    assert {event["event"] for event in told} == set(TRAIN)
    for event in told:
        assert set(event) - {"event", "time"} == documented(
            event["event"], behind="Every line of **train**"
        ), event["event"]
    assert fields(runs) == documented("runs")
    assert fields(answer) == documented("predict") - {"value"}

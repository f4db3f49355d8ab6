"""Every version of the project file that there ever was still opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph_engine import Inference, Project
from graph_engine.errors import ProjectError
from graph_engine.graph import PortRef
from graph_engine.migrations import STEPS, VERSION, migrated

OLD = Path(__file__).parent / "old_projects"


def early() -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((OLD / "version_0.netloom").read_text(encoding="utf-8"))
    return fields


def test_there_is_an_example_of_every_old_version() -> None:
    assert {f"version_{n}" for n in range(VERSION)} == {path.stem for path in OLD.glob("*.netloom")}
    assert len(STEPS) == VERSION


@pytest.mark.parametrize("file", sorted(OLD.glob("*.netloom")), ids=lambda path: path.stem)
def test_an_old_file_opens_whole_and_is_saved_as_a_new_one(file: Path, tmp_path: Path) -> None:
    project = Project.load(file)

    for network in project.networks.values():
        assert Inference(network).is_whole()
    project.save(tmp_path / "p.netloom")
    fields = json.loads((tmp_path / "p.netloom").read_text(encoding="utf-8"))
    assert fields["version"] == VERSION
    assert Project.load(tmp_path / "p.netloom") == project


def test_version_0_listed_wires_by_their_four_names() -> None:
    project = Project.load(OLD / "version_0.netloom")

    assert project.networks["main"].wires[PortRef("both", "x2")] == PortRef("act", "output")
    assert project.blocks["Unit"].wires[PortRef("fc", "input")] == PortRef("x", "output")
    assert len(project.networks["main"].wires) == 5


@pytest.mark.parametrize(
    ("wires", "sentence"),
    [
        ([["features", "output", "unit"]], "networks.main.wires: expected a list of four names"),
        (["features.output"], "expected a list of four names"),
        ([[1, 2, 3, 4]], "expected a list of four names"),
        ([["features", "output", "act", "input"]] * 2, "expected one wire into each input"),
        ([["nobody", "output", "act", "input"]], "the name of a node that is there"),
        ({"act.input": "features.output"}, ""),
    ],
)
def test_a_damaged_old_file_is_refused_like_a_new_one(wires: Any, sentence: str) -> None:
    fields = early()
    fields["networks"]["main"]["wires"] = wires

    if sentence:
        with pytest.raises(ProjectError) as refusal:
            Project.read(json.dumps(fields).encode())
        assert sentence in str(refusal.value)
    else:
        assert Project.read(json.dumps(fields).encode()).networks


@pytest.mark.parametrize("group", [None, [], {"main": 3}, {"main": {"wires": 3}}])
def test_what_a_step_does_not_recognise_is_left_to_the_reader(group: Any) -> None:
    with pytest.raises(ProjectError, match="networks"):
        Project.read(json.dumps(early() | {"networks": group}).encode())


def test_steps_do_not_change_what_they_are_given() -> None:
    fields = early()

    migrated(fields)

    assert fields == early()

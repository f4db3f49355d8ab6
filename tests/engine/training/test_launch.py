"""New runs of projects with and without a file, and what the first save does to them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from graph_engine import NetworkBuilder, edits, templates
from graph_engine.errors import DesignError
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def started(project: Project) -> RunFolder:
    graph = next(iter(project.networks.values()))
    return launch.new_run(project, graph, project.training_recipe())


def test_a_run_of_a_saved_project_lies_beside_its_file(tmp_path: Path) -> None:
    project = templates.new("mlp-wine")
    project.save(tmp_path / "wine.netloom")

    folder = started(project)

    assert folder.path == tmp_path / "wine.runs" / "run-001"
    snapshot = folder.snapshot()
    assert snapshot.recipe == project.training_recipe()
    assert snapshot.data_folder == str(tmp_path)
    compile(snapshot.source, "source.py", "exec")


def test_runs_from_before_the_first_save_move_beside_the_file(tmp_path: Path) -> None:
    project = templates.new("mlp-wine")
    first, second = started(project), started(project)
    assert first.path.is_relative_to(tmp_path), "tests keep out of the person's own state"

    project.save(tmp_path / "wine.netloom")
    renamed = launch.bring_home(project)

    assert renamed == []
    assert launch.history_of(project).names() == ["run-001", "run-002"]
    assert not first.path.exists()
    assert not second.path.exists()
    assert started(project).name == "run-003", "a number is never given twice"


def test_runs_that_meet_others_get_the_next_numbers(tmp_path: Path) -> None:
    other = templates.new("mlp-wine")
    other.save(tmp_path / "wine.netloom")
    started(other)
    project = templates.new("mlp-wine")
    started(project)

    project.save(tmp_path / "wine.netloom")
    renamed = launch.bring_home(project)

    assert renamed == ["run-001 → run-002"]
    assert launch.history_of(project).names() == ["run-001", "run-002"]


def test_a_run_that_is_being_trained_moves_later(tmp_path: Path) -> None:
    project = templates.new("mlp-wine")
    folder = started(project)
    folder.beat(os.getpid())

    project.save(tmp_path / "wine.netloom")
    launch.bring_home(project)

    assert folder.path.exists()
    assert launch.history_of(project).names() == []

    folder.rest()
    reopened = Project.load(tmp_path / "wine.netloom")
    launch.bring_home(reopened)

    assert launch.history_of(reopened).names() == ["run-001"]
    assert not folder.path.exists()


def test_closing_without_saving_throws_the_runs_away() -> None:
    project, other = templates.new("mlp-wine"), templates.new("mlp-wine")
    folder, kept = started(project), started(other)

    launch.discard_unsaved(project, launch.unsaved_folder())

    assert not folder.path.exists()
    assert kept.path.exists()


def test_runs_that_nobody_claimed_are_thrown_away_after_two_weeks() -> None:
    old, new = templates.new("mlp-wine"), templates.new("mlp-wine")
    folder = started(old)
    then = time.time() - launch.FORGOTTEN - 60
    os.utime(folder.path.parent, (then, then))

    launch.discard_unsaved(new, launch.unsaved_folder())

    assert not folder.path.exists()


def test_a_drawing_with_errors_makes_no_run(tmp_path: Path) -> None:
    net = NetworkBuilder("main")
    net.output("y", net.add("Linear", net.input("x", shape=(4,)), out_features=2))
    project = Project("broken", net.graph)
    wire = next(iter(project.networks["main"].wires))
    graph = project.networks["main"]
    graph.apply(edits.disconnect(graph, wire))
    project.save(tmp_path / "broken.netloom")

    with pytest.raises(DesignError):
        started(project)
    assert History.of(tmp_path / "broken.netloom").names() == []

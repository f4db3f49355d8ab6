"""The drawing of a run: kept when it begins, compared later, and put back through plain changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_engine import edits, templates
from graph_engine.errors import TrainingError
from graph_engine.graph import Change, Definition
from graph_engine.layers.base import CATALOGUE
from graph_engine.project import Project
from graph_engine.training import drawing, launch
from graph_engine.training.folder import RunFolder


@pytest.fixture(params=["cnn-digits", "resnet-digits"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    made = templates.new(request.param)
    made.save(tmp_path / "digits.netloom")
    return made


def begun(project: Project) -> RunFolder:
    graph = project.networks["main"]
    return launch.new_run(project, graph, project.training_recipe())


def differing(before: Project, after: Project) -> drawing.Differences:
    return drawing.differences(drawing.Drawn.of(before), drawing.Drawn.of(after), ["main"])


def content(project: Project) -> tuple[list[str], Definition, dict[str, Definition]]:
    """What must be as before; the order of the nodes is that of the network's inputs."""
    graph = project.networks["main"]
    return list(graph.nodes), graph.definition(), dict(project.blocks)


def restore(project: Project, folder: RunFolder) -> list[tuple[str, Change]]:
    then = drawing.drawing_of(folder)
    changes = drawing.restoring(project, then, folder.snapshot())
    for name, change in changes.items():
        project.networks[name].apply(change)
    return list(changes.items())


def test_a_run_keeps_the_project_as_it_was_drawn(project: Project) -> None:
    folder = begun(project)

    then = drawing.drawing_of(folder)

    assert then == project
    assert not differing(then, project)


def test_a_run_without_a_drawing_says_so(project: Project) -> None:
    folder = begun(project)
    folder.drawing.unlink()

    with pytest.raises(TrainingError, match="has not kept its drawing"):
        drawing.drawing_of(folder)


def test_differences_name_what_was_added_removed_and_changed(project: Project) -> None:
    then = drawing.drawing_of(begun(project))
    graph = project.networks["main"]
    nodes = {n: type(node.layer).__name__ for n, node in graph.nodes.items()}
    relu = next(n for n, kind in nodes.items() if kind == "ReLU")
    linear = [n for n, kind in nodes.items() if kind == "Linear"][-1]
    graph.apply(edits.remove(graph, [relu]))
    graph.apply(edits.set_parameter(graph, linear, "bias", False))
    before = set(graph.nodes)
    graph.apply(edits.add(graph, CATALOGUE["Dropout"]()))
    (dropout,) = set(graph.nodes) - before

    found = differing(then, project)

    assert found.added == ((dropout, "Dropout"),)
    assert found.removed == ((relu, "ReLU"),)
    assert found.changed == (drawing.Changed(linear, (("bias", "on", "off"),)),)
    assert found.wires == 1, "what the removed layer fed is fed by what was before it"


def test_moving_and_naming_are_no_differences(project: Project) -> None:
    then = drawing.drawing_of(begun(project))
    graph = project.networks["main"]
    name = next(iter(graph.nodes))
    graph.apply(edits.move(graph, [name], (40.0, 80.0)))
    graph.apply(edits.set_title(graph, name, "The picture"))

    assert not differing(then, project)


def test_recipes_differ_setting_by_setting(project: Project) -> None:
    before = project.training_recipe()
    after = before.with_setting("learning_rate", "0.5").replace(epochs=77)

    found = drawing.recipe_differences(before, after)

    assert {name: now for name, _, now in found} == {"optimizer.lr": "0.5", "epochs": "77"}
    assert not drawing.recipe_differences(before, before)


def test_restoring_brings_nodes_wires_order_and_blocks_back(project: Project) -> None:
    """Given a drawing that lost layers, was grouped into a block and rewired since the run,
    when the run's drawing is put back,
    then it is what it was, node for node and in the same order, and the inverse undoes all of it."""
    was = content(project)
    folder = begun(project)
    graph = project.networks["main"]
    names = graph.in_order()
    graph.apply(edits.group(graph, names[2:4]))
    graph.apply(edits.remove(graph, [graph.in_order()[4]]))
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](out_channels=4, kernel_size=3)))
    edited = content(project)
    assert edited != was

    changes = restore(project, folder)

    assert content(project) == was
    assert not differing(drawing.drawing_of(folder), project)
    for name, change in reversed(changes):
        project.networks[name].apply(change.inverse())
    assert content(project) == edited


def test_restoring_changes_nothing_where_nothing_differs(project: Project) -> None:
    folder = begun(project)
    assert not any(change for _, change in restore(project, folder))


def test_a_network_that_is_gone_is_not_restored(project: Project) -> None:
    folder = begun(project)
    then = drawing.drawing_of(folder)
    project.networks["other"] = project.networks.pop("main")

    with pytest.raises(TrainingError, match="no network called `main`"):
        drawing.restoring(project, then, folder.snapshot())

"""The designs that come with the program: sound, well laid out, explained, and able to learn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from graph_engine import Graph, Inference, Project, generate_source, templates
from graph_engine.errors import ProjectError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "templates"
NODE = (150.0, 80.0)


def graphs(project: Project) -> list[Graph]:
    inside = [Graph.opened(block, project.blocks) for block in project.blocks.values()]
    return [*project.networks.values(), *inside]


def test_they_come_in_teaching_order_with_a_line_each() -> None:
    described = dict(templates.described())

    assert list(described) == templates.names()
    assert templates.names() == [
        "perceptron-iris",
        "mlp-wine",
        "cnn-digits",
        "lstm-digits",
        "resnet-digits",
        "regression-diabetes",
    ]
    for line in described.values():
        assert re.fullmatch(r"[A-Z].{20,90}\.", line)


@pytest.mark.parametrize("name", templates.names())
def test_each_opens_without_problems_and_with_data_and_recipe(name: str) -> None:
    project = templates.new(name)

    assert project.name == name
    assert project.path is None
    assert [p.sentence for p in Inference(project.networks["main"]).problems()] == []
    assert generate_source(project.networks["main"]).count("class Network(nn.Module)") == 1
    assert project.data_choice().source.key == "builtin"
    assert project.training_recipe().epochs > 0


@pytest.mark.parametrize("name", templates.names())
def test_each_is_laid_out_from_left_to_right_without_overlap(name: str) -> None:
    for graph in graphs(templates.new(name)):
        for target, source in graph.wires.items():
            assert graph.nodes[source.node].position[0] < graph.nodes[target.node].position[0]
        boxes = [(node.position, NODE) for node in graph.nodes.values()]
        boxes += [(note.position, note.size) for note in graph.notes.values()]
        for ((ax, ay), (aw, ah)), ((bx, by), (bw, bh)) in combinations(boxes, 2):
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


@pytest.mark.parametrize("name", templates.names())
def test_each_has_a_note_that_speaks_of_what_is_there(name: str) -> None:
    for graph in graphs(templates.new(name)):
        (note,) = graph.notes.values()
        words = set(re.findall(r"`([a-z0-9_]+)`", note.text))
        kinds = {p for node in graph.nodes.values() for p in node.layer.parameters()}

        assert words <= set(graph.nodes) | kinds | {"pool", "seed"}
        assert words


def test_the_files_are_what_the_script_draws(tmp_path: Path) -> None:
    script = (
        "import runpy, sys; from pathlib import Path; "
        "runpy.run_path(sys.argv[1])['build'](Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(FOLDER / "build.py"), str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    drawn = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    shipped = {p.name: p.read_text(encoding="utf-8") for p in FOLDER.glob("*.netloom")}
    assert drawn == shipped
    for name, text in shipped.items():
        assert json.loads(text)["name"] == name.removesuffix(".netloom")


def test_another_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ProjectError, match=r"Did you mean cnn-digits\?"):
        templates.new("cnn-digit")
    with pytest.raises(ProjectError, match="There are perceptron-iris"):
        templates.new("../../etc/passwd")


LEARNS = {
    "perceptron-iris": ("test_accuracy", 0.90),
    "mlp-wine": ("test_accuracy", 0.88),
    "cnn-digits": ("test_accuracy", 0.98),
    "lstm-digits": ("test_accuracy", 0.96),
    "resnet-digits": ("test_accuracy", 0.985),
    "regression-diabetes": ("test_r2", 0.33),
}


@pytest.mark.torch
@pytest.mark.parametrize("name", LEARNS)
def test_each_learns_what_it_promises(name: str) -> None:
    import torch

    from graph_engine import compile_graph
    from graph_engine.data.choice import prepare
    from graph_engine.training.loop import train

    project = templates.new(name)
    network = project.networks["main"]
    recipe = project.training_recipe().replace(threads=1, device="cpu")
    inputs = [n for n, node in network.nodes.items() if type(node.layer).__name__ == "Input"]
    torch.manual_seed(recipe.seed)

    outcome = train(compile_graph(network), recipe, prepare(project.data_choice(), None, inputs))

    metric, least = LEARNS[name]
    assert outcome.metrics[metric] >= least

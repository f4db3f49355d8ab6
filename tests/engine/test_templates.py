"""The designs that come with the program: sound, well laid out, explained, and able to learn."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import pytest

from graph_engine import Graph, Inference, Project, generate_source, templates
from graph_engine.errors import ProjectError
from graph_engine.layers.inputs import Input
from graph_engine.training import measures
from graph_engine.training.procedure_choices import PROCEDURES
from graph_engine.training.recipe import Recipe

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "templates"
HELP = ROOT / "resources" / "help" / "templates"
NODE = (150.0, 80.0)
VARYING = 16
"""What a size that varies is in a try."""

PARTS = ["What it is", "Look at", "Try", "Paper"]
CATALOGUE = templates.catalogue()


def graphs(project: Project) -> list[Graph]:
    inside = [Graph.opened(block, project.blocks) for block in project.blocks.values()]
    return [*project.networks.values(), *inside]


# The catalogue -----------------------------------------------------------------------------------


def test_every_design_has_its_place_in_the_catalogue() -> None:
    shipped = {path.stem for path in FOLDER.glob("*.netloom")}
    rows = json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))["templates"]

    assert {row["name"] for row in rows} == shipped
    assert len(rows) == len(shipped)
    assert templates.names() == [row["name"] for row in rows]


def test_families_follow_one_another_in_teaching_order() -> None:
    found = [family for family, _ in groupby(CATALOGUE.values(), lambda entry: entry.family)]

    assert found == [family for family in templates.families() if family in found]


@pytest.mark.parametrize("name", templates.names())
def test_an_entry_says_all_that_a_list_needs(name: str) -> None:
    entry = CATALOGUE[name]

    assert entry.title[0].isupper()
    assert entry.data
    assert re.search(r", (1[89]|20)\d\d$", entry.paper)
    assert entry.direction in ("at least", "at most")
    assert 0 < entry.within <= 180
    assert all(row.get("network", "main") in templates.new(name).networks or not row.get("network")
               for row in entry.runs.values())  # fmt: skip


@pytest.mark.parametrize("name", templates.names())
def test_its_figure_is_measured_by_a_run_or_by_an_evaluator(name: str) -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*evaluators.py"))
    evaluators = set(re.findall(r"^@evaluator\s*\ndef (\w+)", text, re.MULTILINE))
    known = {metric for task in measures.METRICS.values() for metric in task} | {"loss"}
    entry = CATALOGUE[name]

    for metric in (entry.metric, *entry.beside):
        assert (
            metric in evaluators
            or metric.removeprefix("test_") in known
            or metric.startswith("test_")
            or f'"{metric}"' in text
        )


def test_each_has_a_line_of_description() -> None:
    described = dict(templates.described())

    assert list(described) == templates.names()
    for line in described.values():
        assert re.fullmatch(r"[A-Z0-9].{20,98}\.", line), line


# The drawings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", templates.names())
def test_each_opens_without_problems_and_with_data_and_recipe(name: str) -> None:
    project = templates.new(name)

    assert project.name == name
    assert project.path is None
    for network in project.networks.values():
        assert [p.sentence for p in Inference(network).problems()] == []
        assert generate_source(network)
    assert project.data_choice().source.key
    assert project.training_recipe().epochs > 0


@pytest.mark.parametrize("name", templates.names())
def test_each_is_laid_out_from_left_to_right_without_overlap(name: str) -> None:
    for graph in graphs(templates.new(name)):
        for target, source in graph.wires.items():
            (ax, ay), (bx, by) = (graph.nodes[n].position for n in (source.node, target.node))
            assert ax < bx or abs(ay - by) > NODE[1], f"{source.node} → {target.node}"
        boxes = [(node.position, NODE) for node in graph.nodes.values()]
        boxes += [(note.position, note.size) for note in graph.notes.values()]
        for ((ax, ay), (aw, ah)), ((bx, by), (bw, bh)) in combinations(boxes, 2):
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


@pytest.mark.parametrize("name", templates.names())
def test_each_has_a_note_that_speaks_of_what_is_there(name: str) -> None:
    project = templates.new(name)
    known = {*project.networks, *project.blocks, *Recipe.parameters()}
    known |= set(project.data_choice().parameters()) | set(PROCEDURES)
    known |= {p for choice in PROCEDURES.values() for p in choice.parameters()}
    known |= {metric for task in measures.METRICS.values() for metric in task}
    known |= set(CATALOGUE[name].metric.split("_"))
    for graph in graphs(project):
        words = {w for n in graph.notes.values() for w in re.findall(r"`([a-z0-9_]+)`", n.text)}
        kinds = {p for node in graph.nodes.values() for p in node.layer.parameters()}

        assert words <= set(graph.nodes) | kinds | known | {"pool"}
        assert graph.notes


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
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shipped = {path.name: path.read_bytes() for path in FOLDER.glob("*.netloom")}
    assert drawn.keys() == shipped.keys()
    assert [name for name in drawn if drawn[name] != shipped[name]] == []
    for name, text in shipped.items():
        assert json.loads(text)["name"] == name.removesuffix(".netloom")


def test_another_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ProjectError, match=r"Did you mean cnn-digits\?"):
        templates.new("cnn-digit")
    with pytest.raises(ProjectError, match=f"There are {templates.names()[0]}"):
        templates.new("../../etc/passwd")


# What is told of them ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", templates.names())
def test_each_has_a_page_of_help_with_three_experiments(name: str) -> None:
    text = templates.help_text(name)
    parts = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))

    assert re.match(r"# [^\n]+\n", text)
    assert list(parts) == PARTS
    assert re.findall(r"^(\d)\. ", parts["Try"], re.MULTILINE) == ["1", "2", "3"]
    assert re.search(r"\b(1[89]|20)\d\d\b", parts["Paper"])
    assert 100 < len(text.split()) <= 360


def test_the_table_of_results_is_what_the_script_makes_of_them() -> None:
    from resources.templates import measure

    results: dict[str, Any] = json.loads(measure.RESULTS.read_text(encoding="utf-8"))

    assert measure.PAGE.read_text(encoding="utf-8") == measure.page(results)
    assert list(results) == list(templates.names())
    for name, rows in results.items():
        assert [row["run"] for row in rows] == list(templates.catalogue()[name].runs or {"": {}})
        for row in rows:
            assert len(row["figures"]) == len(row["seconds"]) == 3
            assert row["reached"] is all(measure.reaches(row, each) for each in row["figures"])
            assert row["reached"], f"{name} {row['run']} falls short of what the catalogue promises"


@pytest.mark.parametrize(
    ("figures", "direction", "reached"),
    [
        ([0.97], "at least", True),
        ([0.97, 0.94], "at least", False),
        ([0.94], "at most", True),
        ([0.97], "at most", False),
        ([None], "diverges", True),
        ([0.5], "diverges", False),
        ([None], "at least", False),
    ],
)
def test_what_was_promised_is_held_by_every_seed(
    figures: list[float | None], direction: str, reached: bool
) -> None:
    from resources.templates import measure

    row = {"target": 0.95, "direction": direction}
    assert all(measure.reaches(row, each) for each in figures) == reached


# Training ----------------------------------------------------------------------------------------

ALONE = """
import json, sys, importlib.abc
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


class Refusing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("graph_engine", "app", "resources"):
            raise ImportError(f"the source reached for {name}")


sys.meta_path.insert(0, Refusing())
import torch

torch.set_num_threads(1)
for row in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    space = {"__name__": "drawn"}
    try:
        exec(compile(row["source"], row["name"], "exec"), space)
        module = space[row["class"]]().eval()
        inputs = [torch.zeros(2, *s, dtype=getattr(torch, kind)) for s, kind in row["inputs"]]
        with torch.no_grad():
            module(*inputs)
    except Exception as error:
        raise SystemExit(f"{row['name']}: {type(error).__name__}: {error}")
print("all of them")
"""


@pytest.mark.torch
def test_the_source_of_each_runs_with_torch_alone(tmp_path: Path) -> None:
    # given the source of every network
    rows = []
    for name in templates.names():
        for network in templates.new(name).networks.values():
            text = generate_source(network)
            layers = [node.layer for node in network.nodes.values()]
            inputs = [
                ([s if isinstance(s, int) else VARYING for s in layer.shape], layer.dtype)
                for layer in layers
                if isinstance(layer, Input)
            ]
            classes = re.findall(r"^class (\w+)\(nn\.Module\)", text, re.MULTILINE)
            rows.append(
                {
                    "name": f"{name}/{network.name}",
                    "source": text,
                    "class": classes[-1],
                    "inputs": inputs,
                }
            )
    told = tmp_path / "sources.json"
    told.write_text(json.dumps(rows), encoding="utf-8")

    # when an interpreter runs them that cannot import Netloom
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(told)],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=200,
    )  # fmt: skip

    # then all of them answer
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all of them\n"


def brief(recipe: Recipe) -> Recipe:
    """A recipe whose procedure spends little on what comes before its first step."""
    recipe = recipe.replace(threads=1, device="cpu", epochs=1)
    if recipe.procedure is None or "pretraining_epochs" not in recipe.procedure.parameters():
        return recipe
    return recipe.replace(procedure=recipe.procedure.replace(pretraining_epochs=1))


def trained(name: str, recipe: Recipe, steps: int | None = None) -> Any:
    """A run in this process, by the way that a worker goes."""
    import torch

    from graph_engine.data.choice import prepare
    from graph_engine.training.building import build
    from graph_engine.training.launch import snapshot_of
    from graph_engine.training.loop import train
    from tests.engine.training.small import after_steps

    project = templates.new(name)
    network = project.networks.get("main") or next(iter(project.networks.values()))
    snapshot = snapshot_of(project, network, recipe)
    torch.manual_seed(recipe.seed)
    stop = after_steps(steps) if steps else lambda: False
    data = prepare(project.data_choice(), None, snapshot.inputs)
    return train(build(snapshot), recipe, data, stop=stop)


@pytest.mark.torch
@pytest.mark.parametrize("name", templates.names())
def test_each_begins_to_train(name: str) -> None:
    outcome = trained(name, brief(templates.new(name).training_recipe()), steps=4)

    assert outcome.step >= 1


QUICKEST = ("logic-gates", "rosenblatt-iris", "perceptron-iris")


@pytest.mark.torch
@pytest.mark.parametrize("name", QUICKEST)
def test_the_quickest_reach_what_they_promise(name: str) -> None:
    recipe = templates.new(name).training_recipe().replace(threads=1, device="cpu")

    outcome = trained(name, recipe)

    assert outcome.metrics[CATALOGUE[name].metric] >= CATALOGUE[name].target

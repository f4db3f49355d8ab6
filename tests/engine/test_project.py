"""Project files: what they look like, that nothing is lost in them, and how a wrong one is refused."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph_engine import Change, Inference, NetworkBuilder, Project, generate_source, templates
from graph_engine.errors import DatasetError, ParameterError, ProjectError, ShapeError
from graph_engine.graph import PortRef
from graph_engine.layers import CATALOGUE
from graph_engine.layers.unknown import Unknown
from graph_engine.serial import layer_from_dict, layer_to_dict
from tests.engine.whole_project import everything, with_news

SOUND = everything().text()


def difference(before: str, after: str) -> list[str]:
    """The lines that git would show."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in found if line[:2] not in ("--", "++", "@@")]


# What is in a file -------------------------------------------------------------------------------


def test_nothing_is_lost(tmp_path: Path) -> None:
    project = everything()

    project.save(tmp_path / "p.netloom")
    found = Project.load(tmp_path / "p.netloom")

    assert found == project
    assert found.path == tmp_path / "p.netloom"
    assert found.networks["main"].blocks is not None
    assert list(found.networks["main"].nodes) == list(project.networks["main"].nodes)
    assert generate_source(found.networks["main"]) == generate_source(project.networks["main"])
    assert found.text() == project.text()


def test_networks_share_the_blocks_of_their_project() -> None:
    project = Project.read(SOUND.encode())
    other = NetworkBuilder("critic", project.blocks)
    other.output("y", other.add("Unit", other.input("x", (8, 8, 8)), width=8))

    project.add(other.graph)
    block = project.blocks["Unit"]
    renamed = replace(block, name="Unit", extra='{"mark": 1}')
    project.networks["main"].apply(Change({"blocks": {"Unit": (block, renamed)}}))

    assert project.networks["critic"].blocks["Unit"] is renamed
    assert project.blocks["Unit"] is renamed


def test_a_network_drawn_apart_brings_its_blocks_along() -> None:
    net = NetworkBuilder("main")
    block = net.block("Unit")
    block.output("y", block.add("ReLU", block.input("x", (3,))))
    block.done()
    net.output("y", net.add("Unit", net.input("x", (3,))))
    project = Project("p", NetworkBuilder("other").graph)

    project.networks["main"] = net.graph

    assert "Unit" in Project.read(project.text().encode()).blocks


def test_two_blocks_of_one_name_are_not_mixed_up() -> None:
    def drawn(kind: str, network: str) -> NetworkBuilder:
        net = NetworkBuilder(network)
        block = net.block("Unit")
        block.output("y", block.add(kind, block.input("x", (3,))))
        block.done()
        return net

    project = Project("p", drawn("ReLU", "a").graph)

    with pytest.raises(ProjectError, match="block `Unit` that differs"):
        project.add(drawn("Tanh", "b").graph)
    with pytest.raises(ProjectError, match="called `a` already"):
        project.add(drawn("ReLU", "a").graph)


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.__name__)
def test_every_layer_survives_in_every_configuration_that_it_shows(kind: type[Any]) -> None:
    for example in kind.examples:
        layer = kind(**example.parameters)

        saved = json.loads(json.dumps(layer_to_dict(layer)))

        assert layer_from_dict(saved) == layer


def test_only_what_differs_from_the_defaults_is_written() -> None:
    net = NetworkBuilder("main")
    x = net.add("Conv2d", net.input("image", (1, 8, 8)), out_channels=6, kernel_size=(5, 5))
    net.output("y", net.add("Conv2d", x, kernel_size=(3, 5), name="wide"))

    nodes = json.loads(Project("p", net.graph).text())["networks"]["main"]["nodes"]

    assert nodes["conv1"]["parameters"] == {"out_channels": 6, "kernel_size": 5}
    assert nodes["wide"]["parameters"] == {"kernel_size": [3, 5]}
    assert nodes["image"] == {"layer": "Input", "parameters": {"shape": [1, 8, 8]}}


def test_records_of_data_and_training_are_kept_small_and_checked_when_asked_for() -> None:
    project = templates.new("cnn-digits")
    choice, recipe = project.data_choice(), project.training_recipe()

    project.set_data_choice(choice.replace(seed=3))
    project.set_training_recipe(recipe.replace(epochs=7))

    assert project.data["seed"] == 3
    assert project.recipe["epochs"] == 7
    assert "shuffle" not in project.recipe
    assert project.data_choice() == choice.replace(seed=3)
    assert project.training_recipe() == recipe.replace(epochs=7)
    project.recipe, project.data = {"epochs": 0}, {"source": "nowhere"}
    with pytest.raises(ParameterError, match="epochs"):
        project.training_recipe()
    with pytest.raises(DatasetError, match="nowhere"):
        project.data_choice()


# Made for git ------------------------------------------------------------------------------------


def test_the_text_is_readable_and_ends_its_last_line() -> None:
    project = everything()

    text = project.text()

    assert text.startswith('{\n  "format": "netloom",\n  "version": 1,\n  "readable_by": 1,\n')
    assert text.endswith("}\n")
    assert "\r" not in text
    assert "Flat ▸ “512”" in text
    lines = [line.strip() for line in text.splitlines()]
    graphs = [*project.blocks.values(), *(n.definition() for n in project.networks.values())]
    nodes = [line for line in lines if '": {"layer": "' in line]
    assert len(nodes) == sum(len(graph.nodes) for graph in graphs)
    assert all(line.count('"layer"') == 1 for line in nodes)
    assert '"pairs.x": "conv1.output",' in lines


def test_moving_a_node_changes_one_line() -> None:
    project = Project.read(SOUND.encode())
    graph = project.networks["main"]
    node = graph.nodes["lstm"]

    graph.apply(Change({"nodes": {"lstm": (node, replace(node, position=(12.5, -7.0)))}}))

    lines = difference(SOUND, project.text())
    assert [line[0] for line in lines] == ["-", "+"]
    assert lines[1].endswith('"position": [12.5, -7]},')


def test_setting_a_parameter_changes_one_line() -> None:
    project = Project.read(SOUND.encode())
    graph = project.networks["main"]
    node = graph.nodes["lstm"]
    layer = node.layer.replace(hidden_size=9)

    graph.apply(Change({"nodes": {"lstm": (node, replace(node, layer=layer))}}))

    assert [line[0] for line in difference(SOUND, project.text())] == ["-", "+"]


def test_taking_a_node_out_and_undoing_it_changes_nothing() -> None:
    project = Project.read(SOUND.encode())
    graph = project.networks["main"]
    change = Change(
        {
            "nodes": {"lstm": (graph.nodes["lstm"], None)},
            "wires": {
                key: (source, None)
                for key, source in graph.wires.items()
                if "lstm" in (key.node, source.node)
            },
        }
    )

    graph.apply(change)
    graph.apply(change.inverse())

    assert project.text() == SOUND


def test_wiring_an_input_again_changes_one_line() -> None:
    project = Project.read(SOUND.encode())
    graph = project.networks["main"]
    key = PortRef("product", "x2")
    wire = {key: (graph.wires[key], None)}

    graph.apply(Change({"wires": wire}))
    graph.apply(Change({"wires": {key: (None, PortRef("shared1", "output"))}}))

    assert difference(SOUND, project.text()) == [
        '-        "product.x2": "shared2.output",',
        '+        "product.x2": "shared1.output",',
    ]


def test_a_file_of_another_line_end_or_with_a_mark_is_the_same_project() -> None:
    windows = b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()

    assert Project.read(windows).text() == SOUND


# What this version does not know -----------------------------------------------------------------


@pytest.fixture
def newer() -> Project:
    """A project of a newer version that this one can read."""
    return Project.read(json.dumps(with_news(json.loads(SOUND))).encode())


def test_what_a_newer_version_wrote_survives_a_save(newer: Project) -> None:
    text = newer.text()
    again = Project.read(text.encode())
    fields = json.loads(text)
    main = fields["networks"]["main"]

    assert again.text() == text
    assert fields["version"] == 2
    assert fields["later"] == {"a": [1, 2]}
    assert main["nodes"]["image"]["glow"] == {"radius": 3}
    assert main["notes"]["note1"]["pinned"] is True
    assert main["lanes"] == {"lane1": {"height": 3}}
    assert main["nodes"]["hologram1"] == {
        "layer": "Hologram",
        "version": 3,
        "parameters": {"depth": [1, 2.5]},
    }


def test_what_it_wrote_stays_with_the_node_through_edits(newer: Project) -> None:
    graph = newer.networks["main"]
    node = graph.nodes["image"]

    graph.apply(Change({"nodes": {"image": (node, replace(node, position=(1.0, 2.0)))}}))

    fields = json.loads(newer.text())
    assert fields["networks"]["main"]["nodes"]["image"]["glow"] == {"radius": 3}


def test_an_unknown_layer_is_a_placeholder_with_the_ports_of_its_wires(newer: Project) -> None:
    graph = newer.networks["main"]

    problem = next(p for p in Inference(graph).problems() if p.node == "hologram1")

    assert isinstance(graph.nodes["hologram1"].layer, Unknown)
    assert [port.name for port in graph.ports_in("hologram1")] == ["beam"]
    assert graph.ports_out("hologram1") == ()
    assert (
        "is of the type 'Hologram', which this version of Netloom does not know" in problem.sentence
    )


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        (
            {"layer": "Conv2d", "parameters": {"sparkle": 1}},
            "sets 'sparkle', which Conv2d does not",
        ),
        ({"layer": "Conv2d", "version": 2}, "a newer version of the layer Conv2d"),
        ({"layer": "plugin.Fancy"}, "'plugin.Fancy', which this version of Netloom does not know"),
    ],
)
def test_a_layer_that_cannot_be_understood_says_why_and_is_saved_as_it_came(
    saved: dict[str, Any], sentence: str
) -> None:
    layer = layer_from_dict(saved)

    assert layer_to_dict(layer) == saved
    with pytest.raises(ShapeError) as refusal:
        layer.infer()
    assert sentence in str(refusal.value)

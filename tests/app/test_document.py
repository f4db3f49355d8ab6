"""A document: every change with its undo, what is shown, and blocks edited from the inside."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document, Scope
from app.start import has_screen, wants_window
from graph_engine import NetworkBuilder, PortRef, edits
from graph_engine.errors import DesignError
from graph_engine.layers import CATALOGUE
from graph_engine.project import Project


def with_block() -> Project:
    """Two networks that use one block; the first twice."""
    net = NetworkBuilder("main")
    block = net.block("Unit")
    x = block.input("x", shape=(8,))
    block.output("y", block.add("Linear", x, out_features=8, name="fc"))
    block.done()
    x = net.input("image", shape=(8,))
    net.output("z", net.add("Unit", net.add("Unit", x)))
    other = NetworkBuilder("critic", dict(net.graph.blocks))
    other.output("score", other.add("Unit", other.input("image", shape=(8,))))
    return Project("two", net.graph, other.graph)


def test_an_edit_is_one_step_that_can_be_undone(document: Document, qtbot: QtBot) -> None:
    before = document.project.text()

    with qtbot.waitSignal(document.inferred):
        document.do(
            "Set kernel_size", edits.set_parameter(document.graph, "conv1", "kernel_size", 5)
        )

    assert document.undo.undoText() == "Set kernel_size"
    assert document.is_modified
    assert document.inference.type_at(PortRef("conv1", "output")).shape[1:] == (32, 6, 6)  # type: ignore[union-attr]
    document.undo.undo()
    assert document.project.text() == before
    assert not document.is_modified


def test_a_change_that_changes_nothing_is_no_step(document: Document) -> None:
    document.do("Set kernel_size", edits.set_parameter(document.graph, "conv1", "kernel_size", 3))

    assert document.undo.count() == 0


def test_a_refused_edit_leaves_everything(document: Document) -> None:
    before = document.project.text()

    with pytest.raises(DesignError):
        document.do(
            "Connect",
            edits.connect(document.graph, PortRef("linear1", "output"), PortRef("conv1", "input")),
        )

    assert document.project.text() == before
    assert document.undo.count() == 0


def test_editing_a_block_changes_every_use(qapp: QApplication) -> None:
    document = Document(with_block())
    before = document.project.text()
    document.enter("Unit")

    document.do("Rename", edits.rename(document.graph, "x", "features"))
    document.do("Add", edits.add(document.graph, CATALOGUE["ReLU"](), after="fc"))

    assert document.scope == Scope("main", ("Unit",))
    for network in document.project.networks.values():
        for name in network.nodes:
            if name.startswith("unit"):
                assert list(network.incoming(name)) == ["features"]
    assert "relu1" in document.project.blocks["Unit"].nodes

    document.leave()
    assert document.inference.problems() == []
    document.undo.undo()
    document.undo.undo()
    assert document.project.text() == before
    document.undo.redo()
    document.undo.redo()
    assert "features" in document.project.blocks["Unit"].nodes
    document.deleteLater()


def test_wires_that_only_together_close_a_circle_are_refused_as_a_whole(qapp: QApplication) -> None:
    # Given c → a, and two wires each of which may be drawn
    net = NetworkBuilder("main")
    c = net.add("Linear", out_features=4, name="c")
    net.add("Linear", c, out_features=4, name="a")
    net.add("ReLU", name="b")
    document = Document(Project("circle", net.graph))
    wires = [edits.connect_nodes(document.graph, *pair) for pair in (("a", "b"), ("b", "c"))]
    before = document.project.text()

    # When both are drawn in one step
    with pytest.raises(DesignError, match="circle"):
        document.do("Connect", wires[0].then(wires[1]))

    # Then there is no such step, and the document goes on as before
    assert (document.undo.count(), document.project.text()) == (0, before)
    document.do("Connect", wires[0])
    document.undo.undo()
    assert document.project.text() == before
    document.deleteLater()


def test_undo_shows_where_the_change_was(qapp: QApplication) -> None:
    document = Document(with_block())
    document.enter("Unit")
    document.do("Add", edits.add(document.graph, CATALOGUE["ReLU"](), after="fc"))
    document.leave()

    document.undo.undo()

    assert document.scope.block == "Unit"
    assert "relu1" not in document.graph.nodes
    document.deleteLater()


def test_showing_another_graph_lets_go_of_the_selection(qapp: QApplication) -> None:
    document = Document(with_block())
    document.selection.set(["unit1"])

    document.show(Scope("critic"))

    assert document.graph.name == "critic"
    assert document.selection.names == ()
    document.deleteLater()


def test_saving_makes_the_document_clean(document: Document, tmp_path: Path, qtbot: QtBot) -> None:
    document.do("Mute", edits.set_muted(document.graph, ["relu1"], True))

    with qtbot.waitSignal(document.path_changed):
        document.save(tmp_path / "p.netloom")

    assert not document.is_modified
    assert document.title == "p"
    assert Project.load(tmp_path / "p.netloom").text() == document.project.text()


@pytest.mark.parametrize(
    ("arguments", "environment", "window"),
    [
        ([], {"DISPLAY": ":0"}, True),
        (["a.netloom"], {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ([], {}, False),
        (["check", "a.netloom"], {"DISPLAY": ":0"}, False),
        (["--help"], {"DISPLAY": ":0"}, False),
    ],
)
def test_what_opens_the_window(
    arguments: list[str], environment: dict[str, str], window: bool
) -> None:
    assert wants_window(arguments, environment, "linux") is window
    assert has_screen({}, "darwin")


def test_the_recipe_is_undone_like_the_drawing(document: Document) -> None:
    told: list[frozenset[str]] = []
    document.settled.connect(told.append)

    document.settle("Set epochs", recipe={"epochs": 3})
    document.settle("Choose data", data={"validation": 0.2})

    assert document.project.recipe == {"epochs": 3}
    was_modified = document.is_modified
    assert was_modified
    document.undo.undo()
    document.undo.undo()
    assert (document.project.recipe, document.project.data) == ({}, {})
    assert not document.is_modified
    document.undo.redo()
    assert document.project.recipe == {"epochs": 3}
    assert told == [{"recipe"}, {"data"}, {"data"}, {"recipe"}, {"recipe"}]


def test_typing_into_a_field_of_the_recipe_is_one_step(document: Document) -> None:
    for epochs in (1, 12, 120):
        document.settle("Set epochs", "epochs 1", recipe={"epochs": epochs})

    assert document.undo.count() == 1
    document.undo.undo()
    assert document.project.recipe == {}


def test_typing_that_ends_where_it_began_is_no_step(document: Document) -> None:
    document.settle("Set epochs", "epochs 1", recipe={"epochs": 1})
    document.settle("Set epochs", "epochs 1", recipe={})

    assert document.undo.count() == 0
    assert not document.is_modified


def test_what_was_saved_is_not_changed_by_going_on_typing(
    document: Document, tmp_path: Path
) -> None:
    document.settle("Set epochs", "epochs 1", recipe={"epochs": 1})
    document.save(tmp_path / "net.netloom")

    document.settle("Set epochs", "epochs 1", recipe={"epochs": 12})

    assert document.is_modified
    assert document.undo.count() == 2
    document.undo.undo()
    assert document.project.recipe == {"epochs": 1}
    assert not document.is_modified


def test_leaving_a_block_selects_an_instance_of_it(document: Document) -> None:
    document.do("Group", edits.group(document.graph, ["relu1", "max_pool1"]))
    (instance,) = set(document.graph.nodes) - {"image", "conv1", "flatten1", "linear1", "logits"}
    document.selection.clear()
    document.enter("block1")

    document.leave()

    assert document.selection.names == (instance,)
    document.leave()
    assert document.selection.names == (instance,)

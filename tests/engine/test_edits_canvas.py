"""Places, notes, frames and what a layout writes: nothing that a network computes."""

from __future__ import annotations

import pytest

from graph_engine import edits
from graph_engine.errors import DesignError
from graph_engine.graph import Frame, Graph, Note
from tests.engine.drawing import cnn, ref, residual

NAMES = ["conv1", "relu1", "pool"]
SIZES = {"conv1": (100.0, 40.0), "relu1": (60.0, 20.0), "pool": (80.0, 30.0)}


def placed() -> Graph:
    graph = cnn()
    places = {"conv1": (0.0, 0.0), "relu1": (50.0, 30.0), "pool": (400.0, -10.0)}
    graph.apply(edits.place(graph, places))
    return graph


def xs(graph: Graph) -> list[float]:
    return [graph.nodes[name].position[0] for name in NAMES]


def ys(graph: Graph) -> list[float]:
    return [graph.nodes[name].position[1] for name in NAMES]


def test_nodes_notes_and_frames_move_together_and_inner_bends_come_along() -> None:
    graph = placed()
    graph.apply(edits.add_note(graph, "look", (10.0, 10.0)))
    graph.apply(edits.add_frame(graph, "stem", (0.0, 0.0), (100.0, 100.0)))
    for port in ("relu1.input", "pool.input"):
        graph.apply(edits.set_route(graph, ref(port), [(5.0, 5.0)]))

    change = edits.move(graph, ["conv1", "relu1"], (1.0, 2.0), notes=["note1"], frames=["frame1"])
    graph.apply(change)

    assert xs(graph) == [1.0, 51.0, 400.0]
    assert graph.notes["note1"].position == (11.0, 12.0)
    assert graph.frames["frame1"].position == (1.0, 2.0)
    assert graph.routes == {ref("relu1.input"): ((6.0, 7.0),), ref("pool.input"): ((5.0, 5.0),)}
    assert not edits.move(graph, ["conv1"], (0.0, 0.0))
    assert edits.move(graph, [], (1.0, 0.0), notes=["note1"])


def test_what_is_too_far_away_is_no_place() -> None:
    for by in ((float("nan"), 0.0), (2e9, 0.0)):
        with pytest.raises(DesignError, match="coordinates"):
            edits.move(cnn(), ["conv1"], by)
    with pytest.raises(DesignError, match="no note `ghost`"):
        edits.move(cnn(), ["conv1"], (1.0, 1.0), notes=["ghost"])


def test_a_drag_is_one_change_from_beginning_to_end() -> None:
    graph = placed()
    gesture = edits.move(graph, NAMES, (0.0, 0.0))
    for _ in range(5):
        step = edits.move(graph, NAMES, (2.0, 1.0))
        graph.apply(step)
        gesture = gesture.then(step)

    graph.apply(gesture.inverse())

    assert xs(graph) == xs(placed())


def test_a_layout_writes_places_and_routes() -> None:
    graph = placed()
    routes = {ref("relu1.input"): ((1.0, 1.0),), ref("ghost.input"): ((2.0, 2.0),)}

    graph.apply(edits.place(graph, {"conv1": (7.0, 8.0)}, routes))

    assert graph.nodes["conv1"].position == (7.0, 8.0)
    assert graph.routes == {ref("relu1.input"): ((1.0, 1.0),)}


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("left", [0.0, 0.0, 0.0]),
        ("center", [190.0, 210.0, 200.0]),
        ("right", [380.0, 420.0, 400.0]),
    ],
)
def test_nodes_are_aligned_across(edge: edits.Edge, expected: list[float]) -> None:
    graph = placed()
    before = ys(graph)

    graph.apply(edits.align(graph, NAMES, edge, SIZES))

    assert xs(graph) == expected
    assert ys(graph) == before


@pytest.mark.parametrize(
    ("edge", "expected"),
    [("top", [-10.0] * 3), ("middle", [0.0, 10.0, 5.0]), ("bottom", [10.0, 30.0, 20.0])],
)
def test_nodes_are_aligned_along(edge: edits.Edge, expected: list[float]) -> None:
    graph = placed()

    graph.apply(edits.align(graph, NAMES, edge, SIZES))

    assert ys(graph) == expected


def test_nodes_are_distributed_with_equal_gaps() -> None:
    graph = placed()
    graph.apply(edits.distribute(graph, NAMES, "x", SIZES))
    assert xs(graph) == [0.0, 220.0, 400.0]

    points = placed()
    points.apply(edits.distribute(points, NAMES, "y"))
    assert ys(points) == [10.0, 30.0, -10.0]
    assert not edits.distribute(points, ["conv1"], "x")


def test_a_chain_is_straightened_and_a_branch_keeps_its_line() -> None:
    graph = residual()
    heights = {"image": 0.0, "conv1": 7.0, "relu1": -3.0, "conv2": 90.0, "add1": 4.0}
    graph.apply(edits.place(graph, {n: (10.0 * i, y) for i, (n, y) in enumerate(heights.items())}))

    graph.apply(edits.straighten(graph, list(heights)))

    found = {name: graph.nodes[name].position[1] for name in heights}
    assert found == {"image": 0.0, "conv1": 0.0, "relu1": 0.0, "conv2": 0.0, "add1": 0.0}
    assert [graph.nodes[name].position[0] for name in heights] == [0.0, 10.0, 20.0, 30.0, 40.0]


# Notes and frames --------------------------------------------------------------------------------


def test_a_note_is_written_changed_and_thrown_away() -> None:
    graph = cnn()
    graph.apply(
        edits.add_note(graph, "**why** 3×3?", (1.0, 2.0), size=(90.0, 40.0), color="#ffeeaa")
    )
    graph.apply(edits.add_note(graph, "later", (0.0, 0.0)))
    assert graph.notes["note1"] == Note("**why** 3×3?", (1.0, 2.0), (90.0, 40.0), "#ffeeaa")

    graph.apply(edits.edit_note(graph, "note2", text="now", color="yellow"))
    graph.apply(edits.remove_notes(graph, ["note1"]))

    assert graph.notes == {"note2": Note("now", color="yellow")}
    assert edits.add_note(graph, "again", (0.0, 0.0)).added("notes") == ["note1"]


def test_a_frame_is_drawn_changed_and_thrown_away() -> None:
    graph = cnn()
    graph.apply(edits.add_frame(graph, "stem", (1.0, 2.0), (300.0, 100.0)))
    graph.apply(edits.edit_frame(graph, "frame1", title="trunk", position=(5.0, 5.0)))
    assert graph.frames["frame1"] == Frame("trunk", (5.0, 5.0), (300.0, 100.0))

    graph.apply(edits.remove_frames(graph, ["frame1"]))

    assert not graph.frames


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "x" * 100_001}, "at most 100,000 characters"),
        ({"text": "\ud800"}, "plain text"),
        ({"size": (0.0, 5.0)}, "above 0"),
        ({"position": (float("inf"), 0.0)}, "coordinates"),
        ({"color": "red; x"}, "#80c0ff"),
    ],
)
def test_a_note_refuses_what_it_cannot_hold(fields: dict[str, object], words: str) -> None:
    graph = cnn()
    graph.apply(edits.add_note(graph, "", (0.0, 0.0)))

    with pytest.raises(DesignError, match=words):
        edits.edit_note(graph, "note1", **fields)


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(DesignError, match="no note `note1`"):
        edits.edit_note(cnn(), "note1", text="x")
    with pytest.raises(DesignError, match="no frame `frame1`"):
        edits.remove_frames(cnn(), ["frame1"])

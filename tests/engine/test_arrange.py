"""Tidying: nothing overlaps, data flow to the right, wires keep clear of nodes, order is kept."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from graph_engine import Graph, NetworkBuilder
from graph_engine.arrange import arrange, lay_out
from graph_engine.arrange.columns import columns_of
from graph_engine.arrange.crossings import crossings, order_columns
from graph_engine.arrange.layout import HEIGHT, LANE, WIDTH
from graph_engine.graph import Node, Point
from tests.engine.networks import classic, modern, transformers

DRAWINGS = {
    "lenet5": classic.lenet5,
    "googlenet": classic.googlenet,
    "resnet50": modern.resnet50,
    "unet": modern.unet,
    "bert": transformers.bert_base,
}


def random_drawing(seed: int, nodes: int = 40) -> Graph:
    draw = random.Random(seed)
    net = NetworkBuilder("net")
    known = [net.input("x", shape=(8,)), net.input("y", shape=(8,))]
    for _ in range(nodes):
        if draw.random() < 0.4:
            known.append(
                net.add(
                    "Add", *draw.sample(known, k=draw.choice((2, 2, 3)) if len(known) > 3 else 2)
                )
            )
        else:
            known.append(net.add("Linear", draw.choice(known[-6:]), out_features=8))
    net.output("z", known[-1])
    return net.graph


def overlap(a: Node, b: Node) -> bool:
    (ax, ay), (bx, by) = a.position, b.position
    return abs(ax - bx) < WIDTH and abs(ay - by) < HEIGHT


def crosses(points: tuple[Point, ...], node: Node) -> bool:
    """Whether a level stretch of a route runs through a node."""
    x, y = node.position
    return any(
        a[1] == b[1] and a[0] < x + WIDTH and b[0] > x and y < a[1] < y + HEIGHT
        for a, b in pairwise(points)
    )


@pytest.mark.parametrize(
    "draw", [*DRAWINGS.values(), *(lambda s=s: random_drawing(s) for s in range(20))]
)
def test_a_tidy_drawing(draw: object) -> None:
    graph: Graph = draw()  # type: ignore[operator]

    graph.apply(arrange(graph))

    nodes = list(graph.nodes.values())
    assert not [(a.name, b.name) for a, b in combinations(nodes, 2) if overlap(a, b)]
    for target, source in graph.wires.items():
        right = graph.nodes[source.node].position[0] + WIDTH
        assert right < graph.nodes[target.node].position[0]
    for points in graph.routes.values():
        assert not [node.name for node in nodes if crosses(points, node)]


def test_a_long_wire_takes_no_small_steps() -> None:
    # Given two wires that pass layers of different heights
    net = NetworkBuilder("net")
    value = net.input("x", shape=(8,))
    kept = []
    for _ in range(3):
        value = net.add("ReLU", net.add("Linear", value, out_features=8))
        kept.append(value)
    for early in reversed(kept[:-1]):
        value = net.add("Add", net.add("Linear", value, out_features=8), early)
    graph = net.graph

    # When the drawing is tidied with the heights that nodes have on the canvas
    graph.apply(arrange(graph, lambda name: (WIDTH, 76.0 if name.startswith("add") else 52.0)))

    # Then each wire is level, or goes up or down by more than a lane's half
    assert graph.routes
    for points in graph.routes.values():
        steps = [abs(b[1] - a[1]) for a, b in pairwise(points)]
        assert all(step == 0 or step > LANE / 2 for step in steps)


def test_tidying_is_undone_by_its_inverse() -> None:
    graph = modern.unet()
    before = graph.definition()

    change = arrange(graph)
    graph.apply(change)
    graph.apply(change.inverse())

    assert graph.definition() == before


def test_a_tidy_drawing_stays_as_it_is() -> None:
    graph = random_drawing(3)
    graph.apply(arrange(graph))

    assert lay_out(graph).positions.keys() == graph.nodes.keys()
    names = [
        [n for n in graph.nodes if graph.nodes[n].position[0] == x] for x in (0.0, 288.0, 576.0)
    ]
    tops = [[graph.nodes[n].position[1] for n in column] for column in names]
    graph.apply(arrange(graph))

    for column, before in zip(names, tops, strict=True):
        after = [graph.nodes[n].position[1] for n in column]
        assert sorted(range(len(before)), key=before.__getitem__) == sorted(
            range(len(after)), key=after.__getitem__
        )


def test_only_the_chosen_nodes_move_and_their_middle_stays() -> None:
    graph = random_drawing(5)
    chosen = set(list(graph.nodes)[5:12])
    before = {name: node.position for name, node in graph.nodes.items()}

    change = arrange(graph, only=chosen)

    assert set(change.pairs("nodes")) <= chosen
    graph.apply(change)
    for axis in (0, 1):
        now = sum(graph.nodes[n].position[axis] for n in chosen)
        assert now == pytest.approx(sum(before[n][axis] for n in chosen), abs=len(chosen))


def test_sweeps_take_crossings_away() -> None:
    from graph_engine.arrange.columns import make_cells
    from graph_engine.graph import PortRef

    names = ["a", "b", "c", "p", "q", "r"]
    pairs = [("p", "c"), ("q", "b"), ("r", "a")]
    wires = [(PortRef(t, "input"), PortRef(s, "output")) for t, s in pairs]
    ports = {ref: 10.0 for wire in wires for ref in wire}
    columns = make_cells(names, wires, dict.fromkeys(names, 20.0), ports, LANE)
    start = [float(index) for index in range(len(names))]

    assert crossings(columns, columns.members) == 3
    assert crossings(columns, order_columns(columns, start)) == 0


def test_a_late_source_stands_before_what_it_feeds() -> None:
    net = NetworkBuilder("net")
    x = net.input("x", shape=(8,))
    for _ in range(4):
        x = net.add("Linear", x, out_features=8)
    net.output("y", net.add("Add", x, net.add("Parameter", shape=(8,))))
    graph = net.graph

    column = columns_of(graph.in_order(), list(graph.wires.items()))

    assert column["parameter1"] == column["add1"] - 1


def test_an_empty_drawing_is_tidy() -> None:
    assert not arrange(NetworkBuilder("empty").graph)

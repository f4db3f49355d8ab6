"""A person who tries everything: random edits of a graph, and what has to hold after each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import networkx as nx

from graph_engine import edits
from graph_engine.errors import DesignError
from graph_engine.graph import TABLES, Change, Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output

KINDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "Linear": {"out_features": (8, 16)},
    "Conv2d": {"out_channels": (3, 8), "kernel_size": (1, 3)},
    "MaxPool2d": {"kernel_size": (2, 3)},
    "Flatten": {},
    "ReLU": {},
    "Add": {},
    "Concatenate": {"dim": (1, -1)},
    "MatMul": {},
    "Split": {"sizes": ((4, 4), (2, 3, 3))},
    "LSTM": {"hidden_size": (8, 16), "num_layers": (1, 2)},
    "BatchNorm2d": {},
    "Embedding": {},
    "Parameter": {},
    "Conv1d": {"out_channels": (4, 8), "kernel_size": (1, 3, 9)},
    "MaxUnpool2d": {},
    "AvgPool2d": {"kernel_size": (2, 9), "padding": (0, 1)},
    "Upsample": {"scale_factor": (2.0, 0.5)},
    "TransformerEncoderLayer": {"nhead": (1, 2)},
    "Sigmoid": {},
    "Cast": {"dtype": ("int64", "bool", "float64")},
}
SHAPES = ((8,), (3, 16, 16), (5, 8), ("T", 8))

Edit = Callable[[random.Random, Graph], Change]


def start() -> Graph:
    """A small network with a branch and a block, to begin with."""
    graph = Graph("main")
    graph.apply(edits.add(graph, Input(shape=(3, 16, 16)), name="image"))
    for kind in ("Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear"):
        last = list(graph.nodes)[-1]
        graph.apply(edits.add(graph, CATALOGUE[kind](), after=last))
    graph.apply(edits.add(graph, Output(), name="logits", after=list(graph.nodes)[-1]))
    graph.apply(edits.group(graph, ["conv2", "relu2"], "stage"))
    inside = Graph.opened(graph.blocks["stage"], dict(graph.blocks))
    change = edits.add_parameter(inside, "width", 8)
    inside.apply(change)
    change = change.then(edits.bind(inside, "conv2", "out_channels", "width"))
    graph.apply(edits.edit_block(graph, "stage", change))
    return graph


def some(rng: random.Random, names: Any, most: int = 4) -> list[Any]:
    """A few of the names, in any order; nearly always at least one."""
    pool = list(names)
    return rng.sample(pool, min(len(pool), rng.randint(0 if rng.random() < 0.05 else 1, most)))


def any_layer(rng: random.Random, graph: Graph) -> Any:
    """A layer with values now and then other than the defaults, or an instance."""
    pick = rng.random()
    if pick < 0.08:
        return Input(shape=rng.choice(SHAPES), dtype=rng.choice(("float32", "int64")))
    if pick < 0.12:
        return Output()
    if pick < 0.25 and graph.blocks:
        return Block(block=rng.choice(list(graph.blocks)), repeat=rng.choice((1, 1, 2, 3)))
    kind = rng.choice(list(KINDS))
    values = {
        key: rng.choice(options) for key, options in KINDS[kind].items() if rng.random() < 0.7
    }
    return CATALOGUE[kind](**values)


def node(rng: random.Random, graph: Graph) -> str:
    """A node, or once in a while a name that is not there."""
    return (
        rng.choice([*graph.nodes, "ghost"])
        if rng.random() < 0.02
        else rng.choice(list(graph.nodes))
    )


def out_port(rng: random.Random, graph: Graph) -> PortRef:
    name = rng.choice(list(graph.nodes))
    ports = [port.name for port in graph.ports_out(name)] or ["output"]
    return PortRef(name, rng.choice(ports))


def in_port(rng: random.Random, graph: Graph) -> PortRef:
    name = rng.choice(list(graph.nodes))
    ports = [*(port.name for port in graph.ports_in(name)), *graph.slots(name)] or ["input"]
    return PortRef(name, rng.choice(ports))


def wired(rng: random.Random, graph: Graph) -> PortRef:
    return rng.choice(list(graph.wires) or [PortRef("ghost", "input")])


def _add(rng: random.Random, graph: Graph) -> Change:
    after = rng.choice(list(graph.nodes)) if graph.nodes and rng.random() < 0.8 else ""
    return edits.add(graph, any_layer(rng, graph), after=after, between=rng.random() < 0.5)


def _connect(rng: random.Random, graph: Graph) -> Change:
    return edits.connect(graph, out_port(rng, graph), in_port(rng, graph))


def _set(rng: random.Random, graph: Graph) -> Change:
    name = node(rng, graph)
    layer = graph.nodes[name].layer if name in graph.nodes else CATALOGUE["ReLU"]()
    if isinstance(layer, Block):
        key = rng.choice(["repeat", *graph.block_of(layer).parameters, "nonsense"])
        return edits.set_parameter(graph, name, key, rng.choice((1, 2, 4, 8, 0)))
    options = KINDS.get(type(layer).__name__) or {"nonsense": (1,)}
    key = rng.choice(list(options))
    return edits.set_parameter(graph, name, key, rng.choice((*options[key], "wrong")))


def _inside(rng: random.Random, graph: Graph) -> Change:
    block = rng.choice(list(graph.blocks) or ["ghost"])
    if block not in graph.blocks:
        return edits.edit_block(graph, block, Change())
    inner = Graph.opened(graph.blocks[block], dict(graph.blocks))
    return edits.edit_block(graph, block, one_edit(rng, inner, INNER))


def _rename(rng: random.Random, graph: Graph) -> Change:
    return edits.rename(
        graph, node(rng, graph), rng.choice(("alpha", "beta", "gamma1", "not a name"))
    )


def _paste(rng: random.Random, graph: Graph) -> Change:
    text = edits.copy(graph, some(rng, graph.nodes), notes=some(rng, graph.notes, 1))
    return edits.paste(graph, text, keep_inputs=rng.random() < 0.5)


def _parameters(rng: random.Random, graph: Graph) -> Change:
    names = [*graph.parameters, "width"]
    pick = rng.randint(0, 3)
    if pick == 0:
        return edits.add_parameter(graph, f"p{rng.randint(1, 3)}", rng.choice((4, 8, 0.5, True)))
    if pick == 1:
        return edits.rename_parameter(graph, rng.choice(names), f"q{rng.randint(1, 3)}")
    if pick == 2:
        return edits.remove_parameter(graph, rng.choice(names))
    return edits.set_parameter_default(graph, rng.choice(names), rng.choice((4, 8)))


def _bind(rng: random.Random, graph: Graph) -> Change:
    name = node(rng, graph)
    text = rng.choice(("width", "2 * width", "p1 + 1", "q1 // 2", "4"))
    return edits.bind(graph, name, rng.choice(("out_channels", "out_features", "width")), text)


def _notes(rng: random.Random, graph: Graph) -> Change:
    pick = rng.randint(0, 3)
    if pick == 0:
        return edits.add_note(graph, "remember", (rng.random(), 0.0), color="#ffcc00")
    if pick == 1:
        return edits.add_frame(graph, "stem", (0.0, 0.0), (100.0, 50.0))
    if pick == 2:
        return edits.remove_notes(graph, some(rng, graph.notes, 1))
    return edits.edit_frame(graph, rng.choice([*graph.frames, "ghost"]), title="trunk")


EVERYWHERE: list[Edit] = [
    _add,
    _add,
    _connect,
    _connect,
    lambda r, g: edits.connect_nodes(g, node(r, g), node(r, g)),
    lambda r, g: edits.disconnect(g, wired(r, g)),
    lambda r, g: edits.cut(g, some(r, g.wires)),
    lambda r, g: edits.remove(g, some(r, g.nodes), heal=r.random() < 0.7),
    lambda r, g: edits.extract(g, some(r, g.nodes, 2)),
    lambda r, g: edits.insert_on_wire(g, wired(r, g), any_layer(r, g)),
    lambda r, g: edits.insert_node_on_wire(g, wired(r, g), node(r, g)),
    lambda r, g: edits.replace_layer(g, node(r, g), r.choice([*KINDS, *g.blocks])),
    _rename,
    _set,
    _set,
    lambda r, g: edits.set_title(g, node(r, g), r.choice(("", "Head", "two\nlines"))),
    lambda r, g: edits.set_muted(g, some(r, g.nodes, 2), r.random() < 0.5),
    lambda r, g: edits.set_collapsed(g, some(r, g.nodes, 2), r.random() < 0.5),
    lambda r, g: edits.share_weights(g, node(r, g), node(r, g)),
    lambda r, g: edits.unshare_weights(g, some(r, g.nodes)),
    lambda r, g: edits.duplicate(g, some(r, g.nodes), keep_inputs=r.random() < 0.5),
    _paste,
    lambda r, g: edits.move(g, some(r, g.nodes), (r.uniform(-9, 9), 5.0)),
    lambda r, g: edits.align(g, some(r, g.nodes), r.choice(("left", "middle", "bottom"))),
    lambda r, g: edits.distribute(g, some(r, g.nodes), r.choice(("x", "y"))),
    lambda r, g: edits.straighten(g, some(r, g.nodes)),
    lambda r, g: edits.set_route(g, wired(r, g), [(r.uniform(0, 9), 1.0)] * r.randint(0, 2)),
    lambda r, g: edits.group(g, some(r, g.nodes)),
    lambda r, g: edits.ungroup(g, node(r, g)),
    lambda r, g: edits.make_unique(g, node(r, g)),
    _notes,
]
INNER: list[Edit] = [*EVERYWHERE, _rename, _parameters, _parameters, _bind, _bind]
BUILDING: list[Edit] = [
    _add,
    _add,
    _add,
    _set,
    _inside,
    lambda r, g: edits.insert_on_wire(g, wired(r, g), any_layer(r, g)),
    lambda r, g: edits.connect_nodes(g, r.choice(list(g.nodes)), r.choice(list(g.nodes))),
    lambda r, g: edits.replace_layer(g, node(r, g), r.choice([*KINDS, *g.blocks])),
    lambda r, g: edits.set_muted(g, some(r, g.nodes, 1), True),
    lambda r, g: edits.share_weights(g, node(r, g), node(r, g)),
]
OUTER: list[Edit] = [*EVERYWHERE, _inside, _inside, _inside]


def one_edit(rng: random.Random, graph: Graph, menu: list[Edit] = OUTER) -> Change:
    """A random edit. Raises DesignError where it is refused."""
    if len(graph.nodes) > 30:
        return edits.remove(graph, rng.sample(list(graph.nodes), 12))
    if not graph.nodes:
        return _add(rng, graph)
    return rng.choice(menu)(rng, graph)


def tables(graph: Graph) -> dict[str, Any]:
    """Everything that a graph holds, copied, in its order."""
    found = {table: dict(getattr(graph, table)) for table in TABLES}
    return {**found, "order": list(graph.nodes), "parameters in order": list(graph.parameters)}


def try_edit(rng: random.Random, graph: Graph, menu: list[Edit] = OUTER) -> Change | None:
    """A random edit, or None where it was refused; the graph is as before in either case."""
    before, sentence = tables(graph), ""
    try:
        change = one_edit(rng, graph, menu)
    except DesignError as refusal:
        change, sentence = None, str(refusal)
    assert change is not None or sentence.strip()
    assert tables(graph) == before
    return change


def check_indices(graph: Graph) -> None:
    """Everything that is derived from the tables agrees with them."""
    assert nx.is_directed_acyclic_graph(graph.dag)
    position = graph.order.position
    assert set(position) == set(graph.dag) == set(graph.nodes)
    edges = {(source.node, target.node) for target, source in graph.wires.items()}
    assert edges == set(graph.dag.edges)
    assert all(position[a] < position[b] for a, b in edges)
    for name in graph.nodes:
        assert graph.nodes[name].name == name
        incoming = {t.port: s for t, s in graph.wires.items() if t.node == name}
        outgoing = {t: s.port for t, s in graph.wires.items() if s.node == name}
        assert dict(graph.incoming(name)) == incoming
        assert dict(graph.outgoing(name)) == outgoing
    assert set(graph.routes) <= set(graph.wires)
    serials = [row.serial for row in graph.nodes.values()]
    assert serials == sorted(set(serials))


def check_inference(live: Inference, graph: Graph) -> None:
    """What was brought up to date step by step equals what is worked out from the beginning."""
    fresh = Inference(graph)
    assert live.visits.keys() == fresh.visits.keys()
    for name, visit in fresh.visits.items():
        mine = live.visits[name]
        assert (mine.layer, mine.inputs, mine.outputs) == (visit.layer, visit.inputs, visit.outputs)
        assert mine.unrolled == visit.unrolled
    assert live.refused == fresh.refused
    assert live.arguments == fresh.arguments
    assert live.problems() == fresh.problems()

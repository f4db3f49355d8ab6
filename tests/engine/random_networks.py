"""Drawings at random, with everything that a drawing can have."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graph_engine import DesignError, Graph, Inference, NetworkBuilder
from graph_engine.builder import BlockBuilder, Bound
from graph_engine.graph import Change, PortRef
from graph_engine.layers.base import Learned
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType

SIZES = {"T": 5, "S": 4}
NETWORKS = ("main", "net", "tensor", "x", "linear", "my_torch", "gradient_reversal")
BLOCKS = ("Unit", "Linear", "Net", "Tensor1", "cell", "Network", "GradientReversal", "width", "x")
INPUTS = (
    "x",
    "y",
    "z",
    "layer",
    "data",
    "q",
    "image",
    "layers",
    "my_torch",
    "w",
    "batch_of_images",
)
NODES = (
    "layers", "append", "pop", "insert", "extend", "x", "y", "my_torch", "tensor_x", "relu1", "name",
    "weight", "a" * 48, "a" * 46 + "bc", "encoder_with_a_name_of_some_length_1", "OrderedDict1",
    "encoder_with_a_name_of_some_length_2", "layer", "bias", "linear1_to_relu1", "super_x",
)  # fmt: skip
PARAMETERS = (
    "width",
    "in_features",
    "weight",
    "value",
    "layer",
    "Unit",
    "relu1_value",
    "flag",
    "mode",
)

Menu = tuple[str, Callable[[random.Random, "TensorType"], dict[str, Any]]]

ANY_RANK: tuple[Menu, ...] = (
    ("ReLU", lambda r, t: {}),
    ("Tanh", lambda r, t: {}),
    ("GELU", lambda r, t: {"approximate": r.choice(["none", "tanh"])}),
    ("Dropout", lambda r, t: {"p": r.choice([0.0, 0.5])}),
    ("Softmax", lambda r, t: {"dim": r.choice([1, -1])}),
    ("LeakyReLU", lambda r, t: {"negative_slope": r.choice([0.01, 0.2])}),
    ("Multiply", lambda r, t: {"value": r.choice([2, 0.5])}),
    ("Identity", lambda r, t: {}),
    ("GradientReversal", lambda r, t: {}),
    ("Linear", lambda r, t: {"out_features": r.choice([1, 3, 4, 6, 8]), "bias": r.random() < 0.8}),
    ("LayerNorm", lambda r, t: {}),
    ("BatchNorm1d", lambda r, t: {}),
    ("Conv1d", lambda r, t: {"out_channels": r.choice([2, 4]), "kernel_size": 3, "padding": 1}),
    ("Conv2d", lambda r, t: {"out_channels": r.choice([2, 4]), "kernel_size": 3, "padding": 1}),
    ("MaxPool2d", lambda r, t: {"kernel_size": 2, "stride": r.choice([1, 2])}),
    ("BatchNorm2d", lambda r, t: {}),
    ("GroupNorm", lambda r, t: {"num_groups": r.choice([1, 2])}),
    ("PReLU", lambda r, t: {}),
    ("Flatten", lambda r, t: {}),
    ("Transpose", lambda r, t: {"dim0": 1, "dim1": -1}),
    ("Unsqueeze", lambda r, t: {"dim": 1}),
    ("Select", lambda r, t: {"dim": 1, "index": 0}),
    ("Slice", lambda r, t: {"dim": 1, "start": None, "stop": 2}),
    ("Chunk", lambda r, t: {"chunks": 2, "dim": -1}),
    ("LSTM", lambda r, t: {"hidden_size": r.choice([3, 4]), "num_layers": r.choice([1, 2])}),
    ("GRU", lambda r, t: {"hidden_size": 4}),
    ("MultiheadAttention", lambda r, t: {"num_heads": 1}),
    ("LearnedPositionalEncoding", lambda r, t: {"max_length": 16}),
    ("Mean", lambda r, t: {"dim": (-1,)}),
    ("Constant", lambda r, t: {"value": 0.5}),
    ("Parameter", lambda r, t: {"shape": (1,), "weight_init": "ones"}),
)
JOINING: tuple[Menu, ...] = (
    ("Add", lambda r, t: {}),
    ("Multiply", lambda r, t: {}),
    ("Concatenate", lambda r, t: {"dim": r.choice([1, -1])}),
    ("Stack", lambda r, t: {"dim": 1}),
    ("Subtract", lambda r, t: {}),
    ("Bilinear", lambda r, t: {"out_features": 3}),
)
TAKES = {"MultiheadAttention": 3, "Constant": 0, "Parameter": 0}
FORMULAS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Linear": (("out_features", "int"), ("bias", "bool"), ("trainable", "bool")),
    "Conv1d": (("out_channels", "int"), ("bias", "bool")),
    "Conv2d": (("out_channels", "int"), ("kernel_size", "odd"), ("bias", "bool")),
    "MaxPool2d": (("stride", "step"),),
    "LeakyReLU": (("negative_slope", "float"),),
    "Dropout": (("p", "float"),),
    "GELU": (("approximate", "text"),),
    "Softmax": (("dim", "dim"),),
    "Select": (("index", "dim"),),
    "LSTM": (("hidden_size", "int"),),
    "Multiply": (("value", "float"),),
    "Chunk": (("dim", "dim"),),
}
VALUES: Mapping[str, tuple[Any, ...]] = {
    "int": (2, 3, 4, 8), "odd": (1, 3), "step": (1, 2), "bool": (True, False), "dim": (1, -1),
    "float": (0.25, 0.5), "text": ("none", "tanh"),
}  # fmt: skip


@dataclass
class Drawer:
    """Adds nodes at random to one graph; what does not fit is taken out again."""

    rng: random.Random
    net: NetworkBuilder
    depth: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    """The parameters of the block by name, with the kind of value that they have."""

    def values(self) -> list[tuple[PortRef, TensorType]]:
        """Every output port so far, with its type."""
        inference = Inference(self.net.graph)
        return [
            (PortRef(name, port), kind)
            for name, visit in inference.visits.items()
            for port, kind in visit.outputs.items()
        ]

    def draw(self, count: int) -> None:
        """Tries to add that many nodes."""
        for _ in range(count):
            step = self.rng.random()
            if self.depth < 2 and step < 0.08:
                self._define()
            elif self.net.graph.blocks and step < 0.3:
                self._instance()
            elif step < 0.36:
                self._shared()
            elif step < 0.55:
                self._joined()
            else:
                self._layer()

    def outputs(self) -> None:
        """Ends some values in outputs, the last one surely, one perhaps twice."""
        rng, values = self.rng, self.values()
        chosen = [values[-1][0], *(rng.choice(values)[0] for _ in range(rng.choice([0, 0, 1, 2])))]
        for index, ref in enumerate(chosen):
            self.net.output(self._name(f"out{index}"), ref)

    def mute(self) -> None:
        """Mutes some nodes that the drawing can do without."""
        graph = self.net.graph
        for name, node in list(graph.nodes.items()):
            if self.rng.random() < 0.1 and not isinstance(node.layer, Input | Output):
                change = Change({"nodes": {name: (node, replace(node, muted=True))}})
                graph.apply(change)
                if _errors(graph):
                    graph.apply(change.inverse())

    def _name(self, wish: str = "") -> str:
        taken = self.net.graph.nodes
        free = [n for n in NODES if n not in taken]
        if free and self.rng.random() < 0.25:
            return self.rng.choice(free)
        return wish if wish not in taken else ""

    def _layer(self) -> None:
        kind, made = self.rng.choice(ANY_RANK)
        ref, found = self.rng.choice(self.values())
        if kind == "Chunk" and len(found.shape) < 2:
            return
        sources = [ref] * TAKES.get(kind, 1)
        self._try(kind, sources, made(self.rng, found))

    def _joined(self) -> None:
        kind, made = self.rng.choice(JOINING)
        values = self.values()
        ref, found = self.rng.choice(values)
        alike = [r for r, t in values if t == found]
        count = 2 if kind in ("Subtract", "Bilinear") else self.rng.choice([2, 2, 3, 14])
        self._try(kind, [ref, *self.rng.choices(alike, k=count - 1)], made(self.rng, found))

    def _shared(self) -> None:
        graph = self.net.graph
        owners = [n for n, v in graph.nodes.items() if isinstance(v.layer, Learned | Block)]
        owners = [n for n in owners if not graph.nodes[n].shares and graph.incoming(n)]
        if not owners:
            return
        owner = self.rng.choice(owners)
        layer = graph.nodes[owner].layer
        kind = layer.block if isinstance(layer, Block) else type(layer).__name__
        types = dict(self.values())
        sources = [
            self.rng.choice([r for r, t in types.items() if t == types.get(source)] or [source])
            for source in graph.incoming(owner).values()
        ]
        self._try(kind, sources, {}, shares=owner)

    def _try(
        self, kind: str, sources: list[PortRef], values: dict[str, Any], shares: str = ""
    ) -> bool:
        graph, rng = self.net.graph, self.rng
        values = self._bound(kind, dict(values)) if not shares else values
        if isinstance(self.net, BlockBuilder) and kind in graph.blocks and kind == graph.name:
            return False
        before = list(graph.nodes)
        if kind == "Linear" and rng.random() < 0.2:
            values["weight_init"] = rng.choice(["kaiming_normal", "zeros", "orthogonal"])
        try:
            name = self._name()
            self.net.add(kind, *sources, name=name, shares=shares, **values)
        except DesignError:
            assert list(graph.nodes) == before
            return False
        if _errors(graph):
            self._take_out(next(n for n in graph.nodes if n not in before))
            return False
        return True

    def _take_out(self, name: str) -> None:
        graph = self.net.graph
        wires = {PortRef(name, p): (ref, None) for p, ref in graph.incoming(name).items()}
        graph.apply(Change({"nodes": {name: (graph.nodes[name], None)}, "wires": wires}))

    def _bound(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
        """Some of the values as formulas over the block's parameters."""
        if not isinstance(self.net, BlockBuilder):
            return values
        kinds = FORMULAS.get(kind, ())
        if kind in self.net.graph.blocks:
            kinds = tuple(
                (p.name, _kind_of(p.default))
                for p in self.net.graph.blocks[kind].parameters.values()
            )
        for key, wanted in kinds:
            fitting = [n for n, k in self.kinds.items() if k == wanted]
            if not fitting and self.rng.random() < 0.5:
                fitting = self._parameter(wanted)
            if fitting and self.rng.random() < 0.7:
                name = self.rng.choice(fitting)
                formula = self.rng.choice([name, f"2 * {name}", f"{name} + 1", f"{name} // 1"])
                values[key] = Bound(formula if wanted == "int" else name)
        return values

    def _parameter(self, wanted: str) -> list[str]:
        free = [n for n in PARAMETERS if n not in self.net.graph.parameters]
        if not free:
            return []
        name = self.rng.choice(free)
        assert isinstance(self.net, BlockBuilder)
        self.net.parameter(name, self.rng.choice(VALUES[wanted]))
        self.kinds[name] = wanted
        return [name]

    # Blocks --------------------------------------------------------------------------------------

    def _define(self) -> None:
        """Draws a block for some values of this graph, and uses it."""
        rng, values = self.rng, [v for v in self.values() if _is_sample(v[1])]
        free = [n for n in BLOCKS if n not in self.net.graph.blocks and n != self.net.graph.name]
        if not values or not free:
            return
        block = self.net.block(rng.choice(free))
        refs = []
        for name in rng.sample(INPUTS, rng.choice([1, 1, 2])):
            ref, found = rng.choice(values)
            shape = tuple(s if isinstance(s, int) else str(s) for s in found.shape[1:])
            block.input(name, shape, found.dtype)
            refs.append(ref)
        inner = Drawer(rng, block, self.depth + 1)
        inner.draw(rng.choice([0, 2, 4, 7]))
        inner.outputs()
        if _errors(block.graph):
            return
        block.done()
        self._use(block.graph.name, refs)

    def _instance(self) -> None:
        graph = self.net.graph
        name = self.rng.choice(list(graph.blocks))
        inputs = graph.blocks[name].input_names()
        values = self.values()
        wanted = [graph.blocks[name].nodes[n].layer.infer() for n in inputs]
        refs = []
        for kind in wanted:
            assert isinstance(kind, TensorType)
            alike = [
                r for r, t in values if len(t.shape) == len(kind.shape) and t.dtype == kind.dtype
            ]
            refs.append(self.rng.choice(alike or [r for r, _ in values]))
        self._use(name, refs)

    def _use(self, name: str, refs: list[PortRef]) -> None:
        parameters = self.net.graph.blocks[name].parameters.values()
        values: dict[str, Any] = {
            p.name: self.rng.choice(VALUES[_kind_of(p.default)])
            for p in parameters
            if self.rng.random() < 0.6
        }
        repeat = self.rng.choice([1, 1, 2, 3])
        if not self._try(name, refs, {**values, "repeat": repeat}) and repeat > 1:
            self._try(name, refs, values)


def drawing(rng: random.Random, size: int = 14) -> Graph:
    """A network without errors."""
    net = NetworkBuilder(rng.choice(NETWORKS))
    shapes: list[tuple[int | str, ...]] = [(4,), (4, 6), ("T", 4), (2, 6, 6), (4, 4), ()]
    for name in rng.sample(INPUTS, rng.choice([1, 1, 2, 3])):
        net.input(name, rng.choice(shapes))
    drawer = Drawer(rng, net)
    drawer.draw(size)
    drawer.outputs()
    drawer.mute()
    assert _errors(net.graph) == []
    return net.graph


def _errors(graph: Graph) -> list[str]:
    missing = ("has no Output", "has no Input")
    return [
        p.sentence
        for p in Inference(graph).problems()
        if p.severity == "error" and not any(words in p.sentence for words in missing)
    ]


def _kind_of(value: Any) -> str:
    return next(
        kind
        for kind, values in VALUES.items()
        if any(v == value and type(v) is type(value) for v in values)
    )


def _is_sample(kind: TensorType) -> bool:
    """Whether an Input can declare that type: the batch first, and no computed sizes."""
    shape = [str(size) for size in kind.shape]
    return shape[:1] == ["B"] and all(s.isdecimal() or s in SIZES for s in shape[1:])

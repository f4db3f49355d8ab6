"""Everything that a rule may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from graph_engine.data.choice import DataChoice
from graph_engine.edits import replace_layer
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference import Inference
from graph_engine.layers.inputs import Input, Output
from graph_engine.layers.shape import TensorType
from graph_engine.training.recipe import Recipe

if TYPE_CHECKING:
    from graph_engine.training.doctor.evidence import Evidence
    from graph_engine.training.doctor.facts import DataFacts

DEFAULT_LOSSES = {
    "classification": "CrossEntropyLoss",
    "binary": "BCEWithLogitsLoss",
    "multilabel": "BCEWithLogitsLoss",
    "regression": "MSELoss",
    "reconstruction": "MSELoss",
}


@dataclass(frozen=True)
class Case:
    """A drawing with its recipe and data, and a run of it where there was one.

    ``facts`` is None where the data could not be read, ``run`` where none is looked at.
    """

    inference: Inference
    recipe: Recipe = field(default_factory=Recipe)
    data: DataChoice = field(default_factory=DataChoice)
    facts: DataFacts | None = None
    run: Evidence | None = None

    @property
    def graph(self) -> Graph:
        """The drawing."""
        return self.inference.graph

    @property
    def task(self) -> str:
        """What the network is for, as far as recipe and data tell; empty where they do not."""
        if self.recipe.task != "auto":
            return self.recipe.task
        if self.run is not None:
            return self.run.task
        return self.facts.suggested_task(self.output_width()) if self.facts else ""

    @property
    def loss(self) -> str:
        """The name of the loss, chosen or following from the task; empty where neither is known."""
        chosen = self.recipe.loss
        return chosen.name if chosen is not None else DEFAULT_LOSSES.get(self.task, "")

    # The drawing ---------------------------------------------------------------------------------

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """The nodes of these layers in the order in which they compute, without muted ones."""
        for name in self.graph.in_order():
            node = self.graph.nodes[name]
            if not node.muted and kind(node) in kinds:
                yield node

    def before(self, node: Node) -> Node | None:
        """The node that feeds the first input, muted ones passed over."""
        slots = self.graph.slots(node.name)
        source = self.graph.incoming(node.name).get(slots[0]) if slots else None
        found = self.graph.nodes[source.node] if source else None
        return self.before(found) if found is not None and found.muted else found

    def only_reader(self, node: Node) -> Node | None:
        """The one node that reads the outputs; None where there is none or several."""
        readers = {target.node for target in self.graph.outgoing(node.name)}
        return self.graph.nodes[readers.pop()] if len(readers) == 1 else None

    def entry(self, node: Node) -> PortRef:
        """The first input, where the main wire ends."""
        return PortRef(node.name, self.graph.slots(node.name)[0])

    def incoming_type(self, node: Node) -> TensorType | None:
        """The type that arrives at the first input, where it is known."""
        source = self.graph.incoming(node.name).get(self.graph.slots(node.name)[0])
        return self.inference.type_at(source) if source else None

    def last(self) -> Node | None:
        """The node whose values are the first output."""
        ends = [node for node in self.graph.nodes.values() if type(node.layer) is Output]
        return self.before(ends[0]) if ends else None

    def output_width(self) -> int | None:
        """Numbers in the first output for one sample along its first axis, where they are known."""
        ends = [node for node in self.graph.nodes.values() if type(node.layer) is Output]
        found = self.incoming_type(ends[0]) if ends else None
        shape = found.shape[1:] if found is not None else ()
        return shape[0] if shape and isinstance(shape[0], int) else None

    def is_deterministic(self) -> bool:
        """Whether no input is missing; a drawing that is not finished is not judged."""
        return any(type(node.layer) is Input for node in self.graph.nodes.values())


def kind(node: Node) -> str:
    """The catalogue's name of a node's layer."""
    return type(node.layer).__name__


def named(node: Node) -> str:
    """“`fc1` (Linear)”"""
    return f"`{node.name}` ({kind(node)})"


def in_turn(graph: Graph, steps: Iterable[Callable[[Graph], Change]]) -> Change:
    """Several edits as one change, each made on what those before it left."""
    work = Graph.opened(graph.definition(), dict(graph.blocks))
    whole = Change()
    for step in steps:
        change = step(work)
        work.apply(change)
        whole = whole.then(change)
    return whole


def replaced(graph: Graph, names: Iterable[str], layer: str) -> Change:
    """Nodes that become another kind of layer, as one change."""
    return in_turn(graph, [partial(_replace, name, layer) for name in names])


def _replace(name: str, layer: str, graph: Graph) -> Change:
    return replace_layer(graph, name, layer)

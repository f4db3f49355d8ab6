"""Everything that a rule may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from graph_engine.data.choice import DataChoice
from graph_engine.edits import edit_block, replace_layer
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference import Inference
from graph_engine.layers.block import Block
from graph_engine.layers.inputs import Output
from graph_engine.layers.shape import TensorType
from graph_engine.training.doctor.finding import Finding
from graph_engine.training.procedure_choices import DEFAULT_LOSSES, TASKS, procedure_of
from graph_engine.training.recipe import Recipe

if TYPE_CHECKING:
    from graph_engine.training.doctor.evidence import Evidence
    from graph_engine.training.doctor.facts import DataFacts

SINGLE_LOSS = frozenset(
    {"supervised", "reconstruction", "language_model", "sequence_to_sequence", "transcription"}
)
"""Procedures that make one and the same loss smaller from the first step to the last."""

TAUGHT = frozenset({"supervised", "pseudo_labels", "contrastive_divergence", "transfer"})
"""Procedures that give the network's scores and the target to the recipe's loss."""


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
        if self.recipe.procedure is not None and self.recipe.procedure.name in TASKS:
            return TASKS[self.recipe.procedure.name]
        if self.run is not None and self.run.task:
            return self.run.task
        return self.facts.suggested_task(self.output_width()) if self.facts else ""

    @property
    def loss(self) -> str:
        """The name of the loss, chosen or following from the task; empty where neither is known."""
        chosen = self.recipe.loss
        if chosen is not None or self.procedure not in TAUGHT | {"reconstruction"}:
            return chosen.name if chosen is not None else ""
        return DEFAULT_LOSSES.get(self.task, "")

    @property
    def procedure(self) -> str:
        """How steps are made."""
        return procedure_of(self.recipe.procedure, self.task).name

    @property
    def descent(self) -> Evidence | None:
        """The run, where its losses can be compared from the first step to the last."""
        grows = self.recipe.procedure is not None and self.recipe.procedure.values().get(
            "kl_epochs"
        )
        return self.run if self.procedure in SINGLE_LOSS and not grows else None

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

    def outgoing_type(self, node: Node) -> TensorType | None:
        """The type of the first output, where it is known."""
        ports = self.graph.ports_out(node.name)
        return self.inference.type_at(PortRef(node.name, ports[0].name)) if ports else None

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

    # Blocks --------------------------------------------------------------------------------------

    def blocks(self) -> list[str]:
        """The blocks that the drawing uses, directly or inside others."""
        found: dict[str, None] = {}
        waiting = [self.graph.nodes]
        while waiting:
            for node in waiting.pop().values():
                if isinstance(node.layer, Block) and node.layer.block not in found:
                    definition = self.graph.blocks.get(node.layer.block)
                    if definition is not None:
                        found[node.layer.block] = None
                        waiting.append(definition.nodes)
        return list(found)

    def inside(self, block: str) -> Case:
        """The inside of a block as a drawing of its own, without run."""
        opened = Graph.opened(self.graph.blocks[block], dict(self.graph.blocks))
        return replace(self, inference=Inference(opened), run=None)

    def anywhere(self, *kinds: str) -> Iterator[tuple[str, Node]]:
        """The nodes of these layers with the block that each is in, which is empty for the drawing."""
        yield from (("", node) for node in self.nodes(*kinds))
        for block in self.blocks():
            yield from ((block, node) for node in self.inside(block).nodes(*kinds))

    def place(self, path: str) -> tuple[str, Node | None]:
        """The block and the node that a path of a run stands for, such as ``stage.2.conv``."""
        block, nodes = "", self.graph.nodes
        *outer, name = path.split(".")
        for part in outer:
            if part.isdigit():
                continue
            node = nodes.get(part)
            if node is None or not isinstance(node.layer, Block):
                return "", None
            block = node.layer.block
            nodes = self.graph.blocks[block].nodes
        return block, nodes.get(name)

    def edited(self, block: str, edit: Callable[[Graph], Change]) -> Change:
        """An edit of a block's inside, or where none is named of the drawing, as one of the drawing.

        Raises DesignError where it cannot be made.
        """
        if not block:
            return edit(self.graph)
        return edit_block(self.graph, block, edit(self.inside(block).graph))

    def lifted(self, block: str, finding: Finding) -> Finding:
        """A finding inside a block, with its cure as an edit of the drawing around it."""
        cure = finding.cure
        if cure is not None and cure.change is not None:
            try:
                cure = replace(cure, change=edit_block(self.graph, block, cure.change))
            except DesignError:
                cure = None
        return replace(finding, block=block, cure=cure)


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

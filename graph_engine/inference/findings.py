"""What inference finds out about a node: its types, or what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from graph_engine import formula
from graph_engine.errors import DesignError, ShapeError
from graph_engine.graph import Node, PortRef
from graph_engine.layers.base import Layer
from graph_engine.layers.block import Block
from graph_engine.layers.shape import TensorType

if TYPE_CHECKING:
    from graph_engine.inference.inference import Inference

Arguments = Mapping[str, formula.Value]


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way: where, and in a sentence what to do.

    ``fix`` names a repair, for ``graph_engine.repairs`` to turn into a change.
    """

    severity: Literal["error", "warning"]
    node: str
    port: str
    sentence: str
    fix: tuple[object, ...] = ()

    @property
    def place(self) -> str:
        """``node.port``, or the node, or nothing for the network as a whole."""
        return f"{self.node}.{self.port}" if self.port else self.node


class Visit(NamedTuple):
    """What inference knows of one node: the layer with its bindings filled in, the types of its inputs
    in the order of its slots, and those of its outputs by port."""

    layer: Layer
    inputs: tuple[TensorType | None, ...]
    outputs: dict[str, TensorType]
    copies: tuple[Inference, ...] = ()
    unrolled: int = 1


class Refused(NamedTuple):
    """A node that could not be visited: its own problem, or None where the cause lies upstream."""

    problem: Problem | None


def kind_of(node: Node) -> str:
    """What a node is, in a sentence: its layer's name, or that of its block."""
    layer = node.layer
    return layer.block or "Block" if isinstance(layer, Block) else type(layer).__name__


def as_problem(node: Node, source: PortRef | None, error: DesignError) -> Problem:
    """The problem of a node that was refused; ``source`` is what is wired to the port at fault.

    Most refusals are predicates, to which the node is the subject; others are sentences of their own.
    """
    shaped = isinstance(error, ShapeError)
    port, fix = (error.port, error.fix) if isinstance(error, ShapeError) else ("", ())
    where = f"`{node.name}.{port}` ← `{source}`: " if source and shaped else ""
    text = str(error)
    begin = f"`{node.name}` ({kind_of(node)})"
    own = f"{begin} {text}" if text[:1].islower() else f"{begin}: {text}"
    return Problem("error", node.name, port, where + own, fix)

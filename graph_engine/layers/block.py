"""An instance of a block: a graph used as one node, any number of times, all linked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.kinds import Arguments
from graph_engine.layers.base import Example, Layer, Port


class Block(Layer, family="Block", aliases=("group", "subgraph", "module", "function")):
    """Uses a graph that you drew once as a single node; change the block and every use follows.

    The ports and costs come from the block's own graph, so inference and source treat it there.
    """

    block: str = param("", help="The name of the block in this project.")
    arguments: Arguments = param((), help="Values for the block's parameters.")
    repeat: int = param(1, low=1, high=1000, help="How many copies follow one another.")

    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()

    def arguments_map(self) -> Mapping[str, Any]:
        """The arguments by name."""
        return dict(self.arguments)

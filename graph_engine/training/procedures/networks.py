"""Several networks of one project in one module, for procedures that train them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from graph_engine.errors import TrainingError

Shapes = Mapping[str, tuple[int, ...]]


class Networks(nn.ModuleDict):
    """Networks by name.

    ``shapes`` has, for each, the shape of one sample of every input, in order. ``fed`` names the network
    that the data feed: called as a whole, the networks answer as that one.
    """

    def __init__(
        self, networks: Mapping[str, nn.Module], shapes: Mapping[str, Shapes], fed: str
    ) -> None:
        super().__init__(networks)
        self.shapes, self.fed = shapes, fed

    def forward(self, *inputs: Any) -> Any:
        """What the network that the data feed answers."""
        return self[self.fed](*inputs)

    def network(self, name: str) -> nn.Module:
        """The network of a name. Raises TrainingError where there is none."""
        if name not in self:
            raise TrainingError(
                f"The procedure needs a network called `{name}`, and the project has "
                f"{', '.join(self)}. Rename one of them, or choose another in the recipe."
            )
        return self[name]


def networks_of(module: nn.Module) -> Networks:
    """The networks that a procedure was given. Raises TrainingError where it was given a single one."""
    if not isinstance(module, Networks):
        raise TrainingError(
            "This procedure trains several networks of a project together, and was given one. "
            "Start it from a project that has them."
        )
    return module

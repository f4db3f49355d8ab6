"""A placeholder for a layer that this version does not know, so that nothing of it is lost."""

from __future__ import annotations

import json
from typing import ClassVar, NoReturn

from graph_engine.declaration import param, short
from graph_engine.errors import ShapeError
from graph_engine.kinds import LongText
from graph_engine.layers.base import CATALOGUE, Example, Layer, Port

NEWEST = 1


class Unknown(Layer):
    """Stands where a newer version of Netloom, or another program, put a layer of its own.

    It keeps what the file said and is saved as it came. Its ports are those that wires lead to, which
    only the graph knows; it is not in the catalogue, because nobody would add one.
    """

    kind: str = param("", help="The type of the layer, as the file names it.")
    raw: LongText = param("{}", help="Its parameters, as the JSON text of the file.")
    version: int = param(1, low=1, help="The version of the layer that wrote them.")

    family: ClassVar[str] = ""
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()

    def infer(self, *inputs: object, **_: object) -> NoReturn:
        """Raises ShapeError: nobody knows what comes out of it."""
        raise ShapeError(
            f"{self._reason()} Update Netloom, or replace the layer.", "", ("replace",)
        )

    def _reason(self) -> str:
        known = CATALOGUE.get(self.kind)
        if known is None:
            return (
                f"is of the type {short(self.kind)}, which this version of Netloom does not know."
            )
        if self.version > NEWEST:
            return f"was saved by a newer version of the layer {self.kind} than this Netloom has."
        parameters = known.parameters()
        new = next((name for name in json.loads(self.raw) if name not in parameters), "")
        return (
            f"sets {short(new)}, which {self.kind} does not have here; it has "
            f"{', '.join(parameters) or 'no parameters'}."
        )

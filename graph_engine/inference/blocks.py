"""Enters the blocks of a graph: infers the inside of an instance for its own inputs and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph_engine.declaration import short
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.graph import BlockParameter, Definition, Graph
from graph_engine.inference.findings import Arguments, Visit
from graph_engine.layers.block import Block
from graph_engine.layers.shape import TensorType

if TYPE_CHECKING:
    from graph_engine.inference.inference import Inference

DEEPEST = 16
MOST_NODES = 200_000
TOO_DEEP = f"leads to blocks in blocks more than {DEEPEST} deep. Ungroup one of them."


@dataclass
class BlockCache:
    """Blocks that were opened and inferred already, for all instances with the same inputs."""

    graphs: dict[str, Graph] = field(default_factory=dict)
    inferred: dict[tuple[Any, ...], Inference] = field(default_factory=dict)

    def clear(self) -> None:
        """Forgets everything: some block has changed."""
        self.graphs.clear()
        self.inferred.clear()


def known_block(graph: Graph, layer: Block) -> Definition:
    """What the node is an instance of. Raises ShapeError where the project has no such block."""
    definition = graph.blocks.get(layer.block)
    if definition is None and not layer.block:
        raise ShapeError("is an instance of no block yet. Choose one.")
    if definition is None:
        raise ShapeError(
            f"is an instance of the block `{layer.block}`, which is not in the project. Choose "
            "another block, or draw that one."
        )
    return definition


def enter(outside: Inference, layer: Block, inputs: tuple[TensorType | None, ...]) -> Visit:
    """The visit of an instance, with the inference of each of its copies.

    Raises DesignError for what does not work inside.
    """
    definition = known_block(outside.graph, layer)
    _check(outside, layer, definition)
    names, results = definition.input_names(), definition.output_names()
    given = dict(zip(names, inputs, strict=True))
    copies: list[Inference] = []
    outputs: dict[str, TensorType] = {}
    unrolled = 1
    for _ in range(layer.repeat):
        copies.append(_inner(outside, definition, given, layer.arguments_map()))
        outputs = _results(copies[-1], results)
        if copies[-1].depth >= DEEPEST:
            raise ShapeError(TOO_DEEP)
        unrolled += copies[-1].size()
        if unrolled > MOST_NODES:
            raise ShapeError(
                f"unrolls to more than {MOST_NODES:,} layers. Repeat it, or what is in it, less often."
            )
        if names:
            given = {**given, names[0]: outputs[results[0]]}
    return Visit(layer, inputs, outputs, tuple(copies), unrolled)


def inside(outside: Inference, layer: Block, inputs: tuple[TensorType | None, ...]) -> Inference:
    """The inside of the first copy of an instance that has problems, or else of its last copy.

    Raises DesignError for an instance that cannot be entered.
    """
    definition = known_block(outside.graph, layer)
    _check(outside, layer, definition)
    names, results = definition.input_names(), definition.output_names()
    given = dict(zip(names, inputs, strict=True))
    inner = _inner(outside, definition, given, layer.arguments_map())
    for _ in range(layer.repeat - 1):
        if inner.first_error is not None:
            break
        given |= {names[0]: _results(inner, results)[results[0]]}
        inner = _inner(outside, definition, given, layer.arguments_map())
    return inner


def _check(outside: Inference, layer: Block, definition: Definition) -> None:
    if layer.block in outside.outside:
        circle = " → ".join([*outside.outside, layer.block])
        raise ShapeError(
            f"leads back to where it is used: {circle}. Break the circle, or rename a block that has "
            "the name of its network."
        )
    if len(outside.outside) > DEEPEST:
        raise ShapeError(TOO_DEEP)
    names, results = definition.input_names(), definition.output_names()
    if not results:
        raise ShapeError("has no Output inside. Open it and add one.")
    if layer.repeat > 1 and (len(results) != 1 or not names):
        raise ShapeError(
            f"is repeated, which needs a block with an input and exactly one output, but it has "
            f"{len(names)} and {len(results)}. Set `repeat` to 1."
        )
    for name, value in layer.arguments:
        _check_argument(definition.parameters.get(name), name, value)


def _check_argument(row: BlockParameter | None, name: str, value: object) -> None:
    if row is None:
        raise ParameterError(f"The block has no parameter `{name}`. Remove the value.")
    default = row.default
    if isinstance(default, bool):
        wanted, fits = "true or false", isinstance(value, bool)
    elif isinstance(default, str):
        wanted, fits = "a text", isinstance(value, str)
    else:
        wanted = "a number"
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits:
        raise ParameterError(f"`{name}` takes {wanted}, not {short(value)}.")


def _inner(
    outside: Inference, definition: Definition, given: Mapping[str, Any], arguments: Arguments
) -> Inference:
    cache = outside.cache
    values = tuple(sorted((name, type(value).__name__, value) for name, value in arguments.items()))
    key = (definition.name, tuple(given.items()), values)
    known = cache.inferred.get(key)
    if known is None:
        graph = cache.graphs.get(definition.name)
        if graph is None:
            graph = Graph.opened(definition, dict(outside.graph.blocks))
            cache.graphs[definition.name] = graph
        known = type(outside)(graph, given, arguments, cache, outside.outside)
        cache.inferred[key] = known
    return known


def _results(inner: Inference, results: tuple[str, ...]) -> dict[str, TensorType]:
    wrong = inner.first_error
    if wrong is not None:
        raise ShapeError(f"does not work inside: {wrong.sentence}", "", ("inside", wrong.node))
    found = {}
    for result in results:
        kind = inner.visits[result].inputs[0]
        assert kind is not None
        found[result] = kind
    return found

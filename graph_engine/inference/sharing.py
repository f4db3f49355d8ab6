"""Weights that several nodes use together: whether they fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graph_engine.errors import ShapeError
from graph_engine.graph import Graph, Node
from graph_engine.inference.findings import Problem, Visit, kind_of
from graph_engine.layers.block import Block
from graph_engine.layers.shape import shape_text

if TYPE_CHECKING:
    from graph_engine.inference.inference import Inference

UNSHARE = ("unshare",)
MOST_LISTED = 4


def is_same_kind(a: Node, b: Node) -> bool:
    """Whether one module can serve both nodes."""
    if isinstance(a.layer, Block) and isinstance(b.layer, Block):
        return a.layer.block == b.layer.block
    return type(a.layer) is type(b.layer)


def lender(graph: Graph, node: Node) -> Node:
    """The node whose parameters count: that of the weights, where it is of the same kind.

    Raises ShapeError where there is nothing to share.
    """
    owner = graph.nodes.get(node.shares)
    if owner is None or owner.shares or owner.name == node.name:
        raise ShapeError(
            f"shares the weights of `{node.shares}`, which is not a layer with weights of its own. "
            "Choose another layer, or give it weights of its own.",
            "",
            UNSHARE,
        )
    if owner.muted:
        raise ShapeError(
            f"shares the weights of `{node.shares}`, which is muted. Unmute that one.", "", UNSHARE
        )
    return owner if is_same_kind(owner, node) else node


def sharing_problems(inference: Inference) -> Iterator[Problem]:
    """One for each node that cannot use the weights that it is said to share."""
    for name, node in inference.graph.nodes.items():
        if not node.shares:
            continue
        own, owner = inference.visits.get(name), inference.visits.get(node.shares)
        if own is None or owner is None or node.muted:
            continue
        mine, theirs = weights(own), weights(owner)
        if not is_same_kind(node, inference.graph.nodes[node.shares]):
            mine, theirs = _tied(mine), _tied(theirs)
        if not mine or mine != theirs:
            yield Problem("error", name, "", _sentence(node, mine, theirs), UNSHARE)


def weights(visit: Visit) -> dict[str, Any]:
    """The shapes of a node's weights; in a block, of all that are in it."""
    found = {} if visit.copies else dict(visit.layer.weights(*visit.inputs))
    for number, copy in enumerate(visit.copies):
        for name, inner in copy.visits.items():
            if not copy.graph.nodes[name].muted:
                found |= {f"{number}.{name}.{key}": size for key, size in weights(inner).items()}
    return found


def _tied(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"weight": found["weight"]} if "weight" in found else {}


def _sentence(node: Node, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    begin = f"`{node.name}` ({kind_of(node)}) cannot use the weights of `{node.shares}`"
    if not mine:
        return f"{begin}: it has none of that kind itself. Give it up, or choose another layer."
    mine, theirs = _differing(mine, theirs), _differing(theirs, mine)
    return (
        f"{begin}: it needs {_listed(mine)}, but `{node.shares}` has {_listed(theirs)}. Make both "
        "layers alike, or give it weights of its own."
    )


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {key: shape for key, shape in a.items() if key not in b or b[key] != shape}


def _listed(found: Mapping[str, Any]) -> str:
    texts = [f"{name or 'a tensor'} of {shape_text(shape)}" for name, shape in found.items()]
    if len(texts) > MOST_LISTED:
        texts = [*texts[:MOST_LISTED], f"{len(texts) - MOST_LISTED} more"]
    return ", ".join(texts) or "none of that kind"

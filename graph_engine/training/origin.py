"""Where in a network a number that is none arose first: the step is computed once more and looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graph_engine.training.anatomy import Anatomy
from graph_engine.training.gradients import plain
from graph_engine.training.guard import ADVICE, DivergedError, NotFiniteError
from graph_engine.training.tracing import Trace

if TYPE_CHECKING:
    from graph_engine.training.procedures import Batch, Procedure


@dataclass(frozen=True, slots=True)
class Origin:
    """What was not finite first, as the end of a sentence, and the node's path, where it is a node's."""

    words: str
    node: str = ""


def diverged(
    error: NotFiniteError,
    step: int,
    procedure: Procedure,
    batches: Sequence[Batch],
    reseed: Callable[[], None],
) -> DivergedError:
    """What to raise instead of ``error``, once the step that it stopped is looked through.

    ``reseed`` starts the generators as they were for that step.
    """
    source = getattr(procedure.module, "netloom_source", None)
    anatomy = Anatomy.of(procedure.module, source)
    reseed()
    found = origin_of(anatomy, procedure, batches)
    where = f" {found.words}" if found else ""
    return DivergedError(
        f"The loss of step {error.step or step} {error.what}.{where} {ADVICE}",
        found.node if found else "",
    )


def origin_of(anatomy: Anatomy, procedure: Procedure, batches: Sequence[Batch]) -> Origin | None:
    """Looks through batches, weights, outputs, loss and gradients, in this order; None where everything
    is finite now."""
    return (
        _in_batches(anatomy, batches)
        or _in_weights(anatomy)
        or next((o for b in batches if (o := _in_pass(anatomy, procedure, b)) is not None), None)
    )


# Before the forward pass -------------------------------------------------------------------------


def _in_batches(anatomy: Anatomy, batches: Sequence[Batch]) -> Origin | None:
    kinds = zip(anatomy.nodes, anatomy.layers, strict=True)
    names = [path for path, layer in kinds if layer == "Input"]
    for inputs, target in batches:
        for number, each in enumerate(inputs):
            if not _is_finite(each):
                node = names[number] if number < len(names) else ""
                return Origin(f"The data have it already, in the input {_named(node, '')}.", node)
        if not _is_finite(target):
            return Origin("The data have it already, in the target.")
    return None


def _in_weights(anatomy: Anatomy) -> Origin | None:
    for (name, weight), node in zip(anatomy.weights.items(), anatomy.weight_nodes, strict=True):
        if not _is_finite(weight):
            layer = anatomy.layers[anatomy.rows[node]] if node in anatomy.rows else ""
            short = name.rpartition(".")[2]
            return Origin(
                f"The {short} of {_named(node, layer)} is not finite: the update before was too "
                "large.",
                node,
            )
    return None


# Forward and backward ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """Outputs in the order in which they came, and the steps of the backward pass that made each."""

    rows: list[int] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    first: tuple[int, str] | None = None


def _in_pass(anatomy: Anatomy, procedure: Procedure, batch: Batch) -> Origin | None:
    seen = _Seen()
    trace = Trace(anatomy, lambda row, output, _: _look(anatomy, seen, row, output), learned=True)
    compute = getattr(procedure, "loss", None)
    if compute is None:
        return None
    procedure.module.train()
    trace.attach()
    try:
        loss: Tensor = compute(*batch)
    finally:
        trace.detach()
    if seen.first is not None:
        row, what = seen.first
        node = anatomy.nodes[row]
        return Origin(
            f"It arose first in {_named(node, anatomy.layers[row])}, whose output has {what}.", node
        )
    if not _is_finite(loss.detach()):
        return Origin("All outputs of the network are finite; it arose in the loss itself.")
    return _in_backward(anatomy, seen, loss)


def _look(anatomy: Anatomy, seen: _Seen, row: int, output: Tensor) -> None:
    if output.grad_fn is not None:
        seen.rows.append(row)
        seen.functions.append(output.grad_fn)
    if seen.first is None and not _is_finite(output):
        what = _what(output)
        if what != "-infinity" or "Mask" not in anatomy.layers[row]:
            seen.first = row, what.replace("-infinity", "infinity")


def _in_backward(anatomy: Anatomy, seen: _Seen, loss: Tensor) -> Origin | None:
    owners = _owners(seen)
    found: list[tuple[Any, str]] = []

    def watch(function: Any) -> Callable[[Any, Any], None]:
        def hook(made: Any, received: Any) -> None:
            if not found and all(map(_is_finite, received)):
                wrong = next((each for each in made if not _is_finite(each)), None)
                if wrong is not None:
                    found.append((function, _what(wrong)))

        return hook

    handles = [each.register_hook(watch(each)) for each in [*_reachable(loss.grad_fn, set())]]
    try:
        loss.backward()
    finally:
        for handle in handles:
            handle.remove()
    if not found:
        return None
    function, what = found[0]
    row = owners.get(function)
    if row is None:
        return Origin(f"Its gradient has {what} already in the loss itself.")
    node = anatomy.nodes[row]
    return Origin(
        f"The gradient first has {what} behind {_named(node, anatomy.layers[row])}, on its way back.",
        node,
    )


def _owners(seen: _Seen) -> dict[Any, int]:
    """The row whose computation each function of the backward pass belongs to."""
    owners: dict[Any, int] = {}
    known: set[Any] = set()
    for row, function in zip(seen.rows, seen.functions, strict=True):
        owners |= dict.fromkeys(_reachable(function, known), row)
    return owners


def _reachable(function: Any, known: set[Any]) -> Iterator[Any]:
    """Functions from one on, against the data's flow, without those that are known."""
    waiting = [function]
    while waiting:
        each = waiting.pop()
        if each is None or each in known:
            continue
        known.add(each)
        yield each
        waiting += [before for before, _ in each.next_functions]


def _is_finite(tensor: Tensor | None) -> bool:
    if tensor is None:
        return True
    values = plain(tensor.detach())
    return not values.is_floating_point() or bool(torch.isfinite(values).all())


def _what(tensor: Tensor) -> str:
    values = plain(tensor.detach())
    if bool(torch.isnan(values).any()):
        return "NaN"
    return "infinity" if bool((values == math.inf).any()) else "-infinity"


def _named(node: str, layer: str) -> str:
    return (f"`{node}` ({layer})" if layer else f"`{node}`") if node else "the network"

"""Rules over what went through the layers of a run: gradients backwards, activations forwards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from graph_engine import edits
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.layers.base import Layer
from graph_engine.layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from graph_engine.training.doctor.case import Case, in_turn, kind, named, replaced
from graph_engine.training.doctor.drawing import NORMS, RECTIFIERS, SQUASHING
from graph_engine.training.doctor.evidence import recent, whole
from graph_engine.training.doctor.finding import Cure, Finding, rule

VANISHED = 1e-7
FADED = 1e-4
EXPLODED = 1e3
DEAD = 0.5
SATURATED = 0.5
SPIKE = 50.0
NORMALIZATIONS: dict[int, type[Layer]] = {2: BatchNorm1d, 4: BatchNorm2d, 5: BatchNorm3d}


@rule(
    "vanishing-gradients",
    "Gradients vanish on their way back",
    """The gradient reaches the first layers through all the layers behind them, and each may shrink
    it. When hardly anything arrives, the first layers stay as they started, however long you train.
    Rectifiers, normalisation, better initialisation and skip connections let it pass.""",
    "Glorot & Bengio, 2010; threshold of Amazon SageMaker Debugger, VanishingGradient",
)
def vanishing_gradients(case: Case) -> Iterator[Finding]:
    """A mean absolute gradient below 1e-7, or ten thousand times smaller than that of the last layer."""
    means = _matrices(case, "mean")
    if len(means) < 2:
        return
    (_, end), largest = means[-1], max(value for _, value in means)
    name, least = min(means[:-1], key=lambda pair: pair[1])
    if least > 0 and (least < VANISHED or least < FADED * end) and largest > least:
        yield Finding(
            f"The gradient of `{name}` is {least:.2g} on average, that of `{means[-1][0]}` {end:.2g}.",
            name.split(".")[0],
            _livelier(case),
        )


@rule(
    "exploding-gradients",
    "Gradients explode on their way back",
    """Each layer may enlarge the gradient that goes back through it. Then a single step can throw
    the weights far off. A bound on the gradient's length keeps its direction and takes away its
    force.""",
    "Pascanu et al., On the difficulty of training recurrent neural networks, 2013",
)
def exploding_gradients(case: Case) -> Iterator[Finding]:
    """A gradient longer than a thousand, or much longer than the weights that it is for."""
    norms = _matrices(case, "norm")
    recipe = case.recipe
    if not norms or recipe.clip_norm is not None or recipe.clip_value is not None:
        return
    name, most = max(norms, key=lambda pair: pair[1])
    if most > EXPLODED:
        yield Finding(
            f"The gradient of `{name}` has the length {most:.3g}.",
            name.split(".")[0],
            Cure("Clip the gradient to length 1", recipe=recipe.replace(clip_norm=1.0)),
        )


@rule(
    "gradient-spikes",
    "Now and then a gradient out of all proportion",
    """Most steps are calm, but a few have a gradient many times as long, and undo in one step what
    many have learned. Clipping at the usual length takes the force out of those steps alone.""",
    "Pascanu et al., 2013",
)
def gradient_spikes(case: Case) -> Iterator[Finding]:
    """A total norm fifty times its median after the first tenth of the run."""
    run, recipe = case.run, case.recipe
    table = run.gradient("norm") if run else np.empty((0, 0))
    if len(table) < 20 or recipe.clip_norm is not None or recipe.clip_value is not None:
        return
    total = np.sqrt(np.nansum(np.square(table), axis=1))[len(table) // 10 :]
    usual, most = float(np.median(total)), float(np.max(total))
    if usual > 0 and most > SPIKE * usual and most > 1:
        bound = float(f"{4 * usual:.1g}")
        yield Finding(
            f"The gradient is {usual:.2g} long as a rule and was {most:.3g} once.",
            cure=Cure(
                f"Clip the gradient to length {bound:g}", recipe=recipe.replace(clip_norm=bound)
            ),
        )


@rule(
    "dead-units",
    "Units that never fire",
    """A rectifier whose input is negative for every sample gives zero and passes no gradient:
    nothing can bring it back. It comes from too long steps or from a large negative bias. A leaky
    rectifier lets some gradient through on the other side.""",
    "Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013; threshold of "
    "Amazon SageMaker Debugger, DeadRelu",
)
def dead_units(case: Case) -> Iterator[Finding]:
    """More than half of a rectifier's units zero for all samples of the probe."""
    for node, share in _nodes(case, "dead", RECTIFIERS):
        if share > DEAD:
            yield Finding(
                f"{share:.0%} of the units of {named(node)} are zero for every sample looked at.",
                node.name,
                Cure(
                    f"Replace {node.name} by LeakyReLU",
                    edits.replace_layer(case.graph, node.name, "LeakyReLU"),
                ),
            )


@rule(
    "saturated-units",
    "Units pressed against their ends",
    """Where a sigmoid or tanh is at one of its ends its slope is almost zero, and so is the
    gradient that it passes: such units hardly learn. Normalising what comes in keeps them in the
    middle.""",
    "Glorot & Bengio, 2010; Amazon SageMaker Debugger, SaturatedActivation",
)
def saturated_units(case: Case) -> Iterator[Finding]:
    """More than half of the values of a hidden sigmoid or tanh near an end."""
    last = case.last()
    for node, share in _nodes(case, "saturated", SQUASHING):
        if share > SATURATED and node != last:
            place = _normalization(case, node)
            change = _normalized((case.entry(node), place), case.graph) if place else None
            cure = (
                Cure(f"Insert batch normalisation before {node.name}", change) if change else None
            )
            yield Finding(
                f"{share:.0%} of the values of {named(node)} are close to an end.", node.name, cure
            )


@rule(
    "no-gradient",
    "Weights without any gradient",
    """A weight whose gradient is exactly zero in every step does not take part in the answer: it is
    cut off by something that is always zero, or nothing depends on it.""",
)
def no_gradient(case: Case) -> Iterator[Finding]:
    """A trainable weight whose gradient was zero in all that was measured."""
    run = case.run
    table = run.gradient("norm") if run else np.empty((0, 0))
    if run is None or run.layers is None or len(table) < 5:
        return
    silent = [
        name
        for name, column in zip(run.layers.weights, table.T, strict=True)
        if not np.isnan(column).any() and not column.any()
    ]
    if silent:
        told = ", ".join(f"`{name}`" for name in silent[:4]) + (" …" if len(silent) > 4 else "")
        node = run.layers.weight_nodes[run.layers.weights.index(silent[0])]
        yield Finding(f"The gradient of {told} was zero in every step.", node.split(".")[0])


def _matrices(case: Case, column: str) -> list[tuple[str, float]]:
    """The weights with at least two dimensions by name, in order, with their median over the run."""
    run = case.run
    if run is None or run.layers is None:
        return []
    values = whole(run.gradient(column))
    pairs = zip(run.layers.weights, values, strict=False)
    return [
        (name, float(value))
        for name, value in pairs
        if "bias" not in name and not np.isnan(value) and not _is_norm(case, name)
    ]


def _is_norm(case: Case, weight: str) -> bool:
    run = case.run
    assert run is not None
    assert run.layers is not None
    node = run.layers.weight_nodes[run.layers.weights.index(weight)]
    kinds = dict(zip(run.layers.nodes, run.layers.layers, strict=True))
    return "Norm" in kinds.get(node, "")


def _nodes(case: Case, column: str, kinds: frozenset[str]) -> Iterator[tuple[Node, float]]:
    """The nodes of the drawing of these kinds with what was measured of them at the end."""
    run = case.run
    if run is None or run.layers is None:
        return
    values = recent(run.activation(column))
    for path, value in zip(run.layers.nodes, values, strict=False):
        node = case.graph.nodes.get(path)
        if node is not None and kind(node) in kinds and not np.isnan(value):
            yield node, float(value)


def _livelier(case: Case) -> Cure | None:
    """Rectifiers for squashing activations, else batch normalisation before the activations."""
    squashing = [node.name for node in case.nodes(*SQUASHING) if node != case.last()]
    if squashing:
        return Cure(
            "Replace squashing activations by ReLU", replaced(case.graph, squashing, "ReLU")
        )
    if any(case.nodes(*NORMS)):
        return None
    steps = [partial(_normalized, place) for place in _fitting(case)]
    change = in_turn(case.graph, steps)
    return Cure("Insert batch normalisation before the activations", change) if change else None


def _fitting(case: Case) -> Iterator[tuple[PortRef, type[Layer]]]:
    """Where rectifiers have their input, and the batch normalisation that fits there."""
    for node in case.nodes(*RECTIFIERS):
        layer = _normalization(case, node)
        if layer is not None:
            yield case.entry(node), layer


def _normalization(case: Case, node: Node) -> type[Layer] | None:
    found = case.incoming_type(node)
    return NORMALIZATIONS.get(len(found.shape)) if found is not None else None


def _normalized(place: tuple[PortRef, type[Layer]], graph: Graph) -> Change:
    target, layer = place
    return edits.insert_on_wire(graph, target, layer())


RULES = (
    vanishing_gradients,
    exploding_gradients,
    gradient_spikes,
    dead_units,
    saturated_units,
    no_gradient,
)

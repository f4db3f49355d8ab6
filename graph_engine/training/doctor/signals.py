"""Rules over what went through the layers of a run: gradients backwards, activations forwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from graph_engine import edits
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.layers.base import Layer
from graph_engine.layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from graph_engine.training.doctor.case import (
    SINGLE_LOSS,
    TAUGHT,
    Case,
    in_turn,
    kind,
    named,
    replaced,
)
from graph_engine.training.doctor.drawing import AFFINE, LINEAR, NORMS, RECTIFIERS, SQUASHING
from graph_engine.training.doctor.evidence import recent, whole
from graph_engine.training.doctor.finding import Cure, Finding, rule
from graph_engine.training.thresholds import EXPLODED, FADED, VANISHED

DEAD = 0.5
SATURATED = 0.5
SPIKE = 20.0
UNEVEN = 10.0
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
    rows = _matrices(case, "mean")
    if len(rows) < 2:
        return
    end, largest = rows[-1], max(row.value for row in rows)
    least = min(rows[:-1], key=lambda row: row.value)
    if 0 < least.value < max(VANISHED, FADED * end.value) and largest > least.value:
        yield Finding(
            f"The gradient of `{least.weight}` is {least.value:.2g} on average, that of `{end.weight}` "
            f"{end.value:.2g}.",
            least.node,
            _livelier(case),
            block=least.block,
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
    most = max(norms, key=lambda row: row.value)
    if most.value > EXPLODED:
        yield Finding(
            f"The gradient of `{most.weight}` has the length {most.value:.3g}.",
            most.node,
            Cure("Clip the gradient to length 1", recipe=recipe.replace(clip_norm=1.0)),
            block=most.block,
        )


@rule(
    "gradient-spikes",
    "Now and then a gradient out of all proportion",
    """Most steps are calm, but a few have a gradient many times as long, and undo in one step what
    many have learned. Clipping at the usual length takes the force out of those steps alone.""",
    "Pascanu et al., 2013",
)
def gradient_spikes(case: Case) -> Iterator[Finding]:
    """A total norm twenty times its median, and that of the first quarter, after the first tenth.

    Gradients of a healthy run become shorter, so that late ones alone are no measure.
    """
    run, recipe = case.descent, case.recipe
    table = run.gradient("norm") if run else np.empty((0, 0))
    if len(table) < 20 or recipe.clip_norm is not None or recipe.clip_value is not None:
        return
    total = np.sqrt(np.nansum(np.square(table), axis=1))
    early = float(np.median(total[: len(total) // 4]))
    usual, most = max(early, float(np.median(total))), float(np.max(total[len(total) // 10 :]))
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
    for block, node, share in _nodes(case, "dead", RECTIFIERS):
        if share > DEAD:
            change = case.edited(block, partial(_leaky, node.name))
            yield Finding(
                f"{share:.0%} of the units of {named(node)} are zero for every sample looked at.",
                node.name,
                Cure(f"Replace {node.name} by LeakyReLU", change),
                block=block,
            )


def _leaky(name: str, graph: Graph) -> Change:
    return edits.replace_layer(graph, name, "LeakyReLU")


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
    for block, node, share in _nodes(case, "saturated", SQUASHING):
        if share > SATURATED and node != last:
            inner = case.inside(block) if block else case
            layer, cure = _normalization(inner, node), None
            if layer is not None:
                place = (inner.entry(node), layer)
                change = case.edited(block, partial(_normalized, place))
                cure = Cure(f"Insert batch normalisation before {node.name}", change)
            yield Finding(
                f"{share:.0%} of the values of {named(node)} are close to an end.",
                node.name,
                cure,
                block=block,
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
    if case.procedure not in SINGLE_LOSS | TAUGHT:
        return
    paths = dict(zip(run.layers.weights, run.layers.weight_nodes, strict=True))
    silent = [
        name
        for name, column in zip(run.layers.weights, table.T, strict=True)
        if not np.isnan(column).any() and not column.any()
    ]
    if silent:
        told = ", ".join(f"`{name}`" for name in silent[:4]) + (" …" if len(silent) > 4 else "")
        block, node = case.place(paths[silent[0]])
        yield Finding(
            f"The gradient of {told} was zero in every step.",
            node.name if node else "",
            block=block,
        )


@rule(
    "uneven-start",
    "The layers start on very different scales",
    """Where each layer makes numbers larger or smaller than the one before, a few layers are enough to
    press activations against their ends, and gradients vanish or explode. Good initial weights keep
    the spread from layer to layer.""",
    "He et al., Delving Deep into Rectifiers, 2015; after Amazon SageMaker Debugger, "
    "PoorWeightInitialization",
)
def uneven_start(case: Case) -> Iterator[Finding]:
    """Outputs of a weighted layer that are spread ten times as widely, or a tenth, of those of the layer
    before, measured before the first step and with no normalisation between. A layer that answers one
    number says too little of a spread on so few samples."""
    run = case.run
    table = run.activation("deviation") if run is not None else np.empty((0, 0))
    if run is None or run.layers is None or not len(table):
        return
    spread = dict(zip(run.layers.nodes, table[0].tolist(), strict=False))
    worst, ratio = None, 1.0
    for node in case.nodes(*LINEAR):
        before = _weights_before(case, node)
        if before is None or _is_normalized(case, node) or _is_normalized(case, before):
            continue
        if node.layer.values().get("out_features") == 1:
            continue
        first, second = spread.get(before.name, 0.0), spread.get(node.name, 0.0)
        found = second / first if first > 0 and second > 0 else 1.0
        if abs(np.log(found)) > abs(np.log(ratio)):
            worst, ratio = (before, node), found
    if worst is None or 1 / UNEVEN < ratio < UNEVEN:
        return
    before, node = worst
    yield Finding(
        f"At the start the outputs of {named(node)} are spread {ratio:.2g} times as widely as those of "
        f"{named(before)}.",
        node.name,
        _evened(case),
    )


def _weights_before(case: Case, node: Node) -> Node | None:
    """The weighted layer that feeds this one through activations and the like alone."""
    before = case.before(node)
    while before is not None and kind(before) in AFFINE | RECTIFIERS | SQUASHING:
        before = case.before(before)
    return before if before is not None and kind(before) in LINEAR else None


def _is_normalized(case: Case, node: Node) -> bool:
    reader = case.only_reader(node)
    return reader is not None and "Norm" in kind(reader)


def _evened(case: Case) -> Cure | None:
    """Initial weights as PyTorch chooses them, where somebody chose others; else normalisation."""
    own = [
        node.name
        for node in case.nodes(*LINEAR)
        if node.layer.values().get("weight_init") is not None
        and "weight_init" not in dict(node.bindings)
    ]
    if own:
        change = in_turn(case.graph, [partial(_as_usual, name) for name in own])
        return Cure("Start with the usual weights", change)
    return _livelier(case)


def _as_usual(name: str, graph: Graph) -> Change:
    return edits.set_parameter(graph, name, "weight_init", None)


@dataclass(frozen=True)
class Weight:
    """A row of a table of gradients: a matrix of a layer, with what was measured of it."""

    weight: str
    block: str
    node: str
    value: float


def _matrices(case: Case, column: str) -> list[Weight]:
    """The matrices of layers in order, with the median of a column over the run.

    Of an embedding only the rows that are used have gradients, so that its mean says nothing.
    """
    run = case.run
    if run is None or run.layers is None or case.procedure not in SINGLE_LOSS | TAUGHT:
        return []
    kinds = dict(zip(run.layers.nodes, run.layers.layers, strict=True))
    found = []
    rows = zip(
        run.layers.weights, run.layers.weight_nodes, whole(run.gradient(column)), strict=False
    )
    for weight, path, value in rows:
        layer = kinds.get(path, "")
        if "bias" in weight or np.isnan(value) or "Norm" in layer or "Embedding" in layer:
            continue
        block, node = case.place(path)
        found.append(Weight(weight, block, node.name if node else "", float(value)))
    return found


def _nodes(case: Case, column: str, kinds: frozenset[str]) -> Iterator[tuple[str, Node, float]]:
    """The nodes of these kinds, with their block, and the most that was measured at the end."""
    run = case.run
    if run is None or run.layers is None:
        return
    most: dict[tuple[str, str], tuple[str, Node, float]] = {}
    for path, value in zip(run.layers.nodes, recent(run.activation(column)), strict=False):
        block, node = case.place(path)
        if node is None or kind(node) not in kinds or np.isnan(value):
            continue
        before = most.get((block, node.name))
        if before is None or value > before[2]:
            most[block, node.name] = (block, node, float(value))
    yield from most.values()


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
    uneven_start,
)

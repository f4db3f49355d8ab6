"""Rules over the drawing and its recipe: what can be known before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from networkx import descendants

from graph_engine import edits
from graph_engine.graph import Change, Graph, Node
from graph_engine.layers.activation import ReLU
from graph_engine.layers.base import Learned
from graph_engine.layers.initialization import Initialization
from graph_engine.layers.inputs import Output
from graph_engine.layers.shape import TensorType
from graph_engine.training.doctor.case import Case, in_turn, kind, named, replaced
from graph_engine.training.doctor.finding import Cure, Finding, rule

LINEAR = frozenset({"Linear", "Conv1d", "Conv2d", "Conv3d"})
NORMS = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"})
DROPOUTS = frozenset({"Dropout", "Dropout1d", "Dropout2d", "Dropout3d"})
AFFINE = NORMS | DROPOUTS | {"Flatten", "Unflatten", "Identity", "AvgPool1d", "AvgPool2d"}
"""Layers between which two linear maps are still one linear map."""

SQUASHING = frozenset({"Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "Softsign"})
RECTIFIERS = frozenset({"ReLU", "ReLU6"})
SKIPS = frozenset({"Add", "Concat", "Cat"})
STRONG_DROPOUT = 0.8
DEEP, DEEPER = 4, 7
QUARTER = frozenset({"Sigmoid", "Hardsigmoid"})


@rule(
    "no-nonlinearity",
    "No activation between linear layers",
    """Two linear maps one after the other are one linear map: the second adds weights but nothing
    that the first could not express. An activation between them lets the network bend.""",
    "Goodfellow, Bengio & Courville, Deep Learning, section 6.1",
    looks_inside=True,
)
def no_nonlinearity(case: Case) -> Iterator[Finding]:
    """A linear layer that is fed by another through nothing but linear steps."""
    for node in case.nodes(*LINEAR):
        before = case.before(node)
        while before is not None and kind(before) in AFFINE and case.only_reader(before):
            before = case.before(before)
        if before is None or kind(before) not in LINEAR or not case.only_reader(before):
            continue
        if before.layer.values().get("groups", 1) != 1 or _is_bottleneck(case, before, node):
            continue
        change = edits.insert_on_wire(case.graph, case.entry(node), ReLU())
        yield Finding(
            f"Nothing but linear steps lies between {named(before)} and {named(node)}.",
            node.name,
            Cure(f"Insert ReLU before {node.name}", change),
        )


def _is_bottleneck(case: Case, before: Node, node: Node) -> bool:
    """Whether there are fewer numbers between two layers than before and after: a bound on the rank,
    as in an autoencoder's code or an inverted residual, which one layer alone would not have."""
    ends = (case.incoming_type(before), case.outgoing_type(before), case.outgoing_type(node))
    first, between, last = (_features(each) for each in ends)
    return bool(first and between and last) and between < min(first, last)


def _features(found: TensorType | None) -> int:
    """The numbers that a layer mixes: channels of an image, entries of a vector; 0 if unknown."""
    shape = found.shape[1:] if found is not None else ()
    size = shape[0] if len(shape) == 3 else shape[-1] if shape else 0
    return size if isinstance(size, int) else 0


@rule(
    "bias-before-normalization",
    "Bias before batch normalisation",
    """Batch normalisation subtracts the mean of each channel, and with it whatever bias the layer
    before added. The bias costs memory and time and never learns anything.""",
    "Ioffe & Szegedy, Batch Normalization, 2015, section 3.2",
    looks_inside=True,
)
def bias_before_normalization(case: Case) -> Iterator[Finding]:
    """A bias that the very next layer removes."""
    for node in case.nodes(*NORMS):
        before = case.before(node)
        if before is None or kind(before) not in LINEAR or not case.only_reader(before):
            continue
        if before.layer.values()["bias"] is True and "bias" not in dict(before.bindings):
            yield Finding(
                f"{named(before)} adds a bias that {named(node)} takes away at once.",
                before.name,
                Cure(
                    f"Switch off the bias of {before.name}",
                    edits.set_parameter(case.graph, before.name, "bias", False),
                ),
                "advice",
            )


@rule(
    "dropout-before-normalization",
    "Dropout before batch normalisation",
    """Dropout changes the variance of what passes in training but not afterwards, and batch
    normalisation keeps the variance of training for afterwards: the two disagree when it counts.
    Dropout belongs behind the last batch normalisation.""",
    "Li et al., Understanding the Disharmony between Dropout and Batch Normalization, 2019",
    looks_inside=True,
)
def dropout_before_normalization(case: Case) -> Iterator[Finding]:
    """Dropout that reaches a batch normalisation through linear layers and activations only."""
    for norm in case.nodes(*NORMS):
        before = case.before(norm)
        while before is not None and kind(before) in LINEAR | RECTIFIERS | SQUASHING | {"Flatten"}:
            before = case.before(before)
        if before is not None and kind(before) in DROPOUTS and case.only_reader(before):
            yield Finding(
                f"{named(before)} stands before {named(norm)}.",
                before.name,
                Cure(f"Remove {before.name}", edits.remove(case.graph, [before.name])),
            )


@rule(
    "unused-branch",
    "A branch that leads nowhere",
    """What no output depends on gets no gradient and learns nothing, but is computed all the
    same.""",
    looks_inside=True,
)
def unused_branch(case: Case) -> Iterator[Finding]:
    """Nodes from which no wire leads to an output."""
    graph = case.graph
    ends = [name for name, node in graph.nodes.items() if type(node.layer) is Output]
    used, waiting = set(ends), list(ends)
    while waiting:
        for source in graph.incoming(waiting.pop()).values():
            if source.node not in used:
                used.add(source.node)
                waiting.append(source.node)
    idle = [name for name in graph.in_order() if name not in used and graph.incoming(name)]
    if ends and idle:
        told = ", ".join(f"`{name}`" for name in idle[:4]) + (" …" if len(idle) > 4 else "")
        yield Finding(
            f"No output depends on {told}.",
            idle[0],
            Cure("Remove the branch", edits.remove(graph, idle, heal=False)),
        )


@rule(
    "squashing-depth",
    "Many squashing activations in a row",
    """Sigmoid and tanh flatten towards their ends, where their slope is nearly zero. Each one
    multiplies the gradient by its slope (at most ¼ for a sigmoid), so that after several little is
    left for the first layers. Rectifiers, normalisation or skip connections keep gradients
    alive.""",
    "Glorot & Bengio, Understanding the difficulty of training deep feedforward networks, 2010",
    looks_inside=True,
)
def squashing_depth(case: Case) -> Iterator[Finding]:
    """A chain of four sigmoids, or seven of any kind, without normalisation or a skip between them.

    The slope of a sigmoid is a quarter at most, that of tanh one in its middle: LeNet-5 has five of
    those and learns. Layers that are trained one by one first need no gradient from the end.
    """
    if case.procedure == "contrastive_divergence":
        return
    depth: dict[str, list[str]] = {}
    longest: list[str] = []
    for name in case.graph.in_order():
        node = case.graph.nodes[name]
        before = case.before(node)
        chain = depth.get(before.name, []) if before is not None else []
        if kind(node) in SKIPS or "Norm" in kind(node):
            chain = []
        elif kind(node) in SQUASHING and not node.muted:
            chain = [*chain, name]
        depth[name] = chain
        longest = max(longest, chain, key=len)
    steep = sum(kind(case.graph.nodes[name]) in QUARTER for name in longest)
    if steep >= DEEP or len(longest) >= DEEPER:
        yield Finding(
            f"{len(longest)} squashing activations follow one another, from `{longest[0]}` to "
            f"`{longest[-1]}`.",
            longest[0],
            Cure("Replace them by ReLU", replaced(case.graph, longest, "ReLU")),
        )


@rule(
    "strong-dropout",
    "Dropout leaves almost nothing",
    """Dropout with a high share silences so many units in each step that what is left cannot carry
    the answer. Shares from 0.1 to 0.5 are usual.""",
    "Srivastava et al., Dropout, 2014, section 7.3",
    looks_inside=True,
)
def strong_dropout(case: Case) -> Iterator[Finding]:
    """A share of 0.8 or more."""
    for node in case.nodes(*DROPOUTS):
        share = node.layer.values()["p"]
        if share >= STRONG_DROPOUT and "p" not in dict(node.bindings):
            yield Finding(
                f"{named(node)} silences {share:.0%} of its units in each step.",
                node.name,
                Cure(
                    f"Lower {node.name} to 0.5",
                    edits.set_parameter(case.graph, node.name, "p", 0.5),
                ),
            )


@rule(
    "symmetric-initialization",
    "All weights start alike",
    """Units that start with the same weights get the same gradient and stay alike for ever: a wide
    layer then does the work of a single unit. Random starts break the symmetry.""",
    "Goodfellow, Bengio & Courville, Deep Learning, section 8.4",
    looks_inside=True,
)
def symmetric_initialization(case: Case) -> Iterator[Finding]:
    """Weights (not biases) that start as one constant, with another weighted layer behind."""
    for node in case.nodes(*LINEAR):
        start = node.layer.values().get("weight_init")
        alike = isinstance(start, Initialization) and start.name in ("zeros", "ones", "constant")
        if alike and "weight_init" not in dict(node.bindings) and _leads_to_weights(case, node):
            yield Finding(
                f"Every weight of {named(node)} starts with the same number.",
                node.name,
                Cure(
                    f"Let {node.name} start at random",
                    edits.set_parameter(case.graph, node.name, "weight_init", None),
                ),
            )


def _leads_to_weights(case: Case, node: Node) -> bool:
    """Whether several units learn with a weighted layer behind them; the branch of a skip connection
    may begin with nothing."""
    reader = case.only_reader(node)
    is_one = _features(case.outgoing_type(node)) == 1
    if is_one or not node.layer.values().get("trainable", True):
        return False
    if reader is not None and kind(reader) in SKIPS:
        return False
    later = descendants(case.graph.dag, node.name)
    return any(kind(case.graph.nodes[name]) in LINEAR for name in later)


@rule(
    "frozen-network",
    "Nothing is left to be trained",
    """A frozen layer keeps the weights that it has. Where all layers are frozen, training computes
    the same answers again and again.""",
)
def frozen_network(case: Case) -> Iterator[Finding]:
    """Every layer with weights is frozen, inside blocks as well."""
    learned = [
        node
        for graph in (case.graph, *(case.inside(block).graph for block in case.blocks()))
        for node in graph.nodes.values()
        if isinstance(node.layer, Learned) and not node.muted
    ]
    own = [node.name for node in learned if case.graph.nodes.get(node.name) is node]
    if not own or any(node.layer.values()["trainable"] for node in learned):
        return
    steps = [partial(_thawed, name) for name in own]
    yield Finding(
        f"All {len(learned)} layers with weights are frozen."
        if len(learned) > 1
        else f"{named(learned[0])} is the only layer with weights, and it is frozen.",
        own[-1],
        Cure("Let all layers learn", in_turn(case.graph, steps)),
        "error",
    )


def _thawed(name: str, graph: Graph) -> Change:
    return edits.set_parameter(graph, name, "trainable", True)


RULES = (
    no_nonlinearity,
    bias_before_normalization,
    dropout_before_normalization,
    unused_branch,
    squashing_depth,
    strong_dropout,
    symmetric_initialization,
    frozen_network,
)

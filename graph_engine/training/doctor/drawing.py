"""Rules over the drawing and its recipe: what can be known before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator

from graph_engine import edits
from graph_engine.checks import checks
from graph_engine.errors import DesignError
from graph_engine.graph import Node
from graph_engine.layers.activation import ReLU
from graph_engine.layers.initialization import Initialization
from graph_engine.layers.inputs import Output
from graph_engine.repairs import repair
from graph_engine.training.doctor.case import Case, kind, named, replaced
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
DEEP = 4


@rule(
    "no-nonlinearity",
    "No activation between linear layers",
    """Two linear maps one after the other are one linear map: the second adds weights but nothing
    that the first could not express. An activation between them lets the network bend.""",
    "Goodfellow, Bengio & Courville, Deep Learning, section 6.1",
)
def no_nonlinearity(case: Case) -> Iterator[Finding]:
    """A linear layer that is fed by another through nothing but linear steps."""
    for node in case.nodes(*LINEAR):
        before = case.before(node)
        while before is not None and kind(before) in AFFINE and case.only_reader(before):
            before = case.before(before)
        if before is None or kind(before) not in LINEAR or not case.only_reader(before):
            continue
        if "groups" in before.layer.values() and before.layer.values()["groups"] != 1:
            continue
        change = edits.insert_on_wire(case.graph, case.entry(node), ReLU())
        yield Finding(
            f"Nothing but linear steps lies between {named(before)} and {named(node)}.",
            node.name,
            Cure(f"Insert ReLU before {node.name}", change),
        )


@rule(
    "bias-before-normalization",
    "Bias before batch normalisation",
    """Batch normalisation subtracts the mean of each channel, and with it whatever bias the layer
    before added. The bias costs memory and time and never learns anything.""",
    "Ioffe & Szegedy, Batch Normalization, 2015, section 3.2",
)
def bias_before_normalization(case: Case) -> Iterator[Finding]:
    """A bias that the very next layer removes."""
    for node in case.nodes(*NORMS):
        before = case.before(node)
        if before is None or kind(before) not in LINEAR or not case.only_reader(before):
            continue
        if before.layer.values()["bias"] is True and not before.bindings:
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
    "softmax-before-loss",
    "The loss applies softmax itself",
    """Cross-entropy in PyTorch expects plain scores and applies the logarithm of the softmax
    itself. With a softmax before it gradients become small, and the network learns slowly and never
    gets sure.""",
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
)
def softmax_before_loss(case: Case) -> Iterator[Finding]:
    """A last activation that the loss applies a second time."""
    yield from _loss_checks(case, is_superfluous=True)


@rule(
    "output-fits-loss",
    "The loss expects another output",
    """Each loss reads the network's output in its own way: as plain scores, as chances between 0
    and 1, as logarithms of chances. Where the last layer gives something else, the loss misreads
    it.""",
    "https://docs.pytorch.org/docs/stable/nn.html#loss-functions",
)
def output_fits_loss(case: Case) -> Iterator[Finding]:
    """A last activation that the loss needs and that is not there."""
    yield from _loss_checks(case, is_superfluous=False)


def _loss_checks(case: Case, is_superfluous: bool) -> Iterator[Finding]:
    for problem in checks(case.graph, case.inference, case.loss):
        if (problem.fix[:1] == ("remove",)) != is_superfluous:
            continue
        found = repair(problem, case.inference)
        cure = Cure(found.label, found.change) if found else None
        yield Finding(problem.sentence, problem.node, cure, problem.severity)


@rule(
    "rectified-output",
    "The last layer cannot be negative",
    """A rectifier sets everything below zero to zero and passes no gradient there. As the last
    layer it keeps the network from giving a negative answer, and a sample answered by zero teaches
    nothing.""",
    "https://cs231n.github.io/neural-networks-1/#actfun",
)
def rectified_output(case: Case) -> Iterator[Finding]:
    """A rectifier whose values are the network's answer."""
    last = case.last()
    if last is not None and kind(last) in RECTIFIERS and case.task not in ("", "reconstruction"):
        yield Finding(
            f"{named(last)} is the last layer before the loss.",
            last.name,
            Cure(f"Remove {last.name}", edits.remove(case.graph, [last.name])),
        )


@rule(
    "unused-branch",
    "A branch that leads nowhere",
    """What no output depends on gets no gradient and learns nothing, but is computed all the
    same.""",
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
)
def squashing_depth(case: Case) -> Iterator[Finding]:
    """A chain of squashing activations without normalisation or a skip between them."""
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
    if len(longest) >= DEEP:
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
)
def strong_dropout(case: Case) -> Iterator[Finding]:
    """A share of 0.8 or more."""
    for node in case.nodes(*DROPOUTS):
        share = node.layer.values()["p"]
        if share >= STRONG_DROPOUT and not node.bindings:
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
)
def symmetric_initialization(case: Case) -> Iterator[Finding]:
    """Weights (not biases) that start as one constant, with another weighted layer behind."""
    for node in case.nodes(*LINEAR):
        start = node.layer.values().get("weight_init")
        if isinstance(start, Initialization) and start.name in ("zeros", "ones", "constant"):
            yield Finding(
                f"Every weight of {named(node)} starts with the same number.",
                node.name,
                Cure(
                    f"Let {node.name} start at random",
                    edits.set_parameter(case.graph, node.name, "weight_init", None),
                ),
            )


@rule(
    "too-few-outputs",
    "Not one score for each class",
    """A classifier needs one score for each class. With fewer, some class can never be named; with
    more, the surplus scores learn only never to be chosen.""",
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
)
def too_few_outputs(case: Case) -> Iterator[Finding]:
    """A number of outputs that is not the number of classes."""
    facts, last = case.facts, case.last()
    width = case.output_width()
    if facts is None or last is None or width is None or case.task != "classification":
        return
    classes = len(facts.classes)
    if case.loss == "CrossEntropyLoss" and width != classes:
        yield Finding(
            f"“{facts.target}” has {classes} classes, and the network gives {width} scores.",
            last.name,
            _resized(case, last, classes),
            "error" if width < classes else "warning",
        )


def _resized(case: Case, last: Node, size: int) -> Cure | None:
    for name in ("out_features", "out_channels"):
        if name in last.layer.parameters() and not last.bindings:
            try:
                change = edits.set_parameter(case.graph, last.name, name, size)
            except DesignError:
                return None
            return Cure(f"Give {last.name} {size} outputs", change)
    return None


RULES = (
    no_nonlinearity,
    bias_before_normalization,
    dropout_before_normalization,
    softmax_before_loss,
    output_fits_loss,
    rectified_output,
    unused_branch,
    squashing_depth,
    strong_dropout,
    symmetric_initialization,
    too_few_outputs,
)

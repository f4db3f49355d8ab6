"""Rules over the end of a drawing: whether the last layer gives what the loss reads."""

from __future__ import annotations

from collections.abc import Iterator

from graph_engine import edits
from graph_engine.checks import checks
from graph_engine.errors import DesignError
from graph_engine.graph import Node
from graph_engine.repairs import repair
from graph_engine.training.doctor.case import TAUGHT, Case, kind, named
from graph_engine.training.doctor.drawing import RECTIFIERS
from graph_engine.training.doctor.finding import Cure, Finding, rule


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
    if last is not None and kind(last) in RECTIFIERS and case.procedure in TAUGHT and case.task:
        yield Finding(
            f"{named(last)} is the last layer before the loss.",
            last.name,
            Cure(f"Remove {last.name}", edits.remove(case.graph, [last.name])),
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
    if case.procedure not in TAUGHT - {"transfer"}:
        return
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
        if name in last.layer.parameters() and name not in dict(last.bindings):
            try:
                change = edits.set_parameter(case.graph, last.name, name, size)
            except DesignError:
                return None
            return Cure(f"Give {last.name} {size} outputs", change)
    return None


RULES = (
    softmax_before_loss,
    output_fits_loss,
    rectified_output,
    too_few_outputs,
)

"""Rules over how a run went: its losses and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import numpy as np

from graph_engine import edits
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.layers.activation import ReLU
from graph_engine.layers.base import Layer
from graph_engine.layers.dropout import Dropout
from graph_engine.layers.linear import Linear
from graph_engine.training.choices import Scheduler
from graph_engine.training.doctor.case import Case, in_turn, kind
from graph_engine.training.doctor.drawing import DROPOUTS, LINEAR
from graph_engine.training.doctor.evidence import recent
from graph_engine.training.doctor.finding import Cure, Finding, rule
from graph_engine.training.recipe import Recipe
from graph_engine.training.thresholds import FAST, SLOW

NOT_FINITE = re.compile(r"\b(not finite|no longer finite|is nan|is -?inf)\b", re.IGNORECASE)
ENOUGH_STEPS = 20
WORSE = 1.2
GAP = 0.1
LEAP = 5.0
BAD_START = 3.0
RESTING, HELD_BACK, NARROW = 0.97, 0.6, 8
FLAT, SWING, STEADY, LEARNED = 0.97, 0.05, 2e-3, 0.02


def with_rate(recipe: Recipe, factor: float) -> Recipe:
    """The recipe with another learning rate, in two digits."""
    optimizer = recipe.optimizer
    rate = float(f"{optimizer.values()['lr'] * factor:.2g}")
    return recipe.replace(optimizer=optimizer.replace(lr=rate))


def rate_cure(case: Case, factor: float) -> Cure:
    """Another learning rate, as a cure."""
    changed = with_rate(case.recipe, factor)
    verb = "Raise" if factor > 1 else "Lower"
    rate = changed.optimizer.values()["lr"]
    return Cure(f"{verb} the learning rate to {rate:g}", recipe=changed)


@rule(
    "not-finite",
    "The loss left the numbers",
    """When weights grow without bounds, a number becomes too large to be written and everything
    that is computed from it is no number any more. A smaller learning rate and a bound on the
    gradient keep the steps in the region where the gradient tells the truth.""",
    "Pascanu et al., On the difficulty of training recurrent neural networks, 2013",
)
def not_finite(case: Case) -> Iterator[Finding]:
    """A run that broke off because a number was not finite."""
    run = case.run
    if run is None or not NOT_FINITE.search(run.failure):
        return
    block, node = case.place(run.failed_node)
    recipe = with_rate(case.recipe, 0.1)
    if recipe.clip_norm is None and recipe.clip_value is None:
        recipe = recipe.replace(clip_norm=1.0)
    yield Finding(
        run.failure,
        node.name if node is not None else "",
        Cure("Lower the learning rate and clip the gradient", recipe=recipe),
        "error",
        block,
    )


@rule(
    "learning-rate-too-high",
    "The learning rate is too high",
    """Steps that are too long jump over the valley that they should descend into: the loss rises,
    or swings without falling. Updates of about a thousandth of the weights are usual.""",
    "https://cs231n.github.io/neural-networks-3/#ratio",
)
def learning_rate_too_high(case: Case) -> Iterator[Finding]:
    """A loss that ends no lower than it began while the updates are large, or that rises far above."""
    run = case.descent
    if run is None or len(run.losses) < ENOUGH_STEPS or run.failure:
        return
    first, last = run.loss_near(0.0), run.loss_near(1.0)
    ratio = _update_ratio(case)
    nearby = [run.loss_near(share) for share in np.linspace(0, 1, 21)]
    low, high = min(nearby), max(nearby)
    begun = min(first, float(run.losses[0]))
    rises = last > 1.5 * max(min(low, begun), 1e-3) and last > 0.5 * begun
    stuck = last > 0.9 * first and ratio > FAST
    leapt = high > LEAP * begun and last > 0.9 * begun
    if rises or stuck or leapt:
        told = (
            "" if np.isnan(ratio) else f"; each update changes weights by {ratio:.2g} of their size"
        )
        yield Finding(
            f"The loss went from {first:.3g} to {last:.3g}{told}.", cure=rate_cure(case, 0.1)
        )


@rule(
    "learning-rate-too-low",
    "The learning rate is too low",
    """The loss falls, but in steps so short that the run ends long before it arrives.""",
    "https://cs231n.github.io/neural-networks-3/#ratio",
)
def learning_rate_too_low(case: Case) -> Iterator[Finding]:
    """Updates that are small not only where a schedule ends near 0, and a loss that has hardly fallen
    although it does fall."""
    run = case.descent
    if run is None or len(run.losses) < ENOUGH_STEPS or run.failure:
        return
    ratio = _high_update_ratio(case)
    first, middle, last = (run.loss_near(share) for share in (0.0, 0.5, 1.0))
    if ratio < SLOW and 0.5 * first < last <= first and last <= middle * 1.001:
        yield Finding(
            f"Each update changes weights by {ratio:.2g} of their size, and the loss only went from "
            f"{first:.3g} to {last:.3g}.",
            cure=rate_cure(case, 10.0),
        )


def _update_ratio(case: Case) -> float:
    """The median update-to-weight ratio of the weights in the last part of the run; NaN if unknown."""
    ratios = recent(case.run.gradient("ratio")) if case.run else np.empty(0)
    known = ratios[~np.isnan(ratios)]
    return float(np.median(known)) if len(known) else float("nan")


def _high_update_ratio(case: Case) -> float:
    """What the median ratio of all weights exceeds in a quarter of the run; NaN if unknown."""
    table = case.run.gradient("ratio") if case.run else np.empty((0, 0))
    medians = [float(np.median(row[~np.isnan(row)])) for row in table if not np.isnan(row).all()]
    return float(np.quantile(medians, 0.75)) if medians else float("nan")


@rule(
    "overfitting",
    "The network learns its samples by heart",
    """The training loss goes on falling while the validation loss rises: what is learned now holds
    for the training samples only. More data, augmentation, dropout or weight decay help, and
    stopping at the best validation loss does no harm.""",
    "Goodfellow, Bengio & Courville, Deep Learning, section 5.2",
)
def overfitting(case: Case) -> Iterator[Finding]:
    """A validation loss well above its best, and above a training loss that still fell."""
    run = case.descent
    if run is None or len(run.epochs) < 4 or run.reason == "early_stopping":
        return
    train, seen = run.epoch_values("train_loss"), run.epoch_values("validation_loss")
    if len(seen) != len(train) or not np.isfinite(seen).all():
        return
    best = int(np.argmin(seen))
    gap = (seen[-1] - train[-1]) / max(train[-1], 1e-12)
    far = seen[-1] - train[-1] > GAP * train[0]
    if seen[-1] > WORSE * seen[best] and train[-1] < train[best] and gap > GAP and far:
        yield Finding(
            f"The validation loss was {seen[best]:.3g} after epoch {best + 1} and is {seen[-1]:.3g} "
            f"now, while the training loss fell to {train[-1]:.3g}.",
            cure=_regularized(case),
        )


def _regularized(case: Case) -> Cure | None:
    """An early stop; where there is one, dropout before the last layer with weights."""
    if not case.recipe.patience:
        patience = max(3, case.recipe.epochs // 10)
        return Cure(
            f"Stop after {patience} epochs without improvement",
            recipe=case.recipe.replace(patience=patience),
        )
    last = list(case.nodes(*LINEAR))[-1:]
    if any(case.anywhere(*DROPOUTS)) or not last or case.before(last[0]) is None:
        return None
    change = edits.insert_on_wire(case.graph, case.entry(last[0]), Dropout(p=0.5))
    return Cure(f"Insert Dropout before {last[0].name}", change)


@rule(
    "underfitting",
    "The network is too small for its task",
    """The training loss has come to rest far above what the data allow, and validation is no worse: the
    network cannot bend enough, or is held back too strongly. More units, another hidden layer or less
    regularisation give it room.""",
    "Goodfellow, Bengio & Courville, Deep Learning, section 5.2",
)
def underfitting(case: Case) -> Iterator[Finding]:
    """A training loss at rest above six tenths of that of guessing, with no gap to validation, in a
    network of fewer weights than there are samples."""
    run = case.descent
    chance = _chance(case)
    if run is None or run.failure or len(run.epochs) < 8 or not np.isfinite(chance):
        return
    train, seen = run.epoch_values("train_loss"), run.epoch_values("validation_loss")
    quarter = len(train) // 4
    now, before = float(train[-quarter:].mean()), float(train[-2 * quarter : -quarter].mean())
    rests = RESTING * before < now < before * 1.1
    even = not len(seen) or float(seen[-quarter:].mean()) < 1.25 * now
    if not (rests and even and HELD_BACK * chance < now < 1.2 * chance and _is_small(case)):
        return
    cure = roomier(case)
    if cure is not None:
        yield Finding(
            f"The training loss rests at {now:.3g}; guessing gives {chance:.3g}.", cure=cure
        )


def _chance(case: Case) -> float:
    """The loss of an answer that knows nothing of the inputs; NaN where it is not known."""
    facts = case.facts
    if facts is None:
        return float("nan")
    if case.task == "regression" and case.loss == "MSELoss":
        return facts.target_deviation**2
    if case.task not in ("classification", "binary") or not facts.counts:
        return float("nan")
    usual = ("CrossEntropyLoss", "BCEWithLogitsLoss", "BCELoss")
    if case.loss not in usual or (case.recipe.loss and case.recipe.loss.values().get("weight")):
        return float("nan")
    shares = np.array([count for count in facts.counts if count]) / sum(facts.counts)
    return float(-(shares * np.log(shares)).sum())


def _is_small(case: Case) -> bool:
    """Whether hidden layers are narrower than eight units, or there is none."""
    hidden = list(case.nodes(*LINEAR))[:-1]
    types = (case.outgoing_type(node) for node in hidden)
    widths = [found.shape[1] for found in types if found is not None and len(found.shape) > 1]
    return all(isinstance(width, int) and width <= NARROW for width in widths)


def roomier(case: Case) -> Cure | None:
    """Hidden layers that are eight times as wide, or a hidden layer where there is none."""
    found = list(case.nodes(*LINEAR))
    if not found or case.procedure != "supervised":
        return None
    *hidden, last = found
    wider = [
        partial(_widened, node)
        for node in hidden
        if "out_features" in node.layer.parameters() and not node.bindings
    ]
    if wider:
        return Cure("Make hidden layers eight times as wide", in_turn(case.graph, wider))
    if hidden or kind(last) != "Linear":
        return None
    steps = [
        partial(_hidden, case.entry(last), layer) for layer in (Linear(out_features=64), ReLU())
    ]
    return Cure("Insert a hidden layer", in_turn(case.graph, steps))


def _widened(node: Node, graph: Graph) -> Change:
    size = 8 * int(node.layer.values()["out_features"])
    return edits.set_parameter(graph, node.name, "out_features", size)


def _hidden(target: PortRef, layer: Layer, graph: Graph) -> Change:
    return edits.insert_on_wire(graph, target, layer)


@rule(
    "too-few-epochs",
    "The run ended while it was still improving",
    """The best figures came in the last epoch, and they were still getting better at a good rate:
    more epochs would have brought more.""",
)
def too_few_epochs(case: Case) -> Iterator[Finding]:
    """A watched loss that fell by more than three percent in each of the last epochs."""
    run = case.descent
    if run is None or run.reason != "completed" or len(run.epochs) < 3:
        return
    name = "validation_loss" if "validation_loss" in run.epochs[-1] else "train_loss"
    values = run.epoch_values(name)
    span = max(2, len(values) // 4)
    before, now = float(np.mean(values[-2 * span : -span])), float(np.mean(values[-span:]))
    far = now > 0.2 * values[0]
    if np.argmin(values) == len(values) - 1 and now < 0.97**span * before and far:
        yield Finding(
            f"The {name.replace('_', ' ')} was {values[-1]:.3g} after the last epoch and still falling.",
            cure=Cure(
                f"Train for {2 * case.recipe.epochs} epochs",
                recipe=case.recipe.replace(epochs=2 * case.recipe.epochs),
            ),
            severity="advice",
        )


@rule(
    "bad-start",
    "The first answers are far off",
    """A network that knows nothing should give all classes about the same score; its loss is then the
    logarithm of their number. A first loss far above that means that it begins sure of itself and
    wrong, and spends its first steps on unlearning.""",
    "https://cs231n.github.io/neural-networks-3/#sanitycheck",
)
def bad_start(case: Case) -> Iterator[Finding]:
    """A first loss of more than three times the logarithm of the number of classes."""
    run, facts = case.descent, case.facts
    usual = ("CrossEntropyLoss", "BCEWithLogitsLoss", "BCELoss")
    if run is None or facts is None or not len(run.losses) or case.loss not in usual:
        return
    classes = max(2, len(facts.classes)) if case.task == "classification" else 2
    first, chance = float(run.losses[0]), float(np.log(classes))
    if case.task in ("classification", "binary") and first > BAD_START * chance:
        yield Finding(
            f"The first loss was {first:.3g}; that of guessing among {classes} classes is {chance:.3g}.",
            cure=_modest(case),
        )


def _modest(case: Case) -> Cure | None:
    """Initial weights of the last layer as PyTorch chooses them, where somebody chose others."""
    last = list(case.nodes(*LINEAR))[-1:]
    if not last or last[0].layer.values().get("weight_init") is None:
        return None
    change = edits.set_parameter(case.graph, last[0].name, "weight_init", None)
    return Cure(f"Start {last[0].name} with the usual weights", change)


@rule(
    "plateau",
    "The loss no longer falls",
    """The loss swings around a value that is still far from the best: the steps are too long to
    go on into the valley. A learning rate that falls in the course of the run lets them become
    shorter.""",
    "Smith & Topin, Super-Convergence, 2019; Loshchilov & Hutter, SGDR, 2017",
)
def plateau(case: Case) -> Iterator[Finding]:
    """A training loss whose mean hardly falls over the second half of the epochs, while it swings from
    epoch to epoch and updates are large, without a scheduler."""
    run = case.descent
    if run is None or case.recipe.scheduler is not None or len(run.epochs) < 8 or run.failure:
        return
    values = run.epoch_values("train_loss")
    quarter = len(values) // 4
    before, now = values[-2 * quarter : -quarter], values[-quarter:]
    swing = float(np.abs(np.diff(values[-2 * quarter :])).mean() / now.mean())
    flat = FLAT * before.mean() < now.mean() < 2 * before.mean()
    if flat and swing > SWING and now.mean() / values[0] > LEARNED and _update_ratio(case) > STEADY:
        yield Finding(
            f"The training loss was {before.mean():.3g} on average and is {now.mean():.3g} now, and "
            f"swings by {swing:.0%} from epoch to epoch.",
            cure=_falling_rate(case),
        )


def _falling_rate(case: Case) -> Cure:
    scheduler = Scheduler.read({"name": "CosineAnnealingLR", "T_max": case.recipe.epochs})
    return Cure(
        "Let the learning rate fall in a cosine", recipe=case.recipe.replace(scheduler=scheduler)
    )


RULES = (
    not_finite,
    bad_start,
    plateau,
    learning_rate_too_high,
    learning_rate_too_low,
    overfitting,
    underfitting,
    too_few_epochs,
)

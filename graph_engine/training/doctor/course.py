"""Rules over how a run went: its losses and metrics."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph_engine import edits
from graph_engine.layers.dropout import Dropout
from graph_engine.training.doctor.case import Case
from graph_engine.training.doctor.drawing import DROPOUTS, LINEAR
from graph_engine.training.doctor.evidence import recent
from graph_engine.training.doctor.finding import Cure, Finding, rule
from graph_engine.training.recipe import Recipe

ENOUGH_STEPS = 20
WORSE = 1.2
GAP = 0.1
CHANCE = 2.0
FAST, SLOW = 1e-2, 1e-4


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
    words = ("not finite", "nan", "inf")
    if run is None or not any(word in run.failure.lower() for word in words):
        return
    recipe = with_rate(case.recipe, 0.1)
    if recipe.clip_norm is None and recipe.clip_value is None:
        recipe = recipe.replace(clip_norm=1.0)
    yield Finding(
        run.failure,
        run.failed_node.split(".")[0],
        Cure("Lower the learning rate and clip the gradient", recipe=recipe),
        "error",
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
    run = case.run
    if run is None or len(run.losses) < ENOUGH_STEPS or run.failure:
        return
    first, last = run.loss_near(0.0), run.loss_near(1.0)
    ratio = _update_ratio(case)
    low = min(run.loss_near(share) for share in np.linspace(0, 1, 11))
    rises = last > 1.5 * max(low, 1e-3) and last > 0.5 * first
    stuck = last > 0.9 * first and (np.isnan(ratio) or ratio > FAST)
    if rises or stuck:
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
    """Small updates, and a loss that has hardly fallen although it does fall."""
    run = case.run
    if run is None or len(run.losses) < ENOUGH_STEPS or run.failure:
        return
    ratio = _update_ratio(case)
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
    run = case.run
    if run is None or len(run.epochs) < 4:
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


def _regularized(case: Case) -> Cure:
    """Dropout before the last layer with weights, or where there is some, an early stop."""
    last = list(case.nodes(*LINEAR))[-1:]
    if any(case.nodes(*DROPOUTS)) or not last or case.before(last[0]) is None:
        patience = max(3, case.recipe.epochs // 10)
        return Cure(
            f"Stop after {patience} epochs without improvement",
            recipe=case.recipe.replace(patience=patience),
        )
    change = edits.insert_on_wire(case.graph, case.entry(last[0]), Dropout(p=0.5))
    return Cure(f"Insert Dropout before {last[0].name}", change)


@rule(
    "too-few-epochs",
    "The run ended while it was still improving",
    """The best figures came in the last epoch, and they were still getting better at a good rate:
    more epochs would have brought more.""",
)
def too_few_epochs(case: Case) -> Iterator[Finding]:
    """A watched loss that fell by more than three percent in each of the last epochs."""
    run = case.run
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


RULES = (
    not_finite,
    learning_rate_too_high,
    learning_rate_too_low,
    overfitting,
    too_few_epochs,
)

"""Rules over the data and the recipe: what the network is given to learn from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph_engine.data.choice import DataChoice
from graph_engine.data.scaling import Scaling
from graph_engine.training.choices import Loss
from graph_engine.training.doctor.case import TAUGHT, Case, named
from graph_engine.training.doctor.drawing import NORMS
from graph_engine.training.doctor.finding import Cure, Finding, rule

UNSCALED, USUAL = 20.0, 5.0
FEW_INPUTS, OFTEN = 64, 8
LABELLED = ("classification", "binary", "multilabel", "regression")
"""Tasks whose answer is the target."""
IMBALANCE = 10.0
FEW_TO_MEASURE = 10
ORDERED = 0.5


@rule(
    "unscaled-inputs",
    "Inputs are not scaled",
    """Large numbers make large gradients, and columns of very different size pull the weights with
    very different force. Scaled to mean 0 and spread 1, all of them start on equal terms, and the
    usual learning rates fit.""",
    "LeCun et al., Efficient BackProp, 1998, section 4.3",
)
def unscaled_inputs(case: Case) -> Iterator[Finding]:
    """An input with numbers above 20 whose usual size is above 5."""
    for each in case.facts.inputs if case.facts else ():
        usual = float(np.hypot(each.mean, each.deviation))
        if not each.is_continuous or each.largest < UNSCALED or usual < USUAL:
            continue
        yield Finding(
            f"The numbers of “{each.field}” reach {each.largest:.4g}; their mean is {each.mean:.3g} and "
            f"their spread {each.deviation:.3g}.",
            each.name,
            Cure(
                f"Standardize {each.field}",
                data=_standardized(case, each.field),
            ),
        )


def _standardized(case: Case, field: str) -> DataChoice:
    """The data with a scaling of the field's own in place of the one that it had."""
    others = tuple(scaling for scaling in case.data.scaling if scaling.field != field)
    return case.data.replace(scaling=(*others, Scaling(field=field)))


@rule(
    "unscaled-target",
    "The numbers to be predicted are large",
    """The network begins with answers around zero. A target that is far away, or spread widely, makes
    large errors and large gradients at first, and the weights of the last layer have a long way to go.
    Answers are shown in the target's own units all the same.""",
    "LeCun et al., Efficient BackProp, 1998, section 4.3",
)
def unscaled_target(case: Case) -> Iterator[Finding]:
    """A target of numbers whose usual size is above 20."""
    facts = case.facts
    if facts is None or case.task != "regression" or facts.is_reconstruction:
        return
    if not np.hypot(facts.target_mean, facts.target_deviation) > UNSCALED:
        return
    yield Finding(
        f"“{facts.target}” has the mean {facts.target_mean:.4g} and the spread "
        f"{facts.target_deviation:.3g}.",
        cure=Cure(f"Standardize {facts.target}", data=_standardized(case, facts.target)),
    )


@rule(
    "constant-labels",
    "Every sample has the same label",
    """Where all answers are the same there is nothing to learn: the network will give that answer
    for everything and look perfect.""",
)
def constant_labels(case: Case) -> Iterator[Finding]:
    """One class only, or a target without spread."""
    facts = case.facts
    if facts is None or case.task not in LABELLED or facts.train < 2:
        return
    if facts.is_classes and sum(count > 0 for count in facts.counts) == 1:
        yield Finding(
            f"All {facts.train} training samples of “{facts.target}” have one class.",
            severity="error",
        )
    elif facts.target_deviation == 0:
        yield Finding(f"“{facts.target}” is the same number in every sample.", severity="error")


@rule(
    "class-imbalance",
    "Classes of very different size",
    """A network that always names the largest class is then right most of the time, and that is the
    first thing it learns. Weights in the loss make every class count alike; balanced accuracy tells
    how each class fares.""",
    "He & Garcia, Learning from Imbalanced Data, 2009",
)
def class_imbalance(case: Case) -> Iterator[Finding]:
    """A largest class ten times the smallest."""
    facts = case.facts
    if facts is None or case.task != "classification" or not all(facts.counts or (0,)):
        return
    most, least = max(facts.counts), min(facts.counts)
    cure = weighted(case)
    if most < IMBALANCE * least or cure is None:
        return
    names = facts.classes
    yield Finding(
        f"“{names[facts.counts.index(most)]}” has {most} training samples, "
        f"“{names[facts.counts.index(least)]}” {least}.",
        cure=cure,
    )


def weighted(case: Case) -> Cure | None:
    """Weights in the loss that make all classes count alike, unless there are some."""
    loss = case.recipe.loss or Loss.read(case.loss or "CrossEntropyLoss")
    facts = case.facts
    if (
        facts is None
        or not all(facts.counts or (0,))
        or loss.values().get("weight", ()) is not None
    ):
        return None
    weights = [facts.train / (len(facts.counts) * count) for count in facts.counts]
    metrics = tuple(case.recipe.metrics or ("accuracy",))
    if "balanced_accuracy" not in metrics:
        metrics = (*metrics, "balanced_accuracy")
    told = loss.replace(weight=tuple(round(weight, 4) for weight in weights))
    return Cure(
        "Weigh the classes in the loss", recipe=case.recipe.replace(loss=told, metrics=metrics)
    )


@rule(
    "leak-between-splits",
    "The same samples in training and in measuring",
    """Samples that the network has learned from say nothing about new ones: where they are measured
    again, the figures are too good. Remove repeated samples from the source before it is
    divided.""",
    "Kaufman et al., Leakage in Data Mining, 2012",
)
def leak_between_splits(case: Case) -> Iterator[Finding]:
    """More than one in a hundred of the measured samples, and more than two.

    Where there are but few different inputs, as in a truth table, all of them stand in every part; and
    where inputs are words or classes alone, the same can be said twice by right.
    """
    facts = case.facts
    if facts is None or facts.distinct <= FEW_INPUTS or OFTEN * facts.distinct <= facts.train:
        return
    if not any(each.is_continuous for each in facts.inputs):
        return
    measured = facts.validation + facts.test
    if facts.repeated > max(2, 0.01 * measured):
        yield Finding(
            f"{facts.repeated} of {measured} validation and test samples stand in the training part "
            "as well."
        )


@rule(
    "contradicting-labels",
    "The same input with different labels",
    """Nobody can tell such samples apart, so that part of the error cannot be learned away. They
    come from wrong labels, or from inputs that lack what decides.""",
    "Northcutt et al., Pervasive Label Errors in Test Sets, 2021",
)
def contradicting_labels(case: Case) -> Iterator[Finding]:
    """More than one in a hundred of the training samples."""
    facts = case.facts if case.task in LABELLED else None
    if facts is not None and facts.contradictions > max(2, 0.01 * facts.train):
        yield Finding(
            f"{facts.contradictions} of {facts.train} training samples have the inputs of another "
            "sample with a different label."
        )


@rule(
    "little-to-measure",
    "Too few samples to measure by",
    """Without validation samples nothing tells overfitting from learning, and the best weights
    cannot be chosen; with a handful, the figures jump by chance.""",
)
def little_to_measure(case: Case) -> Iterator[Finding]:
    """Fewer than ten validation samples, and fewer than one in ten, of at least thirty."""
    facts = case.facts
    if facts is None or facts.validation >= FEW_TO_MEASURE or case.procedure not in TAUGHT:
        return
    total = facts.train + facts.validation + facts.test
    share = max(0.15, min(0.4, FEW_TO_MEASURE / total))
    is_enough = total >= 3 * FEW_TO_MEASURE and facts.validation < 0.1 * total
    if not is_enough or case.data.test + share >= 1:
        return
    yield Finding(
        f"{facts.validation or 'No'} validation samples are set aside from {total}.",
        cure=Cure(
            f"Set {share:.0%} aside for validation", data=case.data.replace(validation=share)
        ),
    )


@rule(
    "no-shuffling",
    "Samples come class by class",
    """Batches of a single class pull the weights towards that class alone, and the next batch pulls
    them back. In a new random order in every epoch, each batch resembles the whole.""",
    "Bengio, Practical recommendations for gradient-based training, 2012, section 3.1.2",
)
def no_shuffling(case: Case) -> Iterator[Finding]:
    """No shuffling of samples whose neighbours have the same class more often than by chance."""
    facts = case.facts
    if case.recipe.shuffle or facts is None or not facts.counts or facts.train < 2:
        return
    chance = sum((count / facts.train) ** 2 for count in facts.counts)
    if facts.neighbours > chance + ORDERED * (1 - chance):
        yield Finding(
            f"{facts.neighbours:.0%} of the samples follow one of the same class, and they are not "
            "shuffled.",
            cure=Cure("Shuffle the samples", recipe=case.recipe.replace(shuffle=True)),
        )


@rule(
    "batch-too-large",
    "Hardly a step in each epoch",
    """The weights change once for each batch. Where a batch holds most of the samples, an epoch
    makes one or two steps, and the network hardly moves in the epochs that it is given.""",
    "Masters & Luschi, Revisiting Small Batch Training, 2018",
)
def batch_too_large(case: Case) -> Iterator[Finding]:
    """Fewer than four steps an epoch, with an optimizer that needs many."""
    facts, recipe = case.facts, case.recipe
    if facts is None or recipe.optimizer.name == "LBFGS":
        return
    gathered = recipe.batch_size * recipe.accumulate
    steps = -(-facts.train // gathered)
    if steps < 4 and steps * recipe.epochs < 100 and facts.train >= 32:
        size = max(8, 1 << (facts.train // 16).bit_length() - 1)
        yield Finding(
            f"{facts.train} training samples in batches of {gathered} make {steps} "
            f"{'step' if steps == 1 else 'steps'} an epoch, {steps * recipe.epochs} in all.",
            cure=Cure(
                f"Use batches of {size}", recipe=recipe.replace(batch_size=size, accumulate=1)
            ),
        )


@rule(
    "batch-of-one",
    "Batch normalisation of a single sample",
    """Batch normalisation takes mean and variance over the batch. One sample has no variance: its
    values become zero, or PyTorch refuses it.""",
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
)
def batch_of_one(case: Case) -> Iterator[Finding]:
    """A batch size of one, or a last batch of one, with batch normalisation in the network."""
    block, norm = next(case.anywhere(*NORMS), ("", None))
    recipe, facts = case.recipe, case.facts
    if norm is None:
        return
    if recipe.batch_size == 1:
        yield Finding(
            f"Batches have one sample, and {named(norm)} normalises over the batch.",
            norm.name,
            Cure("Use batches of 32", recipe=recipe.replace(batch_size=32)),
            block=block,
        )
    elif facts is not None and facts.train % recipe.batch_size == 1 and not recipe.drop_last:
        yield Finding(
            f"{facts.train} samples in batches of {recipe.batch_size} leave a last batch of one, and "
            f"{named(norm)} normalises over the batch.",
            norm.name,
            Cure("Leave out the last batch", recipe=recipe.replace(drop_last=True)),
            block=block,
        )


@rule(
    "coupled-weight-decay",
    "Weight decay inside Adam",
    """Adam divides the decay by the size of the gradient as well, so that weights with large
    gradients hardly decay. AdamW keeps the two apart, and its decay does what it says.""",
    "Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2019",
)
def coupled_weight_decay(case: Case) -> Iterator[Finding]:
    """Adam with a weight decay that is not decoupled."""
    own = case.recipe.optimizer
    values = own.values()
    if own.name != "Adam" or not values["weight_decay"] or values["decoupled_weight_decay"]:
        return
    changed = own.replace(decoupled_weight_decay=True)
    yield Finding(
        f"Adam has a weight decay of {values['weight_decay']:g}.",
        cure=Cure("Decouple the decay", recipe=case.recipe.replace(optimizer=changed)),
        severity="advice",
    )


RULES = (
    unscaled_inputs,
    unscaled_target,
    constant_labels,
    class_imbalance,
    leak_between_splits,
    contradicting_labels,
    little_to_measure,
    no_shuffling,
    batch_too_large,
    batch_of_one,
    coupled_weight_decay,
)

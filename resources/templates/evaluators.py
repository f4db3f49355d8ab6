"""Figures of templates that a run does not measure by itself: baselines, judges, ranks.

``measure`` asks the evaluator that is named as a template's metric in ``catalogue.json``. It is given the
trained network and answers a number, or several by name, of which the one of its own name counts and the
others stand beside it in the table. scikit-learn may be used here; the program itself does without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from graph_engine import Project
from graph_engine.data.choice import prepare
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.training.events import Finished
from graph_engine.training.folder import RunFolder
from graph_engine.training.prediction import trained


@dataclass(frozen=True)
class Trained:
    """A run of a template that has ended."""

    name: str
    project: Project
    folder: RunFolder
    metrics: Mapping[str, float]
    seed: int

    @cached_property
    def module(self) -> nn.Module:
        """The network with its best weights, or the last where no weights are the best, as for a GAN."""
        return trained(self.folder, self.folder.snapshot()).eval()

    @cached_property
    def last(self) -> nn.Module:
        """The network with the weights of its last epoch."""
        return trained(self.folder, self.folder.snapshot(), best=False).eval()

    @cached_property
    def data(self) -> PreparedData:
        """The data as the run had them."""
        choice = self.project.data_choice()
        return prepare(choice, None, self.folder.snapshot().inputs)


Evaluator = Callable[[Trained], float | Mapping[str, float]]
EVALUATORS: dict[str, Evaluator] = {}


def evaluator(function: Evaluator) -> Evaluator:
    """Enters a function among the evaluators, under its own name."""
    EVALUATORS[function.__name__] = function
    return function


# Foundations -------------------------------------------------------------------------------------


def samples(part: Split) -> tuple[tuple[Tensor, ...], Tensor]:
    """All samples of a part, without augmentation, as the network takes them."""
    plain = part.plain()
    inputs, target = plain.batch(np.arange(len(plain)))
    return tuple(map(torch.as_tensor, inputs)), torch.as_tensor(target)


@evaluator
def ridge_r2(run: Trained) -> float:
    """R² of ridge regression (α = 1) on the same division of the same samples."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    (x,), y = samples(run.data.train)
    model = Ridge(alpha=1.0).fit(x.numpy(), y.numpy().ravel())
    (x,), y = samples(run.data.test)
    return float(model.score(x.numpy(), y.numpy().ravel()))


@evaluator
def overfitting_gap(run: Trained) -> dict[str, float]:
    """How much larger the loss for new samples is than for those that were learned from, at the end of
    the run; where it was stopped early, with the weights that it kept."""
    *_, last = (event for event, _ in run.folder.read_events())
    was_early = isinstance(last, Finished) and last.reason == "early_stopping"
    network = run.module if was_early else run.last
    found = {}
    with torch.no_grad():
        for name, part in (("train", run.data.train), ("test", run.data.test)):
            inputs, target = samples(part)
            scores = network(*inputs)
            found[f"final_loss_{name}"] = float(functional.cross_entropy(scores, target))
            found[f"final_accuracy_{name}"] = float((scores.argmax(1) == target).float().mean())
    return {"overfitting_gap": found["final_loss_test"] - found["final_loss_train"], **found}

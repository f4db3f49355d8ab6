"""Figures of templates that a run does not measure by itself: baselines, judges, ranks.

``measure`` asks the evaluator that is named as a template's metric in ``catalogue.json``. It is given the
trained network and answers a number, or several by name, of which the one of its own name counts and the
others stand beside it in the table. scikit-learn may be used here; the program itself does without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import nn

from graph_engine import Project
from graph_engine.data.choice import prepare
from graph_engine.data.prepared import PreparedData
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
